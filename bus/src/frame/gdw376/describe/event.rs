//! Events: what is asked for, and the records.

use super::super::item::Unit;
use super::super::item::event::{OfMeter, Query, Record, Report, erc};
use super::super::{Item, UnitError};
use crate::decode::Field;

/// Values by name.
pub(super) fn values(upward: bool, item: &Item) -> Option<Result<Vec<Field>, UnitError>> {
    let unit = item.data.as_slice();
    Some(match (item.function, upward) {
        (1 | 2, false) => Query::decode(unit).map(|query| range(query.first, query.behind)),
        (1 | 2, true) => Report::decode(unit).map(|report| events(&report)),
        _ => return None,
    })
}

fn range(first: u8, behind: u8) -> Vec<Field> {
    vec![
        Field::new("first", first.to_string()),
        Field::new("behind", behind.to_string()),
    ]
}

fn events(report: &Report) -> Vec<Field> {
    let mut fields = vec![
        Field::new("important", report.important.to_string()),
        Field::new("ordinary", report.ordinary.to_string()),
    ];
    fields.extend(range(report.first, report.behind));
    for (record, at) in report.records.iter().zip(0u8..) {
        let name = format!("event_{}", report.first.wrapping_add(at));
        fields.push(Field::new(name, told(record)));
    }
    fields
}

/// `2026-11-25 04:30:00 ERC 12 meter clock, point 7 begins`. Above 200 the concentrator's own reports and the records of
/// [`erc`] share numbers, so these are told by number and bytes alone.
fn told(record: &Record) -> String {
    let head = format!("{} ERC {}", record.at.time(), record.code);
    let bytes = hex::encode_upper(&record.detail);
    match (record.code, OfMeter::from_detail(&record.detail)) {
        (erc::METER_CLOCK, Some((of, _))) => format!("{head} meter clock, {}", meter(of)),
        (erc::METER_FAULT, Some((of, flags))) => {
            let flags = hex::encode_upper(flags);
            format!("{head} meter fault, {}, flags {flags}", meter(of))
        }
        (erc::PARAMETERS_CHANGED, _) => format!("{head} parameters changed, {bytes}"),
        (erc::POWER, _) => format!("{head} power failed, {bytes}"),
        (erc::WRONG_PASSWORD, _) => format!("{head} wrong password, {bytes}"),
        (erc::TERMINAL_FAULT, _) => format!("{head} terminal fault, {bytes}"),
        _ => format!("{head} {bytes}"),
    }
}

fn meter(of: OfMeter) -> String {
    let begins = if of.begins { "begins" } else { "ends" };
    format!("point {} {begins}", of.point)
}
