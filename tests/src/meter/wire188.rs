//! CJ/T 188 frames as the meter's side sees them: `68 T A0..A6 C L DATA CS 16`, data as it is.

use super::receiver::{Candidate, Heard, check_sum};

const START: u8 = 0x68;
const END: u8 = 0x16;
const HEADER: usize = 11;

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame188 {
    /// Kind of meter T: 10h cold water, 30h gas.
    pub kind: u8,
    /// Address as on the wire, low pair first.
    pub address: [u8; 7],
    /// Control code C.
    pub control: u8,
    /// Data identifier, serial number and payload.
    pub data: Vec<u8>,
}

impl Frame188 {
    /// The bytes on the wire, without preamble.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![START, self.kind];
        bytes.extend_from_slice(&self.address);
        bytes.extend_from_slice(&[self.control, self.data.len() as u8]);
        bytes.extend_from_slice(&self.data);
        bytes.push(check_sum(&bytes));
        bytes.push(END);
        bytes
    }
}

impl Heard for Frame188 {
    fn at_head_of(bytes: &[u8]) -> Candidate<Self> {
        if bytes[0] != START {
            return Candidate::Nothing;
        }
        if bytes.len() < HEADER {
            return Candidate::Unfinished;
        }
        let body_end = HEADER + usize::from(bytes[10]);
        let Some(&[sum, end]) = bytes.get(body_end..body_end + 2) else {
            return Candidate::Unfinished;
        };
        if end != END || sum != check_sum(&bytes[..body_end]) {
            return Candidate::Nothing;
        }
        let mut address = [0; 7];
        address.copy_from_slice(&bytes[2..9]);
        let data = bytes[HEADER..body_end].to_vec();
        Candidate::Complete(
            Self {
                kind: bytes[1],
                address,
                control: bytes[9],
                data,
            },
            body_end + 2,
        )
    }
}
