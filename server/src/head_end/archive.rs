//! The meter archive that a concentrator should have, and what it lacks. Pure.

use std::collections::BTreeMap;

use meterpost_bus::frame::dlt645;
use meterpost_bus::frame::gdw376::archive::Meter;
use meterpost_bus::frame::gdw376::port::PortRate;
use meterpost_bus::meter::{MeterAddress, Profile, profile::ProfileProtocol};

use crate::orders::MeterRow;

/// DL/T 645-2007. Meters of other protocols have no number in the archive: a concentrator knows them from its own configuration.
const DLT645_2007: u8 = 30;
/// Rates by their code, in baud; 0 is the port's own.
const RATES: [i32; 8] = [0, 600, 1200, 2400, 4800, 7200, 9600, 19200];

/// The entry of a meter; `None` where the archive has none for its kind or the row makes no sense.
pub(super) fn entry(row: &MeterRow) -> Option<Meter> {
    let profile = Profile::builtin(&row.profile).ok()?;
    if profile.protocol() != ProfileProtocol::Dlt645 {
        return None;
    }
    let MeterAddress::Dlt645(address) = row.address.parse().ok()? else {
        return None;
    };
    let point = u16::try_from(row.point).ok()?;
    let port = u8::try_from(row.segment)
        .ok()
        .filter(|port| (1..=31).contains(port))?;
    let rate = row
        .baud
        .and_then(|baud| RATES.iter().position(|rate| *rate == baud));
    Some(Meter {
        index: point,
        point,
        port: PortRate {
            port,
            rate: rate.and_then(|rate| u8::try_from(rate).ok()).unwrap_or(0),
        },
        protocol: DLT645_2007,
        address: dlt645::Address::to_wire(address),
        password: [0; 6],
        tariffs: 4,
        // Six digits before and two behind the point.
        digits: 0b1001,
        collector: [0; 6],
        class: 0,
    })
}

/// The entries to set, so that what it has becomes what it should have; a point of 0 takes an entry out.
pub(super) fn difference(has: &[Meter], should: &[Meter]) -> Vec<Meter> {
    let has: BTreeMap<u16, &Meter> = has.iter().map(|meter| (meter.index, meter)).collect();
    let should: BTreeMap<u16, &Meter> = should.iter().map(|meter| (meter.index, meter)).collect();
    let gone = has
        .values()
        .filter(|meter| !should.contains_key(&meter.index))
        .map(|meter| Meter {
            point: 0,
            ..(*meter).clone()
        });
    let new = should
        .values()
        .filter(|meter| has.get(&meter.index) != Some(*meter))
        .map(|meter| (*meter).clone());
    // What goes makes room first: a point is one entry's at a time.
    gone.chain(new).collect()
}

#[cfg(test)]
mod tests {
    use super::super::meter::tests::row;
    use super::*;

    fn meter(point: i32) -> Meter {
        let mut row = row("dlt645-plain", "260305510012");
        row.point = point;
        entry(&row).unwrap()
    }

    /// What a concentrator makes of it.
    fn set(mut has: Vec<Meter>, entries: Vec<Meter>) -> Vec<Meter> {
        for entry in entries {
            has.retain(|meter| meter.index != entry.index);
            if entry.point != 0 {
                has.push(entry);
            }
        }
        has.sort_by_key(|meter| meter.index);
        has
    }

    #[test]
    fn an_entry_says_where_the_meter_is() {
        let mut row = row("dlt645-plain", "260305510012");
        row.baud = Some(9600);
        let entry = entry(&row).unwrap();
        assert_eq!((entry.index, entry.point, entry.protocol), (7, 7, 30));
        assert_eq!(entry.port, PortRate { port: 2, rate: 6 });
        assert_eq!(entry.address, [0x12, 0x00, 0x51, 0x05, 0x03, 0x26]);
    }

    #[test]
    fn meters_of_other_protocols_have_no_entry() {
        assert_eq!(entry(&row("cjt188-prepaid", "12022018000007")), None);
        assert_eq!(entry(&row("dlt645-1997", "260305510012")), None);
    }

    #[test]
    fn only_the_difference_is_set_and_makes_both_equal() {
        let mut moved = meter(2);
        moved.port.port = 5;
        let has = vec![meter(1), meter(2), meter(3)];
        let should = vec![meter(1), moved, meter(4)];
        let entries = difference(&has, &should);
        let touched: Vec<_> = entries
            .iter()
            .map(|meter| (meter.index, meter.point))
            .collect();
        assert_eq!(touched, [(3, 0), (2, 2), (4, 4)]);
        assert_eq!(set(has, entries), should);
        assert_eq!(difference(&should, &should), []);
    }
}
