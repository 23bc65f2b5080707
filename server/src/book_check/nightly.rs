//! The task that checks the books each night. Of several servers on one database one checks a tenant at a time.

use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use meterpost_ledger::signing::TenantId;

use super::{check, keep, newest};
use crate::App;
use crate::clock::TimeOfDay;
use crate::metrics::OfTenant;
use crate::witness::WitnessError;

/// How often it looks whether it is time.
const LOOK: Duration = Duration::from_secs(10);

/// When the books are checked where nothing is said: when nobody tops up.
pub const NIGHTLY_AT: TimeOfDay = TimeOfDay(Time::constant(3, 10, 0, 0));

/// Whether a check is due: the last one began before the newest moment of that time of day.
fn due(last: i64, now: &Zoned, TimeOfDay(at): TimeOfDay) -> bool {
    let today = now.date().to_zoned(now.time_zone().clone());
    let Ok(today) = today.and_then(|day| day.with().time(at).build()) else {
        return false;
    };
    let newest = match today <= *now {
        true => today,
        false => match today
            .yesterday()
            .and_then(|day| day.with().time(at).build())
        {
            Ok(yesterday) => yesterday,
            Err(_) => return false,
        },
    };
    last < newest.timestamp().as_second()
}

/// Checks until the program ends.
pub async fn run(app: App, at: TimeOfDay) {
    // A tenant that was never checked is checked in the night that comes.
    let began = seconds(&app);
    loop {
        match app.database.tenants().await {
            Ok(tenants) => {
                for tenant in tenants {
                    if let Err(error) = look_at(&app, &tenant, (began, at)).await {
                        tracing::error!(%tenant, %error, "the books could not be checked; trying again");
                    }
                }
            }
            Err(error) => tracing::error!(%error, "the books could not be checked; trying again"),
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn seconds(app: &App) -> i64 {
    i64::try_from((app.clock)()).unwrap_or(i64::MAX)
}

async fn look_at(
    app: &App,
    tenant: &TenantId,
    (began, at): (i64, TimeOfDay),
) -> Result<(), WitnessError> {
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(tenant).await?;
    let last = newest(&transaction).await?;
    let label = OfTenant {
        tenant: tenant.to_string(),
    };
    if let Some(last) = &last {
        let problems = i64::try_from(last.problems.len()).unwrap_or(i64::MAX);
        app.metrics
            .book_problems
            .get_or_create(&label)
            .set(problems);
        app.metrics.book_checked.get_or_create(&label).set(last.at);
    }
    let now = seconds(app);
    let local = Timestamp::from_second(now).map(|now| now.to_zoned(TimeZone::system()));
    let is_due = local.is_ok_and(|now| due(last.map_or(began, |last| last.at), &now, at));
    if !is_due {
        return Ok(());
    }
    let mine: bool = transaction
        .query_one(
            "SELECT pg_try_advisory_xact_lock(hashtextextended($1 || ' books', 0))",
            &[&tenant.as_str()],
        )
        .await?
        .try_get(0)?;
    if !mine {
        return Ok(());
    }
    let found = check(&mut app.database.connection().await?, tenant).await?;
    let at = u64::try_from(now).unwrap_or(0);
    keep(&transaction, tenant, &found, at).await?;
    transaction.commit().await.map_err(WitnessError::from)?;
    match found.problems.first() {
        None => {
            tracing::info!(%tenant, journals = found.journals, logs = found.logs, entries = found.entries, "the books are in order")
        }
        Some(first) => {
            let (count, words) = (found.problems.len(), &first.words);
            tracing::error!(%tenant, count, words, "the books do not add up");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_that_was_missed_is_made_up_for_and_none_is_checked_twice() {
        let at = NIGHTLY_AT;
        let moment = |text: &str| text.parse::<Zoned>().unwrap();
        let second = |text: &str| moment(text).timestamp().as_second();
        let night = moment("2026-03-05T03:10:00+08:00[+08:00]");
        assert!(due(second("2026-03-04T03:10:05+08:00[+08:00]"), &night, at));
        assert!(!due(
            second("2026-03-05T03:10:00+08:00[+08:00]"),
            &night,
            at
        ));
        // Before the time of day the night before counts.
        let evening = moment("2026-03-05T03:09:59+08:00[+08:00]");
        assert!(!due(
            second("2026-03-04T03:10:05+08:00[+08:00]"),
            &evening,
            at
        ));
        assert!(due(
            second("2026-03-01T12:00:00+08:00[+08:00]"),
            &evening,
            at
        ));
    }
}
