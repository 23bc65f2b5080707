//! The hourly look for alarms over all meters: leaks over three nights, use in the last one, and what meters that keep their money say is left.

use std::time::Instant;

use meterpost_ledger::signing::TenantId;
use meterpost_server::alarm::{AlarmTerms, look, set_alarm_terms};
use meterpost_server::database::Database;

use super::{Failure, now};

/// Looks twice: what is found the first time is raised, and stands the second time.
pub async fn looked(
    database: &Database,
    tenant: &TenantId,
    owner: &tokio_postgres::Client,
) -> Result<(), Failure> {
    let mut connection = database.connection().await?;
    let transaction = connection.begin(tenant).await?;
    let terms = AlarmTerms {
        utility: "water".to_owned(),
        night: (120, 300),
        leak_nights: Some(3),
        leak_flow: 50,
        night_use: Some(1_000),
    };
    set_alarm_terms(&transaction, tenant, &terms).await?;
    transaction.commit().await?;
    for which in ["the first look for alarms", "the next one"] {
        let began = Instant::now();
        look(database, tenant, now()?).await?;
        let took = began.elapsed().as_secs_f64();
        let sql = "SELECT count(*), count(*) FILTER (WHERE kind = 'leak') FROM alert WHERE about = 'meter' AND ended_at IS NULL";
        let open = owner.query_one(sql, &[]).await?;
        let (all, leaks): (i64, i64) = (open.try_get(0)?, open.try_get(1)?);
        println!("{which}: {took:.1} s; {all} alarms of meters go on, {leaks} of them leaks");
    }
    Ok(())
}
