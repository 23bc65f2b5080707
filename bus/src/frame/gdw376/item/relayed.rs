//! Direct reading of a meter through named relays: 10 F9.

use super::super::UnitError;
use super::Unit;
use super::unit::{Reader, count};

/// A relay count of FF is the same as none.
const NONE: u8 = 0xFF;
/// The most relays in a list, as many as Q/GDW 376.2 can say.
const MOST: u8 = 15;

/// What is read, and the way there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The port.
    pub port: u8,
    /// The relays on the way, addresses low byte first.
    pub relays: Vec<[u8; 6]>,
    /// The meter, low byte first.
    pub target: [u8; 6],
    /// 0 = DL/T 645-1997, 1 = DL/T 645-2007.
    pub kind: u8,
    /// The data identifier, low byte first.
    pub identifier: [u8; 4],
}

impl Unit for Request {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        let relays = count(self.relays.len())?;
        if relays > MOST {
            return Err(UnitError::Malformed("a way has at most fifteen relays"));
        }
        let mut unit = vec![self.port, if relays == 0 { NONE } else { relays }];
        unit.extend(self.relays.as_flattened());
        unit.extend(self.target);
        unit.push(self.kind);
        unit.extend(self.identifier);
        Ok(unit)
    }

    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        let mut reader = Reader::new(unit);
        let port = reader.byte()?;
        let relays = match reader.byte()? {
            NONE => 0,
            relays @ 1..=MOST => relays,
            _ => {
                return Err(UnitError::Malformed(
                    "a way has one to fifteen relays, or FF for none",
                ));
            }
        };
        let request = Request {
            port,
            relays: (0..relays)
                .map(|_| reader.array())
                .collect::<Result<_, _>>()?,
            target: reader.array()?,
            kind: reader.byte()?,
            identifier: reader.array()?,
        };
        reader.end()?;
        Ok(request)
    }
}

/// What the meter said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The port.
    pub port: u8,
    /// The meter, low byte first.
    pub target: [u8; 6],
    /// What became of it.
    pub outcome: Outcome,
    /// The data identifier, low byte first.
    pub identifier: [u8; 4],
    /// The data behind the identifier, without the 33h.
    pub data: Vec<u8>,
}

/// What became of a direct reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 0: not sent; no way there.
    NotSent,
    /// 1: sent, and no answer.
    Silent,
    /// 2: the meter refused; its error byte is the data.
    Refused,
    /// 3: read.
    Read,
}

impl Unit for Reply {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        let mut unit = vec![self.port];
        unit.extend(self.target);
        unit.push(match self.outcome {
            Outcome::NotSent => 0,
            Outcome::Silent => 1,
            Outcome::Refused => 2,
            Outcome::Read => 3,
        });
        unit.extend(self.identifier);
        unit.push(count(self.data.len())?);
        unit.extend(&self.data);
        Ok(unit)
    }

    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        let mut reader = Reader::new(unit);
        let (port, target) = (reader.byte()?, reader.array()?);
        let outcome = match reader.byte()? {
            0 => Outcome::NotSent,
            1 => Outcome::Silent,
            2 => Outcome::Refused,
            3 => Outcome::Read,
            _ => return Err(UnitError::Malformed("a reading has no such outcome")),
        };
        let identifier = reader.array()?;
        let length = reader.byte()?;
        let data = reader.bytes(usize::from(length))?.to_vec();
        reader.end()?;
        Ok(Reply {
            port,
            target,
            outcome,
            identifier,
            data,
        })
    }
}
