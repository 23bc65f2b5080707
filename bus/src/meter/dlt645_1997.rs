//! Electricity meters by DL/T 645-1997: only read.

use super::MeterError;
use super::patience::Pace;
use super::registers::Block;
use crate::frame::dlt645::refusal::ErrorByte;
use crate::frame::dlt645::{Address, Frame, answer, request};
use crate::link::Link;

/// Bytes of an answer around its data, with the identifier.
const ENVELOPE: usize = 14;

/// One electricity meter of the old edition.
#[derive(Debug)]
pub(super) struct OldElectricity {
    /// Bytes `FE` before a request.
    pub(super) preamble: u8,
    pub(super) address: Address,
    pub(super) pace: Pace,
}

impl OldElectricity {
    /// Everything behind an identifier, or why the meter refuses it.
    pub(super) async fn block<L: Link>(
        &self,
        link: &mut L,
        di: u16,
        count: usize,
    ) -> Result<Block, MeterError> {
        let request = request::read_1997(self.address, di);
        let bytes = request.encode_after_preamble(self.preamble);
        let patience = self.pace.patience(bytes.len(), ENVELOPE + count);
        let belongs = |candidate: &[u8]| {
            answer::belongs(&request, candidate)
                && Frame::parse(candidate).is_ok_and(|frame| {
                    frame.control().refused() || frame.data().starts_with(&di.to_le_bytes())
                })
        };
        self.pace.rest().await;
        let answer = link.exchange(&bytes, &belongs, patience).await?;
        let frame =
            Frame::parse(&answer).map_err(|error| MeterError::Malformed(error.to_string()))?;
        match frame.data() {
            [error] if frame.control().refused() => {
                Ok(Block::Refused(ErrorByte(*error).to_string()))
            }
            data if frame.control().refused() => Err(MeterError::Malformed(format!(
                "a refusal of {} bytes",
                data.len()
            ))),
            [_, _, data @ ..] => Ok(Block::Data(data.to_vec())),
            data => Err(MeterError::Malformed(format!(
                "an answer of {} bytes",
                data.len()
            ))),
        }
    }
}
