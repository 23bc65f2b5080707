//! The way back to whoever asked.

use tokio::sync::mpsc;

use crate::frame::gdw376::confirm::Verdict;
use crate::frame::gdw376::{
    Address, Confirm, Control, Frame, Item, Sequence, UnitError, afn, forward, units,
};

/// Where and with which sequence number an answer goes. It outlives its connection: then it goes nowhere.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    uplink: mpsc::Sender<Vec<u8>>,
    protocol: u8,
    address: Address,
    number: u8,
}

impl Reply {
    /// The way back to the sender of `frame`.
    pub(super) fn to(frame: &Frame, uplink: mpsc::Sender<Vec<u8>>) -> Reply {
        Reply {
            uplink,
            protocol: frame.protocol,
            address: frame.address,
            number: frame.sequence.number(),
        }
    }

    /// Whether somebody still waits. Nothing is sent to a meter for a connection that is gone.
    pub(super) fn is_wanted(&self) -> bool {
        !self.uplink.is_closed()
    }

    /// Sends items upward as the answer.
    pub(super) fn send(&self, control: Control, function: u8, item: Result<Item, UnitError>) {
        let data = item.and_then(|item| units::join(&[item]));
        let frame = data.map(|data| Frame {
            protocol: self.protocol,
            control,
            address: self.address,
            afn: function,
            sequence: Sequence::single(self.number, false),
            data,
            password: None,
            events: None,
            time_tag: None,
        });
        let bytes = match frame.map(|frame| frame.encode()) {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(error)) => return tracing::error!(%error, "an answer cannot be written"),
            Err(error) => return tracing::error!(%error, "an answer cannot be written"),
        };
        if self.uplink.try_send(bytes).is_err() {
            tracing::warn!("an answer was dropped: the uplink is gone or does not read");
        }
    }

    /// Sends a frame of another terminal as it came.
    pub(super) fn raw(&self, frame: Vec<u8>) {
        if self.uplink.try_send(frame).is_err() {
            tracing::warn!("an answer was dropped: the uplink is gone or does not read");
        }
    }

    /// What a meter answered; empty = it was asked and said nothing.
    pub(super) fn forwarded(&self, port: u8, content: Vec<u8>) {
        let unit = forward::Reply { port, content }.encode();
        self.send(
            Control::RESPONSE,
            afn::FORWARD,
            unit.map(|unit| Item::of_terminal(1, unit)),
        );
    }

    /// A forward that was not sent to any wire, with the reason.
    pub(super) fn not_forwarded(&self, error: u8) {
        self.verdict(afn::FORWARD, 1, error);
    }

    /// Confirms or denies one item of the terminal itself.
    pub(super) fn verdict(&self, function: u8, item: u8, error: u8) {
        let verdict = Verdict {
            point: 0,
            function: item,
            error,
        };
        let confirm = Confirm::Each {
            afn: function,
            verdicts: vec![verdict],
        };
        self.send(Control::ACK_UP, afn::CONFIRM, confirm.to_item());
    }

    /// Confirms everything.
    pub(super) fn confirm(&self) {
        self.send(Control::ACK_UP, afn::CONFIRM, Confirm::All.to_item());
    }

    /// Denies everything.
    pub(super) fn deny(&self) {
        self.send(Control::DENY_UP, afn::CONFIRM, Confirm::None.to_item());
    }
}
