//! The entrance to a wire: everybody who wants to speak waits here.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::queue::Priority;
use super::turn::Turn;
use crate::link::{Link, LinkError, SerialSettings};

/// Why nobody spoke. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTurn {
    /// Too many wait already.
    #[error("too many requests wait for this wire")]
    Full,
    /// The deadline came first.
    #[error("it waited too long for the wire and was dropped unsent")]
    Stale,
    /// Another concentrator owns the wire.
    #[error("another concentrator speaks on this wire")]
    NotOurs,
    /// The concentrator is being stopped.
    #[error("the concentrator is being stopped")]
    Stopping,
}

/// Somebody who waits.
pub(super) struct Ticket {
    pub(super) priority: Priority,
    pub(super) deadline: Instant,
    pub(super) grant: oneshot::Sender<Result<Turn, NoTurn>>,
}

/// How many wait, by priority.
type Places = [AtomicUsize; Priority::ALL.len()];

/// The entrance to one wire; clones lead to the same wire.
#[derive(Clone, Debug)]
pub struct Entrance {
    port: u8,
    tickets: mpsc::UnboundedSender<Ticket>,
    places: Arc<Places>,
}

/// Counts somebody as waiting for as long as it lives.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Entrance {
    pub(super) fn new(port: u8) -> (Entrance, mpsc::UnboundedReceiver<Ticket>) {
        let (tickets, waiting) = mpsc::unbounded_channel();
        let entrance = Entrance {
            port,
            tickets,
            places: Arc::default(),
        };
        (entrance, waiting)
    }

    /// The wire's port number.
    pub fn port(&self) -> u8 {
        self.port
    }

    /// Waits for a turn until `deadline`.
    ///
    /// # Errors
    /// [`NoTurn`] when there is none; then nothing was or will be sent.
    pub async fn turn(&self, priority: Priority, deadline: Instant) -> Result<Turn, NoTurn> {
        let Some(waiting) = self.places.get(priority as usize) else {
            return Err(NoTurn::Full);
        };
        let before = waiting.fetch_add(1, Ordering::Relaxed);
        let _place = Place(waiting);
        if before >= priority.places() {
            return Err(NoTurn::Full);
        }
        let (grant, granted) = oneshot::channel();
        let ticket = Ticket {
            priority,
            deadline,
            grant,
        };
        self.tickets.send(ticket).map_err(|_| NoTurn::Stopping)?;
        match tokio::time::timeout_at(deadline, granted).await {
            Ok(Ok(turn)) => turn,
            Ok(Err(_)) => Err(NoTurn::Stopping),
            Err(_) => Err(NoTurn::Stale),
        }
    }

    /// How many wait or are about to speak, the most urgent first.
    pub fn waiting(&self) -> [usize; Priority::ALL.len()] {
        std::array::from_fn(|at| {
            self.places
                .get(at)
                .map_or(0, |count| count.load(Ordering::Relaxed))
        })
    }

    /// A link over this wire, whose every exchange waits for a turn of this priority, `queue` at most.
    pub fn link(&self, priority: Priority, queue: Duration) -> SegmentLink {
        SegmentLink {
            entrance: self.clone(),
            priority,
            queue,
            settings: None,
        }
    }
}

/// A link over a wire that others use too. Between two exchanges more urgent ones go first.
#[derive(Clone, Debug)]
pub struct SegmentLink {
    entrance: Entrance,
    priority: Priority,
    queue: Duration,
    settings: Option<SerialSettings>,
}

impl SegmentLink {
    /// The same link at this rate and framing; `None` = the port's own.
    #[must_use]
    pub fn with_settings(mut self, settings: Option<SerialSettings>) -> Self {
        self.settings = settings;
        self
    }

    /// Sends a frame that nobody answers, such as a broadcast.
    ///
    /// # Errors
    /// [`LinkError::NotForwarded`] when there was no turn, else as [`Turn::say`].
    pub async fn say(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        let mut turn = self.turn().await?;
        turn.say(frame, self.settings).await
    }

    async fn turn(&self) -> Result<Turn, LinkError> {
        let deadline = Instant::now() + self.queue;
        let turn = self.entrance.turn(self.priority, deadline).await;
        turn.map_err(|error| LinkError::NotForwarded(error.to_string()))
    }
}

impl Link for SegmentLink {
    /// `patience` is the meter's time from the last byte of the request to the last byte of its answer; waiting for the turn
    /// is not part of it.
    async fn exchange(
        &mut self,
        request: &[u8],
        belongs: &(dyn Fn(&[u8]) -> bool + Sync),
        patience: Duration,
    ) -> Result<Vec<u8>, LinkError> {
        let mut turn = self.turn().await?;
        turn.exchange(request, belongs, patience, self.settings)
            .await
    }
}
