//! A virtual scanner of codes in its serial mode: what it reads it sends as a line, to a pseudo-terminal. It listens to nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use serde::{Deserialize, Serialize};

use crate::pty::PtyPort;

/// What it sends after a code, as it was set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScanEnding {
    /// A carriage return, as most scanners come.
    #[default]
    Cr,
    /// A line feed.
    Lf,
    /// Both.
    CrLf,
    /// Nothing: it was set wrongly, or its cable was pulled in the middle.
    Nothing,
}

impl ScanEnding {
    fn bytes(self) -> &'static [u8] {
        match self {
            ScanEnding::Cr => b"\r",
            ScanEnding::Lf => b"\n",
            ScanEnding::CrLf => b"\r\n",
            ScanEnding::Nothing => b"",
        }
    }
}

/// A running scanner. Dropping it takes the tty away.
#[derive(Debug)]
pub struct Scanner {
    tty: PathBuf,
    port: Mutex<Option<PtyPort>>,
}

impl Scanner {
    /// Plugs a scanner in; the program under test opens `tty`.
    ///
    /// # Errors
    /// What the operating system says when the pseudo-terminal is made.
    pub fn start(tty: &Path) -> io::Result<Self> {
        let scanner = Self {
            tty: tty.to_path_buf(),
            port: Mutex::new(None),
        };
        scanner.cable(true)?;
        Ok(scanner)
    }

    /// Where the program under test finds it.
    pub fn tty(&self) -> &Path {
        &self.tty
    }

    /// Something is held to it.
    ///
    /// # Errors
    /// Its cable is out, so nobody hears of it.
    pub fn read(&self, text: &str, ending: ScanEnding) -> io::Result<()> {
        match self.port().as_ref() {
            Some(port) => {
                port.send(&[text.as_bytes(), ending.bytes()].concat());
                Ok(())
            }
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Pulls its cable, so that the tty is gone, or puts it back: a new tty under the same name. Nothing happens where it is so already.
    ///
    /// # Errors
    /// What the operating system says when the pseudo-terminal is made.
    pub fn cable(&self, plugged: bool) -> io::Result<()> {
        let mut port = self.port();
        if !plugged {
            *port = None;
        } else if port.is_none() {
            *port = Some(PtyPort::open(&self.tty)?);
        }
        Ok(())
    }

    fn port(&self) -> MutexGuard<'_, Option<PtyPort>> {
        self.port.lock().expect("no panic while held")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;

    #[test]
    fn a_code_arrives_with_its_ending_and_none_while_the_cable_is_out() {
        let folder = tempfile::tempdir().unwrap();
        let tty = folder.path().join("scanner");
        let scanner = Scanner::start(&tty).unwrap();
        let mut host = Host::open(&tty);
        scanner.read("20260042", ScanEnding::CrLf).unwrap();
        assert_eq!(host.read(10), b"20260042\r\n");
        scanner.cable(false).unwrap();
        assert!(!tty.exists());
        assert!(scanner.read("20260042", ScanEnding::Cr).is_err());
        scanner.cable(true).unwrap();
        scanner.cable(true).unwrap();
        let mut host = Host::open(&tty);
        scanner.read("20260043", ScanEnding::Lf).unwrap();
        assert_eq!(host.read(9), b"20260043\n");
    }
}
