//! AFN 0EH on request: events out of the ring of the last 256 of each class.

use super::super::event::Event;
use super::super::node::Node;
use super::super::reply::Reply;
use super::super::told_report;
use crate::frame::gdw376::item::Unit;
use crate::frame::gdw376::item::event::{Query, Report};
use crate::frame::gdw376::{Item, afn};

/// Counters have one byte, so a query names at most so many.
const RING: u32 = 255;

pub(super) async fn asked(node: &Node, items: &[Item], reply: &Reply) {
    let mut told = Vec::new();
    for item in items.iter().filter(|item| item.point == 0) {
        let important = match item.function {
            told_report::IMPORTANT => true,
            told_report::GENERAL => false,
            _ => continue,
        };
        let Ok(query) = Query::decode(&item.data) else {
            return reply.deny();
        };
        let newest = node
            .station
            .keeper
            .call(move |store| store.newest_events(important, RING));
        let newest = match newest.await {
            Ok(newest) => newest,
            Err(error) => {
                tracing::warn!(%error, "events cannot be told");
                return reply.deny();
            }
        };
        let counters = told_report::counters(&node.station.counts());
        let report = within(query, newest, important, counters);
        match report.encode() {
            Ok(unit) => told.push(Item::of_terminal(item.function, unit)),
            Err(error) => tracing::warn!(%error, "events do not fit their unit"),
        }
    }
    match told.as_slice() {
        [] => reply.deny(),
        told => reply.send_all(afn::EVENTS, told),
    }
}

/// The part of the newest events, the oldest of them first, that a query names. The newest has the counter before EC.
fn within(query: Query, newest: Vec<Event>, important: bool, counters: [u8; 2]) -> Report {
    let [ec1, ec2] = counters;
    let behind_all = if important { ec1 } else { ec2 };
    let count = u8::try_from(newest.len()).unwrap_or(u8::MAX);
    let oldest = behind_all.wrapping_sub(count);
    // Distances from the oldest event, where the ring has no seam.
    let from = query.first.wrapping_sub(oldest);
    let many = query.behind.wrapping_sub(query.first);
    let first = if from < count { from } else { count };
    let end = first.saturating_add(many).min(count);
    let records = newest
        .iter()
        .skip(usize::from(first))
        .take(usize::from(end - first))
        .filter_map(told_report::of_event)
        .collect::<Vec<_>>();
    let first = oldest.wrapping_add(first);
    Report {
        important: ec1,
        ordinary: ec2,
        first,
        behind: first.wrapping_add(u8::try_from(records.len()).unwrap_or(u8::MAX)),
        records,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::concentrator::clock::{ClockQuality, Stamp};
    use crate::concentrator::event::EventKind;

    fn events(count: i64) -> Vec<Event> {
        (1..=count)
            .map(|number| Event {
                number,
                kind: EventKind::MeterLost,
                seen: Stamp {
                    at: 800_000_000 + number,
                    quality: ClockQuality::Ntp,
                },
                point: u16::try_from(number).unwrap(),
                count: number,
            })
            .collect()
    }

    fn points(report: &Report) -> Vec<u8> {
        report
            .records
            .iter()
            .map(|record| record.detail[0])
            .collect()
    }

    #[test]
    fn a_query_gets_the_events_it_names_and_no_others() {
        let query = |first, behind| within(Query { first, behind }, events(5), true, [5, 9]);
        let all = query(0, 5);
        assert_eq!(points(&all), [1, 2, 3, 4, 5]);
        assert_eq!(
            (all.first, all.behind, all.important, all.ordinary),
            (0, 5, 5, 9)
        );
        let some = query(3, 200);
        assert_eq!(points(&some), [4, 5]);
        assert_eq!((some.first, some.behind), (3, 5));
        let none = query(5, 5);
        assert_eq!(points(&none), [] as [u8; 0]);
        assert_eq!((none.first, none.behind), (5, 5));
    }

    #[test]
    fn counters_go_on_over_the_seam_of_the_ring() {
        // 260 events so far, of which the last 5 are asked for here.
        let report = within(
            Query {
                first: 255,
                behind: 4,
            },
            events(5),
            true,
            [4, 0],
        );
        assert_eq!(points(&report), [1, 2, 3, 4, 5]);
        assert_eq!((report.first, report.behind), (255, 4));
        let later = within(
            Query {
                first: 1,
                behind: 4,
            },
            events(5),
            true,
            [4, 0],
        );
        assert_eq!(points(&later), [3, 4, 5]);
    }

    #[test]
    fn what_the_ring_has_lost_is_not_told() {
        let report = within(
            Query {
                first: 10,
                behind: 20,
            },
            events(5),
            true,
            [100, 0],
        );
        assert_eq!(points(&report), [] as [u8; 0]);
        assert_eq!(report.first, report.behind);
    }
}
