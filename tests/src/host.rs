//! For tests: the host's end of a line, with hand-written bytes.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// An opened tty.
pub(crate) struct Host {
    tty: File,
}

/// How long a test waits for bytes that must come.
const PATIENCE: Timespec = Timespec {
    tv_sec: 10,
    tv_nsec: 0,
};
/// How long a test waits to be fairly sure that nothing comes; a slower machine can only make such a test pass wrongly,
/// never fail wrongly.
const SILENCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 150_000_000,
};

/// Bytes from hex with blanks.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text.replace([' ', '\n'], "")).expect("hex in a test")
}

impl Host {
    pub(crate) fn open(tty: &Path) -> Self {
        let tty = OpenOptions::new()
            .read(true)
            .write(true)
            .open(tty)
            .expect("the tty is there");
        Self { tty }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.tty.write_all(bytes).expect("the line takes bytes");
    }

    /// Reads exactly so many bytes.
    pub(crate) fn read(&mut self, count: usize) -> Vec<u8> {
        let mut got = Vec::new();
        while got.len() < count {
            assert!(
                self.is_ready(&PATIENCE),
                "only {} of {count} bytes came",
                hex::encode(&got)
            );
            let mut buffer = vec![0; count - got.len()];
            let read = self.tty.read(&mut buffer).expect("the line gives bytes");
            got.extend_from_slice(&buffer[..read]);
        }
        got
    }

    /// Sends hex, expects hex.
    pub(crate) fn exchange(&mut self, request: &str, answer: &str) {
        self.write(&bytes(request));
        let expected = bytes(answer);
        assert_eq!(
            hex::encode_upper(self.read(expected.len())),
            hex::encode_upper(&expected)
        );
    }

    /// As serial libraries do when they open a port.
    pub(crate) fn mark_exclusive(&self) {
        rustix::termios::ioctl_tiocexcl(&self.tty).expect("a tty can be marked");
    }

    pub(crate) fn stays_silent(&self) -> bool {
        !self.is_ready(&SILENCE)
    }

    fn is_ready(&self, patience: &Timespec) -> bool {
        let mut watched = [PollFd::new(&self.tty, PollFlags::IN)];
        matches!(poll(&mut watched, Some(patience)), Ok(1..))
    }
}
