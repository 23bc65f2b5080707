//! Who is let in: whoever shows the certificate that is registered for the concentrator that it says it is.

use std::sync::Arc;
use std::time::Duration;

use meterpost_bus::master::Caller;
use meterpost_bus::uplink::{Arrived, ListenConfig, Security, UplinkError, UplinkListener};
use meterpost_ledger::signing::TenantId;
use tokio::sync::Semaphore;

use super::concentrator::{self, Known};
use super::station;
use super::{HeadEnd, HeadEndConfig};
use crate::database::DatabaseError;

/// Connections that have not said who they are yet; more are closed at once.
const STRANGERS: usize = 64;

pub(super) async fn bind(config: &HeadEndConfig) -> Result<UplinkListener, UplinkError> {
    let security = Security::new(config.tls.clone(), false);
    let listener = UplinkListener::bind(ListenConfig::new(config.listen, security)).await?;
    match listener.local_addr() {
        Ok(address) => {
            tracing::info!(%address, tls = config.tls.is_some(), "listening for concentrators")
        }
        Err(error) => tracing::warn!(%error, "listening for concentrators somewhere"),
    }
    Ok(listener)
}

pub(super) async fn accept(listener: UplinkListener, head_end: Arc<HeadEnd>) {
    let strangers = Arc::new(Semaphore::new(STRANGERS));
    let places = Arc::new(Semaphore::new(head_end.config.connections));
    loop {
        let arrived = match listener.accept().await {
            Ok(arrived) => arrived,
            Err(error) => {
                // Out of file handles, for instance: others may close theirs.
                tracing::warn!(%error, "no connection can be accepted");
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        let peer = arrived.peer();
        let (Ok(stranger), Ok(place)) = (
            strangers.clone().try_acquire_owned(),
            places.clone().try_acquire_owned(),
        ) else {
            tracing::warn!(%peer, "too many connections at once, refused");
            continue;
        };
        let head_end = head_end.clone();
        tokio::spawn(async move {
            let met = meet(&head_end, arrived).await;
            drop(stranger);
            match met {
                Ok((caller, known)) => station::serve(head_end, caller, known).await,
                Err(why) => tracing::warn!(%peer, why, "concentrator refused"),
            }
            drop(place);
        });
    }
}

/// Who has connected, or why it is nobody.
async fn meet(head_end: &HeadEnd, arrived: Arrived) -> Result<(Caller, Known), String> {
    let caller = Caller::identify(arrived)
        .await
        .map_err(|error| error.to_string())?;
    let address = caller.address();
    let known = match caller.is_encrypted() {
        true => by_certificate(head_end, &caller).await,
        false => by_address(head_end, &caller).await,
    };
    let known = known.map_err(|error| error.to_string())?;
    let known = known.ok_or_else(|| match caller.is_encrypted() {
        true => format!(
            "it says that it is {address}; no concentrator is registered for its certificate ({})",
            caller.names().join(", ")
        ),
        false => format!("no concentrator {address} is registered"),
    })?;
    if !known.is_at(address) {
        return Err(format!(
            "its certificate is that of concentrator {known}, it says that it is {address}"
        ));
    }
    Ok((caller, known))
}

/// The concentrator that is registered for a name in the certificate. The tenant is the name's second part, so whoever issues
/// the certificates decides whose district it is.
async fn by_certificate(
    head_end: &HeadEnd,
    caller: &Caller,
) -> Result<Option<Known>, DatabaseError> {
    for name in caller.names() {
        let Some(tenant) = tenant_in(&name) else {
            continue;
        };
        if let Some(known) =
            concentrator::by_certificate(&head_end.database, &tenant, &name).await?
        {
            return Ok(Some(known));
        }
    }
    Ok(None)
}

/// The tenant that a certificate's name is of: `c1.east.example` is of `east`.
pub(super) fn tenant_in(name: &str) -> Option<TenantId> {
    TenantId::new(name.split('.').nth(1)?).ok()
}

/// Without a certificate, which is on this machine only: the address alone.
async fn by_address(head_end: &HeadEnd, caller: &Caller) -> Result<Option<Known>, DatabaseError> {
    match &head_end.config.tenant {
        Some(tenant) => {
            concentrator::by_address(&head_end.database, tenant, caller.address()).await
        }
        None => Ok(None),
    }
}
