//! C=03 beside purchases: identity authentication, its lifetime, keys, wallet, read-back. And the sum of them all, for the
//! meter's side and for `decode`.
//!
//! Layouts as three meter firmwares have them; none of the codes in them is ever computed here. All bytes are in the order
//! of the wire, which is the reverse of the order in which the security modules on both sides take them.

pub use super::session::{EndAnswer, Identity, IdentityAnswer, Lifetime};

use super::purchase::{Operator, OrderPurchase, Purchase};
use crate::frame::bytes::{array, joined};

/// Identity authentication.
pub const IDENTITY: u32 = 0x0700_00FF;
/// Set how long an authentication lives.
pub const LIFETIME: u32 = 0x0700_01FF;
/// End the authentication.
pub const END: u32 = 0x0700_02FF;
/// Infrared authentication.
pub const INFRARED: u32 = 0x0700_03FF;
/// Open an account.
pub const OPEN_ACCOUNT: u32 = 0x0701_01FF;
/// Top up.
pub const TOP_UP: u32 = 0x0701_02FF;
/// Initialise the wallet.
pub const INITIALISE: u32 = 0x0701_03FF;
/// Refund (a vendor's).
pub const REFUND: u32 = 0x0701_08FF;
/// Update the control key.
pub const CONTROL_KEY: u32 = 0x0702_01FF;
/// Update the parameter key.
pub const PARAMETER_KEY: u32 = 0x0702_02FF;
/// Update the authentication key.
pub const IDENTITY_KEY: u32 = 0x0702_03FF;
/// Update keys, the form of 2013.
pub const KEYS: u32 = 0x0703_01FF;
/// Read data back with a MAC.
pub const READ_BACK: u32 = 0x0780_01FF;
/// Status query.
pub const STATUS: u32 = 0x0781_02FF;

/// What an identifier of C=03 does, where it is known.
pub fn name(di: u32) -> Option<&'static str> {
    Some(match di {
        IDENTITY => "identity authentication",
        LIFETIME => "set authentication lifetime",
        END => "end authentication",
        INFRARED => "infrared authentication",
        0x0700_04FF => "write information file in clear",
        0x0700_05FF => "write information file enciphered",
        OPEN_ACCOUNT => "open account",
        TOP_UP => "top-up",
        INITIALISE => "initialise wallet",
        0x0701_04FF => "vendor parameter block",
        REFUND => "refund",
        CONTROL_KEY | PARAMETER_KEY | IDENTITY_KEY | KEYS => "key update",
        READ_BACK => "data read-back",
        STATUS => "status query",
        _ => return None,
    })
}

/// Whether an identifier of C=03 only asks: bit 7 of DI2 is set. Only such ones may go to a wildcard address.
pub fn only_asks(di: u32) -> bool {
    di & 0x0080_0000 != 0
}

/// The request of `070103FF` behind the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Initialise {
    /// The amount the wallet begins with, in fen.
    pub amount: u32,
    /// Authenticates the amount.
    pub mac: [u8; 4],
    /// The count it begins with: zero.
    pub count: u32,
    /// Authenticates the count.
    pub count_mac: [u8; 4],
}

/// The request of `070201FF`, `070202FF` and `070203FF` behind the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUpdate {
    /// Which key it is.
    pub info: [u8; 4],
    /// Authenticates it.
    pub mac: [u8; 4],
    /// The key, enciphered.
    pub key: [u8; 32],
}

/// The request of `078001FF` behind the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locator(pub [u8; 8]);

impl Initialise {
    fn to_bytes(self) -> [u8; 16] {
        joined(&[
            &self.amount.to_le_bytes(),
            &self.mac,
            &self.count.to_le_bytes(),
            &self.count_mac,
        ])
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let layout: [u8; 16] = bytes.try_into().ok()?;
        Some(Initialise {
            amount: u32::from_le_bytes(array(&layout, 0)?),
            mac: array(&layout, 4)?,
            count: u32::from_le_bytes(array(&layout, 8)?),
            count_mac: array(&layout, 12)?,
        })
    }
}

impl KeyUpdate {
    fn to_bytes(self) -> [u8; 40] {
        joined(&[&self.info, &self.mac, &self.key])
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let layout: [u8; 40] = bytes.try_into().ok()?;
        Some(KeyUpdate {
            info: array(&layout, 0)?,
            mac: array(&layout, 4)?,
            key: array(&layout, 8)?,
        })
    }
}

/// What a C=03 request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed<'a> {
    /// `070000FF`.
    Identity(Identity),
    /// `070001FF`.
    Lifetime(Lifetime),
    /// `070002FF`.
    End,
    /// `070101FF`.
    OpenAccount(Purchase),
    /// `070102FF` with a purchase count.
    TopUp(Purchase),
    /// `070102FF` in the order-number layout.
    OrderTopUp(OrderPurchase),
    /// `070108FF` in the order-number layout.
    OrderRefund(OrderPurchase),
    /// `070103FF`.
    Initialise(Initialise),
    /// `070201FF`, `070202FF`, `070203FF`.
    KeyUpdate(KeyUpdate),
    /// `070301FF`: keys of 36 bytes each (4 of information, 32 of ciphertext) and one MAC.
    Keys {
        /// The keys as they came, a whole number of them.
        keys: &'a [u8],
        /// Authenticates them.
        mac: [u8; 4],
    },
    /// `078001FF`.
    ReadBack(Locator),
    /// `078102FF`.
    Status,
    /// An identifier or a length that is not known, with what follows the operator.
    Other(&'a [u8]),
}

/// A request of C=03.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityRequest<'a> {
    /// The identifier.
    pub di: u32,
    /// Who operates. In the order-number layout it is the vendor's, as on the wire.
    pub operator: Operator,
    /// What for.
    pub deed: Deed<'a>,
}

/// Bytes of one key in `070301FF`.
const KEY: usize = 36;

impl<'a> SecurityRequest<'a> {
    /// Reads the data of the frame. `None` where there is no room for identifier and operator.
    pub fn parse(data: &'a [u8]) -> Option<Self> {
        let di = array(data, 0).map(u32::from_le_bytes)?;
        let after_di = data.get(4..)?;
        let operator = Operator(array(data, 4)?);
        let rest = data.get(8..)?;
        let deed = match di {
            IDENTITY => Identity::parse(rest).map(Deed::Identity),
            LIFETIME => Lifetime::parse(rest).map(Deed::Lifetime),
            END if rest.is_empty() => Some(Deed::End),
            OPEN_ACCOUNT => Purchase::parse(after_di).map(Deed::OpenAccount),
            TOP_UP => Purchase::parse(after_di)
                .map(Deed::TopUp)
                .or_else(|| OrderPurchase::parse(after_di).map(Deed::OrderTopUp)),
            REFUND => OrderPurchase::parse(after_di).map(Deed::OrderRefund),
            INITIALISE => Initialise::parse(rest).map(Deed::Initialise),
            CONTROL_KEY | PARAMETER_KEY | IDENTITY_KEY => {
                KeyUpdate::parse(rest).map(Deed::KeyUpdate)
            }
            KEYS => keys(rest),
            READ_BACK => array(rest, 0)
                .filter(|_| rest.len() == 8)
                .map(|at| Deed::ReadBack(Locator(at))),
            STATUS if rest.is_empty() => Some(Deed::Status),
            _ => None,
        }
        .unwrap_or(Deed::Other(rest));
        let operator = match deed {
            Deed::OrderTopUp(order) | Deed::OrderRefund(order) => order.operator,
            _ => operator,
        };
        Some(SecurityRequest { di, operator, deed })
    }

    /// The data of the frame.
    pub fn to_data(self) -> Vec<u8> {
        match self.deed {
            Deed::OpenAccount(purchase) | Deed::TopUp(purchase) => purchase.to_data(self.di).into(),
            Deed::OrderTopUp(order) | Deed::OrderRefund(order) => order.to_data(self.di).into(),
            Deed::Identity(identity) => self.headed(&[&identity.to_bytes()]),
            Deed::Lifetime(lifetime) => self.headed(&[&lifetime.to_bytes()]),
            Deed::Initialise(initialise) => self.headed(&[&initialise.to_bytes()]),
            Deed::KeyUpdate(update) => self.headed(&[&update.to_bytes()]),
            Deed::Keys { keys, mac } => self.headed(&[keys, &mac]),
            Deed::ReadBack(locator) => self.headed(&[&locator.0]),
            Deed::End | Deed::Status => self.headed(&[]),
            Deed::Other(rest) => self.headed(&[rest]),
        }
    }

    fn headed(self, parts: &[&[u8]]) -> Vec<u8> {
        let mut data = [self.di.to_le_bytes(), self.operator.0].concat();
        data.extend(parts.iter().copied().flatten());
        data
    }
}

fn keys(rest: &[u8]) -> Option<Deed<'_>> {
    let at = rest.len().checked_sub(4)?;
    let keys = rest.get(..at)?;
    (at > 0 && at.is_multiple_of(KEY)).then_some(Deed::Keys {
        keys,
        mac: array(rest, at)?,
    })
}

/// The answer of `078001FF`: the locator, what lies there, and a MAC. `None` where there is no room for both.
pub fn read_back_answer(after_di: &[u8]) -> Option<(Locator, &[u8], [u8; 4])> {
    let at = after_di.len().checked_sub(4)?;
    Some((
        Locator(array(after_di, 0)?),
        after_di.get(8..at)?,
        array(after_di, at)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_layout_has_the_length_of_the_firmwares_tables() {
        for (di, length) in [
            (IDENTITY, 32),
            (LIFETIME, 14),
            (END, 8),
            (OPEN_ACCOUNT, 30),
            (TOP_UP, 30),
            (TOP_UP, 34),
            (REFUND, 34),
            (INITIALISE, 24),
            (CONTROL_KEY, 48),
            (PARAMETER_KEY, 48),
            (IDENTITY_KEY, 48),
            (KEYS, 8 + 2 * 36 + 4),
            (READ_BACK, 16),
            (STATUS, 8),
        ] {
            let mut data = di.to_le_bytes().to_vec();
            data.resize(length, 0x11);
            let request = SecurityRequest::parse(&data).unwrap();
            assert!(!matches!(request.deed, Deed::Other(_)), "{di:08X}");
            assert_eq!(request.to_data(), data, "{di:08X}");
            data.push(0);
            let longer = SecurityRequest::parse(&data).unwrap();
            assert!(matches!(longer.deed, Deed::Other(_)), "{di:08X} longer");
        }
    }

    #[test]
    fn the_two_layouts_of_a_top_up_are_told_apart_by_their_length() {
        let frame = hex::decode("FEFEFEFE681200510503266803223235343A77665544435A33336B74453595B5734533333333453384383659333333338A16").unwrap();
        let frame = super::super::Frame::parse(&frame).unwrap();
        let request = SecurityRequest::parse(frame.data()).unwrap();
        let Deed::OrderTopUp(order) = request.deed else {
            panic!("{request:?}");
        };
        assert_eq!(order.amount, 10_000);
        assert_eq!(request.operator, Operator([0x77, 0x66, 0x55, 0x44]));
        assert_eq!(request.to_data(), frame.data());
    }

    #[test]
    fn minutes_that_are_no_decimals_are_no_lifetime() {
        let data = joined::<14>(&[&LIFETIME.to_le_bytes(), &[0; 4], &[0x0A, 0x00]]);
        let request = SecurityRequest::parse(&data).unwrap();
        assert!(matches!(request.deed, Deed::Other(_)));
    }

    proptest! {
        #[test]
        fn whatever_was_heard_comes_back(row in 0usize..14, rest in proptest::collection::vec(any::<u8>(), 0..90)) {
            let all = [IDENTITY, LIFETIME, END, INFRARED, OPEN_ACCOUNT, TOP_UP, INITIALISE, REFUND, CONTROL_KEY, PARAMETER_KEY, IDENTITY_KEY, KEYS, READ_BACK, STATUS];
            let data = [&all[row].to_le_bytes()[..], &rest].concat();
            match SecurityRequest::parse(&data) {
                Some(request) => prop_assert_eq!(request.to_data(), data),
                None => prop_assert!(rest.len() < 4),
            }
        }

        #[test]
        fn answers_come_back(identity: [u8; 12], end: [u8; 18], back in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(IdentityAnswer::parse(&identity).unwrap().to_bytes(), identity);
            prop_assert_eq!(EndAnswer::parse(&end).unwrap().to_bytes(), end);
            if let Some((locator, data, mac)) = read_back_answer(&back) {
                prop_assert_eq!([&locator.0[..], data, &mac].concat(), back);
            }
        }
    }
}
