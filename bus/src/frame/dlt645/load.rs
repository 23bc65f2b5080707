//! Load records: what a meter stores at fixed intervals (identifiers `06xxxxxx`; DL/T 645-2007, annex on load records).
//!
//! A record is `A0 A0`, the number of bytes between here and the checksum, the time, six classes of values each closed by
//! `AA`, a checksum and `E5`. A class that is not recorded has no bytes before its mark; all six marks are always there.

use std::fmt;

use super::format::{Format, Part};
use crate::frame::bytes::{array, sum};

/// What the table of identifiers calls them.
pub const NAME: &str = "load records";

/// Bytes of the values of each class, in order: voltages, currents and frequency; powers; power factors; energies;
/// quadrants; demands.
pub const CLASSES: [usize; 6] = [17, 24, 8, 16, 16, 6];

const fn value(name: &'static str, bytes: u8, places: u8, unit: &'static str) -> Part {
    Part {
        name,
        format: Format::Signed { bytes, places },
        unit: Some(unit),
    }
}

/// The values of each class in their order.
pub const PARTS: [&[Part]; 6] = [
    &[
        value("voltage A", 2, 1, "V"),
        value("voltage B", 2, 1, "V"),
        value("voltage C", 2, 1, "V"),
        value("current A", 3, 3, "A"),
        value("current B", 3, 3, "A"),
        value("current C", 3, 3, "A"),
        value("frequency", 2, 2, "Hz"),
    ],
    &[
        value("active power", 3, 4, "kW"),
        value("active power A", 3, 4, "kW"),
        value("active power B", 3, 4, "kW"),
        value("active power C", 3, 4, "kW"),
        value("reactive power", 3, 4, "kvar"),
        value("reactive power A", 3, 4, "kvar"),
        value("reactive power B", 3, 4, "kvar"),
        value("reactive power C", 3, 4, "kvar"),
    ],
    &[
        value("power factor", 2, 3, ""),
        value("power factor A", 2, 3, ""),
        value("power factor B", 2, 3, ""),
        value("power factor C", 2, 3, ""),
    ],
    &[
        value("forward active energy", 4, 2, "kWh"),
        value("reverse active energy", 4, 2, "kWh"),
        value("combined reactive energy 1", 4, 2, "kvarh"),
        value("combined reactive energy 2", 4, 2, "kvarh"),
    ],
    &[
        value("reactive energy of quadrant 1", 4, 2, "kvarh"),
        value("reactive energy of quadrant 2", 4, 2, "kvarh"),
        value("reactive energy of quadrant 3", 4, 2, "kvarh"),
        value("reactive energy of quadrant 4", 4, 2, "kvarh"),
    ],
    &[
        value("active demand", 3, 4, "kW"),
        value("reactive demand", 3, 4, "kvar"),
    ],
];

const START: u8 = 0xA0;
const CLASS_END: u8 = 0xAA;
const END: u8 = 0xE5;
/// Bytes of the time.
const TIME: usize = 5;
/// Bytes before the values: two marks, the length, the time.
const HEAD: usize = 3 + TIME;

/// One load record. The values are raw, low byte first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadRecord {
    /// When it was stored: `mm hh DD MM YY`.
    pub time: [u8; TIME],
    /// The classes, each empty or as long as [`CLASSES`] says.
    pub classes: [Vec<u8>; 6],
}

impl fmt::Display for LoadRecord {
    /// The time, then every value of the classes that are there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |format: Format, bytes: &[u8]| match format.text(bytes) {
            Ok(text) => text.unwrap_or_else(|| "none".to_owned()),
            Err(error) => error.to_string(),
        };
        f.write_str(&text(Format::Minute, &self.time))?;
        for (class, parts) in self.classes.iter().zip(PARTS) {
            if !class.is_empty() {
                write!(f, "; {}", text(Format::Record(parts), class))?;
            }
        }
        Ok(())
    }
}

impl LoadRecord {
    /// The record as bytes. Classes of a wrong length are left out.
    pub fn encode(&self) -> Vec<u8> {
        let mut values = Vec::new();
        for (class, length) in self.classes.iter().zip(CLASSES) {
            if class.len() == length {
                values.extend(class);
            }
            values.push(CLASS_END);
        }
        // At most 87 bytes of values with their six marks.
        let length = (TIME + values.len()) as u8;
        let mut bytes = vec![START, START, length];
        bytes.extend(self.time);
        bytes.extend(values);
        bytes.push(sum(&bytes));
        bytes.push(END);
        bytes
    }

    /// Reads the record at the beginning of `bytes`, and says how long it is. `None` where none begins there.
    pub fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let &[START, START, length, ..] = bytes else {
            return None;
        };
        let body = 3 + usize::from(length);
        let mut rest = bytes.get(HEAD..body)?;
        let mut classes = [const { Vec::new() }; 6];
        for (class, length) in classes.iter_mut().zip(CLASSES) {
            // Packed decimals and the filler FF never begin with the mark, so a mark here is an empty class.
            rest = match (rest.first(), rest.get(length)) {
                (Some(&CLASS_END), _) => rest.get(1..)?,
                (_, Some(&CLASS_END)) => {
                    *class = rest.get(..length)?.to_vec();
                    rest.get(length + 1..)?
                }
                _ => return None,
            };
        }
        let sound = rest.is_empty()
            && bytes.get(body) == Some(&sum(bytes.get(..body)?))
            && bytes.get(body + 1) == Some(&END);
        let time = array(bytes, 3)?;
        sound.then_some((LoadRecord { time, classes }, body + 2))
    }

    /// All records one behind the other. `None` where something else lies between or behind them.
    pub fn parse_all(mut bytes: &[u8]) -> Option<Vec<Self>> {
        let mut records = Vec::new();
        while !bytes.is_empty() {
            let (record, length) = LoadRecord::parse(bytes)?;
            records.push(record);
            bytes = bytes.get(length..)?;
        }
        Some(records)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimals(length: usize) -> impl Strategy<Value = Vec<u8>> {
        let byte = (0u8..10, 0u8..10).prop_map(|(high, low)| high << 4 | low);
        prop_oneof![
            Just(Vec::new()),
            proptest::collection::vec(byte, length..=length)
        ]
    }

    fn records() -> impl Strategy<Value = LoadRecord> {
        let [a, b, c, d, e, f] = CLASSES.map(decimals);
        (any::<[u8; 5]>(), (a, b, c, d, e, f)).prop_map(|(time, (a, b, c, d, e, f))| LoadRecord {
            time,
            classes: [a, b, c, d, e, f],
        })
    }

    #[test]
    fn the_classes_are_as_long_as_their_values() {
        assert_eq!(PARTS.map(|parts| Format::Record(parts).bytes()), CLASSES);
        let record = LoadRecord {
            time: [0x15, 0x12, 0x25, 0x11, 0x26],
            classes: [
                Vec::new(),
                Vec::new(),
                Vec::new(),
                Vec::new(),
                Vec::new(),
                vec![0x00, 0x10, 0x00, 0, 0, 0x80],
            ],
        };
        assert_eq!(
            record.to_string(),
            "2026-11-25 12:15; active demand 0.1000 kW, reactive demand 0.0000 kvar"
        );
    }

    #[test]
    fn a_record_without_classes_has_its_six_marks() {
        let record = LoadRecord {
            time: [0, 0, 1, 1, 0x26],
            classes: Default::default(),
        };
        let bytes = record.encode();
        assert_eq!(
            hex::encode_upper(&bytes),
            "A0A00B0000010126AAAAAAAAAAAA6FE5"
        );
        assert_eq!(LoadRecord::parse(&bytes), Some((record, bytes.len())));
    }

    proptest! {
        #[test]
        fn records_come_back(records in proptest::collection::vec(records(), 0..4)) {
            let bytes: Vec<u8> = records.iter().flat_map(LoadRecord::encode).collect();
            prop_assert_eq!(LoadRecord::parse_all(&bytes), Some(records));
        }

        #[test]
        fn a_changed_byte_is_never_read_as_the_same_record(record in records(), at: usize, to: u8) {
            let mut bytes = record.encode();
            let at = at % bytes.len();
            prop_assume!(bytes[at] != to);
            bytes[at] = to;
            prop_assert_ne!(LoadRecord::parse(&bytes).map(|(read, _)| read), Some(record));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = LoadRecord::parse_all(&bytes);
        }
    }
}
