//! The signer a configuration names.

use serde::Deserialize;

use super::crypto_machine::{CryptoMachine, CryptoMachineConfig};
#[cfg(feature = "psam")]
use super::psam::{Psam, PsamConfig, pcsc::PcscCard};
use super::{Purpose, SealedData, Session, Signer, SignerError};
use crate::frame::dlt645::security::Identity;

/// Which signer, as a table of a configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SignerConfig {
    /// A crypto machine over the network.
    CryptoMachine(CryptoMachineConfig),
    /// A card in a PC/SC reader of this machine.
    #[cfg(feature = "psam")]
    Psam(PsamConfig),
}

/// A signer of any kind, or none.
#[derive(Debug, Default)]
pub enum AnySigner {
    /// None: every request is [`SignerError::Missing`].
    #[default]
    Missing,
    /// A crypto machine.
    CryptoMachine(CryptoMachine),
    /// A card.
    #[cfg(feature = "psam")]
    Psam(Box<Psam<PcscCard>>),
}

impl AnySigner {
    /// The signer of a configuration, or none. Nothing is connected yet.
    ///
    /// # Errors
    /// The configuration contradicts itself.
    pub fn from_config(config: Option<SignerConfig>) -> Result<Self, SignerError> {
        Ok(match config {
            None => AnySigner::Missing,
            Some(SignerConfig::CryptoMachine(config)) => {
                AnySigner::CryptoMachine(CryptoMachine::new(config)?)
            }
            #[cfg(feature = "psam")]
            Some(SignerConfig::Psam(config)) => {
                let card = PcscCard::new(config.reader.clone());
                AnySigner::Psam(Box::new(Psam::new(config, card)?))
            }
        })
    }
}

impl Signer for AnySigner {
    async fn identity(&mut self, meter: [u8; 6]) -> Result<Identity, SignerError> {
        match self {
            AnySigner::Missing => Err(SignerError::Missing),
            AnySigner::CryptoMachine(machine) => machine.identity(meter).await,
            #[cfg(feature = "psam")]
            AnySigner::Psam(card) => card.identity(meter).await,
        }
    }

    async fn mac(
        &mut self,
        session: &Session,
        purpose: Purpose,
        data: &[u8],
    ) -> Result<[u8; 4], SignerError> {
        match self {
            AnySigner::Missing => Err(SignerError::Missing),
            AnySigner::CryptoMachine(machine) => machine.mac(session, purpose, data).await,
            #[cfg(feature = "psam")]
            AnySigner::Psam(card) => card.mac(session, purpose, data).await,
        }
    }

    async fn seal(
        &mut self,
        session: &Session,
        purpose: Purpose,
        data: &[u8],
    ) -> Result<SealedData, SignerError> {
        match self {
            AnySigner::Missing => Err(SignerError::Missing),
            AnySigner::CryptoMachine(machine) => machine.seal(session, purpose, data).await,
            #[cfg(feature = "psam")]
            AnySigner::Psam(card) => card.seal(session, purpose, data).await,
        }
    }

    async fn verify(
        &mut self,
        session: &Session,
        purpose: Purpose,
        data: &[u8],
        mac: [u8; 4],
    ) -> Result<bool, SignerError> {
        match self {
            AnySigner::Missing => Err(SignerError::Missing),
            AnySigner::CryptoMachine(machine) => machine.verify(session, purpose, data, mac).await,
            #[cfg(feature = "psam")]
            AnySigner::Psam(card) => card.verify(session, purpose, data, mac).await,
        }
    }
}
