//! DL/T 645-2007 frames as the meter's side sees them: `68 A0..A5 68 C L DATA CS 16`, data plus 33h.

use super::receiver::{Candidate, Heard, check_sum};

const START: u8 = 0x68;
const END: u8 = 0x16;
const OFFSET: u8 = 0x33;
const HEADER: usize = 10;

/// One frame; `data` without the 33h offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame645 {
    /// Address as on the wire, low pair first.
    pub address: [u8; 6],
    /// Control code C.
    pub control: u8,
    /// Plain data.
    pub data: Vec<u8>,
}

impl Frame645 {
    /// The bytes on the wire, without preamble.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.data.len() + 2);
        bytes.push(START);
        bytes.extend_from_slice(&self.address);
        bytes.extend_from_slice(&[START, self.control, self.data.len() as u8]);
        bytes.extend(self.data.iter().map(|byte| byte.wrapping_add(OFFSET)));
        bytes.push(check_sum(&bytes));
        bytes.push(END);
        bytes
    }
}

impl Heard for Frame645 {
    fn at_head_of(bytes: &[u8]) -> Candidate<Self> {
        if bytes[0] != START {
            return Candidate::Nothing;
        }
        if bytes.len() < HEADER {
            return Candidate::Unfinished;
        }
        if bytes[7] != START {
            return Candidate::Nothing;
        }
        let body_end = HEADER + usize::from(bytes[9]);
        let Some(&[sum, end]) = bytes.get(body_end..body_end + 2) else {
            return Candidate::Unfinished;
        };
        if end != END || sum != check_sum(&bytes[..body_end]) {
            return Candidate::Nothing;
        }
        let mut address = [0; 6];
        address.copy_from_slice(&bytes[1..7]);
        let data = bytes[HEADER..body_end]
            .iter()
            .map(|byte| byte.wrapping_sub(OFFSET))
            .collect();
        Candidate::Complete(
            Self {
                address,
                control: bytes[8],
                data,
            },
            body_end + 2,
        )
    }
}
