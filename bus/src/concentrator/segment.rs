//! One wire: a task that owns the port, and the queue before it.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::config::SegmentConfig;
use super::matching::Asked;
use super::node::stopped;
use super::reply::Reply;
use crate::frame::gdw376::confirm::not_forwarded;
use crate::frame::gdw376::{forward, port};
use crate::link::{Link, LinkError, SerialLink};

/// How many requests may wait for one wire. At 2400 baud eight of them are more than any patience.
const QUEUE: usize = 8;
const FIRST_REOPEN: Duration = Duration::from_millis(250);
const LAST_REOPEN: Duration = Duration::from_secs(10);
/// What a request with message timeout 0 gets, beside the time of the longest standard frame: DL/T 645-2007, 5.3.
const RESPONSE_DELAY: Duration = Duration::from_millis(500);
const LONGEST_ANSWER: usize = 212;

/// A request that waits for its turn.
struct Waiting {
    request: forward::Request,
    deadline: Instant,
    reply: Reply,
}

/// The entrance to a wire.
#[derive(Debug)]
pub(super) struct Segment {
    queue: mpsc::Sender<Waiting>,
    patience: Duration,
}

impl Segment {
    /// Starts the wire's task.
    pub(super) fn start(
        config: SegmentConfig,
        stop: watch::Receiver<bool>,
    ) -> (Segment, JoinHandle<()>) {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let patience = config.queue;
        let task = Task {
            link: SerialLink::new(config.serial.clone()),
            config,
            waiting,
            backoff: Duration::ZERO,
            reported: false,
        };
        (Segment { queue, patience }, tokio::spawn(task.run(stop)))
    }

    /// Lets a request wait for its turn; when it cannot wait, it is denied at once.
    pub(super) fn forward(&self, request: forward::Request, reply: Reply) {
        let waiting = Waiting {
            request,
            deadline: Instant::now() + self.patience,
            reply,
        };
        match self.queue.try_send(waiting) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(waiting)) => {
                waiting.reply.not_forwarded(not_forwarded::QUEUE_FULL)
            }
            Err(mpsc::error::TrySendError::Closed(waiting)) => {
                waiting.reply.not_forwarded(not_forwarded::STOPPING)
            }
        }
    }
}

struct Task {
    config: SegmentConfig,
    link: SerialLink,
    waiting: mpsc::Receiver<Waiting>,
    /// When to look after the port while nobody asks; zero = it is open.
    backoff: Duration,
    /// A missing port is logged once, not at every attempt.
    reported: bool,
}

/// How often an open port is checked while nobody asks, so that a pulled cable is seen before the next resident needs it.
const CHECK: Duration = Duration::from_secs(2);

impl Task {
    async fn run(mut self, mut stop: watch::Receiver<bool>) {
        self.look_after();
        loop {
            let idle = if self.backoff.is_zero() {
                CHECK
            } else {
                self.backoff
            };
            tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                next = self.waiting.recv() => match next {
                    Some(waiting) => self.serve(waiting).await,
                    None => break,
                },
                () = tokio::time::sleep(idle) => self.look_after(),
            }
        }
        self.waiting.close();
        while let Some(waiting) = self.waiting.recv().await {
            waiting.reply.not_forwarded(not_forwarded::STOPPING);
        }
    }

    /// Opens the port when it is not open, at growing intervals.
    fn look_after(&mut self) {
        match self.link.ensure_open() {
            Ok(()) => {
                self.backoff = Duration::ZERO;
                self.reported = false;
            }
            Err(error) => {
                self.backoff = (self.backoff * 2).clamp(FIRST_REOPEN, LAST_REOPEN);
                if !self.reported {
                    tracing::warn!(port = self.config.port, %error, "segment is down");
                    self.reported = true;
                }
            }
        }
    }

    /// Sends a request once, or says that it was not sent.
    async fn serve(&mut self, waiting: Waiting) {
        let Waiting {
            request,
            deadline,
            reply,
        } = waiting;
        let port = self.config.port;
        if !reply.is_wanted() {
            tracing::info!(port, "request dropped unsent: whoever asked is gone");
            return;
        }
        if Instant::now() >= deadline {
            tracing::warn!(port, "request dropped unsent: it waited too long");
            return reply.not_forwarded(not_forwarded::STALE);
        }
        let settings = port::from_control_byte(request.control);
        let result = match self.link.set(settings) {
            Ok(()) => {
                let patience = self.patience(&request);
                let asked = Asked::of(&request.content);
                let belongs = |frame: &[u8]| asked.takes(frame);
                self.link
                    .exchange(&request.content, &belongs, patience)
                    .await
            }
            Err(error) => Err(error),
        };
        match result {
            Ok(answer) => reply.forwarded(port, answer),
            Err(error) if error.never_sent() => {
                tracing::warn!(port, %error, "request not sent");
                reply.not_forwarded(not_forwarded::PORT_CLOSED);
                self.look_after();
            }
            Err(error) => {
                tracing::info!(port, %error, "request sent, no answer");
                reply.forwarded(port, Vec::new());
                if matches!(error, LinkError::Broken(_)) {
                    self.look_after();
                }
            }
        }
    }

    fn patience(&self, request: &forward::Request) -> Duration {
        let said = forward::timeout_of(request.message_timeout);
        if said.is_zero() {
            let settings =
                port::from_control_byte(request.control).unwrap_or(self.config.serial.settings);
            RESPONSE_DELAY + settings.wire_time(LONGEST_ANSWER)
        } else {
            said
        }
    }
}
