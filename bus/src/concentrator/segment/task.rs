//! The task of one wire: it owns the port, lends it to one after the other, and listens in between.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::entrance::{NoTurn, Ticket};
use super::gate::{Admission, Gate};
use super::queue::Queue;
use super::turn::{Returned, Turn};
use crate::concentrator::node::stopped;
use crate::link::{LinkError, SerialLink};

const FIRST_REOPEN: Duration = Duration::from_millis(250);
const LAST_REOPEN: Duration = Duration::from_secs(10);

pub(super) struct Task {
    pub(super) port: u8,
    pub(super) link: SerialLink,
    pub(super) tickets: mpsc::UnboundedReceiver<Ticket>,
    pub(super) gate: Arc<dyn Gate>,
    /// Whether the port is open, for whoever shows it.
    pub(super) open: watch::Sender<bool>,
}

/// What the task does next.
enum Next {
    Stop,
    Look,
    Serve,
}

impl Task {
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut queue = Queue::new();
        let mut backoff = Duration::ZERO;
        self.look_after(&mut backoff);
        loop {
            while let Ok(ticket) = self.tickets.try_recv() {
                queue.put(ticket.priority, ticket);
            }
            queue.retain(|ticket| !ticket.grant.is_closed());
            let next = match queue
                .next_priority()
                .map(|priority| self.gate.admit(priority))
            {
                _ if *stop.borrow() => Next::Stop,
                Some(Admission::Speak) => Next::Serve,
                Some(Admission::Refuse) => {
                    refuse(queue.take(), NoTurn::NotOurs);
                    continue;
                }
                Some(Admission::Wait(pause)) => {
                    self.idle(pause, &mut queue, &mut stop, &mut backoff).await
                }
                None => {
                    let pause = if backoff.is_zero() {
                        LAST_REOPEN
                    } else {
                        backoff
                    };
                    self.idle(pause, &mut queue, &mut stop, &mut backoff).await
                }
            };
            match next {
                Next::Stop => break,
                Next::Look => {}
                Next::Serve => match queue.take() {
                    Some(ticket) => match self.lend(ticket).await {
                        Some(task) => self = task,
                        None => return,
                    },
                    None => continue,
                },
            }
            if !self.link.is_open() {
                self.look_after(&mut backoff);
            }
        }
        self.tickets.close();
        while let Some(ticket) = queue.take() {
            refuse(Some(ticket), NoTurn::Stopping);
        }
        while let Some(ticket) = self.tickets.recv().await {
            refuse(Some(ticket), NoTurn::Stopping);
        }
    }

    /// Listens until somebody comes or `pause` has passed.
    async fn idle(
        &mut self,
        pause: Duration,
        queue: &mut Queue<Ticket>,
        stop: &mut watch::Receiver<bool>,
        backoff: &mut Duration,
    ) -> Next {
        let error = tokio::select! {
            biased;
            () = stopped(stop) => return Next::Stop,
            next = self.tickets.recv() => {
                match next {
                    Some(ticket) => queue.put(ticket.priority, ticket),
                    None => return Next::Stop,
                }
                return Next::Look;
            }
            () = tokio::time::sleep(pause) => return Next::Look,
            error = self.link.listen(), if self.link.is_open() => error,
        };
        tracing::warn!(port = self.port, %error, "segment is down");
        self.open.send_replace(false);
        *backoff = FIRST_REOPEN;
        Next::Look
    }

    /// Lends the wire for one turn. `None` when it never came back, which only a panic of the borrower could cause.
    async fn lend(mut self, ticket: Ticket) -> Option<Task> {
        if Instant::now() >= ticket.deadline {
            refuse(Some(ticket), NoTurn::Stale);
            return Some(self);
        }
        let (back, returned) = oneshot::channel();
        let turn = Turn::new(self.link, back);
        // Whoever gave up in this very moment drops the turn, and it comes back at once.
        let _ = ticket.grant.send(Ok(turn));
        match returned.await {
            Ok(Returned { link, busy_until }) => {
                self.link = link;
                if let Some(until) = busy_until {
                    tokio::time::sleep_until(until).await;
                }
                Some(self)
            }
            Err(_) => {
                tracing::error!(port = self.port, "the wire was lost");
                None
            }
        }
    }

    /// Opens the port when it is not open, at growing intervals; a missing port is logged once, not at every attempt.
    fn look_after(&mut self, backoff: &mut Duration) {
        match self.link.ensure_open() {
            Ok(()) => {
                *backoff = Duration::ZERO;
                self.open.send_replace(true);
            }
            Err(error) => {
                if backoff.is_zero() {
                    report(self.port, &error);
                }
                *backoff = (*backoff * 2).clamp(FIRST_REOPEN, LAST_REOPEN);
                self.open.send_replace(false);
            }
        }
    }
}

fn report(port: u8, error: &LinkError) {
    tracing::warn!(port, %error, "segment is down");
}

fn refuse(ticket: Option<Ticket>, why: NoTurn) {
    if let Some(ticket) = ticket {
        let _ = ticket.grant.send(Err(why));
    }
}
