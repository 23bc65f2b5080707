//! Payments by QR code, through a provider. Written down before the provider is called, asked again under our own number when an
//! answer is lost, and posted once when the money is there, whether a poll or a callback said so first (`docs/payments.md`).
//!
//! | file | what |
//! |---|---|
//! | `state` | the states and what each event leads to; pure |
//! | `follow` | what a terminal's log says became of it |
//! | `schedule` | when the provider is asked next; pure |
//! | `provider`, `merchant` | what a provider is asked and says; the merchant protocol |
//! | `order` | a payment's row |
//! | `apply` | an event on a row: its change of state and its posting, in one transaction |
//! | `ask` | what terminals ask for |
//! | `work` | the background task: what is due, on any of several servers |
//! | `settings` | the part `[payment.<tenant>]` of the configuration |

mod apply;
mod ask;
mod error;
mod follow;
pub mod merchant;
mod order;
pub mod provider;
mod schedule;
mod settings;
pub mod state;
mod work;

use std::collections::BTreeMap;
use std::path::PathBuf;

use meterpost_ledger::signing::{
    KeyName, KeyStore, KeyStoreError, NameError, PublicKey, TenantId, system_entropy,
};
use thiserror::Error;

pub use apply::refund_in;
pub use ask::{PaymentAsk, Purpose};
pub use error::PaymentError;
pub use follow::follow;
pub use order::{Payment, list, received_journal};
pub use schedule::Schedule;
pub use settings::{PaymentConfig, check as check_settings};

use crate::clock::Clock;
use crate::database::Database;
use merchant::{Client, ClientError, Settings};
use provider::Provider;

/// Why a tenant's payments cannot be set up.
#[derive(Debug, Error)]
pub enum SetUpError {
    /// Our key.
    #[error("{path}: {why}; `server init` makes it")]
    Key {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: KeyStoreError,
    },
    /// Our name at the provider.
    #[error("payment merchant: {0}")]
    Name(#[from] NameError),
    /// Two tenants under one name.
    #[error("two tenants have the merchant {0}; a callback would not say whose it is")]
    Twice(String),
    /// The provider's key.
    #[error("payment provider_key: 64 hex digits of an Ed25519 public key are expected")]
    ProviderKey,
    /// The calls.
    #[error("{0}")]
    Client(#[from] ClientError),
}

/// A tenant's provider.
#[derive(Debug)]
struct Contract {
    provider: Provider,
    schedule: Schedule,
}

/// The payments of all tenants.
#[derive(Debug)]
pub struct Payments {
    database: Database,
    clock: Clock,
    contracts: BTreeMap<TenantId, Contract>,
    merchants: BTreeMap<String, TenantId>,
}

impl Payments {
    /// Prepares the payments of the tenants that are configured.
    ///
    /// # Errors
    /// [`SetUpError`], with the place.
    pub fn new(
        database: Database,
        clock: Clock,
        configured: &BTreeMap<TenantId, PaymentConfig>,
    ) -> Result<Payments, SetUpError> {
        let mut payments = Payments {
            database,
            clock,
            contracts: BTreeMap::new(),
            merchants: BTreeMap::new(),
        };
        for (tenant, config) in configured {
            let settings = settings(config)?;
            let taken = payments
                .merchants
                .insert(config.merchant.clone(), tenant.clone());
            if taken.is_some() {
                return Err(SetUpError::Twice(config.merchant.clone()));
            }
            let contract = Contract {
                provider: Provider::Merchant(Client::new(settings, clock, system_entropy)?),
                schedule: config.schedule(),
            };
            payments.contracts.insert(tenant.clone(), contract);
        }
        Ok(payments)
    }

    fn contract(&self, tenant: &TenantId) -> Result<&Contract, PaymentError> {
        self.contracts.get(tenant).ok_or(PaymentError::NoProvider)
    }
}

fn settings(config: &PaymentConfig) -> Result<Settings, SetUpError> {
    let key = KeyStore::open(&config.key_file).map_err(|why| SetUpError::Key {
        path: config.key_file.clone(),
        why,
    })?;
    let provider_key = hex::decode(&config.provider_key)
        .ok()
        .and_then(|bytes| PublicKey::from_bytes(&bytes).ok())
        .ok_or(SetUpError::ProviderKey)?;
    Ok(Settings {
        url: config.url.clone(),
        merchant: KeyName::new(&config.merchant)?,
        key,
        provider_key,
        ca: config.ca.clone(),
        currency: config.currency.clone(),
        callback: config.callback.clone(),
        timeout: config.timeout(),
        calls: config.calls,
    })
}
