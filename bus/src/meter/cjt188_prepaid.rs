//! Water and gas meters by CJ/T 188 that keep the money: `8105` is read, `A013` written, the valve moved by `A017`.

use std::sync::atomic::{AtomicU8, Ordering};

use super::patience::Pace;
use super::profile::Cjt188Prepaid;
use super::switching::SwitchReply;
use super::{CreditOrder, MeterError, Reading, Refusal, Reply, Supply};
use crate::amount::Amount;
use crate::frame::bytes::hex;
use crate::frame::cjt188::answer::{self, Answer};
use crate::frame::cjt188::identifier::PURCHASE;
use crate::frame::cjt188::purchase::{Purchase, Record};
use crate::frame::cjt188::status::Valve;
use crate::frame::cjt188::valve::ValveCommand;
use crate::frame::cjt188::{Address, Frame, request};
use crate::link::Link;

/// Bytes of an answer around its data.
const ENVELOPE: usize = 13;
/// Data of an `8105` answer.
const RECORD_DATA: usize = 18;
/// Data of the longest answer to a write: the echo of `A013`.
const WRITE_DATA: usize = 8;

/// One water or gas meter.
#[derive(Debug)]
pub(super) struct Prepaid {
    pub(super) options: Cjt188Prepaid,
    pub(super) address: Address,
    pub(super) pace: Pace,
    /// The next serial byte: an answer that comes late has the serial of an earlier request.
    pub(super) serial: AtomicU8,
}

impl Prepaid {
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
            Answer::Data { payload, .. } => {
                let record = Record::parse(payload).ok_or_else(|| {
                    MeterError::Malformed(format!("{} is no purchase record", hex(payload)))
                })?;
                Ok(self.reading(record))
            }
            Answer::Refused { status, .. } => {
                Err(MeterError::Refused(format!("status {}", hex(&status.0))))
            }
        }
    }

    fn reading(&self, record: Record) -> Reading {
        let money = |hundredths| Amount(i64::from(hundredths));
        Reading {
            purchase_number: u32::from(record.sequence),
            balance: money(record.remaining),
            last_amount: Some(money(record.last)),
            cumulative: Some(money(record.cumulative)),
            supply: match record.status.valve(self.options.status_layout) {
                Valve::Open => Supply::On,
                Valve::Closed => Supply::Off,
                Valve::Fault => Supply::Fault,
                Valve::Undefined => Supply::NotReported,
            },
        }
    }

    /// Sends the purchase once. The order's amount fits (the driver checked it).
    pub(super) async fn write<L: Link>(
        &self,
        link: &mut L,
        order: &CreditOrder,
        amount: u32,
    ) -> Reply {
        let purchase = Purchase {
            sequence: (order.number % 256) as u8,
            amount,
        };
        let request = request::write_purchase(
            self.address,
            self.options.di_order,
            self.next_serial(),
            purchase,
        );
        let Ok(request) = request else {
            return Reply::Nothing;
        };
        match self.exchange(link, &request, WRITE_DATA).await {
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
        let build = if self.options.long_valve_command {
            request::move_valve_long
        } else {
            request::move_valve
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

    fn next_serial(&self) -> u8 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }

    async fn exchange<L: Link>(
        &self,
        link: &mut L,
        request: &Frame,
        answer_data: usize,
    ) -> Result<Frame, MeterError> {
        let bytes = request.encode_after_preamble(self.options.preamble);
        let patience = self.pace.patience(bytes.len(), ENVELOPE + answer_data);
        let belongs = |candidate: &[u8]| answer::belongs(request, candidate);
        let answer = link.exchange(&bytes, &belongs, patience).await?;
        Frame::parse(&answer).map_err(malformed)
    }
}

fn malformed(error: crate::frame::FrameError) -> MeterError {
    MeterError::Malformed(error.to_string())
}

#[cfg(test)]
mod tests;
