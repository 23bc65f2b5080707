//! Everything around the demo's terminal: a payment provider, a server that knows it, and the stage with a terminal that pays in all ways.

use std::path::Path;

use super::Failure;
use super::demo::unix;
use super::office::{Office, TENANT};
use super::stage::{Stage, StagePlan};
use super::teller::Teller;
use crate::provider::Provider;

/// The demo's world.
pub struct DemoWorld {
    /// The payment provider.
    pub provider: Provider,
    /// The server.
    pub office: Office,
    /// District, concentrator and terminal; it is not started yet.
    pub stage: Stage,
}

impl DemoWorld {
    /// Sets it up in a folder, and tells what takes time.
    ///
    /// # Errors
    /// When a program is missing or does not come up.
    pub fn set(folder: &Path, plan: &StagePlan, teller: Teller) -> Result<DemoWorld, Failure> {
        let provider = Provider::start(unix)?;
        let office = teller.during("starting the server", || {
            let office = Office::open_with(folder, &provider.config(TENANT))?;
            provider.register(office.merchant_key()?);
            Ok::<_, Failure>(office)
        })?;
        let address = office.address.parse();
        let address =
            address.map_err(|error| Failure::new(format!("{}: {error}", office.address)))?;
        let online = Some((&office, address));
        let plan = StagePlan {
            cashless: true,
            ..plan.clone()
        };
        let stage = teller.during("starting the district and the concentrator", || {
            Stage::set_online(folder, &plan, online)
        })?;
        Ok(DemoWorld {
            provider,
            office,
            stage,
        })
    }
}
