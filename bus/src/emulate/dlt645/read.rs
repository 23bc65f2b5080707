//! C=11: what the registers say.

use std::collections::VecDeque;

use super::ElectricityMeter;
use super::energy::{Reading, energy_bytes, load_record, milliamperes, minute_bytes, with_tariffs};
use crate::frame::bytes::bcd_to_u64;
use crate::frame::dlt645::heard::ReadPart;
use crate::frame::dlt645::identifier::{find, known};
use crate::frame::wall_time::WallTime;

/// Hundredths of a kilowatt hour that four bytes of packed decimals can say.
const NONE: [u8; 4] = [0xFF; 4];

impl ElectricityMeter {
    /// The data of an identifier at a time; `None` where the meter has no such register.
    pub(super) fn read(&self, di: u32, part: ReadPart, time: WallTime) -> Option<Vec<u8>> {
        if part != ReadPart::All && di >> 24 != 0x06 {
            return None;
        }
        match di >> 24 {
            0x00 => self.read_energy(di),
            0x01 => self.read_demand(di),
            0x02 => self.read_variable(di, time),
            0x03 | 0x1D | 0x1E => self.read_event(di),
            0x04 => self.read_parameter(di, time),
            0x05 => self.read_frozen(di),
            0x06 => self.read_load(di, part),
            _ => None,
        }
    }

    fn read_energy(&self, di: u32) -> Option<Vec<u8>> {
        let money = |fen: i64| self.sells().then(|| number(di, fen)).flatten();
        match di {
            known::REMAINING_AMOUNT => return money(self.books.remaining()),
            known::OVERDRAFT_AMOUNT => return money(self.books.overdraft()),
            0x000B_0000 => return self.since_settlement(0),
            0x000B_0001 => return self.since_settlement(1),
            _ => {}
        }
        let [settlement, tariff, kind, _] = di.to_le_bytes();
        let used = match settlement {
            0 => self.energy.watt_seconds,
            back => nth(&self.energy.settled, back)?.watt_seconds,
        };
        let watt_seconds = match kind {
            0 | 1 => used,
            2..=8 => 0,
            _ => return None,
        };
        match tariff {
            0 | 1 => Some(energy_bytes(watt_seconds)),
            2..=4 => Some(vec![0; 4]),
            0xFF => Some(with_tariffs(watt_seconds)),
            _ => None,
        }
    }

    /// Energy between two settlements: 0 the running period, 1 the last whole one.
    fn since_settlement(&self, back: u8) -> Option<Vec<u8>> {
        let end = match back {
            0 => self.energy.watt_seconds,
            _ => nth(&self.energy.settled, back)?.watt_seconds,
        };
        let begin = nth(&self.energy.settled, back + 1).map_or(0, |reading| reading.watt_seconds);
        Some(energy_bytes(end.saturating_sub(begin)))
    }

    fn read_demand(&self, di: u32) -> Option<Vec<u8>> {
        if di != 0x0101_0000 {
            return None;
        }
        Some(match self.energy.demand {
            None => vec![0; 8],
            Some((watts, time)) => {
                let power = number(0x0203_0000, i64::from(watts) * 10)?;
                [&power[..], &minute_bytes(time)].concat()
            }
        })
    }

    fn read_variable(&self, di: u32, time: WallTime) -> Option<Vec<u8>> {
        let watts = i64::from(self.watts());
        let in_phase = match di & 0xFFFF_00FF {
            0x0201_0000 => 2200,
            0x0202_0000 => milliamperes(self.watts()),
            0x0203_0000 | 0x0205_0000 => watts * 10,
            0x0204_0000 => 0,
            0x0206_0000 => 1000,
            _ => return self.read_other_variable(di, time),
        };
        // Voltages and currents have phases only; the others begin with the total. It is a single-phase meter.
        let totals = di & 0x00FF_0000 > 0x0002_0000;
        let value = number(di, in_phase)?;
        let missing = vec![0xFF; value.len()];
        match ((di >> 8) & 0xFF, totals) {
            (0x00, true) | (0x01, _) => Some(value),
            (0xFF, true) => Some([value.clone(), value, missing.clone(), missing].concat()),
            (0xFF, false) => Some([value, missing.clone(), missing].concat()),
            _ => None,
        }
    }

    fn read_other_variable(&self, di: u32, time: WallTime) -> Option<Vec<u8>> {
        let value = match di {
            0x0280_0001 => 0,
            0x0280_0002 => 5000,
            0x0280_0003 | 0x0280_0004 => i64::from(self.watts()) * 10,
            0x0280_0007 => 235,
            0x0280_0008 => 360,
            0x0280_0020 => i64::from(self.config.price) * 100,
            0x0280_0022 => self.session.minutes_left(time),
            _ => return None,
        };
        number(di, value)
    }

    fn read_event(&self, di: u32) -> Option<Vec<u8>> {
        let [back, kind, ..] = di.to_le_bytes();
        match di & 0xFFFF_0000 {
            0x0333_0000 if self.sells() => {
                let at = usize::from(back.checked_sub(1)?);
                let record = self.books.records.get(at);
                if kind == 1 {
                    return Some(
                        record.map_or(vec![0; 5], |record| minute_bytes(record.time).to_vec()),
                    );
                }
                let value = match (kind, record) {
                    // Ten thousand purchases begin again at zero, where the register ends.
                    (2, Some(record)) => i64::from(record.count % 10_000),
                    (2, None) if at == 0 => i64::from(self.books.count % 10_000),
                    (3, Some(record)) => record.amount,
                    (4, Some(record)) => record.before.max(0),
                    (5, Some(record)) => record.after.max(0),
                    (6, Some(record)) => record.cumulative,
                    (2..=6, None) => 0,
                    _ => return None,
                };
                number(di, value)
            }
            0x0330_0000 => match (kind, back) {
                (0x00..=0x04, 0) => number(di, i64::from(self.tally.of(kind))),
                _ => None,
            },
            0x0311_0000 if di == 0x0311_0000 => number(di, 0),
            0x1D00_0000 => switched(di, self.relay.trip_count, &self.relay.trips),
            0x1E00_0000 => switched(di, self.relay.closing_count, &self.relay.closings),
            _ => None,
        }
    }

    fn read_parameter(&self, di: u32, time: WallTime) -> Option<Vec<u8>> {
        let [second, minute, hour, day, month, year] = time.to_bcd();
        let money = |fen: i64| self.sells().then(|| number(di, fen)).flatten();
        match di {
            known::DATE => Some(vec![time.weekday(), day, month, year]),
            known::TIME => Some(vec![second, minute, hour]),
            known::ADDRESS => Some(self.address.to_wire().to_vec()),
            known::METER_NUMBER => Some(self.number.to_vec()),
            known::CUSTOMER_NUMBER => Some(self.customer.to_wire().to_vec()),
            known::STATUS_WORD_1 => Some(self.status_word_1().to_le_bytes().to_vec()),
            known::STATUS_WORD_3 => Some(self.status_word_3(time).to_le_bytes().to_vec()),
            0x0400_0502 | 0x0400_0504..=0x0400_0507 => Some(vec![0; 2]),
            known::STATUS_WORDS => {
                let mut words = vec![0; 14];
                let parts = [(0, self.status_word_1()), (4, self.status_word_3(time))];
                for (at, word) in parts {
                    for (to, from) in words.iter_mut().skip(at).zip(word.to_le_bytes()) {
                        *to = from;
                    }
                }
                Some(words)
            }
            0x0400_0508 => Some(self.session.key_info.to_vec()),
            0x0400_0703 => {
                let code = self.config.rate_coding().code(self.baud);
                code.map(|code| vec![code])
            }
            known::OVERDRAFT_LIMIT => money(self.config.overdraft_limit),
            known::HOARDING_LIMIT => money(self.config.hoarding_limit),
            known::CLOSING_AMOUNT => money(self.config.closing_amount),
            _ => self.parameters.get(&di).cloned(),
        }
    }

    /// Bit 14: overdrawn.
    fn status_word_1(&self) -> u16 {
        u16::from(self.books.overdraft() > 0) << 14
    }

    fn status_word_3(&self, time: WallTime) -> u16 {
        let bits = [
            (3, self.config.programming_key),
            (4, !self.relay.closed),
            (6, self.relay.told_open),
            (7, self.trip_at.is_some() || self.short_of_money()),
            (9, self.sells()),
            (12, self.relay.keep),
            (13, self.session.live(time)),
            (15, !self.books.account_open),
        ];
        bits.iter()
            .fold(0, |word, (bit, set)| word | u16::from(*set) << bit)
    }

    fn read_frozen(&self, di: u32) -> Option<Vec<u8>> {
        let [back, what, kind, _] = di.to_le_bytes();
        let row = match kind {
            0 => &self.energy.timed,
            1 => &self.energy.instant,
            6 => &self.energy.daily,
            _ => return None,
        };
        let reading = nth(row, back)?;
        match what {
            0x00 => Some(minute_bytes(reading.time).to_vec()),
            0x01 => Some(with_tariffs(reading.watt_seconds)),
            0x02 => Some(vec![0; 20]),
            0x10 => {
                let power = number(0x0203_0000, i64::from(reading.watts) * 10)?;
                let zero = [0; 3];
                Some([&power[..], &power, &zero, &zero, &zero, &zero, &zero, &zero].concat())
            }
            _ => None,
        }
    }

    fn read_load(&self, di: u32, part: ReadPart) -> Option<Vec<u8>> {
        let loads = &self.energy.loads;
        let encode = |reading: &Reading| load_record(reading).encode();
        // DI2 names a class; this meter always tells all of them.
        match (di & 0xFF, part) {
            (0x00, ReadPart::All) => loads.front().map(encode),
            (0x00, ReadPart::Records(count)) => {
                some(loads.iter().take(usize::from(count)).flat_map(encode))
            }
            (0x01, ReadPart::RecordsFrom { count, since }) => {
                let from = sortable(since)?;
                let later = loads
                    .iter()
                    .filter(|load| sortable(minute_bytes(load.time)) >= Some(from));
                some(later.take(usize::from(count)).flat_map(encode))
            }
            (0x02, ReadPart::All) => loads.back().map(encode),
            _ => None,
        }
    }

    /// Below the first alarm amount.
    fn short_of_money(&self) -> bool {
        let alarm = self
            .parameters
            .get(&known::ALARM_AMOUNT_1)
            .and_then(|bytes| find(known::ALARM_AMOUNT_1)?.format.number(bytes));
        self.sells() && alarm.is_some_and(|alarm| self.books.balance < alarm)
    }
}

/// A number as the identifier writes it. What does not fit shows as no value.
fn number(di: u32, value: i64) -> Option<Vec<u8>> {
    let format = find(di)?.format;
    let none = || NONE.iter().copied().cycle().take(format.bytes()).collect();
    Some(format.encode(value).unwrap_or_else(none))
}

/// The reading so many back, from 1.
fn nth(row: &VecDeque<Reading>, back: u8) -> Option<&Reading> {
    row.get(usize::from(back.checked_sub(1)?))
}

fn switched(di: u32, count: u32, times: &[WallTime]) -> Option<Vec<u8>> {
    let [back, kind, ..] = di.to_le_bytes();
    match (kind, back) {
        (0, 1) => number(di, i64::from(count)),
        (1, _) => {
            let time = times.get(usize::from(back.checked_sub(1)?));
            Some(time.map_or(vec![0; 6], |time| time.to_bcd().to_vec()))
        }
        _ => None,
    }
}

fn some(bytes: impl Iterator<Item = u8>) -> Option<Vec<u8>> {
    let bytes: Vec<u8> = bytes.collect();
    (!bytes.is_empty()).then_some(bytes)
}

/// `mm hh DD MM YY` as one number that grows with time.
fn sortable(minute: [u8; 5]) -> Option<u64> {
    bcd_to_u64(&minute)
}
