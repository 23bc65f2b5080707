//! Time as the ledger wants it: the boot, the time since the boot, and the wall clock with its quality (invariant 11).

use std::path::Path;
use std::time::{Duration, Instant};

use meterpost_ledger::{BootId, ClockQuality, Stamp};

use crate::config::ClockSource;

/// A machine without a clock of its own starts decades before this.
const FIRST_PLAUSIBLE_YEAR: i16 = 2026;

/// The machine's clocks.
#[derive(Debug)]
pub struct SystemClock {
    source: ClockSource,
    boot: [u8; 16],
    /// Milliseconds since the boot when the program started.
    uptime_ms: u64,
    started: Instant,
}

impl SystemClock {
    /// Reads the boot's id and age. Where the system does not tell, the boot id is the process's own random one, which still
    /// separates one life of the program from the next.
    pub fn new(source: ClockSource, fallback_boot: [u8; 16]) -> SystemClock {
        SystemClock {
            source,
            boot: read_boot_id().unwrap_or(fallback_boot),
            uptime_ms: read_uptime_ms().unwrap_or(0),
            started: Instant::now(),
        }
    }

    /// The time since the program started.
    pub fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// The stamp for entries that are committed now.
    pub fn stamp(&self) -> Stamp {
        let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Stamp {
            boot: BootId(self.boot),
            monotonic_ms: self.uptime_ms.saturating_add(elapsed),
            wall: u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0),
            quality: wall_quality(self.source),
        }
    }

    /// The time of day for the header, `14:05`; empty while the clock was never set.
    pub fn time_of_day(&self) -> String {
        let now = jiff::Zoned::now();
        if now.year() < FIRST_PLAUSIBLE_YEAR {
            String::new()
        } else {
            now.strftime("%H:%M").to_string()
        }
    }

    /// The local time; `None` while the clock was never set.
    pub fn local(&self) -> Option<jiff::civil::DateTime> {
        let now = jiff::Zoned::now();
        (now.year() >= FIRST_PLAUSIBLE_YEAR).then(|| now.datetime())
    }

    /// Date and time for slips, `2026-11-22 14:05`; `None` while the clock was never set.
    pub fn date_time(&self) -> Option<String> {
        let now = jiff::Zoned::now();
        (now.year() >= FIRST_PLAUSIBLE_YEAR).then(|| now.strftime("%Y-%m-%d %H:%M").to_string())
    }
}

/// A wall clock's milliseconds since 1970 in the machine's zone; `None` beyond all calendars.
pub(super) fn local(millis: u64) -> Option<jiff::Zoned> {
    let at = jiff::Timestamp::from_millisecond(i64::try_from(millis).ok()?).ok()?;
    Some(at.to_zoned(jiff::tz::TimeZone::system()))
}

fn read_boot_id() -> Option<[u8; 16]> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let hex: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let value = u128::from_str_radix(&hex, 16).ok()?;
    (hex.len() == 32).then(|| value.to_be_bytes())
}

fn read_uptime_ms() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    let (seconds, hundredths) = text.split_whitespace().next()?.split_once('.')?;
    Some(seconds.parse::<u64>().ok()? * 1000 + hundredths.parse::<u64>().ok()? * 10)
}

/// How far the wall clock can be trusted, by what the system shows without asking anybody.
fn wall_quality(source: ClockSource) -> ClockQuality {
    if jiff::Zoned::now().year() < FIRST_PLAUSIBLE_YEAR {
        ClockQuality::Unset
    } else if Path::new("/run/systemd/timesync/synchronized").exists() {
        ClockQuality::Ntp
    } else if source == ClockSource::Rtc {
        ClockQuality::Rtc
    } else {
        ClockQuality::Restored
    }
}
