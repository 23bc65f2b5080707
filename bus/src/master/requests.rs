//! What a master asks concentrators themselves: readings, events, parameters; and what it orders.

use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::connection::Command;
use super::outgoing::Outgoing;
use super::pending::Incoming;
use super::report::{Told, WAITING};
use super::{Master, Shared};
use crate::frame::gdw376::confirm::Verdict;
use crate::frame::gdw376::item::Unit;
use crate::frame::gdw376::item::event::{Query, Report};
use crate::frame::gdw376::{Confirm, Item, UnitError, afn};
use crate::link::LinkError;

/// How long an answer from the concentrator's own store may take.
const ANSWER: Duration = Duration::from_secs(10);
/// How long an order may take that a meter has to carry out: waiting for the wire, the exchange, reading back.
const CARRIED_OUT: Duration = Duration::from_secs(60);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// It was certainly not sent.
    #[error("not sent: {0}")]
    NotSent(String),
    /// It may have arrived, and an order may have been carried out: ask how things are before ordering again.
    #[error("no answer came, and the request may have arrived: {0}")]
    Unknown(String),
    /// The concentrator has nothing of what was asked for, or does not offer it.
    #[error("the concentrator has nothing of that")]
    Nothing,
    /// The answer does not make sense.
    #[error("the answer cannot be read: {0}")]
    Malformed(#[from] UnitError),
}

impl From<LinkError> for RequestError {
    fn from(error: LinkError) -> RequestError {
        match error.never_sent() {
            true => RequestError::NotSent(error.to_string()),
            false => RequestError::Unknown(error.to_string()),
        }
    }
}

impl Master {
    /// Class 1 data (0C): the newest readings of these points and functions. What the concentrator does not have is left out.
    ///
    /// # Errors
    /// [`RequestError`]; asking again is harmless.
    pub async fn current(&self, asked: &[(u16, u8)]) -> Result<Vec<Item>, RequestError> {
        let items = asked.iter().map(|(point, function)| Item {
            point: *point,
            function: *function,
            data: Vec::new(),
        });
        self.ask(afn::CLASS_1, items.collect()).await
    }

    /// Class 2 data (0D): frozen readings; each item carries its date ([`request`](crate::frame::gdw376::item::frozen::request)).
    ///
    /// # Errors
    /// [`RequestError`]; asking again is harmless.
    pub async fn frozen(&self, items: Vec<Item>) -> Result<Vec<Item>, RequestError> {
        self.ask(afn::CLASS_2, items).await
    }

    /// Parameters as they are (0A).
    ///
    /// # Errors
    /// [`RequestError`]; asking again is harmless.
    pub async fn parameters(&self, items: Vec<Item>) -> Result<Vec<Item>, RequestError> {
        self.ask(afn::READ_PARAMETERS, items).await
    }

    /// Events by their counters (0E F1 or F2).
    ///
    /// # Errors
    /// [`RequestError`]; asking again is harmless.
    pub async fn events(&self, important: bool, query: Query) -> Result<Report, RequestError> {
        let function = if important { 1 } else { 2 };
        let items = vec![Item::of_terminal(function, query.encode()?)];
        let told = self.ask(afn::EVENTS, items).await?;
        let report = told.first().ok_or(RequestError::Nothing)?;
        Ok(Report::decode(&report.data)?)
    }

    /// Sets parameters (04). The verdicts are in the order of the items; error 0 is done.
    ///
    /// # Errors
    /// [`RequestError`]. After [`RequestError::Unknown`] read what is set.
    pub async fn set(&self, items: Vec<Item>) -> Result<Vec<Verdict>, RequestError> {
        self.order(afn::SET, items).await
    }

    /// Orders something (05), such as the clock or a meter's relay. The verdicts are in the order of the items; for relays see
    /// [`switched`](crate::frame::gdw376::confirm::switched).
    ///
    /// # Errors
    /// [`RequestError`]. After [`RequestError::Unknown`] read how things are; nothing here orders twice.
    pub async fn command(&self, items: Vec<Item>) -> Result<Vec<Verdict>, RequestError> {
        self.order(afn::CONTROL, items).await
    }

    /// What concentrators tell by themselves from now on, each at least once; whoever called this before gets no more.
    pub fn reports(&self) -> mpsc::Receiver<Told> {
        let (give, take) = mpsc::channel(WAITING);
        let mut sink = self
            .shared
            .reports
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *sink = Some(give);
        take
    }

    async fn ask(&self, function: u8, items: Vec<Item>) -> Result<Vec<Item>, RequestError> {
        let request = Outgoing::question(function, items);
        match self.exchange(request, ANSWER, true).await? {
            Incoming::Items { items, .. } => Ok(items),
            Incoming::Verdict(_) | Incoming::Reply { .. } => Err(RequestError::Nothing),
        }
    }

    async fn order(&self, function: u8, items: Vec<Item>) -> Result<Vec<Verdict>, RequestError> {
        let each = |error: u8| {
            let verdicts = items.iter().map(|item| Verdict {
                point: item.point,
                function: item.function,
                error,
            });
            verdicts.collect()
        };
        let request = Outgoing::order(function, items.clone());
        match self.exchange(request, CARRIED_OUT, false).await? {
            Incoming::Verdict(Confirm::All) => Ok(each(0)),
            Incoming::Verdict(Confirm::None) => Ok(each(REFUSED)),
            Incoming::Verdict(Confirm::Each { verdicts, .. }) => Ok(verdicts),
            Incoming::Items { .. } | Incoming::Reply { .. } => {
                Err(RequestError::Unknown("another answer came".to_owned()))
            }
        }
    }

    /// Through the first endpoint that takes it. A question goes on to the next one also when no answer came.
    async fn exchange(
        &self,
        request: Outgoing,
        patience: Duration,
        harmless: bool,
    ) -> Result<Incoming, RequestError> {
        let shared = &self.shared;
        let _turn = shared.data_turn.lock().await;
        let mut reasons = Vec::new();
        let mut unknown = false;
        for (endpoint, name) in shared.endpoints.iter().zip(&shared.names) {
            match through(shared, endpoint, request.clone(), patience).await {
                Ok(incoming) => return Ok(incoming),
                Err(error @ RequestError::Unknown(_)) if !harmless => return Err(error),
                Err(error) => {
                    unknown |= matches!(error, RequestError::Unknown(_));
                    reasons.push(format!("{name}: {error}"));
                }
            }
        }
        let reasons = reasons.join("; ");
        Err(match unknown {
            true => RequestError::Unknown(reasons),
            false => RequestError::NotSent(reasons),
        })
    }
}

/// The standard's "other error".
const REFUSED: u8 = 1;

async fn through(
    shared: &Shared,
    endpoint: &mpsc::Sender<Command>,
    request: Outgoing,
    patience: Duration,
) -> Result<Incoming, RequestError> {
    let gone = || LinkError::NotConnected("the connection has ended".to_owned());
    let (waiter, mut incoming) = mpsc::channel(1);
    let (written, was_written) = oneshot::channel();
    let command = Command::Send {
        request,
        waiter,
        written,
    };
    endpoint.send(command).await.map_err(|_| gone())?;
    let connection = match was_written.await {
        Ok(result) => result?,
        Err(_) => return Err(LinkError::Broken("the connection has ended".to_owned()).into()),
    };
    let deadline = Instant::now() + patience + shared.config.queue;
    match tokio::time::timeout_at(deadline, incoming.recv()).await {
        Ok(Some(told)) => Ok(told),
        Ok(None) => Err(LinkError::Broken("the concentrator was lost".to_owned()).into()),
        Err(_) => {
            // A concentrator always says something in this time; this connection is not to be trusted.
            let _ = endpoint.try_send(Command::Suspect(connection));
            Err(LinkError::NoAnswer(patience).into())
        }
    }
}
