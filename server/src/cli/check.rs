//! `server check`: the books of one tenant or all, against themselves and the terminals' logs.

use meterpost_ledger::signing::TenantId;
use serde_json::json;

use super::Failure;
use crate::book_check::{Found, check, keep};
use crate::clock;
use crate::config::Config;
use crate::database::Database;

/// Checks, keeps what is found for the alerts, and tells; what is wrong makes the exit code 1.
pub(super) async fn run(
    config: &Config,
    tenant: Option<&str>,
    as_json: bool,
) -> Result<(), Failure> {
    let address = config.database.address().map_err(Failure::config)?;
    let database = Database::new(&address, 1).map_err(Failure::config)?;
    let tenants = match tenant {
        Some(tenant) => vec![TenantId::new(tenant).map_err(Failure::config)?],
        None => database.tenants().await.map_err(Failure::data)?,
    };
    let mut wrong = 0;
    for tenant in tenants {
        let began = (clock::system)();
        let mut connection = database.connection().await.map_err(Failure::data)?;
        let found = check(&mut connection, &tenant)
            .await
            .map_err(Failure::data)?;
        let transaction = connection.begin(&tenant).await.map_err(Failure::data)?;
        keep(&transaction, &tenant, &found, began)
            .await
            .map_err(|error| Failure::Data(format!("{error}. Is the tenant there?")))?;
        transaction.commit().await.map_err(Failure::data)?;
        wrong += found.problems.len();
        match as_json {
            true => println!("{}", as_value(&tenant, &found)),
            false => print(&tenant, &found),
        }
    }
    match wrong {
        0 => Ok(()),
        count => Err(Failure::Data(format!(
            "the books do not add up: {count} problems"
        ))),
    }
}

fn as_value(tenant: &TenantId, found: &Found) -> serde_json::Value {
    json!({
        "tenant": tenant.as_str(),
        "journals": found.journals,
        "logs": found.logs,
        "entries": found.entries,
        "problems": found.problems,
    })
}

fn print(tenant: &TenantId, found: &Found) {
    println!("tenant   {tenant}");
    println!("journals {}", found.journals);
    println!("logs     {} ({} entries)", found.logs, found.entries);
    for problem in &found.problems {
        println!("problem  {}", problem.words);
    }
    let verdict = match found.problems.is_empty() {
        true => "ok",
        false => "refused",
    };
    println!("verdict  {verdict}");
}
