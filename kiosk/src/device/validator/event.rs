//! The events in the answer to a poll (GA138, "poll").
//!
//! An answer may carry several events in a row, oldest first. Each code has a fixed number of data bytes; the first code that
//! is not known ends the decoding, because its length is not known either.

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// F1: the validator was reset or powered up.
    Reset,
    /// B6: it is starting.
    Initialising,
    /// EF 00: a note is moving in.
    Reading,
    /// EF n: the note of channel n is in escrow.
    Escrow(u8),
    /// EE n: the note of channel n is credited.
    Credit(u8),
    /// CC: the note moves into the cash box.
    Stacking,
    /// EB: it is there.
    Stacked,
    /// ED: the note moves back.
    Rejecting,
    /// EC: it is at the front.
    Rejected,
    /// E1 n: found in the path at power-up, given back; 0 if the value is not known.
    ClearedToFront(u8),
    /// E2 n: found in the path at power-up, moved into the cash box; 0 if the value is not known.
    ClearedToBox(u8),
    /// E3: the cash box was taken out.
    BoxRemoved,
    /// E4: the cash box was put back.
    BoxReplaced,
    /// E5: a bar code was read; bar codes are never enabled.
    Barcode,
    /// E6 n: somebody tried to pull a note back.
    Fraud(u8),
    /// E7: the cash box is full.
    BoxFull,
    /// E8: takes no notes.
    Disabled,
    /// E9: a note is stuck where it can be pulled out.
    UnsafeJam,
    /// B5: all channels are inhibited.
    AllInhibited,
    /// Anything else; the events after it in the same answer are lost.
    Unknown(u8),
}

/// The events of a poll's answer, after its F0.
pub fn decode(data: &[u8]) -> Vec<Event> {
    let mut events = Vec::with_capacity(data.len());
    let mut rest = data.iter().copied();
    while let Some(code) = rest.next() {
        let event = match code {
            0xF1 => Event::Reset,
            0xB6 => Event::Initialising,
            0xB5 => Event::AllInhibited,
            0xCC => Event::Stacking,
            0xEB => Event::Stacked,
            0xED => Event::Rejecting,
            0xEC => Event::Rejected,
            0xE3 => Event::BoxRemoved,
            0xE4 => Event::BoxReplaced,
            0xE5 => Event::Barcode,
            0xE7 => Event::BoxFull,
            0xE8 => Event::Disabled,
            0xE9 => Event::UnsafeJam,
            0xEF | 0xEE | 0xE1 | 0xE2 | 0xE6 => match rest.next() {
                Some(channel) => with_channel(code, channel),
                None => Event::Unknown(code),
            },
            other => Event::Unknown(other),
        };
        events.push(event);
        if matches!(event, Event::Unknown(_)) {
            break;
        }
    }
    events
}

fn with_channel(code: u8, channel: u8) -> Event {
    match (code, channel) {
        (0xEF, 0) => Event::Reading,
        (0xEF, n) => Event::Escrow(n),
        (0xEE, n) => Event::Credit(n),
        (0xE1, n) => Event::ClearedToFront(n),
        (0xE2, n) => Event::ClearedToBox(n),
        (_, n) => Event::Fraud(n),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn several_events_in_one_answer_are_all_read_in_order() {
        assert_eq!(
            decode(&[0xEE, 0x01, 0xEB]),
            [Event::Credit(1), Event::Stacked]
        );
        assert_eq!(decode(&[0xF1, 0xE8]), [Event::Reset, Event::Disabled]);
        assert_eq!(
            decode(&[0xF1, 0xE2, 0x03, 0xE3, 0xE8]),
            [
                Event::Reset,
                Event::ClearedToBox(3),
                Event::BoxRemoved,
                Event::Disabled
            ]
        );
    }

    #[test]
    fn moving_and_escrow_are_told_apart() {
        assert_eq!(decode(&[0xEF, 0x00]), [Event::Reading]);
        assert_eq!(decode(&[0xEF, 0x04]), [Event::Escrow(4)]);
    }

    #[test]
    fn a_channel_byte_that_looks_like_an_event_is_a_channel() {
        assert_eq!(
            decode(&[0xE1, 0x00, 0xE7]),
            [Event::ClearedToFront(0), Event::BoxFull]
        );
        assert_eq!(decode(&[0xEE, 0xEB]), [Event::Credit(0xEB)]);
    }

    #[test]
    fn an_unknown_code_ends_the_answer_and_a_missing_channel_is_unknown() {
        assert_eq!(
            decode(&[0xEB, 0xDA, 0x01, 0xEE, 0x01]),
            [Event::Stacked, Event::Unknown(0xDA)]
        );
        assert_eq!(decode(&[0xEE]), [Event::Unknown(0xEE)]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_without_panic_to_at_most_as_many_events(data in prop::collection::vec(any::<u8>(), 0..256)) {
            prop_assert!(decode(&data).len() <= data.len());
        }
    }
}
