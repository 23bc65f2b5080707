//! M-Bus frames as the meter's side sees them (EN 13757-2): `10 C A CS 16` and `68 L L 68 C A CI … CS 16`.

use super::receiver::{Candidate, Heard, check_sum};

const SHORT: u8 = 0x10;
const LONG: u8 = 0x68;
const END: u8 = 0x16;
/// Start marks and both lengths of a long frame.
const HEADER: usize = 4;

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameMBus {
    /// C field.
    pub control: u8,
    /// A field.
    pub address: u8,
    /// CI field and what follows it; empty in a short frame.
    pub body: Vec<u8>,
}

impl FrameMBus {
    /// The bytes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        let mut content = vec![self.control, self.address];
        content.extend_from_slice(&self.body);
        let mut bytes = if self.body.is_empty() {
            vec![SHORT]
        } else {
            let length = content.len() as u8;
            vec![LONG, length, length, LONG]
        };
        bytes.extend_from_slice(&content);
        bytes.extend([check_sum(&content), END]);
        bytes
    }

    fn of(content: &[u8]) -> Option<Self> {
        let (&[control, address], body) = content.split_first_chunk()?;
        Some(Self {
            control,
            address,
            body: body.to_vec(),
        })
    }
}

impl Heard for FrameMBus {
    fn at_head_of(bytes: &[u8]) -> Candidate<Self> {
        let (from, length) = match bytes {
            [SHORT, ..] => (1, 2),
            [LONG, length, copy, LONG, ..] if length == copy && *length >= 3 => {
                (HEADER, usize::from(*length))
            }
            [LONG] | [LONG, _] | [LONG, _, _] => return Candidate::Unfinished,
            _ => return Candidate::Nothing,
        };
        let (Some(content), Some(&[sum, end])) = (
            bytes.get(from..from + length),
            bytes.get(from + length..from + length + 2),
        ) else {
            return Candidate::Unfinished;
        };
        match Self::of(content) {
            Some(frame) if sum == check_sum(content) && end == END => {
                Candidate::Complete(frame, from + length + 2)
            }
            _ => Candidate::Nothing,
        }
    }
}
