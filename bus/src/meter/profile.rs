//! How a kind of meter is spoken to, as data.

use serde::{Deserialize, Deserializer, de};

use crate::frame::cjt188::DiOrder;
use crate::frame::cjt188::status::StatusLayout;
use crate::frame::dlt645::purchase::{CustomerNumber, Operator};
use crate::frame::dlt645::relay::Password;

/// A kind of prepaid meter with its options. In TOML or JSON a table with the key `kind`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Profile {
    /// An electricity meter by DL/T 645-2007 without ESAM: `dlt645_plain`.
    Dlt645Plain(Dlt645Plain),
    /// A water or gas meter by CJ/T 188 that keeps the money: `cjt188_prepaid`.
    Cjt188Prepaid(Cjt188Prepaid),
}

/// Options of `dlt645_plain`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dlt645Plain {
    /// How many bytes `FE` go before a request.
    #[serde(default = "four")]
    pub preamble: u8,
    /// The customer number the meter knows: up to twelve digits.
    #[serde(deserialize_with = "customer_number")]
    pub customer_number: CustomerNumber,
    /// Eight hex digits in the order of the wire.
    #[serde(default, deserialize_with = "operator")]
    pub operator: Operator,
    /// The password of class 02 for trip and close: six digits as printed, high digit first.
    #[serde(default = "no_password", deserialize_with = "password")]
    pub password: Password,
    /// Where balance and purchase count are read.
    #[serde(default)]
    pub books: BooksSource,
}

/// Where balance and purchase count of an electricity meter are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BooksSource {
    /// Both at once by the status query `078102FF`; if the meter refuses that, from the registers.
    #[default]
    StatusQuery,
    /// `00900200` and `03330201`.
    Registers,
}

/// Options of `cjt188_prepaid`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cjt188Prepaid {
    /// How many bytes `FE` go before a request.
    #[serde(default = "four")]
    pub preamble: u8,
    /// The order in which identifiers are sent. Answers are taken in either.
    pub di_order: DiOrder,
    /// Where the status word has the valve.
    pub status_layout: StatusLayout,
    /// Whether the valve command has three more bytes.
    pub long_valve_command: bool,
}

fn four() -> u8 {
    4
}

fn no_password() -> Password {
    Password {
        class: PASSWORD_CLASS,
        digits: [0; 3],
    }
}

/// The class of the everyday password (DL/T 645-2007: 02 and 04 are plain passwords).
const PASSWORD_CLASS: u8 = 0x02;

fn customer_number<'de, D: Deserializer<'de>>(from: D) -> Result<CustomerNumber, D::Error> {
    let text = String::deserialize(from)?;
    CustomerNumber::from_digits(&text).ok_or_else(|| {
        de::Error::custom(format!(
            "{text:?} is no customer number of up to twelve digits"
        ))
    })
}

fn operator<'de, D: Deserializer<'de>>(from: D) -> Result<Operator, D::Error> {
    bytes(from, "operator code").map(Operator)
}

fn password<'de, D: Deserializer<'de>>(from: D) -> Result<Password, D::Error> {
    let [p2, p1, p0] = bytes(from, "password")?;
    Ok(Password {
        class: PASSWORD_CLASS,
        digits: [p0, p1, p2],
    })
}

fn bytes<'de, D: Deserializer<'de>, const N: usize>(
    from: D,
    what: &str,
) -> Result<[u8; N], D::Error> {
    let text = String::deserialize(from)?;
    let mut out = [0; N];
    match hex::decode_to_slice(&text, &mut out) {
        Ok(()) => Ok(out),
        Err(_) => Err(de::Error::custom(format!(
            "a {what} has {} hex digits",
            2 * N
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_profiles_get_the_usual_options() {
        let profile: Profile =
            toml::from_str("kind = \"dlt645_plain\"\ncustomer_number = \"1234\"").unwrap();
        let Profile::Dlt645Plain(plain) = profile else {
            panic!("another kind");
        };
        assert_eq!(plain.preamble, 4);
        assert_eq!(plain.customer_number.to_string(), "000000001234");
        assert_eq!(plain.books, BooksSource::StatusQuery);
        assert_eq!(plain.password, no_password());
        let profile: Profile = toml::from_str("kind = \"cjt188_prepaid\"").unwrap();
        let Profile::Cjt188Prepaid(prepaid) = profile else {
            panic!("another kind");
        };
        assert_eq!(prepaid.preamble, 4);
        assert_eq!(prepaid.di_order, DiOrder::HighFirst);
    }

    #[test]
    fn every_option_can_be_said() {
        let profile: Profile = toml::from_str(
            "kind = \"dlt645_plain\"\npreamble = 0\ncustomer_number = \"000000001234\"\noperator = \"11223344\"\n\
             password = \"123456\"\nbooks = \"registers\"",
        )
        .unwrap();
        let Profile::Dlt645Plain(plain) = profile else {
            panic!("another kind");
        };
        assert_eq!(plain.operator.0, [0x11, 0x22, 0x33, 0x44]);
        assert_eq!(plain.password.digits, [0x56, 0x34, 0x12]);
        assert_eq!(plain.books, BooksSource::Registers);
        toml::from_str::<Profile>(
            "kind = \"cjt188_prepaid\"\ndi_order = \"low_first\"\nstatus_layout = \"high_bits\"\nlong_valve_command = true",
        )
        .unwrap();
    }

    #[test]
    fn mistakes_are_named() {
        let reason = |text: &str| toml::from_str::<Profile>(text).unwrap_err().to_string();
        assert!(reason("kind = \"dlt645_plain\"").contains("customer_number"));
        assert!(reason("kind = \"dlt645_plain\"\ncustomer_number = \"12x\"").contains("12x"));
        assert!(reason("kind = \"steam\"").contains("steam"));
        assert!(reason("kind = \"cjt188_prepaid\"\npreambel = 3").contains("preambel"));
        let short = "kind = \"dlt645_plain\"\ncustomer_number = \"1\"\npassword = \"12345\"";
        assert!(reason(short).contains("6 hex digits"));
    }
}
