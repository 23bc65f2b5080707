//! The task that looks through all tenants, now and then. Of several servers on one database one looks at a tenant at a time.

use std::path::{Path, PathBuf};
use std::time::Duration;

use meterpost_ledger::signing::TenantId;

use super::alerts::{Telling, update};
use super::conditions::Thresholds;
use super::keep::seen;
use super::standing::standing;
use crate::App;
use crate::alarm::untold;
use crate::database::DatabaseError;

/// How often it looks.
const LOOK: Duration = Duration::from_secs(10);

/// How people are told.
#[derive(Clone, Debug)]
pub struct Watching {
    /// A folder into which a message is put for each alert (RFC 5322), for whatever carries it on; only the log where there is none.
    pub folder: Option<PathBuf>,
    /// Seconds until an alert that goes on is told again.
    pub interval: u64,
    /// When something counts as wrong.
    pub limits: Thresholds,
}

/// Looks until the program ends.
pub async fn run(app: App, watching: Watching) {
    loop {
        if let Err(error) = look(&app, &watching).await {
            tracing::error!(%error, "the alerts could not be brought up to date; trying again");
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn look(app: &App, watching: &Watching) -> Result<(), DatabaseError> {
    for tenant in app.database.tenants().await? {
        for telling in look_at(app, &tenant, watching).await? {
            let Telling {
                about,
                terminal,
                kind,
                words,
                ended,
                ..
            } = &telling;
            match ended {
                false => {
                    tracing::warn!(%tenant, about = about.name(), name = terminal, kind, words, "alert");
                }
                true => {
                    tracing::info!(%tenant, about = about.name(), name = terminal, kind, "an alert is over")
                }
            }
            if let Some(folder) = &watching.folder {
                let put = put_message(folder, &tenant, &telling, (app.clock)()).await;
                if let Err(error) = put {
                    tracing::error!(%error, folder = %folder.display(), "an alert could not be put into the folder");
                }
            }
        }
    }
    Ok(())
}

async fn look_at(
    app: &App,
    tenant: &TenantId,
    watching: &Watching,
) -> Result<Vec<Telling>, DatabaseError> {
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(tenant).await?;
    let mine: bool = transaction
        .query_one(
            "SELECT pg_try_advisory_xact_lock(hashtextextended($1 || ' alerts', 0))",
            &[&tenant.as_str()],
        )
        .await?
        .try_get(0)?;
    if !mine {
        return Ok(Vec::new());
    }
    let now = (app.clock)();
    let mut wrong = standing(&transaction, now).await?;
    for one in seen(&transaction, tenant).await? {
        let found = one.conditions(now, &watching.limits).into_iter();
        wrong.extend(found.map(|found| (one.terminal.clone(), found)));
    }
    let when = (now, watching.interval);
    let mut telling = update(&transaction, tenant, wrong, when).await?;
    telling.extend(untold(&transaction, tenant, when).await?);
    transaction.commit().await?;
    Ok(telling)
}

/// Under another name first, so that nobody carries on half of it.
async fn put_message(
    folder: &Path,
    tenant: &TenantId,
    telling: &Telling,
    now: u64,
) -> std::io::Result<()> {
    let name = format!(
        "{tenant}-{}-{}.eml",
        telling.id,
        telling.told + i32::from(telling.ended)
    );
    let (draft, ready) = (folder.join(format!(".{name}")), folder.join(&name));
    tokio::fs::write(&draft, message(tenant, telling, now)).await?;
    tokio::fs::rename(draft, ready).await
}

fn message(tenant: &TenantId, telling: &Telling, now: u64) -> String {
    let date = i64::try_from(now)
        .ok()
        .and_then(|now| jiff::Timestamp::from_second(now).ok())
        .and_then(|now| jiff::fmt::rfc2822::to_string(&now.to_zoned(jiff::tz::TimeZone::UTC)).ok())
        .unwrap_or_default();
    let Telling {
        id,
        about,
        terminal,
        kind,
        words,
        ended,
        ..
    } = telling;
    // What a terminal says of itself goes into the body only, where it cannot become a header.
    let words: String = words.chars().filter(|c| !c.is_control()).collect();
    let kind: String = kind
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c))
        .collect();
    let about = about.word();
    // There may be thousands of them (`alarm::untold`).
    let again = match kind.starts_with("balance.") {
        true => "It is told once.",
        false => "It is told again until somebody takes it up or it ends.",
    };
    let state = if *ended { "over" } else { "alert" };
    format!(
        "Date: {date}\r\nSubject: [{tenant}] {terminal}: {kind} {state}\r\nMessage-ID: <{tenant}-{id}-{now}@meterpost>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{about} {terminal}: {words}\r\n\
         Alert {id}. {again}\r\n"
    )
}

#[cfg(test)]
mod tests {
    use super::super::alerts::About;
    use super::*;

    #[test]
    fn what_a_terminal_says_never_becomes_a_header() {
        let telling = Telling {
            id: 7,
            about: About::Terminal,
            terminal: "K1".into(),
            kind: "device.x\r\nBcc: a@b".into(),
            words: "jam\r\n\r\nX: y".into(),
            told: 0,
            ended: false,
        };
        let tenant = TenantId::new("east").unwrap();
        let text = message(&tenant, &telling, 1_790_000_000);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.contains("Bcc:"), "{head}");
        assert!(head.starts_with("Date: Mon, 21 Sep 2026"), "{head}");
        assert!(body.starts_with("Terminal K1: jamX: y\r\n"), "{body}");
    }
}
