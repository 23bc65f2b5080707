//! The task that settles the day before each night, and looks after warnings, cutting off and restoring all day.

use std::collections::HashMap;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use meterpost_ledger::signing::TenantId;

use super::config::SettlementConfig;
use super::days;
use super::run::{SettlementError, settle_days};
use super::supply::supply;
use crate::App;
use crate::clock::local;
use crate::database::DatabaseError;
use crate::zones;

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

/// The day that is to be settled now. The clock may have been put back meanwhile: what was done is not due again.
fn due(local: DateTime, at: Time, done: Option<Date>) -> Option<Date> {
    let yesterday = days::before(local.date());
    let new = done.is_none_or(|done| done < yesterday);
    (new && local.time() >= at).then_some(yesterday)
}

async fn look(
    app: &App,
    config: &SettlementConfig,
    tenant: &TenantId,
    done: &mut HashMap<TenantId, Date>,
) {
    let now = (app.clock)();
    let local = match zones::of_tenant(&app.database, tenant).await {
        Ok(zone) => local(&zone, now),
        Err(error) => {
            tracing::warn!(%tenant, %error, "what time it is where the tenant is cannot be told now");
            return;
        }
    };
    if let Some(yesterday) = due(local, config.at.0, done.get(tenant).copied()) {
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

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;

    /// Which days are settled in this time, looked at each minute.
    fn settled(zone: &str, at: Time, (from, until): (&str, &str)) -> Vec<String> {
        let zone = zones::by_name(zone).expect("a zone");
        let mut now: Timestamp = from.parse().expect("a moment");
        let until: Timestamp = until.parse().expect("a moment");
        let (mut done, mut days) = (None, Vec::new());
        while now < until {
            let seconds = u64::try_from(now.as_second()).expect("after 1970");
            if let Some(day) = due(local(&zone, seconds), at, done) {
                done = Some(day);
                days.push(day.to_string());
            }
            now += SignedDuration::from_secs(60);
        }
        days
    }

    #[test]
    fn a_day_of_23_or_25_hours_is_settled_once_whenever_the_night_is() {
        // Central Europe, and a zone whose midnight itself is skipped and comes twice.
        for zone in [
            "CET-1CEST,M3.5.0,M10.5.0/3",
            "<-04>4<-03>,M3.5.0/0,M10.5.0/0",
        ] {
            for (hour, minute) in [(0, 0), (0, 30), (2, 0), (2, 30), (3, 0), (23, 59)] {
                let at = Time::constant(hour, minute, 0, 0);
                let spring = settled(zone, at, ("2026-03-28T12:00:00Z", "2026-03-31T12:00:00Z"));
                let autumn = settled(zone, at, ("2026-10-24T12:00:00Z", "2026-10-27T12:00:00Z"));
                let after = usize::from(spring.first().is_some_and(|day| day == "2026-03-27"));
                assert_eq!(
                    spring[after..],
                    ["2026-03-28", "2026-03-29", "2026-03-30"][..spring.len() - after],
                    "{zone} {at}"
                );
                assert!(spring.len() - after >= 2, "{zone} {at}: {spring:?}");
                let after = usize::from(autumn.first().is_some_and(|day| day == "2026-10-23"));
                assert_eq!(
                    autumn[after..],
                    ["2026-10-24", "2026-10-25", "2026-10-26"][..autumn.len() - after],
                    "{zone} {at}"
                );
                assert!(autumn.len() - after >= 2, "{zone} {at}: {autumn:?}");
            }
        }
    }
}
