//! What is worth telling: events, and how they are seen in the difference between two readings. Pure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::clock::Stamp;
use super::record::{Record, SupplyState, Trouble};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The concentrator was started.
    PowerUp,
    /// The meter archive was changed.
    ArchiveChanged,
    /// A meter has not answered in several cycles.
    MeterLost,
    /// A lost meter answers again.
    MeterBack,
    /// A meter was tampered with.
    Tamper,
    /// A meter's battery is low.
    BatteryLow,
    /// A meter's clock is off.
    ClockOff,
    /// A meter reports a fault.
    MeterFault,
    /// A relay or valve changed, and this concentrator had not ordered it.
    SupplyChanged,
    /// A relay or valve was switched by order.
    SupplySwitched,
    /// A master set the clock.
    ClockSet,
    /// A wire's port is gone.
    SegmentDown,
    /// The store cannot be written.
    StoreFailed,
}

impl EventKind {
    /// All, in the order of their codes.
    pub const ALL: [EventKind; 13] = [
        EventKind::PowerUp,
        EventKind::ArchiveChanged,
        EventKind::MeterLost,
        EventKind::MeterBack,
        EventKind::Tamper,
        EventKind::BatteryLow,
        EventKind::ClockOff,
        EventKind::MeterFault,
        EventKind::SupplyChanged,
        EventKind::SupplySwitched,
        EventKind::ClockSet,
        EventKind::SegmentDown,
        EventKind::StoreFailed,
    ];

    /// The number in the store.
    pub fn code(self) -> u8 {
        self as u8 + 1
    }

    /// The kind of a number.
    pub fn from_code(code: u8) -> Option<Self> {
        EventKind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether a master is told at once (ACD, important events) and not only when it asks.
    pub fn is_important(self) -> bool {
        matches!(
            self,
            EventKind::MeterLost
                | EventKind::Tamper
                | EventKind::SupplyChanged
                | EventKind::MeterFault
                | EventKind::StoreFailed
        )
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            EventKind::PowerUp => "the concentrator was started",
            EventKind::ArchiveChanged => "the meter archive was changed",
            EventKind::MeterLost => "a meter does not answer",
            EventKind::MeterBack => "a lost meter answers again",
            EventKind::Tamper => "a meter was tampered with",
            EventKind::BatteryLow => "a meter's battery is low",
            EventKind::ClockOff => "a meter's clock is off",
            EventKind::MeterFault => "a meter reports a fault",
            EventKind::SupplyChanged => "a relay or valve changed without order",
            EventKind::SupplySwitched => "a relay or valve was switched by order",
            EventKind::ClockSet => "a master set the clock",
            EventKind::SegmentDown => "a wire's port is gone",
            EventKind::StoreFailed => "the store cannot be written",
        }
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number, counted up over the concentrator's whole life.
    pub number: i64,
    /// What happened.
    pub kind: EventKind,
    /// When it was seen.
    pub seen: Stamp,
    /// The measuring point; 0 = the concentrator itself.
    pub point: u16,
    /// The number of events of this kind so far, this one included.
    pub count: i64,
}

/// What a new reading shows that the one before did not. `ordered` is the last state this concentrator itself ordered.
///
/// Without an earlier reading troubles are told, for they are news to the masters; a state of the relay is not.
pub fn between(
    before: Option<&Record>,
    now: &Record,
    ordered: Option<SupplyState>,
) -> Vec<EventKind> {
    let had: BTreeSet<Trouble> = before
        .map(|before| before.troubles.iter().copied().collect())
        .unwrap_or_default();
    let mut events: Vec<EventKind> = now
        .troubles
        .iter()
        .filter(|trouble| !had.contains(trouble))
        .map(|trouble| match trouble {
            Trouble::BatteryLow => EventKind::BatteryLow,
            Trouble::Tamper => EventKind::Tamper,
            Trouble::ClockOff => EventKind::ClockOff,
            Trouble::Fault => EventKind::MeterFault,
        })
        .collect();
    let was = before.map_or(SupplyState::Unknown, |before| before.supply);
    let told = was != SupplyState::Unknown && now.supply != SupplyState::Unknown;
    if told && was != now.supply && ordered != Some(now.supply) {
        events.push(EventKind::SupplyChanged);
    }
    events
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::concentrator::clock::ClockQuality;

    fn record(supply: SupplyState, troubles: &[Trouble]) -> Record {
        Record {
            read: Stamp {
                at: 0,
                quality: ClockQuality::Ntp,
            },
            values: BTreeMap::new(),
            supply,
            troubles: troubles.to_vec(),
        }
    }

    #[test]
    fn a_trouble_is_told_once_and_again_only_after_it_was_over() {
        let well = record(SupplyState::On, &[]);
        let low = record(SupplyState::On, &[Trouble::BatteryLow]);
        assert_eq!(between(Some(&well), &low, None), [EventKind::BatteryLow]);
        assert_eq!(between(Some(&low), &low, None), []);
        assert_eq!(between(Some(&low), &well, None), []);
        assert_eq!(between(None, &low, None), [EventKind::BatteryLow]);
    }

    #[test]
    fn a_valve_that_moved_by_our_order_is_no_news() {
        let on = record(SupplyState::On, &[]);
        let off = record(SupplyState::Off, &[]);
        let unknown = record(SupplyState::Unknown, &[]);
        assert_eq!(between(Some(&on), &off, None), [EventKind::SupplyChanged]);
        assert_eq!(between(Some(&on), &off, Some(SupplyState::Off)), []);
        assert_eq!(between(Some(&on), &unknown, None), []);
        assert_eq!(between(None, &off, None), []);
    }

    #[test]
    fn codes_come_back() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::from_code(kind.code()), Some(kind));
        }
        assert_eq!(EventKind::from_code(0), None);
    }
}
