//! The page behind a figure: the entries that it sums.

use jiff::civil::Date;
use tokio_postgres::Row;

use super::asked::{Asked, Name, Narrowed, Span};
use crate::database::DatabaseError;

/// Movements behind the columns of takings, from the second one on.
const TAKINGS: [&str; 9] = [
    "till_cash",
    "counter_cash",
    "transfer",
    "code",
    "given_back",
    "taken",
    "wallet",
    "credited",
    "credited",
];
const TERMINALS: [&str; 7] = [
    "credited",
    "till_cash",
    "wallet",
    "till_code",
    "credited",
    "owed",
    "in_doubt",
];
const CLERKS: [&str; 5] = ["", "counter_cash", "transfer", "given_back", "taken"];
const CHARGES: [&str; 5] = ["", "till_cash", "wallet", "code", ""];

/// The address of a report; what it is asked for stands in its query.
pub fn address(name: Name, days: Option<(Date, Date)>, narrowed: &Narrowed) -> String {
    let Narrowed {
        terminal,
        clerk,
        utility,
        account,
        building,
        what,
        log,
    } = narrowed;
    let mut parts = Vec::new();
    if let Some((from, until)) = days {
        parts.push(format!("from={from}&until={until}"));
    }
    for (key, value) in [
        ("terminal", terminal),
        ("clerk", clerk),
        ("utility", utility),
        ("account", account),
        ("building", building),
        ("what", what),
    ] {
        parts.extend(
            value
                .as_deref()
                .map(|value| format!("{key}={}", encoded(value))),
        );
    }
    parts.extend(log.map(|(epoch, above, below)| format!("log={epoch}.{above}.{below}")));
    format!("/reports/{}?{}", name.word(), parts.join("&"))
}

/// A value as a query has it (RFC 3986).
fn encoded(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                all.push(char::from(byte))
            }
            other => all.push_str(&format!("%{other:02X}")),
        }
    }
    all
}

/// A link for each column that has one.
pub(super) fn links(
    asked: &Asked,
    span: &Span,
    row: &Row,
) -> Result<Vec<Option<String>>, DatabaseError> {
    let days = (span.from, span.until);
    Ok(match asked.name {
        Name::Days => {
            let day: Date = row.try_get(0)?;
            behind(Name::Entries, (day, day), &TAKINGS, asked.narrowed.clone())
        }
        Name::Months => {
            let month: &str = row.try_get(0)?;
            let first: Option<Date> = format!("{month}-01").parse().ok();
            match first {
                // Without the days of a month that are outside of what is asked for.
                Some(first) => {
                    let days = (first.max(span.from), first.last_of_month().min(span.until));
                    behind(Name::Entries, days, &TAKINGS, asked.narrowed.clone())
                }
                None => Vec::new(),
            }
        }
        Name::Terminals => {
            let terminal = Some(row.try_get(0)?);
            behind(
                Name::Entries,
                days,
                &TERMINALS,
                Narrowed {
                    terminal,
                    ..Narrowed::default()
                },
            )
        }
        Name::Clerks => {
            let clerk = Some(row.try_get(0)?);
            behind(
                Name::Entries,
                days,
                &CLERKS,
                Narrowed {
                    clerk,
                    ..Narrowed::default()
                },
            )
        }
        Name::Utilities => {
            let utility = Some(row.try_get(0)?);
            behind(
                Name::Charges,
                days,
                &CHARGES,
                Narrowed {
                    utility,
                    ..asked.narrowed.clone()
                },
            )
        }
        Name::Buildings => {
            let building = Some(row.try_get(0)?);
            behind(
                Name::Charges,
                days,
                &CHARGES,
                Narrowed {
                    building,
                    ..asked.narrowed.clone()
                },
            )
        }
        Name::Cash => cash(row)?,
        Name::Arrears | Name::Balances | Name::Accounts => vec![account(row.try_get(0)?)],
        Name::Consumption => {
            let meter: &str = row.try_get(4)?;
            let account = account(row.try_get(0)?);
            let page = Some(format!("/meters/{}", encoded(meter)));
            vec![account, None, None, None, page]
        }
        Name::Charges => vec![None, None, account(row.try_get(2)?)],
        Name::Entries => vec![None, None, None, account(row.try_get(3)?)],
        Name::Losses => Vec::new(),
    })
}

fn account(account: Option<&str>) -> Option<String> {
    account.map(|account| format!("/accounts/{}", encoded(account)))
}

/// Nothing for the first column, then the page with each movement; an empty word is all of them.
fn behind(
    name: Name,
    days: (Date, Date),
    whats: &[&str],
    narrowed: Narrowed,
) -> Vec<Option<String>> {
    let page = |what: &&str| {
        let what = Some((*what).to_owned()).filter(|what| !what.is_empty());
        Some(address(
            name,
            Some(days),
            &Narrowed {
                what,
                ..narrowed.clone()
            },
        ))
    };
    std::iter::once(None)
        .chain(whats.iter().map(page))
        .collect()
}

/// The notes of a box, which may have filled up over any days.
fn cash(row: &Row) -> Result<Vec<Option<String>>, DatabaseError> {
    let log = Some((row.try_get(10)?, row.try_get(11)?, row.try_get(12)?));
    let narrowed = Narrowed {
        terminal: Some(row.try_get(0)?),
        what: Some("till_cash".into()),
        log,
        ..Narrowed::default()
    };
    let ever = (Date::constant(1970, 1, 1), Date::constant(9000, 1, 1));
    let booked = address(Name::Entries, Some(ever), &narrowed);
    Ok(vec![None, None, None, None, None, Some(booked)])
}
