//! An account's history: as it was and as it became, with who changed it and when. Names and places in it are forgotten with the account.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;
use serde_json::{Value, json};

use super::rows::{self, AccountRow, Which};
use crate::database::DatabaseError;

/// Who changes something, and when.
#[derive(Clone, Copy, Debug)]
pub struct By<'b> {
    /// The name.
    pub name: &'b str,
    /// Seconds since 1970.
    pub at: u64,
}

/// A change.
#[derive(Clone, Debug)]
pub struct Changed {
    /// When, in seconds since 1970.
    pub at: i64,
    /// Who.
    pub by: String,
    /// What became different.
    pub differences: Vec<Difference>,
}

/// Something that became different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `account`, `district`, `name`, `place`, or `meter` with its number.
    pub what: String,
    /// As it was; nothing where there was none.
    pub before: String,
    /// As it became; nothing where there is none.
    pub after: String,
}

/// Newest changes that are shown.
const MOST: i64 = 200;

fn shown(row: &AccountRow) -> Value {
    json!({
        "district": row.district,
        "name": row.name,
        "place": row.place,
        "meters": row.meters,
    })
}

/// Accounts as their history keeps them; those that there are.
///
/// # Errors
/// The database's.
pub(super) async fn states(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    accounts: &[&str],
) -> Result<HashMap<String, Value>, DatabaseError> {
    let found = rows::accounts(transaction, tenant, Which::Among { accounts }).await?;
    let kept = found.iter().map(|row| (row.account.clone(), shown(row)));
    Ok(kept.collect())
}

/// Notes what became of accounts; nothing of those of which nothing did.
///
/// # Errors
/// The database's.
pub(super) async fn note(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    by: By<'_>,
    accounts: &[&str],
    (before, after): (&HashMap<String, Value>, &HashMap<String, Value>),
) -> Result<(), DatabaseError> {
    let changed: Vec<&str> = accounts
        .iter()
        .copied()
        .filter(|account| before.get(*account) != after.get(*account))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let states = |of: &HashMap<String, Value>| -> Vec<Option<Value>> {
        changed
            .iter()
            .map(|account| of.get(*account).cloned())
            .collect()
    };
    let at = i64::try_from(by.at).unwrap_or(i64::MAX);
    transaction
        .execute(
            "INSERT INTO account_history (tenant, account, at, by, before, after) \
             SELECT $1, n.account, $2, $3, n.before, n.after FROM unnest($4::text[], $5::jsonb[], $6::jsonb[]) AS n (account, before, after)",
            &[&tenant.as_str(), &at, &by.name, &changed, &states(before), &states(after)],
        )
        .await?;
    Ok(())
}

/// Forgets names and places in an account's history.
///
/// # Errors
/// The database's.
pub(super) async fn forget(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    account: &str,
) -> Result<(), DatabaseError> {
    let without = |column: &str| {
        format!(
            "{column} = {column} - 'name' - 'place' || jsonb_build_object('meters', \
             (SELECT coalesce(jsonb_agg(m - 'place' - 'customer'), '[]') FROM jsonb_array_elements({column}->'meters') m))"
        )
    };
    let sql = format!(
        "UPDATE account_history SET {}, {} WHERE tenant = $1 AND account = $2",
        without("before"),
        without("after")
    );
    transaction
        .execute(&sql, &[&tenant.as_str(), &account])
        .await?;
    Ok(())
}

/// What became of an account, newest first.
///
/// # Errors
/// The database's.
pub async fn history(
    transaction: &Transaction<'_>,
    account: &str,
) -> Result<Vec<Changed>, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT at, by, before, after FROM account_history WHERE account = $1 ORDER BY id DESC LIMIT $2",
            &[&account, &MOST],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        let (before, after): (Option<Value>, Option<Value>) = (row.try_get(2)?, row.try_get(3)?);
        Ok(Changed {
            at: row.try_get(0)?,
            by: row.try_get(1)?,
            differences: differences(before.as_ref(), after.as_ref()),
        })
    };
    rows.iter().map(read).collect()
}

/// What is different between two states. Pure.
fn differences(before: Option<&Value>, after: Option<&Value>) -> Vec<Difference> {
    let mut found = Vec::new();
    let word = |state: Option<&Value>| if state.is_some() { "open" } else { "" };
    let mut add = |what: String, before: String, after: String| {
        if before != after {
            found.push(Difference {
                what,
                before,
                after,
            });
        }
    };
    add("account".into(), word(before).into(), word(after).into());
    for what in ["district", "name", "place"] {
        let text = |state: Option<&Value>| {
            let text = state.and_then(|state| state.get(what)?.as_str());
            text.unwrap_or_default().to_owned()
        };
        add(what.into(), text(before), text(after));
    }
    let (was, is) = (meters(before), meters(after));
    for (number, words) in &was {
        let now = is.iter().find(|(other, _)| other == number);
        let now = now.map_or(String::new(), |(_, words)| words.clone());
        add(format!("meter {number}"), words.clone(), now);
    }
    for (number, words) in &is {
        if !was.iter().any(|(other, _)| other == number) {
            add(format!("meter {number}"), String::new(), words.clone());
        }
    }
    found
}

/// The meters of a state, by number, each in words.
fn meters(state: Option<&Value>) -> Vec<(String, String)> {
    let all = state.and_then(|state| state.get("meters")?.as_array());
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let words = |meter: &Value| {
        let fields = meter.as_object()?;
        let number = text(fields.get("number")?);
        // Who may send it purchases moves by itself.
        let rest = fields
            .iter()
            .filter(|(name, _)| !["number", "owner"].contains(&name.as_str()));
        let rest: Vec<String> = rest
            .map(|(name, value)| format!("{name} {}", text(value)))
            .collect();
        Some((number, rest.join(", ")))
    };
    all.into_iter().flatten().filter_map(words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(name: &str, meters: &[(&str, u8)]) -> Value {
        let meters: Vec<Value> = meters
            .iter()
            .map(|(number, segment)| json!({"number": number, "segment": segment, "owner": "k1"}))
            .collect();
        json!({"district": "north", "name": name, "place": "1-1", "meters": meters})
    }

    fn found(before: Option<&Value>, after: Option<&Value>) -> Vec<(String, String, String)> {
        differences(before, after)
            .into_iter()
            .map(|d| (d.what, d.before, d.after))
            .collect()
    }

    fn line(what: &str, before: &str, after: &str) -> (String, String, String) {
        (what.into(), before.into(), after.into())
    }

    #[test]
    fn only_what_became_different_is_told() {
        let was = state("Wang", &[("1001", 1), ("1002", 1)]);
        let is = state("Li", &[("1002", 2), ("1003", 1)]);
        assert_eq!(
            found(Some(&was), Some(&is)),
            [
                line("name", "Wang", "Li"),
                line("meter 1001", "segment 1", ""),
                line("meter 1002", "segment 1", "segment 2"),
                line("meter 1003", "", "segment 1"),
            ]
        );
        assert_eq!(found(Some(&was), Some(&was)), []);
    }

    #[test]
    fn an_account_opens_and_closes() {
        let is = state("Li", &[]);
        assert_eq!(found(None, Some(&is))[0], line("account", "", "open"));
        assert_eq!(found(Some(&is), None)[0], line("account", "open", ""));
    }
}
