//! `server settle`: days settled by hand, what stands in the way, and what meters say otherwise.

use jiff::civil::Date;
use meterpost_ledger::signing::TenantId;
use serde_json::json;

use super::Failure;
use crate::clock::local;
use crate::config::Config;
use crate::database::Database;
use crate::settlement::{differences, problems, settle_days, supply};
use crate::zones;

/// Which days.
pub(super) struct Asked<'a> {
    /// Of which tenant.
    pub(super) tenant: &'a str,
    /// The first day.
    pub(super) first: Date,
    /// The last one.
    pub(super) last: Date,
    /// Whether meters and books are compared as well.
    pub(super) compare: bool,
    /// For programs.
    pub(super) json: bool,
}

/// Settles and tells.
pub(super) async fn settle(config: &Config, asked: &Asked<'_>) -> Result<(), Failure> {
    let tenant = TenantId::new(asked.tenant).map_err(Failure::config)?;
    let address = config.database.address().map_err(Failure::config)?;
    let database = Database::new(&address, 3).map_err(Failure::config)?;
    let now = (crate::clock::system)();
    let zone = zones::of_tenant(&database, &tenant).await;
    let local = local(&zone.map_err(Failure::data)?, now);
    let days = (asked.first, asked.last);
    let report = settle_days(&database, &tenant, days, (local.date(), now))
        .await
        .map_err(Failure::data)?;
    let decided = supply(&database, &tenant, local, now)
        .await
        .map_err(Failure::data)?;
    let mut connection = database.connection().await.map_err(Failure::data)?;
    let transaction = connection.look(&tenant).await.map_err(Failure::data)?;
    let open = problems(&transaction).await.map_err(Failure::data)?;
    let other = match asked.compare {
        true => differences(&transaction, &tenant)
            .await
            .map_err(Failure::data)?,
        false => Vec::new(),
    };
    if asked.json {
        let report = json!({
            "report": report,
            "warned": decided.warned, "cut_off": decided.cut_off, "restored": decided.restored,
            "problems": open.iter().map(|one| json!({
                "meter": one.meter, "day": one.day.to_string(), "reason": one.reason, "words": one.words,
            })).collect::<Vec<_>>(),
            "differences": other.iter().map(|one| json!({
                "meter": one.meter, "by_meter": one.by_meter.to_string(), "by_books": one.by_books.to_string(),
            })).collect::<Vec<_>>(),
        });
        println!("{report}");
        return Ok(());
    }
    println!("meters      {}", report.meters);
    println!(
        "settled     {} ({} estimated)",
        report.revisions, report.estimated
    );
    println!("charged     {}", meterpost_ledger::Money(report.charged));
    println!(
        "warned      {}, cut off {}, restored {}",
        decided.warned, decided.cut_off, decided.restored
    );
    for one in open {
        println!("problem     {} {} {}", one.meter, one.day, one.words);
    }
    for one in other {
        println!(
            "difference  {} was credited {} by its own count, {} by our books",
            one.meter, one.by_meter, one.by_books
        );
    }
    Ok(())
}
