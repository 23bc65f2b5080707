//! The requests used, built with the `ssp` crate.

use ssp::{
    CommandOps, DisableCommand, EnableBitfield, EnableBitfieldList, EnableCommand, EventAckCommand,
    HoldCommand, HostProtocolVersionCommand, PollCommand, PollWithAckCommand, ProtocolVersion,
    RejectCommand, SequenceId, SerialNumberCommand, SetInhibitsCommand, SetupRequestCommand,
    SyncCommand,
};

use super::frame;

/// A request to the validator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Start the sequence flag anew.
    Sync,
    /// Report events up to this protocol version.
    ProtocolVersion(u8),
    /// Currency, channels, values.
    Setup,
    /// The serial number.
    Serial,
    /// The channels that may take notes: bit 0 is channel 1.
    Inhibits(u16),
    /// Take notes.
    Enable,
    /// Take no notes.
    Disable,
    /// Give the note in escrow back.
    Reject,
    /// Keep the note in escrow.
    Hold,
    /// Report events; stacks a note in escrow.
    Poll,
    /// Report events and repeat those that matter until acknowledged; stacks a note in escrow.
    PollWithAck,
    /// The events reported last are recorded.
    EventAck,
}

impl Request {
    /// The bytes on the wire, under a sequence byte (flag and address).
    ///
    /// # Errors
    /// Only where the `ssp` crate cannot build the message.
    pub fn to_wire(self, seq: u8) -> Result<Vec<u8>, String> {
        Ok(match self {
            Request::Sync => finish(SyncCommand::new(), seq),
            Request::ProtocolVersion(v) => finish(
                HostProtocolVersionCommand::new().with_version(ProtocolVersion::from(v)),
                seq,
            ),
            Request::Setup => finish(SetupRequestCommand::new(), seq),
            Request::Serial => finish(SerialNumberCommand::new(), seq),
            Request::Inhibits(mask) => {
                let mut command = SetInhibitsCommand::new();
                let bits: ssp::Vec<EnableBitfield> = mask
                    .to_le_bytes()
                    .iter()
                    .copied()
                    .map(EnableBitfield::from)
                    .collect();
                command
                    .set_inhibits(EnableBitfieldList::from(bits))
                    .map_err(|e| e.to_string())?;
                finish(command, seq)
            }
            Request::Enable => finish(EnableCommand::new(), seq),
            Request::Disable => finish(DisableCommand::new(), seq),
            Request::Reject => finish(RejectCommand::new(), seq),
            Request::Hold => finish(HoldCommand::new(), seq),
            Request::Poll => finish(PollCommand::new(), seq),
            Request::PollWithAck => finish(PollWithAckCommand::new(), seq),
            Request::EventAck => finish(EventAckCommand::new(), seq),
        })
    }
}

fn finish(mut command: impl CommandOps, seq: u8) -> Vec<u8> {
    command.set_sequence_id(SequenceId::from(seq));
    frame::stuff(command.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_the_published_bytes() {
        let published: [(Request, &[u8]); 10] = [
            (Request::Sync, &[0x7F, 0x80, 0x01, 0x11, 0x65, 0x82]),
            (
                Request::ProtocolVersion(8),
                &[0x7F, 0x80, 0x02, 0x06, 0x08, 0x03, 0x94],
            ),
            (Request::Setup, &[0x7F, 0x80, 0x01, 0x05, 0x1D, 0x82]),
            (Request::Serial, &[0x7F, 0x80, 0x01, 0x0C, 0x2B, 0x82]),
            (
                Request::Inhibits(0xFFFF),
                &[0x7F, 0x80, 0x03, 0x02, 0xFF, 0xFF, 0x25, 0xA4],
            ),
            (Request::Enable, &[0x7F, 0x80, 0x01, 0x0A, 0x3F, 0x82]),
            (Request::Disable, &[0x7F, 0x80, 0x01, 0x09, 0x35, 0x82]),
            (Request::Reject, &[0x7F, 0x80, 0x01, 0x08, 0x30, 0x02]),
            (Request::Hold, &[0x7F, 0x80, 0x01, 0x18, 0x53, 0x82]),
            (Request::Poll, &[0x7F, 0x80, 0x01, 0x07, 0x12, 0x02]),
        ];
        for (request, bytes) in published {
            assert_eq!(request.to_wire(0x80).unwrap(), bytes, "{request:?}");
        }
    }

    #[test]
    fn inhibits_name_channel_one_in_the_lowest_bit() {
        let wire = Request::Inhibits(0x0105).to_wire(0x00).unwrap();
        assert_eq!(wire[..6], [0x7F, 0x00, 0x03, 0x02, 0x05, 0x01]);
    }

    #[test]
    fn acknowledging_requests_carry_their_codes() {
        assert_eq!(Request::PollWithAck.to_wire(0x00).unwrap()[3], 0x56);
        assert_eq!(Request::EventAck.to_wire(0x00).unwrap()[3], 0x57);
    }
}
