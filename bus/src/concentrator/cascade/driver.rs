//! Speaks on one wire for the node, one thing after the other.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::actor::Command;
use crate::cascade::{Exchanged, Input};
use crate::concentrator::matching::Asked;
use crate::concentrator::segment::{Entrance, NoTurn, Priority};
use crate::frame::cascade::Refused;
use crate::frame::gdw376::confirm::not_forwarded;
use crate::frame::gdw376::port;

/// How long a message waits for the wire at most. Only the node's own exchange can be before it.
const TURN: Duration = Duration::from_secs(10);
/// How long an exchange with a meter waits. The node has counted its time already: it must not be sent late.
const EXCHANGE_TURN: Duration = Duration::from_millis(500);

/// Something to say.
#[derive(Debug)]
pub(super) enum Speech {
    /// Frames that nobody answers, or whose answer comes to the ear.
    Say(Vec<Vec<u8>>),
    /// One exchange with a meter.
    Exchange {
        ticket: u64,
        control: u8,
        frame: Vec<u8>,
        patience: Duration,
    },
}

/// Says what comes until nobody sends any more.
pub(super) async fn drive(
    entrance: Entrance,
    gap: Duration,
    mut speeches: mpsc::UnboundedReceiver<Speech>,
    commands: mpsc::UnboundedSender<Command>,
) {
    while let Some(speech) = speeches.recv().await {
        match speech {
            Speech::Say(frames) => say(&entrance, gap, &frames).await,
            Speech::Exchange {
                ticket,
                control,
                frame,
                patience,
            } => {
                let result = exchange(&entrance, control, &frame, patience).await;
                let over = Input::Exchanged {
                    port: entrance.port(),
                    ticket,
                    result,
                };
                if commands.send(Command::Step(over)).is_err() {
                    return;
                }
            }
        }
    }
}

async fn say(entrance: &Entrance, gap: Duration, frames: &[Vec<u8>]) {
    let port = entrance.port();
    let mut turn = match entrance
        .turn(Priority::Cascade, Instant::now() + TURN)
        .await
    {
        Ok(turn) => turn,
        Err(why) => return tracing::debug!(port, %why, "a cascade message was dropped unsent"),
    };
    // Whoever spoke last needs a moment to let go of the wire and to listen.
    tokio::time::sleep(gap).await;
    for frame in frames {
        if let Err(error) = turn.say(frame, None).await {
            return tracing::debug!(port, %error, "a cascade message was not sent");
        }
    }
}

async fn exchange(entrance: &Entrance, control: u8, frame: &[u8], patience: Duration) -> Exchanged {
    let refused = |code| Exchanged::NotSent(Refused::Forward(code));
    let mut turn = match entrance
        .turn(Priority::Cascade, Instant::now() + EXCHANGE_TURN)
        .await
    {
        Ok(turn) => turn,
        Err(NoTurn::Full) => return refused(not_forwarded::QUEUE_FULL),
        Err(NoTurn::Stale) => return refused(not_forwarded::STALE),
        Err(NoTurn::NotOurs) => return Exchanged::NotSent(Refused::NotOwner),
        Err(NoTurn::Stopping) => return refused(not_forwarded::STOPPING),
    };
    let asked = Asked::of(frame);
    let belongs = |frame: &[u8]| asked.takes(frame);
    let settings = port::from_control_byte(control);
    match turn.exchange(frame, &belongs, patience, settings).await {
        Ok(answer) => Exchanged::Answer(answer),
        Err(error) if error.never_sent() => {
            tracing::warn!(port = entrance.port(), %error, "request not sent");
            refused(not_forwarded::PORT_CLOSED)
        }
        Err(error) => {
            tracing::info!(port = entrance.port(), %error, "request sent, no answer");
            Exchanged::Silent
        }
    }
}
