//! Each tenant's own time zone against the district's time that head-end and settlement go by: where the two differ, days of readings and days
//! of reports begin at different moments.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::tz::TimeZone;
use meterpost_ledger::signing::TenantId;

use crate::clock::Clock;
use crate::database::{Database, DatabaseError};

/// How often it is looked: summer time begins and ends.
const LOOK: Duration = Duration::from_secs(3600);

/// A tenant's zone, and seconds that it is ahead of UTC now.
async fn zone_of(database: &Database, tenant: &TenantId) -> Result<(String, i32), DatabaseError> {
    let mut connection = database.connection().await?;
    let transaction = connection.look(tenant).await?;
    let row = transaction
        .query_one(
            "SELECT zone, extract(epoch FROM (now() AT TIME ZONE zone) - (now() AT TIME ZONE 'UTC'))::integer FROM tenant WHERE tenant = $1",
            &[&tenant.as_str()],
        )
        .await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// What is wrong, and what to do; `None` where the tenant's zone is as far ahead of UTC as the district's time. In seconds.
fn differs(tenant: &TenantId, (zone, ahead): (&str, i32), district: i32) -> Option<String> {
    let minutes = ahead / 60;
    (ahead != district).then(|| {
        format!(
            "meters are read and settled by a time that is {} minutes ahead of UTC, but the tenant {tenant} is in {zone}, {minutes} ahead: \
             its days of readings and of reports differ. Set utc_offset_minutes = {minutes} in [head_end] or [settlement], or say \
             `server tenant {tenant} --zone …`",
            district / 60
        )
    })
}

/// Tells the log of each tenant that differs, once, until the program ends.
pub async fn watch(database: Database, district: TimeZone, clock: Clock) {
    let mut told = BTreeSet::new();
    loop {
        if let Err(error) = look(&database, (&district, clock), &mut told).await {
            tracing::warn!(%error, "the tenants' time zones cannot be looked at now");
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn look(
    database: &Database,
    (district, clock): (&TimeZone, Clock),
    told: &mut BTreeSet<String>,
) -> Result<(), DatabaseError> {
    let now = i64::try_from(clock()).unwrap_or(i64::MAX);
    let now = jiff::Timestamp::from_second(now).unwrap_or(jiff::Timestamp::MAX);
    let ours = district.to_offset(now).seconds();
    for tenant in database.tenants().await? {
        let (zone, ahead) = zone_of(database, &tenant).await?;
        if let Some(why) = differs(&tenant, (&zone, ahead), ours)
            && told.insert(why.clone())
        {
            tracing::warn!(%tenant, "{why}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_whose_time_is_not_the_districts_is_told_with_what_to_do() {
        let tenant = TenantId::new("east").unwrap();
        assert_eq!(differs(&tenant, ("Asia/Shanghai", 28_800), 28_800), None);
        let told = differs(&tenant, ("Asia/Shanghai", 28_800), 0).expect("they differ");
        assert!(
            told.contains("utc_offset_minutes = 480") && told.contains("server tenant east"),
            "{told}"
        );
        assert!(told.contains("0 minutes ahead"), "{told}");
    }
}
