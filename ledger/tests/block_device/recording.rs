//! A program's life on a disk, write by write, with what it promised when.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::Anything;
use crate::chain::{Logged, Mounted, format};
use crate::crash::apply;
use crate::write_log::{COUNT_AT, Change, Request, parse};

/// What a program says is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// So many entries or rows.
    Size(u64),
    /// A second head of this size.
    Head(u64),
}

/// All that was promised up to some point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Promised {
    pub size: u64,
    pub head: u64,
}

pub struct Recording {
    /// The disk before.
    pub before: Vec<u8>,
    /// The disk after.
    pub after: Vec<u8>,
    /// The log, in which the requests' data lies.
    pub log: Vec<u8>,
    pub requests: Vec<Request>,
    /// What was promised when so many requests had been logged.
    promises: Vec<(u64, Promise)>,
}

impl Recording {
    /// Runs a program on a new disk. It is given the folder where the disk is mounted, and says what is durable.
    pub fn make(
        work: &Path,
        program: impl FnOnce(&Path, &mut dyn FnMut(Promise) -> Anything<()>) -> Anything<()>,
    ) -> Anything<Recording> {
        let disk = work.join("disk");
        format(&disk)?;
        let before = fs::read(&disk)?;
        let logged = Logged::new(work, &disk)?;
        let mounted = Mounted::new(&logged.export, &work.join("mounted"))?;
        let log = File::open(&logged.log)?;
        let mut promises = Vec::new();
        // The log's counter is brought up to date at each flush, so this is the position of the last flush before the
        // promise. What was logged since may be lost at this very moment, whatever the program said.
        program(mounted.path(), &mut |promise| {
            let mut count = [0; 8];
            log.read_exact_at(&mut count, COUNT_AT)?;
            promises.push((u64::from_le_bytes(count), promise));
            Ok(())
        })?;
        mounted.close()?;
        let log_path = logged.log.clone();
        logged.close()?;
        let log = fs::read(log_path)?;
        let recording = Recording {
            before,
            after: fs::read(&disk)?,
            requests: parse(&log)?,
            log,
            promises,
        };
        recording.check()?;
        Ok(recording)
    }

    /// The log replayed in full is the disk; else nothing that follows would mean anything.
    fn check(&self) -> Anything<()> {
        let mut disk = self.before.clone();
        for request in &self.requests {
            apply(&mut disk, &self.log, &request.change)?;
        }
        if disk != self.after {
            return Err("the write log does not lead to the disk as it is".into());
        }
        if self.requests.iter().any(|request| request.fua) {
            return Err(
                "a write that is stable by itself: loop devices make none, and cuts know none"
                    .into(),
            );
        }
        if self.promises.is_empty() {
            return Err("the program promised nothing".into());
        }
        Ok(())
    }

    /// What had been promised when so many requests had been logged.
    pub fn promised(&self, requests: usize) -> Promised {
        let mut promised = Promised::default();
        for (position, promise) in &self.promises {
            if *position > requests as u64 {
                break;
            }
            match promise {
                Promise::Size(size) => promised.size = *size,
                Promise::Head(size) => promised.head = *size,
            }
        }
        promised
    }

    pub fn writes(&self) -> usize {
        let writes = |request: &&Request| request.change != Change::Nothing;
        self.requests.iter().filter(writes).count()
    }

    pub fn flushes(&self) -> usize {
        self.requests.iter().filter(|request| request.flush).count()
    }
}
