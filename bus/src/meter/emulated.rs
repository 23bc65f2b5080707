//! A link to one emulated meter, with faults of the way.

use std::collections::VecDeque;
use std::time::Duration;

use crate::emulate::EmulatedMeter;
use crate::frame::wall_time::WallTime;
use crate::link::{Link, LinkError};

/// What happens to one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// The request does not reach the meter.
    RequestLost,
    /// The meter hears the request and its answer does not come back.
    AnswerLost,
    /// So many seconds pass first.
    Late(i64),
}

/// The link. Exchanges beyond the list have no fault.
pub(super) struct Way<M> {
    pub(super) meter: M,
    pub(super) now: WallTime,
    pub(super) faults: VecDeque<Fault>,
    /// Exchanges so far.
    pub(super) count: usize,
}

impl<M: EmulatedMeter> Way<M> {
    pub(super) fn new(meter: M) -> Self {
        Way {
            meter,
            now: WallTime::new(2026, 11, 25, 12, 0, 0).unwrap(),
            faults: VecDeque::new(),
            count: 0,
        }
    }

    pub(super) fn with(mut self, faults: &[Fault]) -> Self {
        self.faults = faults.iter().copied().collect();
        self
    }
}

impl<M: EmulatedMeter> Link for Way<M> {
    async fn exchange(
        &mut self,
        request: &[u8],
        belongs: &(dyn Fn(&[u8]) -> bool + Sync),
        patience: Duration,
    ) -> Result<Vec<u8>, LinkError> {
        self.count += 1;
        let fault = self.faults.pop_front().unwrap_or(Fault::None);
        if let Fault::Late(seconds) = fault {
            self.now = self.now.plus_seconds(seconds).unwrap();
        }
        let silence = LinkError::NoAnswer(patience);
        if fault == Fault::RequestLost {
            return Err(silence);
        }
        let request = crate::frame::without_preamble(request);
        let answer = self.meter.hear(request, self.now);
        match answer.filter(|frame| belongs(frame)) {
            Some(frame) if fault != Fault::AnswerLost => Ok(frame),
            _ => Err(silence),
        }
    }
}
