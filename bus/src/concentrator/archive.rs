//! The meter archive: set by AFN 04H F10, read back by AFN 0AH F10. Pure; the store keeps it.

use std::collections::BTreeMap;

use super::store::StoreError;
use crate::frame::gdw376::archive::Meter;

/// The meters by their index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archive {
    meters: BTreeMap<u16, Meter>,
}

/// Why the archive cannot be set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// It cannot be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An entry has index 0 or a port without a number.
    #[error("meter {0} has no valid index or port")]
    Invalid(u16),
}

impl Archive {
    /// An archive of these meters.
    pub fn new(meters: impl IntoIterator<Item = Meter>) -> Self {
        Archive {
            meters: meters
                .into_iter()
                .map(|meter| (meter.index, meter))
                .collect(),
        }
    }

    /// The archive with these entries set, all of them or none. A point of 0 takes the entry out.
    ///
    /// # Errors
    /// [`ArchiveError::Invalid`] names the first entry that cannot be.
    pub fn with(&self, entries: Vec<Meter>) -> Result<Archive, ArchiveError> {
        let mut meters = self.meters.clone();
        for meter in entries {
            if meter.index == 0 || (meter.point != 0 && meter.port.port == 0) {
                return Err(ArchiveError::Invalid(meter.index));
            }
            if meter.point == 0 {
                meters.remove(&meter.index);
            } else {
                meters.insert(meter.index, meter);
            }
        }
        Ok(Archive { meters })
    }

    /// The entries with these indexes that exist; all, when none is named.
    pub fn get(&self, indexes: &[u16]) -> Vec<Meter> {
        if indexes.is_empty() {
            return self.meters.values().cloned().collect();
        }
        indexes
            .iter()
            .filter_map(|index| self.meters.get(index).cloned())
            .collect()
    }

    /// All entries, by index.
    pub fn entries(&self) -> impl Iterator<Item = &Meter> {
        self.meters.values()
    }

    /// How many meters there are.
    pub fn len(&self) -> usize {
        self.meters.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.meters.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::gdw376::port::PortRate;

    fn meter(index: u16) -> Meter {
        Meter {
            index,
            point: index + 1,
            port: PortRate { port: 2, rate: 3 },
            protocol: 30,
            address: [0x12, 0x90, 0x78, 0x56, 0x34, 0x12],
            password: [0; 6],
            tariffs: 4,
            digits: 9,
            collector: [0; 6],
            class: 0x10,
        }
    }

    #[test]
    fn point_zero_takes_an_entry_out() {
        let archive = Archive::default().with(vec![meter(1), meter(7)]).unwrap();
        let gone = Meter {
            point: 0,
            ..meter(1)
        };
        let archive = archive.with(vec![gone]).unwrap();
        assert_eq!(archive.get(&[]), [meter(7)]);
        assert_eq!(archive.get(&[1, 7, 9]), [meter(7)]);
    }

    #[test]
    fn one_invalid_entry_changes_nothing() {
        let refused = Archive::default().with(vec![meter(1), meter(0)]);
        assert!(matches!(refused, Err(ArchiveError::Invalid(0))));
    }
}
