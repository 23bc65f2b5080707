//! The task that settles the day before each night, and looks after warnings, cutting off and restoring all day.

use std::collections::HashMap;
use std::time::Duration;

use jiff::civil::Date;
use meterpost_ledger::signing::TenantId;

use super::config::SettlementConfig;
use super::days;
use super::run::{SettlementError, settle_days};
use super::supply::supply;
use crate::App;
use crate::clock::{local, zone};
use crate::database::DatabaseError;

/// How often it looks whether there is something to do; who has paid has light again after so long.
const LOOK: Duration = Duration::from_secs(60);

/// Runs until the program ends. After a start the last day is settled once more, which changes nothing where it was.
pub async fn run(app: App, config: SettlementConfig) {
    let mut done: HashMap<TenantId, Date> = HashMap::new();
    loop {
        match app.database.tenants().await {
            Ok(tenants) => {
                for tenant in tenants {
                    look(&app, &config, &tenant, &mut done).await;
                }
            }
            Err(error) => tracing::error!(%error, "no tenant can be settled now; trying again"),
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn look(
    app: &App,
    config: &SettlementConfig,
    tenant: &TenantId,
    done: &mut HashMap<TenantId, Date>,
) {
    let now = (app.clock)();
    let local = local(&zone(config.utc_offset_minutes), now);
    let yesterday = days::before(local.date());
    let due = done.get(tenant).is_none_or(|done| *done < yesterday);
    if due && local.time() >= config.at.0 {
        let whole = (yesterday, yesterday);
        match settle_days(&app.database, tenant, whole, (local.date(), now)).await {
            Ok(report) => {
                tracing::info!(%tenant, day = %yesterday, ?report, "a day is settled");
                done.insert(tenant.clone(), yesterday);
            }
            Err(SettlementError::Busy) => {
                tracing::info!(%tenant, day = %yesterday, "another server settles");
            }
            Err(error) => {
                tracing::error!(%tenant, day = %yesterday, %error, "the day is not settled whole; trying again");
            }
        }
    }
    match supply(&app.database, tenant, local, now).await {
        Ok(decided) => {
            if decided.cut_off + decided.restored + decided.warned > 0 {
                let (warned, cut_off, restored) =
                    (decided.warned, decided.cut_off, decided.restored);
                tracing::info!(%tenant, warned, cut_off, restored, "balances ran low, or are well again");
            }
            for nudge in decided.nudges {
                app.nudges.tell(nudge);
            }
        }
        Err(SettlementError::Database(error @ DatabaseError::Unreachable(_))) => {
            tracing::warn!(%tenant, %error, "balances are not looked at now");
        }
        Err(error) => tracing::error!(%tenant, %error, "balances cannot be looked at"),
    }
}
