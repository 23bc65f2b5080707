//! `server verify`: a log checked again from its entries.

use meterpost_ledger::signing::{LogOrigin, TenantId, TerminalId};
use serde_json::{Map, Value, json};

use super::Failure;
use crate::config::Config;
use crate::database::Database;
use crate::witness::{self, Checked};

/// Checks and tells; what is wrong makes the exit code 1.
pub(super) async fn verify(
    config: &Config,
    tenant: &str,
    terminal: &str,
    epoch: Option<u32>,
    as_json: bool,
) -> Result<(), Failure> {
    let tenant = TenantId::new(tenant).map_err(Failure::config)?;
    let terminal = TerminalId::new(terminal).map_err(Failure::config)?;
    let address = config.database.address().map_err(Failure::config)?;
    let database = Database::new(&address, 1).map_err(Failure::config)?;
    let mut connection = database.connection().await.map_err(Failure::data)?;
    // Terminals go on bringing entries meanwhile.
    let transaction = connection.look(&tenant).await.map_err(Failure::data)?;
    let epoch = match epoch {
        Some(epoch) => epoch,
        None => transaction
            .query_opt(
                "SELECT epoch FROM terminal WHERE terminal = $1",
                &[&terminal.as_str()],
            )
            .await
            .map_err(Failure::data)?
            .and_then(|row| u32::try_from(row.get::<_, i64>(0)).ok())
            .ok_or_else(|| Failure::Data(format!("terminal {terminal} was never enrolled")))?,
    };
    let origin = LogOrigin::new(tenant.clone(), terminal, epoch).map_err(Failure::config)?;
    let checked = witness::verify(&transaction, &origin)
        .await
        .map_err(Failure::data)?
        .ok_or_else(|| Failure::Data(format!("the log {origin} is not known")))?;
    if as_json {
        println!("{}", as_value(&origin, &checked));
    } else {
        print(&origin, &checked);
    }
    match checked.problems.first() {
        None => Ok(()),
        Some(first) => Err(Failure::Data(format!("{origin} is not in order: {first}"))),
    }
}

fn as_value(origin: &LogOrigin, checked: &Checked) -> Value {
    let accounts: Map<String, Value> = checked
        .accounts
        .iter()
        .map(|(account, money)| (account.clone(), json!(money)))
        .collect();
    json!({
        "origin": origin.to_string(),
        "size": checked.size,
        "stored": checked.stored,
        "root": checked.root.to_string(),
        "head": checked.head,
        "accounts": accounts,
        "held": checked.held,
        "verdict": verdict(checked),
        "problems": checked.problems,
    })
}

fn verdict(checked: &Checked) -> &'static str {
    match (checked.problems.is_empty(), &checked.held) {
        (false, _) => "refused",
        (true, Some(_)) => "held",
        (true, None) => "ok",
    }
}

fn print(origin: &LogOrigin, checked: &Checked) {
    println!("log      {origin}");
    println!("size     {} ({} stored)", checked.size, checked.stored);
    println!("root     {}", checked.root);
    for (account, money) in &checked.accounts {
        println!("account  {account:<14}{money:>14}");
    }
    if let Some(why) = &checked.held {
        println!("held     {why}");
    }
    for problem in &checked.problems {
        println!("problem  {problem}");
    }
    println!("verdict  {}", verdict(checked));
}
