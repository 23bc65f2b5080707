//! The clock of the play: a file that every program reads its offset from (`scripts/month.sh`).

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::scenario::Failure;

/// How far what is shown may be from what was set.
const NEAR: SignedDuration = SignedDuration::from_secs(5);

/// Moves the time of all programs.
#[derive(Debug)]
pub struct MovedClock {
    file: PathBuf,
    /// How far the time that is shown is ahead of the machine's.
    ahead: SignedDuration,
}

impl MovedClock {
    /// By this file, which has to be what this process reads its time from as well.
    pub fn in_file(file: &Path) -> MovedClock {
        MovedClock {
            file: file.to_path_buf(),
            ahead: SignedDuration::ZERO,
        }
    }

    /// From now on it is this time of this day, where the district is.
    ///
    /// # Errors
    /// When the file cannot be written, or this process's own time does not follow it.
    pub fn set(&mut self, day: Date, time: Time) -> Result<(), Failure> {
        let wrong = |error: jiff::Error| Failure::new(error.to_string());
        let to = day.to_datetime(time).to_zoned(TimeZone::system());
        self.move_to(to.map_err(wrong)?.timestamp())
    }

    /// From now on it is the machine's own time.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub fn back(&mut self) -> Result<(), Failure> {
        self.move_to(Timestamp::now() - self.ahead)
    }

    fn move_to(&mut self, to: Timestamp) -> Result<(), Failure> {
        self.ahead += to.duration_since(Timestamp::now());
        let beside = self.file.with_extension("new");
        std::fs::write(&beside, format!("{:+}\n", self.ahead.as_secs()))?;
        std::fs::rename(&beside, &self.file)?;
        let end = Instant::now() + Duration::from_secs(5);
        while Timestamp::now().duration_since(to).abs() > NEAR {
            if Instant::now() >= end {
                return Err(Failure::new(
                    "the time does not follow the file; play a month by `make month`, which starts it under libfaketime",
                ));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}
