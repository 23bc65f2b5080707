//! Remote prepayment, C=03: opening an account, topping up, status query.
//!
//! Amounts and counts are unsigned binary with the low byte first, amounts in fen. Message authentication codes and the
//! operator code are opaque bytes in the order of the wire. Source: the layout of the Q/GDW 365 family as two meter
//! firmwares have it, and the one of meters without ESAM, which take zeros for the codes.

pub use super::security::{IDENTITY, INITIALISE, OPEN_ACCOUNT, REFUND, STATUS, TOP_UP, name};
use crate::frame::bytes::{array, bcd_to_u64, digits, joined, u64_to_bcd};

/// Who operates, in the order of the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operator(pub [u8; 4]);

/// A customer number of twelve digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CustomerNumber([u8; 6]);

impl CustomerNumber {
    /// From up to twelve decimal digits.
    pub fn from_digits(text: &str) -> Option<Self> {
        let decimal =
            (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        decimal.then(|| u64_to_bcd::<6>(text.parse().ok()?).map(CustomerNumber))?
    }

    /// From the bytes of a frame.
    pub fn from_wire(bytes: [u8; 6]) -> Self {
        CustomerNumber(bytes)
    }

    /// The bytes of a frame.
    pub fn to_wire(self) -> [u8; 6] {
        self.0
    }
}

impl std::fmt::Display for CustomerNumber {
    /// Twelve digits, high digit first.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&digits(&self.0))
    }
}

/// The data of `070101FF` and `070102FF` with a purchase count (L=1Eh).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// Who operates.
    pub operator: Operator,
    /// The amount in fen.
    pub amount: u32,
    /// The purchase count this purchase makes.
    pub count: u32,
    /// Authenticates amount and count; zeros for meters without ESAM.
    pub mac: [u8; 4],
    /// Whose meter.
    pub customer: CustomerNumber,
    /// Authenticates the customer number; zeros for meters without ESAM.
    pub customer_mac: [u8; 4],
}

impl Purchase {
    /// What the first MAC covers: amount and count.
    pub fn covered(amount: u32, count: u32) -> [u8; 8] {
        joined(&[&amount.to_le_bytes(), &count.to_le_bytes()])
    }

    /// The data of the frame, identifier first.
    pub fn to_data(self, di: u32) -> [u8; 30] {
        joined(&[
            &di.to_le_bytes(),
            &self.operator.0,
            &self.amount.to_le_bytes(),
            &self.count.to_le_bytes(),
            &self.mac,
            &self.customer.0,
            &self.customer_mac,
        ])
    }

    /// Reads the data behind the identifier. `None` unless they have the length of this layout.
    pub fn parse(after_di: &[u8]) -> Option<Self> {
        let layout: [u8; 26] = after_di.try_into().ok()?;
        Some(Purchase {
            operator: Operator(array(&layout, 0)?),
            amount: u32::from_le_bytes(array(&layout, 4)?),
            count: u32::from_le_bytes(array(&layout, 8)?),
            mac: array(&layout, 12)?,
            customer: CustomerNumber(array(&layout, 16)?),
            customer_mac: array(&layout, 22)?,
        })
    }
}

/// The data of a vendor's `070102FF` and `070108FF` with an order number in place of the count (L=22h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderPurchase {
    /// Who operates. This vendor sends it without the 33h offset, so here are the bytes of the wire.
    pub operator: Operator,
    /// The amount in fen.
    pub amount: u32,
    /// The order number, in the order of the wire.
    pub order: [u8; 8],
    /// Always zero.
    pub mac: [u8; 4],
    /// The meter's own number, low pair first.
    pub meter: [u8; 6],
    /// Always zero.
    pub meter_mac: [u8; 4],
}

impl OrderPurchase {
    /// The data of the frame, identifier first. The vendor's operator bytes go out without the offset.
    pub fn to_data(self, di: u32) -> [u8; 34] {
        joined(&[
            &di.to_le_bytes(),
            &self.operator.0.map(|byte| byte.wrapping_sub(0x33)),
            &self.amount.to_le_bytes(),
            &self.order,
            &self.mac,
            &self.meter,
            &self.meter_mac,
        ])
    }

    /// Reads the data behind the identifier. `None` unless they have the length of this layout.
    pub fn parse(after_di: &[u8]) -> Option<Self> {
        let layout: [u8; 30] = after_di.try_into().ok()?;
        Some(OrderPurchase {
            operator: Operator(array::<4>(&layout, 0)?.map(|byte| byte.wrapping_add(0x33))),
            amount: u32::from_le_bytes(array(&layout, 4)?),
            order: array(&layout, 8)?,
            mac: array(&layout, 16)?,
            meter: array(&layout, 20)?,
            meter_mac: array(&layout, 26)?,
        })
    }

    /// The order number's digits, high digit first, if it has only decimal ones.
    pub fn order_digits(&self) -> Option<String> {
        bcd_to_u64(&self.order).map(|_| digits(&self.order))
    }
}

/// What a meter without ESAM adds to the answer of a top-up (L=12h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PurchaseAnswer {
    /// The balance in fen.
    pub balance: u32,
    /// The purchase count.
    pub count: u32,
    /// The customer number.
    pub customer: CustomerNumber,
}

impl PurchaseAnswer {
    /// The data of the frame, identifier first.
    pub fn to_data(self, di: u32) -> [u8; 18] {
        joined(&[
            &di.to_le_bytes(),
            &self.balance.to_le_bytes(),
            &self.count.to_le_bytes(),
            &self.customer.0,
        ])
    }

    /// Reads the data behind the identifier. `None` unless they have the length of this layout.
    pub fn parse(after_di: &[u8]) -> Option<Self> {
        let layout: [u8; 14] = after_di.try_into().ok()?;
        Some(PurchaseAnswer {
            balance: u32::from_le_bytes(array(&layout, 0)?),
            count: u32::from_le_bytes(array(&layout, 4)?),
            customer: CustomerNumber(array(&layout, 8)?),
        })
    }
}

/// The answer of the status query `078102FF` (L=1Eh).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusAnswer {
    /// The balance in fen.
    pub balance: u32,
    /// Authenticates the balance.
    pub balance_mac: [u8; 4],
    /// The purchase count.
    pub count: u32,
    /// Authenticates the count.
    pub count_mac: [u8; 4],
    /// The customer number.
    pub customer: CustomerNumber,
    /// Which keys the meter has.
    pub key_info: [u8; 4],
}

impl StatusAnswer {
    /// The data of the frame, identifier first.
    pub fn to_data(self) -> [u8; 30] {
        joined(&[
            &STATUS.to_le_bytes(),
            &self.balance.to_le_bytes(),
            &self.balance_mac,
            &self.count.to_le_bytes(),
            &self.count_mac,
            &self.customer.0,
            &self.key_info,
        ])
    }

    /// Reads the data behind the identifier. `None` unless they have the length of this layout.
    pub fn parse(after_di: &[u8]) -> Option<Self> {
        let layout: [u8; 26] = after_di.try_into().ok()?;
        Some(StatusAnswer {
            balance: u32::from_le_bytes(array(&layout, 0)?),
            balance_mac: array(&layout, 4)?,
            count: u32::from_le_bytes(array(&layout, 8)?),
            count_mac: array(&layout, 12)?,
            customer: CustomerNumber(array(&layout, 16)?),
            key_info: array(&layout, 22)?,
        })
    }
}
