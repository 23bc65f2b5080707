//! `[scanner]`: without it the terminal has no scanner of codes.

use super::ScannerConfig;
use super::reader::Section;
use super::sections::{DEVICE, baud, checked};

/// Reads the table. `taken` are the serial lines of other devices. `Some(None)`: there is no such table.
pub fn read(s: Section, taken: &[(&str, &str)]) -> Option<Option<ScannerConfig>> {
    let Some(line) = s.line() else {
        return Some(None);
    };
    let device = checked(&s, "device", DEVICE, |d| d.starts_with('/'));
    let baud = baud(&s, 9600);
    let other = taken
        .iter()
        .find(|(_, other)| device.as_deref() == Some(*other));
    if let Some((table, _)) = other {
        let what = format!("the line is that of [{table}] already");
        s.wrong("device", line, what, "a line for each device");
    }
    s.finish();
    Some(Some(ScannerConfig {
        device: device?,
        baud,
    }))
}
