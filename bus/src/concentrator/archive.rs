//! The meter archive: set by AFN 04H F10, read back by AFN 0AH F10, kept across power cuts.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::frame::gdw376::archive::Meter;

/// The meters by their index, and the file they are kept in.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    meters: BTreeMap<u16, Meter>,
}

/// Why the archive cannot be kept or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The file cannot be read or written.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file is not an archive. It is left as it is: a person has to look at it.
    #[error(
        "{path} is not a meter archive: {error}; repair it, or move it away to start with an empty one"
    )]
    Spoilt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: serde_json::Error,
    },
    /// An entry has index 0 or a port without a number.
    #[error("meter {0} has no valid index or port")]
    Invalid(u16),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    meters: Vec<Meter>,
}

impl Archive {
    /// Opens the archive; a missing file is an empty one.
    ///
    /// # Errors
    /// [`ArchiveError`] when the file is there and cannot be read or understood.
    pub fn open(path: &Path) -> Result<Archive, ArchiveError> {
        let mut archive = Archive {
            path: path.to_owned(),
            meters: BTreeMap::new(),
        };
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(archive),
            Err(error) => return Err(archive.io(error)),
        };
        let stored: Stored =
            serde_json::from_slice(&bytes).map_err(|error| ArchiveError::Spoilt {
                path: path.to_owned(),
                error,
            })?;
        archive.meters = stored
            .meters
            .into_iter()
            .map(|meter| (meter.index, meter))
            .collect();
        Ok(archive)
    }

    /// Sets entries: all of them, durably, or none. A point of 0 takes the entry out.
    ///
    /// # Errors
    /// [`ArchiveError`] when an entry is invalid or the file cannot be written; the archive is then as before.
    pub fn set(&mut self, entries: Vec<Meter>) -> Result<(), ArchiveError> {
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
        self.store(&meters).map_err(|error| self.io(error))?;
        self.meters = meters;
        Ok(())
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

    /// How many meters there are.
    pub fn len(&self) -> usize {
        self.meters.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.meters.is_empty()
    }

    fn io(&self, error: io::Error) -> ArchiveError {
        ArchiveError::Io {
            path: self.path.clone(),
            error,
        }
    }

    /// Writes beside the file, makes that durable, then renames over it: a power cut leaves the old or the new one.
    fn store(&self, meters: &BTreeMap<u16, Meter>) -> io::Result<()> {
        let stored = Stored {
            version: 1,
            meters: meters.values().cloned().collect(),
        };
        let text = serde_json::to_vec_pretty(&stored)?;
        let directory = match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let beside = directory.join(name);
        let mut file = File::create(&beside)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        File::open(&directory)?.sync_all()
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
    fn what_was_set_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let mut archive = Archive::open(&path).unwrap();
        archive.set(vec![meter(1), meter(7)]).unwrap();
        archive
            .set(vec![Meter {
                point: 0,
                ..meter(1)
            }])
            .unwrap();
        let again = Archive::open(&path).unwrap();
        assert_eq!(again.get(&[]), [meter(7)]);
        assert_eq!(again.get(&[1, 7, 9]), [meter(7)]);
    }

    #[test]
    fn one_invalid_entry_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut archive = Archive::open(&folder.path().join("state.json")).unwrap();
        assert!(matches!(
            archive.set(vec![meter(1), meter(0)]),
            Err(ArchiveError::Invalid(0))
        ));
        assert!(archive.is_empty());
    }

    #[test]
    fn a_spoilt_file_is_reported_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        fs::write(&path, "{\"version\":1,\"meters\":[").unwrap();
        assert!(matches!(
            Archive::open(&path),
            Err(ArchiveError::Spoilt { .. })
        ));
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "{\"version\":1,\"meters\":["
        );
    }

    #[test]
    fn a_write_that_fails_leaves_the_archive_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let mut archive = Archive::open(&folder.path().join("gone/state.json")).unwrap();
        assert!(matches!(
            archive.set(vec![meter(1)]),
            Err(ArchiveError::Io { .. })
        ));
        assert!(archive.is_empty());
    }
}
