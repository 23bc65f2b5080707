//! Water and gas meters by CJ/T 188 that keep the money: `8105` is read, `A013` written, the valve moved by `A017`.

use std::sync::atomic::{AtomicU8, Ordering};

use super::amounts;
use super::patience::Pace;
use super::profile::{Cjt188Dialect, ValveLength};
use super::registers::Block;
use super::switching::SwitchReply;
use super::{CreditOrder, MeterError, Reading, Refusal, Reply, Supply};
use crate::frame::bytes::{array, hex};
use crate::frame::cjt188::answer::{self, Answer};
use crate::frame::cjt188::identifier::{PURCHASE, WRITE_PURCHASE};
use crate::frame::cjt188::status::{Status, Valve};
use crate::frame::cjt188::valve::ValveCommand;
use crate::frame::cjt188::{Address, Control, Frame, Function, request};
use crate::frame::wall_time::WallTime;
use crate::link::Link;

/// Bytes of an answer around its data.
const ENVELOPE: usize = 13;
/// The identifier that writes the clock.
const WRITE_TIME: u16 = 0xA015;
/// The seventh byte of a clock.
const CENTURY: u8 = 0x20;
/// Data of an `8105` answer.
const RECORD_DATA: usize = 18;
/// Data of the longest answer to a write: the echo of `A013`.
const WRITE_DATA: usize = 8;

/// One water or gas meter.
#[derive(Debug)]
pub(super) struct Water {
    pub(super) options: Cjt188Dialect,
    /// Bytes `FE` before a request.
    pub(super) preamble: u8,
    pub(super) address: Address,
    pub(super) pace: Pace,
    /// The next serial byte: an answer that comes late has the serial of an earlier request.
    pub(super) serial: AtomicU8,
}

impl Water {
    /// Everything a meter says of itself: one exchange.
    pub(super) async fn books<L: Link>(&self, link: &mut L) -> Result<Reading, MeterError> {
        let request = request::read(
            self.address,
            self.options.di_order,
            PURCHASE,
            self.next_serial(),
        );
        let frame = self.exchange(link, &request, RECORD_DATA).await?;
        match answer::parse(&frame).map_err(malformed)? {
            Answer::Data { payload, .. } => self.record(payload).ok_or_else(|| {
                MeterError::Malformed(format!("{} is no purchase record", hex(payload)))
            }),
            Answer::Refused { status, .. } => {
                Err(MeterError::Refused(format!("status {}", hex(&status.0))))
            }
        }
    }

    /// The record `8105`: sequence, last purchase, all purchases, what is left, status (2004, L=12h), with amounts as the
    /// dialect writes them.
    fn record(&self, payload: &[u8]) -> Option<Reading> {
        let layout: [u8; RECORD_DATA - 3] = payload.try_into().ok()?;
        let amount = |at| amounts::decode(self.options.record, array(&layout, at)?);
        let [sequence, ..] = layout;
        Some(Reading {
            purchase_number: amounts::sequence_number(self.options.sequence, sequence)?,
            balance: amount(9)?,
            last_amount: Some(amount(1)?),
            cumulative: Some(amount(5)?),
            supply: self.valve(Status(array(&layout, 13)?)),
        })
    }

    /// What the status word says of the valve.
    pub(super) fn valve(&self, status: Status) -> Supply {
        match status.valve(self.options.status_layout) {
            Valve::Open => Supply::On,
            Valve::Closed => Supply::Off,
            Valve::Fault => Supply::Fault,
            Valve::Undefined => Supply::NotReported,
        }
    }

    /// Sends the purchase once; `amount` is the order's, as the dialect writes it.
    pub(super) async fn write<L: Link>(
        &self,
        link: &mut L,
        order: &CreditOrder,
        amount: [u8; 4],
    ) -> Reply {
        let [a, b] = self.options.di_order.bytes(WRITE_PURCHASE);
        let sequence = amounts::sequence_byte(self.options.sequence, order.number);
        let mut data = vec![a, b, self.next_serial(), sequence];
        data.extend_from_slice(&amount);
        data.resize(data.len() + usize::from(self.options.purchase_padding), 0);
        let answer = data.len();
        let request = match Frame::new(self.address, Control::request(Function::Write), data) {
            Ok(request) => request,
            Err(error) => {
                tracing::error!(meter = %self.address, %error, "the purchase makes no frame; nothing was sent");
                return Reply::Nothing;
            }
        };
        match self.exchange(link, &request, answer).await {
            Ok(frame) => match answer::parse(&frame) {
                Ok(Answer::Data { .. }) => Reply::Accepted,
                Ok(Answer::Refused { status, .. }) => {
                    Reply::Refused(Refusal::Other(format!("status {}", hex(&status.0))))
                }
                Err(_) => Reply::Nothing,
            },
            Err(error) => {
                tracing::info!(meter = %self.address, %error, "no answer to the purchase");
                Reply::Nothing
            }
        }
    }

    /// Opens or closes the valve once.
    pub(super) async fn switch<L: Link>(&self, link: &mut L, on: bool) -> SwitchReply {
        let command = if on {
            ValveCommand::Open
        } else {
            ValveCommand::Close
        };
        let build = match self.options.valve_command {
            ValveLength::Long => request::move_valve_long,
            ValveLength::Short => request::move_valve,
        };
        let request = build(
            self.address,
            self.options.di_order,
            self.next_serial(),
            command,
        );
        match self.exchange(link, &request, WRITE_DATA).await {
            Ok(frame) => match answer::parse(&frame) {
                Ok(Answer::Data { .. }) => SwitchReply::Accepted,
                Ok(Answer::Refused { status, .. }) => {
                    SwitchReply::Refused(format!("status {}", hex(&status.0)))
                }
                Err(error) => SwitchReply::Nothing(error.to_string()),
            },
            Err(error) => SwitchReply::Nothing(error.to_string()),
        }
    }

    /// Everything behind an identifier, or why the meter refuses it.
    pub(super) async fn block<L: Link>(
        &self,
        link: &mut L,
        di: u16,
        count: usize,
    ) -> Result<Block, MeterError> {
        let request = request::read(self.address, self.options.di_order, di, self.next_serial());
        let frame = self.exchange(link, &request, 3 + count).await?;
        Ok(match answer::parse(&frame).map_err(malformed)? {
            Answer::Data { payload, .. } => Block::Data(payload.to_vec()),
            Answer::Refused { status, .. } => Block::Refused(format!("status {}", hex(&status.0))),
        })
    }

    /// Writes the clock once (`A015`: `ss mm hh DD MM YY CC`). Returns why that may not have worked.
    pub(super) async fn write_clock<L: Link>(&self, link: &mut L, now: WallTime) -> Option<String> {
        let [a, b] = self.options.di_order.bytes(WRITE_TIME);
        let [second, minute, hour, day, month, year] = now.to_bcd();
        let data = [
            a,
            b,
            self.next_serial(),
            second,
            minute,
            hour,
            day,
            month,
            year,
            CENTURY,
        ];
        let request = Frame::fixed(self.address, Control::request(Function::Write), data);
        match self.exchange(link, &request, WRITE_DATA).await {
            Ok(frame) => match answer::parse(&frame) {
                Ok(Answer::Data { .. }) => None,
                Ok(Answer::Refused { status, .. }) => {
                    Some(format!("the meter refused: status {}", hex(&status.0)))
                }
                Err(error) => Some(error.to_string()),
            },
            Err(error) => Some(error.to_string()),
        }
    }

    fn next_serial(&self) -> u8 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }

    async fn exchange<L: Link>(
        &self,
        link: &mut L,
        request: &Frame,
        answer_data: usize,
    ) -> Result<Frame, MeterError> {
        let bytes = request.encode_after_preamble(self.preamble);
        let patience = self.pace.patience(bytes.len(), ENVELOPE + answer_data);
        let belongs = |candidate: &[u8]| answer::belongs(request, candidate);
        self.pace.rest().await;
        let answer = link.exchange(&bytes, &belongs, patience).await?;
        Frame::parse(&answer).map_err(malformed)
    }
}

fn malformed(error: crate::frame::FrameError) -> MeterError {
    MeterError::Malformed(error.to_string())
}

#[cfg(test)]
mod tests;
