//! Each tenant's own time zone. Its days of readings, of settlement, of alarms and of reports are those of its zone, summer time included: a day
//! may have 23 or 25 hours. Concentrators' clocks are set to it, and they set those of their meters.

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use meterpost_ledger::signing::TenantId;

use crate::database::{Database, DatabaseError};

/// A tenant's zone as its row has it, and seconds that it is ahead of UTC now, by the database.
struct Said {
    name: String,
    ahead: i32,
}

async fn said(transaction: &Transaction<'_>, tenant: &TenantId) -> Result<Said, DatabaseError> {
    let row = transaction
        .query_one(
            "SELECT zone, extract(epoch FROM (now() AT TIME ZONE zone) - (now() AT TIME ZONE 'UTC'))::integer FROM tenant WHERE tenant = $1",
            &[&tenant.as_str()],
        )
        .await?;
    Ok(Said {
        name: row.try_get(0)?,
        ahead: row.try_get(1)?,
    })
}

/// A zone by its name in the time zone database, or as POSIX writes one (`<+0530>-05:30`). `None` where this machine does not know it.
pub fn by_name(name: &str) -> Option<TimeZone> {
    let named = TimeZone::get(name).ok();
    named.or_else(|| TimeZone::posix(name).ok())
}

/// The name of a zone that is so many minutes ahead of UTC all year, as PostgreSQL and this program know it.
pub fn of_offset(minutes: i16) -> String {
    let (hours, rest) = (minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60);
    // POSIX counts westward, so the sign behind the name is the other one.
    let (shown, counted) = match minutes {
        0 => return "UTC".to_owned(),
        1.. => ('+', '-'),
        _ => ('-', '+'),
    };
    format!("<{shown}{hours:02}{rest:02}>{counted}{hours:02}:{rest:02}")
}

/// A tenant's zone. Where this machine has no such zone, what the database says that it is ahead now: right until a clock is put forward or back.
///
/// # Errors
/// The database's.
pub async fn of(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
) -> Result<TimeZone, DatabaseError> {
    let Said { name, ahead } = said(transaction, tenant).await?;
    if let Some(zone) = by_name(&name) {
        return Ok(zone);
    }
    let fixed = Offset::from_seconds(ahead).map(TimeZone::fixed);
    fixed.map_err(|_| DatabaseError::Damaged(format!("the time zone {name} of {tenant}")))
}

/// The same, for whoever has no transaction.
///
/// # Errors
/// The database's.
pub async fn of_tenant(database: &Database, tenant: &TenantId) -> Result<TimeZone, DatabaseError> {
    let mut connection = database.connection().await?;
    let transaction = connection.look(tenant).await?;
    of(&transaction, tenant).await
}

/// The moment of a local time. Of the two in an hour that comes twice it is the first, and one that is skipped is as far behind the change as it is
/// written.
pub fn moment(zone: &TimeZone, local: DateTime) -> Timestamp {
    zone.to_timestamp(local).unwrap_or(Timestamp::MAX)
}

/// Tells the log by which zone each tenant goes, and what whoever runs the server may not expect: a zone that this machine does not know, or
/// `utc_offset_minutes` by which no tenant goes.
pub async fn tell(database: &Database, configured: Option<i16>) -> Result<(), DatabaseError> {
    let mut tenants = Vec::new();
    for tenant in database.tenants().await? {
        let mut connection = database.connection().await?;
        let Said { name, ahead } = said(&connection.look(&tenant).await?, &tenant).await?;
        let minutes = ahead / 60;
        tracing::info!(%tenant, zone = name, minutes, "a tenant's days are those of its zone, now so many minutes ahead of UTC");
        if by_name(&name).is_none() {
            tracing::warn!(
                %tenant, zone = name,
                "this machine does not know the tenant's time zone: its clock changes are followed only when a concentrator is read next. Install tzdata"
            );
        }
        tenants.push((tenant, name, minutes));
    }
    if let Some(why) = unheeded(configured, &tenants) {
        tracing::warn!("{why}");
    }
    Ok(())
}

/// What is to be said where tenants are there and none goes by the configured offset.
fn unheeded(configured: Option<i16>, tenants: &[(TenantId, String, i32)]) -> Option<String> {
    let configured = configured?;
    let (tenant, name, minutes) = tenants.first()?;
    let ours = i32::from(configured);
    tenants.iter().all(|(_, _, minutes)| *minutes != ours).then(|| {
        format!(
            "utc_offset_minutes = {configured} is what a new tenant gets, and no tenant goes by it: {tenant} is in {name}, {minutes} ahead of UTC, and is \
             read and settled by that. Where this is wrong say `server tenant {tenant} --zone …`"
        )
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_offset_has_a_name_that_means_it() {
        for (minutes, name) in [
            (0, "UTC"),
            (480, "<+0800>-08:00"),
            (330, "<+0530>-05:30"),
            (-210, "<-0330>+03:30"),
        ] {
            assert_eq!(of_offset(minutes), name);
            let zone = by_name(name).expect("a zone");
            let offset = zone.to_offset(Timestamp::UNIX_EPOCH).seconds();
            assert_eq!(offset, i32::from(minutes) * 60, "{name}");
        }
        assert_eq!(by_name("Mars/Olympus"), None);
    }

    #[test]
    fn a_time_that_comes_twice_is_the_first_one() {
        // POSIX's own form: central Europe without the table of zones.
        let berlin = by_name("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
        let twice = moment(&berlin, date(2026, 10, 25).at(2, 30, 0, 0));
        assert_eq!(twice.to_string(), "2026-10-25T00:30:00Z");
        let after = moment(&berlin, date(2026, 10, 25).at(3, 0, 0, 0));
        assert_eq!(after.duration_since(twice).as_mins(), 90);
        let skipped = moment(&berlin, date(2026, 3, 29).at(2, 30, 0, 0));
        assert_eq!(skipped.to_string(), "2026-03-29T01:30:00Z");
    }

    #[test]
    fn an_offset_that_no_tenant_goes_by_is_told_with_what_to_do() {
        let tenant = |name: &str, zone: &str, minutes| {
            (TenantId::new(name).unwrap(), zone.to_owned(), minutes)
        };
        let both = [
            tenant("east", "Asia/Shanghai", 480),
            tenant("west", "Asia/Tokyo", 540),
        ];
        assert_eq!(unheeded(None, &both), None);
        assert_eq!(unheeded(Some(540), &both), None);
        assert_eq!(unheeded(Some(0), &[]), None);
        let told = unheeded(Some(0), &both).expect("nobody is there");
        assert!(
            told.contains("east is in Asia/Shanghai, 480 ahead")
                && told.contains("server tenant east --zone"),
            "{told}"
        );
    }
}
