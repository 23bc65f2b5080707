//! The SSP frame layer (GA138, transport layer): `7F seq|address length data crcL crcH`, 7F doubled inside.

const STX: u8 = 0x7F;
/// Longest frame without the start byte: address, length, 255 data bytes, check.
const LONGEST: usize = 2 + 255 + 2;

/// One packet from or to the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Sequence flag in bit 7, slave address below.
    pub sequence_and_address: u8,
    /// Command or reply with its data.
    pub data: Vec<u8>,
}

impl Packet {
    /// The bytes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        let mut plain = vec![self.sequence_and_address, self.data.len() as u8];
        plain.extend_from_slice(&self.data);
        let check = crc(&plain);
        plain.extend(check.to_le_bytes());
        let mut bytes = vec![STX];
        for byte in plain {
            bytes.push(byte);
            if byte == STX {
                bytes.push(STX);
            }
        }
        bytes
    }
}

/// CRC-16 of polynomial 8005h, seed FFFFh, most significant bit first.
pub fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| {
            if crc & 0x8000 != 0 {
                crc << 1 ^ 0x8005
            } else {
                crc << 1
            }
        })
    })
}

/// Finds packets in a stream of bytes. A lone start byte in the middle begins a new packet.
#[derive(Debug, Default)]
pub struct Scanner {
    packet: Option<Vec<u8>>,
    after_start: bool,
}

impl Scanner {
    /// Takes one byte; returns the packet that it completes. Packets with a wrong check are dropped.
    pub fn take(&mut self, byte: u8) -> Option<Packet> {
        if byte == STX && !self.after_start {
            self.after_start = true;
            return None;
        }
        let restarts = self.after_start && byte != STX;
        self.after_start = false;
        if restarts {
            self.packet = Some(Vec::new());
        }
        let held = self.packet.as_mut()?;
        held.push(byte);
        let length = held.get(1).map(|length| 2 + usize::from(*length) + 2);
        if length.is_some_and(|length| held.len() == length) {
            let held = self.packet.take()?;
            return checked(&held);
        }
        if held.len() > LONGEST {
            self.packet = None;
        }
        None
    }
}

fn checked(held: &[u8]) -> Option<Packet> {
    let (plain, check) = held.split_at(held.len() - 2);
    (crc(plain).to_le_bytes() == check).then(|| Packet {
        sequence_and_address: plain[0],
        data: plain[2..].to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scan(bytes: &[u8]) -> Vec<Packet> {
        let mut scanner = Scanner::default();
        bytes
            .iter()
            .filter_map(|byte| scanner.take(*byte))
            .collect()
    }

    fn golden(hex_text: &str, data: &[u8]) {
        let bytes = hex::decode(hex_text.replace(' ', "")).unwrap();
        let packet = Packet {
            sequence_and_address: 0x80,
            data: data.to_vec(),
        };
        assert_eq!(
            hex::encode_upper(packet.encode()),
            hex::encode_upper(&bytes)
        );
        assert_eq!(scan(&bytes), [packet]);
    }

    #[test]
    fn published_frames_are_encoded_and_found_byte_for_byte() {
        golden("7F 80 01 11 65 82", &[0x11]);
        golden("7F 80 01 F0 23 80", &[0xF0]);
        golden("7F 80 01 01 06 02", &[0x01]);
        golden("7F 80 02 06 08 03 94", &[0x06, 0x08]);
        golden("7F 80 01 F8 10 00", &[0xF8]);
        golden(
            "7F 80 05 F0 00 1C 96 2C D4 97",
            &[0xF0, 0x00, 0x1C, 0x96, 0x2C],
        );
        golden("7F 80 03 02 FF FF 25 A4", &[0x02, 0xFF, 0xFF]);
        golden("7F 80 04 F0 EE 01 EB B9 48", &[0xF0, 0xEE, 0x01, 0xEB]);
        golden("7F 80 03 F0 E1 00 CC 6E", &[0xF0, 0xE1, 0x00]);
        golden("7F 80 02 F0 E7 6D A2", &[0xF0, 0xE7]);
        golden("7F 80 02 F0 08 0C 20", &[0xF0, 0x08]);
        golden("7F 80 01 57 F2 03", &[0x57]);
    }

    #[test]
    fn a_start_byte_inside_is_doubled() {
        let packet = Packet {
            sequence_and_address: 0x00,
            data: vec![0x7F, 0x01, 0x7F],
        };
        let bytes = packet.encode();
        assert_eq!(
            &bytes[..8],
            [0x7F, 0x00, 0x03, 0x7F, 0x7F, 0x01, 0x7F, 0x7F]
        );
        assert_eq!(scan(&bytes), [packet]);
    }

    #[test]
    fn a_lone_start_byte_begins_anew() {
        let packet = Packet {
            sequence_and_address: 0x80,
            data: vec![0x07],
        };
        let mut bytes = packet.encode();
        bytes.truncate(3);
        bytes.extend(packet.encode());
        assert_eq!(scan(&bytes), [packet]);
    }

    #[test]
    fn a_wrong_check_is_dropped() {
        let mut bytes = Packet {
            sequence_and_address: 0x80,
            data: vec![0x07],
        }
        .encode();
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(scan(&bytes), []);
    }

    proptest! {
        #[test]
        fn every_packet_comes_back(sequence in 0u8..0x7E, data in proptest::collection::vec(any::<u8>(), 1..255)) {
            let packet = Packet { sequence_and_address: sequence, data };
            prop_assert_eq!(scan(&packet.encode()), vec![packet]);
        }

        #[test]
        fn noise_never_panics(noise in proptest::collection::vec(any::<u8>(), 0..600)) {
            scan(&noise);
        }
    }
}
