//! The task that reads old logs, sums days that are over, and puts reports into the folder once their day or month is over. Of several servers on one database one
//! puts each of them there; whoever carries them on finds whole files only.

use std::path::Path;
use std::time::Duration;

use deadpool_postgres::Transaction;
use jiff::civil::Date;
use meterpost_ledger::signing::TenantId;

use super::asked::{Asked, Name, Narrowed, span};
use super::catch_up::catch_up;
use super::config::{Every, ReportsConfig};
use super::run::ReportError;
use super::summed::sum_days;
use super::write::{Format, write};
use crate::App;
use crate::database::DatabaseError;

/// How often it looks.
const LOOK: Duration = Duration::from_secs(20);
/// Days and months that are made up for after the server was away.
const DAYS_BACK: i32 = 7;
const MONTHS_BACK: i32 = 2;

/// Looks until the program ends.
pub async fn start(app: App, config: Option<ReportsConfig>) {
    loop {
        match app.database.tenants().await {
            Ok(tenants) => {
                for tenant in tenants {
                    look_at(&app, &tenant, config.as_ref()).await;
                }
            }
            Err(error) => tracing::error!(%error, "the reports wait for the database"),
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn look_at(app: &App, tenant: &TenantId, config: Option<&ReportsConfig>) {
    if let Err(error) = catch_up(app, tenant).await {
        tracing::error!(%tenant, %error, "a log could not be read for the reports; trying again");
    }
    match sum_days(&app.database, tenant, (app.clock)()).await {
        Ok(0) => {}
        Ok(days) => tracing::info!(%tenant, days, "days that are over were summed for the reports"),
        Err(error) => {
            tracing::error!(%tenant, %error, "days could not be summed for the reports; trying again")
        }
    }
    let Some(config) = config else {
        return;
    };
    for wanted in config.wanted() {
        // One that fails keeps no other one back.
        if let Err(error) = put_due(app, tenant, config, wanted).await {
            let (_, name, format) = wanted;
            let (report, format) = (name.word(), format.word());
            tracing::error!(%tenant, report, format, %error, "a report could not be put into the folder; trying again");
        }
    }
}

/// Puts the reports of all periods that are over and were not put there yet.
async fn put_due(
    app: &App,
    tenant: &TenantId,
    config: &ReportsConfig,
    (every, name, format): (Every, Name, Format),
) -> Result<(), ReportError> {
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(tenant).await?;
    let mine = transaction
        .query_one(
            "SELECT pg_try_advisory_xact_lock(hashtextextended($1 || ' reports', 0))",
            &[&tenant.as_str()],
        )
        .await?;
    if !mine.try_get::<_, bool>(0)? {
        return Ok(());
    }
    let now = (app.clock)().saturating_sub(u64::from(config.delay_minutes) * 60);
    let due = due(&transaction, tenant, (every, name, format), now).await?;
    for (first, last) in due {
        let file = file_name(tenant, (every, name, format), first);
        let asked = Asked {
            name,
            from: Some(first),
            until: Some(last),
            narrowed: Narrowed::default(),
        };
        put(app, tenant, config, (&asked, format), &file).await?;
        transaction
            .execute(
                "INSERT INTO report_sent (tenant, report, every, first, format, file) VALUES ($1, $2, $3, $4, $5, $6)",
                &[&tenant.as_str(), &name.word(), &every.word(), &first, &format.word(), &file],
            )
            .await?;
        tracing::info!(%tenant, file, "a report was put into the folder");
    }
    // Cut off before this, the same files are made again under the same names.
    transaction.commit().await?;
    Ok(())
}

/// First and last days of the periods that are over, the oldest first, since the tenant is there.
async fn due(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (every, name, format): (Every, Name, Format),
    now: u64,
) -> Result<Vec<(Date, Date)>, DatabaseError> {
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let back = match every {
        Every::Day => DAYS_BACK,
        Every::Month => MONTHS_BACK,
    };
    let rows = transaction
        .query(
            "SELECT begins::date, (begins + step)::date - 1 FROM ( \
                 SELECT created_at AT TIME ZONE zone AS since, ('1 ' || $2::text)::interval AS step, \
                        date_trunc($2::text, to_timestamp($3::bigint) AT TIME ZONE zone) AS this FROM tenant WHERE tenant = $1) AS now, \
             LATERAL generate_series(this - $4::integer * step, this - step, step) AS periods (begins) \
             WHERE begins + step > since AND NOT EXISTS (SELECT FROM report_sent sent WHERE sent.tenant = $1 AND sent.report = $5 \
                   AND sent.every = $2 AND sent.first = begins::date AND sent.format = $6) ORDER BY begins",
            &[&tenant.as_str(), &every.word(), &now, &back, &name.word(), &format.word()],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

fn file_name(
    tenant: &TenantId,
    (every, name, format): (Every, Name, Format),
    first: Date,
) -> String {
    let period = match every {
        Every::Day => first.to_string(),
        Every::Month => first.strftime("%Y-%m").to_string(),
    };
    format!("{tenant}-{}-{period}.{}", name.word(), format.word())
}

/// Under another name first, so that nobody carries on half of it.
async fn put(
    app: &App,
    tenant: &TenantId,
    config: &ReportsConfig,
    (asked, format): (&Asked, Format),
    file: &str,
) -> Result<(), ReportError> {
    let mut connection = app.database.connection().await?;
    let transaction = connection.look(tenant).await?;
    let span = span(&transaction, tenant, asked, (app.clock)()).await?;
    let draft = config.folder.join(format!(".{file}"));
    let what = (asked, &span, config.language());
    let written = write(&transaction, what, (format, &draft)).await;
    if written.is_err() {
        let _ = tokio::fs::remove_file(&draft).await;
    }
    written?;
    rename(&draft, &config.folder.join(file)).await
}

async fn rename(draft: &Path, ready: &Path) -> Result<(), ReportError> {
    tokio::fs::rename(draft, ready).await?;
    Ok(())
}
