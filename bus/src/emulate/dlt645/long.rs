//! Answers that do not fit into one frame: C=B1, then C=12 and 92.

use crate::frame::FrameError;
use crate::frame::dlt645::{Address, Frame, Function, reply};

/// What is still to be fetched of a long answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LongAnswer {
    di: u32,
    /// The pieces from the second one on.
    pieces: Vec<Vec<u8>>,
}

impl LongAnswer {
    /// The first frame of an answer, and what is left to fetch. `longest` is the most data bytes of a frame.
    pub(super) fn begin(
        address: Address,
        di: u32,
        data: &[u8],
        longest: u8,
    ) -> Result<(Frame, LongAnswer), FrameError> {
        let first = usize::from(longest).saturating_sub(4).max(1);
        let further = usize::from(longest).saturating_sub(5).max(1);
        let (head, rest) = data.split_at_checked(first).unwrap_or((data, &[]));
        let pieces: Vec<_> = rest.chunks(further).map(<[u8]>::to_vec).collect();
        let more = !pieces.is_empty();
        let frame = reply::data(address, Function::Read, &di.to_le_bytes(), head, more)?;
        Ok((frame, LongAnswer { di, pieces }))
    }

    /// The frame with a number, from 1. The same one may be fetched again. `None` where there is none.
    pub(super) fn fetch(&self, address: Address, di: u32, sequence: u8) -> Option<Frame> {
        let at = usize::from(sequence).checked_sub(1)?;
        let piece = self.pieces.get(at).filter(|_| di == self.di)?;
        let more = at + 1 < self.pieces.len();
        reply::next(address, di, piece, sequence, more).ok()
    }
}
