//! The envelope: link layer, header and auxiliary fields.

use super::wire::{self, MAX_USER_DATA};
use super::{Address, Control, Sequence, TimeTag, afn};
use crate::frame::FrameError;

/// One whole frame. `decode(encode(f)) == f` for every frame that [`encode`](Frame::encode) accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// D1D0 of the length: 1 = 2005 edition, 2 = Q/GDW 376.1, 3 = seen in 2013 equipment.
    pub protocol: u8,
    /// The control byte.
    pub control: Control,
    /// Who is meant (downward) or speaks (upward).
    pub address: Address,
    /// The application function, see [`afn`].
    pub afn: u8,
    /// The sequence byte; its time tag bit follows `time_tag` when encoded.
    pub sequence: Sequence,
    /// The data units, without auxiliary fields. [`units::split`](super::units::split) takes them apart.
    pub data: Vec<u8>,
    /// PW, 16 bytes, downward with the functions that change something.
    pub password: Option<[u8; 16]>,
    /// EC, important and ordinary event counters, upward with access demand.
    pub events: Option<[u8; 2]>,
    /// Tp.
    pub time_tag: Option<TimeTag>,
}

/// Why a frame cannot be bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// More than the 14-bit length can say.
    #[error("{0} bytes of user data do not fit a frame")]
    TooLong(usize),
    /// The auxiliary fields are not the ones that control byte and function announce.
    #[error("the fields contradict each other: {0}")]
    Contradiction(&'static str),
}

/// C, A1, A2, A3, AFN, SEQ.
const FIXED: usize = 8;

/// Downward functions that carry a password, Q/GDW 376.1, 4.3.5.
pub(super) fn carries_password(function: u8) -> bool {
    matches!(
        function,
        afn::RESET | afn::SET | afn::CONTROL | afn::AUTHENTICATE | afn::FILE | afn::FORWARD
    )
}

impl Frame {
    /// Decodes exactly one frame, with nothing behind it.
    ///
    /// # Errors
    /// [`FrameError`] says which rule the bytes break.
    pub fn decode(bytes: &[u8]) -> Result<Frame, FrameError> {
        let (protocol, user_data) = wire::open(bytes)?;
        let (fixed, rest) = user_data
            .split_first_chunk::<FIXED>()
            .ok_or_else(too_little)?;
        let [c, a10, a11, a20, a21, a3, function, seq] = *fixed;
        let control = Control(c);
        let sequence = Sequence(seq);
        let mut rest = rest;
        let time_tag = if sequence.time_tagged() {
            Some(TimeTag::from_bytes(take_last(&mut rest)?))
        } else {
            None
        };
        let events = if control.access_demand() {
            Some(take_last(&mut rest)?)
        } else {
            None
        };
        let password = if !control.upward() && carries_password(function) {
            Some(take_last(&mut rest)?)
        } else {
            None
        };
        Ok(Frame {
            protocol,
            control,
            address: Address::from_bytes([a10, a11, a20, a21, a3]),
            afn: function,
            sequence,
            data: rest.to_vec(),
            password,
            events,
            time_tag,
        })
    }

    /// The bytes on the wire.
    ///
    /// # Errors
    /// [`EncodeError`]: over 16383 bytes of user data, or auxiliary fields that control byte and function do not announce.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        self.check()?;
        let mut user_data = Vec::with_capacity(FIXED + self.data.len() + 24);
        user_data.push(self.control.0);
        user_data.extend(self.address.to_bytes());
        user_data.push(self.afn);
        user_data.push(self.sequence.tagged(self.time_tag.is_some()).0);
        user_data.extend(&self.data);
        user_data.extend(self.password.iter().flatten());
        user_data.extend(self.events.iter().flatten());
        user_data.extend(self.time_tag.iter().flat_map(|tag| tag.to_bytes()));
        if user_data.len() > MAX_USER_DATA {
            return Err(EncodeError::TooLong(user_data.len()));
        }
        Ok(wire::seal(self.protocol, &user_data))
    }

    fn check(&self) -> Result<(), EncodeError> {
        if self.protocol > 3 {
            return Err(EncodeError::Contradiction("the protocol mark has two bits"));
        }
        if self.password.is_some() != (!self.control.upward() && carries_password(self.afn)) {
            return Err(EncodeError::Contradiction("password"));
        }
        if self.events.is_some() != self.control.access_demand() {
            return Err(EncodeError::Contradiction("event counter"));
        }
        if self.sequence.time_tagged() && self.time_tag.is_none() {
            return Err(EncodeError::Contradiction("time tag"));
        }
        Ok(())
    }
}

fn take_last<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], FrameError> {
    let (head, tail) = rest.split_last_chunk::<N>().ok_or_else(too_little)?;
    *rest = head;
    Ok(*tail)
}

fn too_little() -> FrameError {
    FrameError::Content(
        "the data is shorter than the auxiliary fields that the header announces".to_owned(),
    )
}
