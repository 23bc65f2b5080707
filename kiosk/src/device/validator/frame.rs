//! SSP packets: `7F seq|address length data… crc-low crc-high`, every 7F after the first doubled (GA138, "packet layout").

use ssp::crc::crc16;

/// Start of a packet.
const STX: u8 = 0x7F;
/// Sequence flag and address, length, check sum.
const OVERHEAD: usize = 4;

/// A packet whose check sum is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Sequence flag (bit 7) and address.
    pub seq: u8,
    /// What it carries; the first byte is a command or a reply code.
    pub data: Vec<u8>,
}

/// Puts a plain packet (as the `ssp` crate builds it) on the wire: doubles every 7F but the first byte.
pub fn stuff(plain: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(plain.len() + 4);
    for (i, &byte) in plain.iter().enumerate() {
        wire.push(byte);
        if byte == STX && i > 0 {
            wire.push(STX);
        }
    }
    wire
}

/// What the scanner found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A packet.
    Packet(Packet),
    /// A complete packet with a wrong check sum.
    Damaged,
}

/// Finds packets in a stream of bytes. Holds at most one packet (259 bytes); garbage is dropped.
#[derive(Clone, Debug, Default)]
pub struct Scanner {
    /// Everything after the start byte, unstuffed; `None` while no start was seen.
    body: Option<Vec<u8>>,
    /// The last byte was a 7F that may be a start or the first half of a doubled one.
    pending_stx: bool,
}

impl Scanner {
    /// Takes one byte; returns what it completed.
    pub fn push(&mut self, byte: u8) -> Option<Found> {
        if self.pending_stx {
            self.pending_stx = false;
            if byte == STX {
                // Outside a packet a doubled 7F means nothing, but its second half may be a start.
                self.pending_stx = self.body.is_none();
                return self.take(STX);
            }
            // A lone 7F is always a start, wherever it stands: the packet before it was cut off.
            self.body = Some(Vec::with_capacity(16));
            return self.take(byte);
        }
        if byte == STX {
            self.pending_stx = true;
            return None;
        }
        self.take(byte)
    }

    fn take(&mut self, byte: u8) -> Option<Found> {
        let body = self.body.as_mut()?;
        body.push(byte);
        let length = usize::from(*body.get(1)?);
        if body.len() < length + OVERHEAD {
            return None;
        }
        let body = self.body.take()?;
        let (covered, sum) = body.split_at(length + 2);
        if crc16(covered).to_le_bytes() != sum {
            return Some(Found::Damaged);
        }
        Some(Found::Packet(Packet {
            seq: covered[0],
            data: covered[2..].to_vec(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scan(bytes: &[u8]) -> Vec<Found> {
        let mut scanner = Scanner::default();
        bytes.iter().filter_map(|&b| scanner.push(b)).collect()
    }

    fn packet(seq: u8, data: &[u8]) -> Found {
        Found::Packet(Packet {
            seq,
            data: data.to_vec(),
        })
    }

    fn wire(seq: u8, data: &[u8]) -> Vec<u8> {
        let mut plain = vec![STX, seq, u8::try_from(data.len()).unwrap()];
        plain.extend_from_slice(data);
        let crc = crc16(&plain[1..]);
        plain.extend_from_slice(&crc.to_le_bytes());
        stuff(&plain)
    }

    #[test]
    fn published_replies_are_read() {
        assert_eq!(
            scan(&[0x7F, 0x80, 0x01, 0xF0, 0x23, 0x80]),
            [packet(0x80, &[0xF0])]
        );
        assert_eq!(
            scan(&[0x7F, 0x80, 0x04, 0xF0, 0xEE, 0x01, 0xEB, 0xB9, 0x48]),
            [packet(0x80, &[0xF0, 0xEE, 0x01, 0xEB])]
        );
        assert_eq!(
            scan(&[0x7F, 0x80, 0x05, 0xF0, 0x00, 0x1C, 0x96, 0x2C, 0xD4, 0x97]),
            [packet(0x80, &[0xF0, 0x00, 0x1C, 0x96, 0x2C])]
        );
    }

    #[test]
    fn a_wrong_check_sum_is_told_and_the_next_packet_still_read() {
        let mut bytes = vec![0x7F, 0x80, 0x01, 0xF0, 0x23, 0x81];
        bytes.extend(wire(0x00, &[0xF0]));
        assert_eq!(scan(&bytes), [Found::Damaged, packet(0x00, &[0xF0])]);
    }

    #[test]
    fn a_packet_cut_off_by_the_next_start_does_not_swallow_it() {
        let mut bytes = vec![0x7F, 0x80, 0x09, 0xF0, 0xEE];
        bytes.extend(wire(0x80, &[0xF0, 0xE8]));
        assert_eq!(scan(&bytes), [packet(0x80, &[0xF0, 0xE8])]);
    }

    proptest! {
        #[test]
        fn what_is_sent_is_read_back(seq: u8, data in prop::collection::vec(any::<u8>(), 1..=255)) {
            // 7F is not a sequence byte any bus uses (address 7F); as the first byte after the start it would be ambiguous.
            prop_assume!(seq != STX);
            prop_assert_eq!(scan(&wire(seq, &data)), vec![packet(seq, &data)]);
        }

        #[test]
        fn garbage_never_panics_and_a_packet_after_it_and_a_start_is_found(
            noise in prop::collection::vec(any::<u8>(), 0..600),
            data in prop::collection::vec(any::<u8>(), 1..40),
        ) {
            let mut bytes = noise;
            bytes.push(0); // Ends a doubled 7F.
            bytes.extend(wire(0x80, &data));
            prop_assert!(scan(&bytes).contains(&packet(0x80, &data)));
        }
    }
}
