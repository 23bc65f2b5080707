//! One wire: a task that owns the port, and the queue before it.
//!
//! Everybody who wants to speak asks the [`Entrance`] for a [`Turn`]: with a priority, and a deadline after which nothing is
//! sent any more. Nothing here repeats anything.

mod entrance;
mod gate;
mod queue;
mod task;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

pub use entrance::{Entrance, NoTurn, SegmentLink};
pub use gate::{Admission, AlwaysOpen, Gate};
pub use queue::Priority;
pub use turn::Turn;

use super::config::SegmentConfig;
use super::matching::Asked;
use super::reply::Reply;
use crate::frame::gdw376::confirm::not_forwarded;
use crate::frame::gdw376::{forward, port};
use crate::link::{Ear, PortOpener, SerialLink, SerialSettings, Spoken};

/// What a request with message timeout 0 gets, beside the time of the longest standard frame: DL/T 645-2007, 5.3.
const RESPONSE_DELAY: Duration = Duration::from_millis(500);
const LONGEST_ANSWER: usize = 212;

/// What a wire runs with beside its configuration.
#[derive(Clone)]
pub struct WireParts {
    /// Opens the port.
    pub opener: Arc<dyn PortOpener>,
    /// Says when we may speak.
    pub gate: Arc<dyn Gate>,
    /// Hears every sound frame on the wire that answers none of our requests.
    pub ear: Option<Ear>,
    /// The protocols whose frames are recognised.
    pub spoken: Spoken,
}

impl WireParts {
    /// A wire of our own over the configured device.
    pub fn of(config: &SegmentConfig) -> Self {
        WireParts {
            opener: config.serial.opener(),
            gate: Arc::new(AlwaysOpen),
            ear: None,
            spoken: Spoken::default(),
        }
    }
}

impl WireParts {
    /// The same, on a wire where these protocols are spoken.
    #[must_use]
    pub fn hearing(mut self, spoken: Spoken) -> Self {
        self.spoken = spoken;
        self
    }
}

/// A wire that runs.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    entrance: Entrance,
    settings: SerialSettings,
    patience: Duration,
    open: watch::Receiver<bool>,
}

impl Segment {
    /// Starts the wire's task.
    pub(super) fn start(
        config: &SegmentConfig,
        parts: WireParts,
        stop: watch::Receiver<bool>,
    ) -> (Segment, JoinHandle<()>) {
        let (entrance, tickets) = Entrance::new(config.port);
        let (open, opened) = watch::channel(false);
        let mut link = SerialLink::over(parts.opener, config.serial.clone());
        link.hear(parts.spoken);
        link.overhear(parts.ear);
        let task = task::Task {
            port: config.port,
            link,
            tickets,
            gate: parts.gate,
            open,
        };
        let segment = Segment {
            entrance,
            settings: config.serial.settings,
            patience: config.queue,
            open: opened,
        };
        (segment, tokio::spawn(task.run(stop)))
    }

    /// Where others ask for a turn.
    pub(super) fn entrance(&self) -> &Entrance {
        &self.entrance
    }

    /// Whether the port is there.
    pub(super) fn is_open(&self) -> bool {
        *self.open.borrow()
    }

    /// Lets a request wait for its turn; when it cannot wait, it is denied at once.
    pub(super) fn forward(&self, request: forward::Request, reply: Reply) {
        let segment = self.clone();
        tokio::spawn(async move { segment.serve(request, reply).await });
    }

    /// Sends a request once, or says that it was not sent.
    async fn serve(self, request: forward::Request, reply: Reply) {
        let port = self.entrance.port();
        let deadline = Instant::now() + self.patience;
        let mut turn = match self.entrance.turn(Priority::Forward, deadline).await {
            Ok(turn) => turn,
            Err(why) => {
                tracing::warn!(port, %why, "request dropped unsent");
                return reply.not_forwarded(code(why));
            }
        };
        if !reply.is_wanted() {
            tracing::info!(port, "request dropped unsent: whoever asked is gone");
            return;
        }
        let asked = Asked::of(&request.content);
        let belongs = |frame: &[u8]| asked.takes(frame);
        let settings = port::from_control_byte(request.control);
        let patience = self.answer_time(&request);
        let result = turn
            .exchange(&request.content, &belongs, patience, settings)
            .await;
        match result {
            Ok(answer) => reply.forwarded(port, answer),
            Err(error) if error.never_sent() => {
                tracing::warn!(port, %error, "request not sent");
                reply.not_forwarded(not_forwarded::PORT_CLOSED);
            }
            Err(error) => {
                tracing::info!(port, %error, "request sent, no answer");
                reply.forwarded(port, Vec::new());
            }
        }
    }

    /// The same, now and whenever it changes.
    pub(super) fn opened(&self) -> watch::Receiver<bool> {
        self.open.clone()
    }

    /// Rate and framing of the wire.
    pub(super) fn settings(&self) -> SerialSettings {
        self.settings
    }

    /// How long a request may wait for its turn.
    pub(super) fn queue_time(&self) -> Duration {
        self.patience
    }

    /// How long the meter may take.
    pub(super) fn answer_time(&self, request: &forward::Request) -> Duration {
        let said = forward::timeout_of(request.message_timeout);
        if said.is_zero() {
            let settings = port::from_control_byte(request.control).unwrap_or(self.settings);
            RESPONSE_DELAY + settings.wire_time(LONGEST_ANSWER)
        } else {
            said
        }
    }
}

fn code(why: NoTurn) -> u8 {
    match why {
        NoTurn::Full => not_forwarded::QUEUE_FULL,
        NoTurn::Stale => not_forwarded::STALE,
        NoTurn::NotOurs => not_forwarded::PORT_CLOSED,
        NoTurn::Stopping => not_forwarded::STOPPING,
    }
}
