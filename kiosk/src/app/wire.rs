//! What went over the wires to the meters: the newest frames, and how often each meter answered. Kept in memory for the service menu; the
//! task that talks to meters writes it, and nothing here speaks to anybody.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use meterpost_bus::link::LinkError;
use meterpost_bus::master::Master;

use crate::service::{BusFacts, FrameWay, Heard, WireFrame};

/// Frames that are kept.
const FRAMES: usize = 200;

/// Shared by whoever talks to meters and whoever shows it.
#[derive(Clone, Default)]
pub struct WireLog(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    master: Option<Master>,
    frames: VecDeque<WireFrame>,
    heard: BTreeMap<String, Heard>,
}

/// Which meter is spoken to, and where.
#[derive(Clone, Copy, Debug)]
pub struct Spoken<'s> {
    /// Its number.
    pub meter: &'s str,
    /// The concentrator's port.
    pub segment: u8,
    /// What is sent may hold the meter's password.
    pub secret: bool,
}

impl WireLog {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Every change under this lock is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on the concentrators of this master are shown too.
    pub fn watch(&self, master: Master) {
        self.lock().master = Some(master);
    }

    /// A request leaves.
    pub fn sent(&self, to: Spoken<'_>, at: String, bytes: &[u8]) {
        let mut kept = self.lock();
        let shown = match to.secret {
            true => format!("{} bytes that may hold a password", bytes.len()),
            false => hex(bytes),
        };
        kept.push(to, at, FrameWay::Out(shown));
        kept.heard.entry(to.meter.to_owned()).or_default().tries += 1;
    }

    /// What came of it.
    pub fn came(&self, to: Spoken<'_>, at: String, answer: &Result<Vec<u8>, LinkError>) {
        let mut kept = self.lock();
        let heard = kept.heard.entry(to.meter.to_owned()).or_default();
        let way = match answer {
            Ok(bytes) => {
                heard.answers += 1;
                heard.last_answer = Some(at.clone());
                heard.silent = None;
                FrameWay::In(hex(bytes))
            }
            Err(error) => {
                heard.silent = Some(error.to_string());
                FrameWay::Silence(error.to_string())
            }
        };
        kept.push(to, at, way);
    }

    /// All of it, the newest frame first.
    pub fn facts(&self) -> BusFacts {
        let kept = self.lock();
        let endpoints = kept.master.as_ref().map(Master::endpoints);
        BusFacts {
            endpoints: endpoints.unwrap_or_default(),
            frames: kept.frames.iter().rev().cloned().collect(),
            heard: kept.heard.clone(),
        }
    }
}

impl Kept {
    fn push(&mut self, to: Spoken<'_>, at: String, way: FrameWay) {
        if self.frames.len() == FRAMES {
            self.frames.pop_front();
        }
        self.frames.push_back(WireFrame {
            at,
            meter: to.meter.to_owned(),
            segment: to.segment,
            way,
        });
    }
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const METER: Spoken<'_> = Spoken {
        meter: "202608140371",
        segment: 3,
        secret: false,
    };

    #[test]
    fn answers_are_counted_against_requests_and_the_last_failure_goes_with_an_answer() {
        let log = WireLog::default();
        log.sent(METER, "1".into(), &[0x68, 0x16]);
        log.came(
            METER,
            "2".into(),
            &Err(LinkError::NoAnswer(Duration::from_secs(1))),
        );
        let heard = log.facts().heard["202608140371"].clone();
        assert_eq!((heard.answers, heard.tries), (0, 1));
        assert!(heard.silent.is_some() && heard.last_answer.is_none());
        log.sent(METER, "3".into(), &[0x68, 0x16]);
        log.came(METER, "4".into(), &Ok(vec![0xfe]));
        let facts = log.facts();
        let heard = &facts.heard["202608140371"];
        assert_eq!((heard.answers, heard.tries), (1, 2));
        assert_eq!(heard.last_answer.as_deref(), Some("4"));
        assert_eq!(heard.silent, None);
        assert_eq!(facts.frames[0].way, FrameWay::In("fe".into()));
        assert_eq!(facts.frames[3].way, FrameWay::Out("68 16".into()));
    }

    #[test]
    fn what_may_hold_a_password_is_counted_and_not_kept() {
        let log = WireLog::default();
        let secret = Spoken {
            secret: true,
            ..METER
        };
        log.sent(secret, "1".into(), &[0x68, 0xab, 0xcd]);
        let shown = format!("{:?}", log.facts());
        assert!(!shown.contains("ab"), "{shown}");
        assert!(shown.contains("3 bytes"), "{shown}");
        assert_eq!(log.facts().heard["202608140371"].tries, 1);
    }

    #[test]
    fn only_the_newest_frames_are_kept() {
        let log = WireLog::default();
        for turn in 0..FRAMES + 5 {
            log.sent(METER, turn.to_string(), &[]);
        }
        let frames = log.facts().frames;
        assert_eq!(frames.len(), FRAMES);
        assert_eq!(frames[0].at, (FRAMES + 4).to_string());
    }
}
