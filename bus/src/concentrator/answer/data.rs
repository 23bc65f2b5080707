//! AFN 0CH and 0DH: readings, the newest ones and those frozen at the end of days and months.

use super::super::clock::{day_of, seconds_of, wall_time_of};
use super::super::node::Node;
use super::super::reply::Reply;
use super::super::store::{Frozen, Period};
use super::super::told_data;
use super::super::told_time;
use crate::frame::gdw376::item::frozen::requested;
use crate::frame::gdw376::item::time::{Day, Month};
use crate::frame::gdw376::{Item, afn};

/// The terminal's clock.
const READ_CLOCK: u8 = 2;

pub(super) fn current(node: &Node, items: &[Item], reply: &Reply) {
    let roster = node.station.roster();
    let found = told_data::asked(items, &roster).into_iter();
    let told = found.filter_map(|(point, function)| match (point, function) {
        (0, READ_CLOCK) => {
            let now = wall_time_of(node.station.clock.now().at)?;
            Some(Item::of_terminal(
                READ_CLOCK,
                told_time::encode(now).to_vec(),
            ))
        }
        _ => {
            let known = roster.get(point)?;
            told_data::current(function, point, known, &node.station.reading(point)?)
        }
    });
    send(told.collect(), afn::CLASS_1, reply);
}

/// What was kept of days and months. Periods of which nothing is known, and those that were missed, are left out: nothing is
/// invented.
pub(super) async fn frozen(node: &Node, items: &[Item], reply: &Reply) {
    let roster = node.station.roster();
    let mut wanted = Vec::new();
    for item in items {
        let Some(period) = period(item) else { continue };
        match item.point {
            Item::ALL_POINTS => wanted.extend(
                roster
                    .points()
                    .map(|(point, _)| (point, item.function, item.data.clone(), period)),
            ),
            point => wanted.push((point, item.function, item.data.clone(), period)),
        }
    }
    let keys: Vec<(u16, Period)> = wanted
        .iter()
        .map(|(p, _, _, period)| (*p, *period))
        .collect();
    let kept = node.station.keeper.call(move |store| {
        keys.into_iter()
            .map(|(point, period)| store.frozen(point, period))
            .collect::<Result<Vec<_>, _>>()
    });
    let kept = match kept.await {
        Ok(kept) => kept,
        Err(error) => {
            tracing::warn!(%error, "frozen values cannot be told");
            return reply.deny();
        }
    };
    let told = wanted
        .into_iter()
        .zip(kept)
        .filter_map(|((point, function, date, _), kept)| {
            let (Frozen::Read(record) | Frozen::BackFilled(record)) = kept? else {
                return None;
            };
            told_data::frozen(function, point, roster.get(point)?, &date, &record)
        });
    send(told.collect(), afn::CLASS_2, reply);
}

/// The day or month that an item asks for.
fn period(item: &Item) -> Option<Period> {
    match item.function {
        told_data::FROZEN_DAY | told_data::QUANTITY_OF_DAY => {
            let day: Day = requested(&item.data).ok()?;
            Some(Period::Day(day_of(seconds_of(day.begin()?))))
        }
        told_data::FROZEN_MONTH | told_data::QUANTITY_OF_MONTH => {
            let month: Month = requested(&item.data).ok()?;
            let begin = month.begin()?.to_civil();
            Some(Period::Month(
                i64::from(begin.year()) * 12 + i64::from(begin.month()) - 1,
            ))
        }
        _ => None,
    }
}

fn send(told: Vec<Item>, function: u8, reply: &Reply) {
    match told.as_slice() {
        [] => reply.deny(),
        told => reply.send_all(function, told),
    }
}
