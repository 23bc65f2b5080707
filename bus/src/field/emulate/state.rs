//! What the meters went through, kept in a file: every frame they heard, as a trace. Meters are pure state machines, so
//! whoever hears the same again at the same times is the same meter again.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::emulate::EmulatedMeter;
use crate::field::trace::file::{self, Chunk, Head, Way};
use crate::frame::wall_time::WallTime;

pub(super) struct State {
    file: File,
    began: Timestamp,
    last: Duration,
}

impl State {
    /// Lets the meters hear what is in the file, and goes on writing there.
    pub(super) fn open(
        path: &Path,
        meters: &mut [Box<dyn EmulatedMeter>],
    ) -> Result<State, String> {
        let bad = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
        let (head, chunks) = match std::fs::read_to_string(path) {
            Ok(text) => file::read(&text).map_err(|error| bad(&error))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let head = Head {
                    began: Timestamp::now(),
                    line: None,
                };
                std::fs::write(path, head.to_string()).map_err(|error| bad(&error))?;
                (head, Vec::new())
            }
            Err(error) => return Err(bad(&error)),
        };
        for chunk in &chunks {
            let Some(then) = local(head.began, chunk.at) else {
                return Err(bad(&"a time is not between 2000 and 2099"));
            };
            for meter in meters.iter_mut() {
                meter.hear(&chunk.bytes, then);
            }
        }
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .map_err(|error| bad(&error))?;
        Ok(State {
            file,
            began: head.began,
            last: chunks.last().map(|chunk| chunk.at).unwrap_or_default(),
        })
    }

    /// Notes a frame before it is answered.
    pub(super) fn add(&mut self, heard: &[u8]) -> io::Result<()> {
        let since = Timestamp::now().duration_since(self.began);
        // A clock that was set back must not make a file that cannot be read again.
        let at = Duration::try_from(since).unwrap_or_default().max(self.last);
        self.last = at;
        let chunk = Chunk {
            at,
            way: Way::Down,
            bytes: heard.to_vec(),
        };
        self.file.write_all(chunk.to_string().as_bytes())
    }
}

fn local(began: Timestamp, after: Duration) -> Option<WallTime> {
    let moment = began.checked_add(after).ok()?;
    WallTime::from_civil(moment.to_zoned(TimeZone::system()).datetime())
}
