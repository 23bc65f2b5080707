//! What a master asks a concentrator, before it has a number.

use crate::frame::gdw376::{
    Address, Control, Frame, Item, Sequence, UnitError, afn, forward, units,
};

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    control: Control,
    function: u8,
    items: Vec<Item>,
}

impl Outgoing {
    /// A frame for a meter.
    pub(super) fn forward(request: &forward::Request) -> Result<Outgoing, UnitError> {
        Ok(Outgoing {
            control: Control::REQUEST,
            function: afn::FORWARD,
            items: vec![Item::of_terminal(1, request.encode()?)],
        })
    }

    /// A question for data.
    pub(super) fn question(function: u8, items: Vec<Item>) -> Outgoing {
        Outgoing {
            control: Control::REQUEST,
            function,
            items,
        }
    }

    /// Something that is to be done.
    pub(super) fn order(function: u8, items: Vec<Item>) -> Outgoing {
        Outgoing {
            control: Control::COMMAND,
            function,
            items,
        }
    }

    /// The frame's bytes.
    pub(super) fn encode(
        &self,
        address: Address,
        number: u8,
        password: [u8; 16],
    ) -> Result<Vec<u8>, String> {
        let data = units::join(&self.items).map_err(|error| error.to_string())?;
        let with_password = [afn::SET, afn::CONTROL, afn::FORWARD].contains(&self.function);
        let frame = Frame {
            protocol: 2,
            control: self.control,
            address,
            afn: self.function,
            sequence: Sequence::single(number, self.control == Control::COMMAND),
            data,
            password: with_password.then_some(password),
            events: None,
            time_tag: None,
        };
        frame.encode().map_err(|error| error.to_string())
    }
}
