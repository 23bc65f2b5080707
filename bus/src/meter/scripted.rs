//! A link that plays a script: each request it is given must be the next one of the script.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use crate::link::{Link, LinkError};

/// One exchange: the request without preamble, and what comes over the wire afterwards.
pub(super) struct Step {
    pub(super) request: Vec<u8>,
    pub(super) wire: Wire,
}

/// What comes over the wire.
pub(super) enum Wire {
    /// These frames, in this order. If none belongs, there is no answer.
    Frames(Vec<Vec<u8>>),
    /// The link fails before it sends.
    NotConnected,
    /// The link fails after it sent.
    Broken,
}

/// The link. At the end of a test [`Script::finish`] checks that nothing is left.
pub(super) struct Script {
    steps: VecDeque<Step>,
    /// The patience of every exchange.
    pub(super) patience: Mutex<Vec<Duration>>,
}

impl Script {
    pub(super) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Script {
            steps: steps.into_iter().collect(),
            patience: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn finish(self) {
        assert!(
            self.steps.is_empty(),
            "{} exchanges were not asked for",
            self.steps.len()
        );
    }
}

impl Link for Script {
    async fn exchange(
        &mut self,
        request: &[u8],
        belongs: &(dyn Fn(&[u8]) -> bool + Sync),
        patience: Duration,
    ) -> Result<Vec<u8>, LinkError> {
        self.patience.lock().unwrap().push(patience);
        let step = self
            .steps
            .pop_front()
            .expect("one exchange more than the script has");
        let request = crate::frame::without_preamble(request);
        assert_eq!(hex::encode_upper(request), hex::encode_upper(&step.request));
        match step.wire {
            Wire::Frames(frames) => {
                let answer = frames.into_iter().find(|frame| belongs(frame));
                answer.ok_or(LinkError::NoAnswer(patience))
            }
            Wire::NotConnected => Err(LinkError::NotConnected("script".to_owned())),
            Wire::Broken => Err(LinkError::Broken("script".to_owned())),
        }
    }
}

/// Runs a future on this thread.
pub(super) fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}
