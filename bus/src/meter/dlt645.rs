//! Electricity meters by DL/T 645-2007 that keep the money: books from the status query or registers, the purchase
//! `070102FF`, the relay.

use super::patience::Pace;
use super::profile::{BooksSource, CountRegister, Dlt645Dialect, MacSource, PurchaseLayout};
use super::registers::Block;
use super::switching::SwitchReply;
use super::{CreditOrder, MeterError, Reading, Refusal, Reply, Supply};
use crate::amount::Amount;
use crate::frame::bytes::{array, bcd_to_u64, is_filler, u64_to_bcd};
use crate::frame::dlt645::answer::{self, Answer};
use crate::frame::dlt645::identifier::known;
use crate::frame::dlt645::purchase::{
    CustomerNumber, OrderPurchase, Purchase, StatusAnswer, TOP_UP,
};
use crate::frame::dlt645::refusal::{PlainCode, SecurityError};
use crate::frame::dlt645::relay::{RelayCommand, RelayOrder, StatusWord3};
use crate::frame::dlt645::{Address, Control, Frame, Function, request};
use crate::frame::wall_time::WallTime;
use crate::link::Link;

mod clock;

/// Bytes of an answer around its data.
const ENVELOPE: usize = 12;
/// Data of a status answer, the longest one of this driver.
const STATUS_DATA: usize = 30;
/// Data of the longest answer to a top-up.
const TOP_UP_DATA: usize = 18;
/// Data of the longest answer to an order to the relay: a refusal with its result word.
const RELAY_DATA: usize = 2;

/// One electricity meter.
#[derive(Debug)]
pub(super) struct Electricity {
    pub(super) options: Dlt645Dialect,
    /// Bytes `FE` before a request.
    pub(super) preamble: u8,
    pub(super) address: Address,
    pub(super) pace: Pace,
}

impl Electricity {
    /// Purchase number, balance, last amount and cumulative: three exchanges, or four from registers; one more when the
    /// balance is zero, because an overdraft has a register of its own.
    pub(super) async fn books<L: Link>(&self, link: &mut L) -> Result<Reading, MeterError> {
        let (balance, purchase_number) = self.balance_and_count(link).await?;
        let balance = match balance {
            Amount(0) => Amount(
                -self
                    .optional_money(link, known::OVERDRAFT_AMOUNT)
                    .await?
                    .unwrap_or_default()
                    .0,
            ),
            balance => balance,
        };
        Ok(Reading {
            purchase_number,
            balance,
            last_amount: self
                .optional_money(link, known::LAST_PURCHASE_AMOUNT)
                .await?,
            cumulative: self
                .optional_money(link, known::LAST_PURCHASE_CUMULATIVE)
                .await?,
            supply: Supply::NotReported,
        })
    }

    async fn balance_and_count<L: Link>(&self, link: &mut L) -> Result<(Amount, u32), MeterError> {
        if self.options.count_register == CountRegister::None {
            return Ok((self.money(link, known::REMAINING_AMOUNT).await?, 0));
        }
        if self.options.books == BooksSource::StatusQuery {
            match self.status(link).await {
                Err(MeterError::Refused(_)) => {}
                other => return other,
            }
        }
        let missing = |what: &str| MeterError::Malformed(format!("no {what}"));
        let balance = self.money(link, known::REMAINING_AMOUNT).await?;
        let count = self.data(link, known::LAST_PURCHASE_COUNT, 2).await?;
        let count = match self.options.count_register {
            CountRegister::Bcd => bcd_to_u64(&count).and_then(|count| u32::try_from(count).ok()),
            CountRegister::Binary | CountRegister::None => {
                array(&count, 0).map(|count| u32::from(u16::from_le_bytes(count)))
            }
        };
        Ok((balance, count.ok_or_else(|| missing("purchase count"))?))
    }

    async fn status<L: Link>(&self, link: &mut L) -> Result<(Amount, u32), MeterError> {
        let request = request::status(self.address, self.options.operator);
        let frame = self.exchange(link, &request, STATUS_DATA).await?;
        match answer::parse(&frame).map_err(malformed)? {
            Answer::Data { data, .. } => {
                let status =
                    StatusAnswer::parse(data).ok_or_else(|| length("status answer", data))?;
                Ok((Amount(i64::from(status.balance)), status.count))
            }
            refused => Err(refusal_of(&refused)),
        }
    }

    /// Whether the relay lets current through.
    pub(super) async fn supply<L: Link>(&self, link: &mut L) -> Result<Supply, MeterError> {
        match self.data(link, known::STATUS_WORD_3, 2).await {
            Ok(word) => {
                let word = word.try_into().map(u16::from_le_bytes).unwrap_or_default();
                Ok(if StatusWord3(word).relay_open() {
                    Supply::Off
                } else {
                    Supply::On
                })
            }
            Err(MeterError::Refused(_)) => Ok(Supply::NotReported),
            Err(error) => Err(error),
        }
    }

    /// The request of a purchase without authentication codes. The order's amount fits (the driver checked it).
    pub(super) fn purchase(
        &self,
        order: &CreditOrder,
        amount: u32,
        customer: CustomerNumber,
    ) -> Frame {
        match self.options.purchase {
            PurchaseLayout::Count => {
                let purchase = Purchase {
                    operator: self.options.operator,
                    amount,
                    count: order.number,
                    mac: [0; 4],
                    customer,
                    customer_mac: [0; 4],
                };
                request::top_up(self.address, purchase)
            }
            PurchaseLayout::OrderNumber => {
                let purchase = OrderPurchase {
                    operator: self.options.operator,
                    amount,
                    // Ten digits always fit into sixteen.
                    order: u64_to_bcd(u64::from(order.number)).unwrap_or_default(),
                    mac: [0; 4],
                    meter: self.address.to_wire(),
                    meter_mac: [0; 4],
                };
                let control = Control::request(Function::Security);
                Frame::fixed(self.address, control, purchase.to_data(TOP_UP))
            }
        }
    }

    /// Sends a purchase once.
    pub(super) async fn write<L: Link>(&self, link: &mut L, request: &Frame) -> Reply {
        match self.exchange(link, request, TOP_UP_DATA).await {
            Ok(frame) => match answer::parse(&frame) {
                Ok(Answer::Data { di: TOP_UP, .. }) => Reply::Accepted,
                Ok(Answer::SecurityRefused(error))
                    if self.options.error_bytes.fits(frame.data().len()) =>
                {
                    Reply::Refused(refusal(error, self.options.mac))
                }
                Ok(_) | Err(_) => Reply::Nothing,
            },
            Err(error) => {
                tracing::info!(meter = %self.address, %error, "no answer to the purchase");
                Reply::Nothing
            }
        }
    }

    /// Trips or closes the relay once.
    pub(super) async fn switch<L: Link>(
        &self,
        link: &mut L,
        on: bool,
        valid_until: WallTime,
    ) -> SwitchReply {
        let request = request::relay(self.address, self.relay_order(on, valid_until));
        self.send_relay(link, &request).await
    }

    /// The order to trip or close the relay.
    pub(super) fn relay_order(&self, on: bool, valid_until: WallTime) -> RelayOrder {
        RelayOrder {
            password: self.options.password,
            operator: self.options.operator,
            command: if on {
                RelayCommand::Close
            } else {
                RelayCommand::Trip
            },
            delay: 0,
            valid_until,
        }
    }

    /// Sends an order to the relay once.
    pub(super) async fn send_relay<L: Link>(&self, link: &mut L, request: &Frame) -> SwitchReply {
        match self.exchange(link, request, RELAY_DATA).await {
            Ok(frame) => match answer::parse(&frame) {
                Ok(Answer::Done) => SwitchReply::Accepted,
                Ok(refused) => SwitchReply::Refused(refusal_of(&refused).to_string()),
                Err(error) => SwitchReply::Nothing(error.to_string()),
            },
            Err(error) => SwitchReply::Nothing(error.to_string()),
        }
    }

    /// Everything behind an identifier, or why the meter refuses it.
    pub(super) async fn block<L: Link>(
        &self,
        link: &mut L,
        di: u32,
        count: usize,
    ) -> Result<Block, MeterError> {
        let request = request::read(self.address, di);
        let frame = self.exchange(link, &request, 4 + count).await?;
        Ok(match answer::parse(&frame).map_err(malformed)? {
            Answer::Data { data, .. } => Block::Data(data.to_vec()),
            Answer::Refused(error) => Block::Refused(error.to_string()),
            other => return Err(refusal_of(&other)),
        })
    }

    /// An amount the meter must have.
    async fn money<L: Link>(&self, link: &mut L, di: u32) -> Result<Amount, MeterError> {
        let bytes = self.data(link, di, 4).await?;
        amount(&bytes).ok_or_else(|| MeterError::Malformed(format!("{di:08X} is not an amount")))
    }

    /// An amount the meter may not keep: then it refuses, or fills it with `FF`.
    async fn optional_money<L: Link>(
        &self,
        link: &mut L,
        di: u32,
    ) -> Result<Option<Amount>, MeterError> {
        let request = request::read(self.address, di);
        let frame = self.exchange(link, &request, 4 + 4).await?;
        match answer::parse(&frame).map_err(malformed)? {
            Answer::Refused(error) if error.no_such_data() => Ok(None),
            Answer::Data { data, .. } if is_filler(data, &[0xFF]) => Ok(None),
            Answer::Data { data, .. } if data.len() == 4 => match amount(data) {
                Some(amount) => Ok(Some(amount)),
                None => Err(MeterError::Malformed(format!("{di:08X} is not an amount"))),
            },
            Answer::Data { data, .. } => Err(length("amount", data)),
            refused => Err(refusal_of(&refused)),
        }
    }

    async fn data<L: Link>(
        &self,
        link: &mut L,
        di: u32,
        count: usize,
    ) -> Result<Vec<u8>, MeterError> {
        let request = request::read(self.address, di);
        let frame = self.exchange(link, &request, 4 + count).await?;
        match answer::parse(&frame).map_err(malformed)? {
            Answer::Data { data, .. } if data.len() == count => Ok(data.to_vec()),
            Answer::Data { data, .. } => Err(length("value", data)),
            refused => Err(refusal_of(&refused)),
        }
    }

    pub(super) async fn exchange<L: Link>(
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

fn amount(bytes: &[u8]) -> Option<Amount> {
    bcd_to_u64(bytes)
        .and_then(|value| i64::try_from(value).ok())
        .map(Amount)
}

pub(super) fn malformed(error: crate::frame::FrameError) -> MeterError {
    MeterError::Malformed(error.to_string())
}

fn length(what: &str, data: &[u8]) -> MeterError {
    MeterError::Malformed(format!("a {what} of {} bytes", data.len()))
}

pub(super) fn refusal_of(answer: &Answer<'_>) -> MeterError {
    match answer {
        Answer::Refused(error) => MeterError::Refused(error.to_string()),
        Answer::SecurityRefused(error) => MeterError::Refused(error.to_string()),
        Answer::RelayRefused(word) => MeterError::Refused(format!("result word {word:04X}")),
        _ => MeterError::Malformed("an answer to another question".to_owned()),
    }
}

/// Meters without ESAM have codes of their own; the bits are those of the standard.
fn refusal(error: SecurityError, mac: MacSource) -> Refusal {
    let code = error.plain_code().filter(|_| mac == MacSource::None);
    match code {
        Some(PlainCode::Count) => Refusal::WrongNumber,
        Some(PlainCode::Customer) => Refusal::WrongCustomer,
        Some(PlainCode::Hoarding) => Refusal::HoardingLimit,
        Some(PlainCode::Price | PlainCode::Length) => Refusal::Other(error.to_string()),
        None if error.bit(4) => Refusal::WrongCustomer,
        None if error.bit(6) => Refusal::HoardingLimit,
        None if error.bit(1) || error.bit(5) => Refusal::WrongNumber,
        None => Refusal::Other(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
