//! The way back to whoever asked.

use tokio::sync::mpsc;

use crate::frame::gdw376::confirm::Verdict;
use crate::frame::gdw376::{
    Address, Confirm, Control, Frame, Item, Sequence, UnitError, afn, forward, series, units,
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
        let sequence = Sequence::single(self.number, false);
        let frame = data.map(|data| self.frame(control, function, sequence, data));
        let bytes = match frame.map(|frame| frame.encode()) {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(error)) => return tracing::error!(%error, "an answer cannot be written"),
            Err(error) => return tracing::error!(%error, "an answer cannot be written"),
        };
        if self.uplink.try_send(bytes).is_err() {
            tracing::warn!("an answer was dropped: the uplink is gone or does not read");
        }
    }

    /// Sends data as the answer, in as many frames as it takes. They wait for a slow reader, and for nobody who is gone.
    pub(super) fn send_all(&self, function: u8, items: &[Item]) {
        let parts = match series::cut(items, self.number) {
            Ok(parts) => parts,
            Err(error) => return tracing::error!(%error, "an answer cannot be written"),
        };
        let frames = parts
            .into_iter()
            .map(|(sequence, data)| self.frame(Control::RESPONSE, function, sequence, data));
        let frames: Vec<Vec<u8>> = match frames.map(|frame| frame.encode()).collect() {
            Ok(frames) => frames,
            Err(error) => return tracing::error!(%error, "an answer cannot be written"),
        };
        let uplink = self.uplink.clone();
        // The connection's own task empties the queue, so it must not be the one that waits for room in it.
        tokio::spawn(async move {
            for frame in frames {
                if uplink.send(frame).await.is_err() {
                    return tracing::warn!("an answer was cut short: the uplink is gone");
                }
            }
        });
    }

    fn frame(&self, control: Control, function: u8, sequence: Sequence, data: Vec<u8>) -> Frame {
        Frame {
            protocol: self.protocol,
            control,
            address: self.address,
            afn: function,
            sequence,
            data,
            password: None,
            events: None,
            time_tag: None,
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

    /// Confirms or denies item by item; everything at once where all were accepted.
    pub(super) fn verdicts(&self, function: u8, verdicts: Vec<Verdict>) {
        if !verdicts.is_empty() && verdicts.iter().all(|verdict| verdict.error == 0) {
            return self.confirm();
        }
        if verdicts.is_empty() {
            return self.deny();
        }
        let confirm = Confirm::Each {
            afn: function,
            verdicts,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::gdw376::series::{Joined, Joining};

    #[tokio::test]
    async fn a_long_answer_waits_for_a_slow_reader_and_comes_whole() {
        let (uplink, mut sent) = mpsc::channel(1);
        let asked = Frame {
            protocol: 2,
            control: Control::REQUEST,
            address: Address::of_terminal(171, 1).unwrap(),
            afn: afn::CLASS_1,
            sequence: Sequence::single(14, false),
            data: Vec::new(),
            password: None,
            events: None,
            time_tag: None,
        };
        let items: Vec<Item> = (1..=200)
            .map(|point| Item {
                point,
                function: 240,
                data: vec![0x11; 14],
            })
            .collect();
        Reply::to(&asked, uplink).send_all(afn::CLASS_1, &items);
        let mut joining = Joining::default();
        let mut frames = 0;
        let whole = loop {
            let frame = Frame::decode(&sent.recv().await.unwrap()).unwrap();
            frames += 1;
            let part = units::split(frame.afn, true, &frame.data).unwrap();
            match joining.take(frame.sequence, part) {
                Joined::Whole(items) => break items,
                Joined::More => {}
                Joined::OutOfOrder => panic!("out of order"),
            }
        };
        assert!(frames > 1);
        assert_eq!(whole, items);
    }
}
