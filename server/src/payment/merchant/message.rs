//! The JSON texts of the merchant protocol, read strictly where money depends on it.

use meterpost_ledger::Money;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::payment::provider::{Order, Received, Report, Told};
use crate::wallet::{LARGEST, is_id};

/// Longest text of a QR code that is taken, in bytes: a terminal can still show it.
const MAX_CODE_BYTES: usize = 512;

/// Why a message is not believed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WireError {
    /// There is no header, or it is not four parts.
    #[error("the header is not `merchant time nonce signature`")]
    Header,
    /// It is about another merchant's order.
    #[error("it is about another merchant")]
    OtherMerchant,
    /// It is too old, or from the future.
    #[error("its time is more than five minutes off")]
    Stale,
    /// The signature does not fit.
    #[error("it is not signed by the provider")]
    Signature,
    /// The body is not what the protocol says.
    #[error("{0}")]
    Body(String),
}

/// Our order, as it is sent.
#[derive(Debug, Serialize)]
pub(super) struct OrderText<'o> {
    /// Minor units.
    amount: i64,
    currency: &'o str,
    description: &'o str,
    expires_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback: Option<&'o str>,
}

impl<'o> OrderText<'o> {
    pub(super) fn new(
        order: &'o Order,
        currency: &'o str,
        callback: Option<&'o str>,
    ) -> OrderText<'o> {
        OrderText {
            amount: order.amount.0,
            currency,
            description: &order.description,
            expires_at: order.expires_at,
            callback,
        }
    }
}

/// What closes an order or gives its money back, as it is sent.
#[derive(Debug, Serialize)]
pub(super) struct AmountText {
    /// Minor units.
    pub(super) amount: i64,
}

/// How an order stands, as it is read. Fields that we do not know are left to newer versions.
#[derive(Debug, Deserialize)]
struct StatusText {
    order: String,
    state: StateText,
    amount: i64,
    code: Option<String>,
    transaction: Option<String>,
    received: Option<i64>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateText {
    Open,
    Paid,
    Closed,
    Expired,
    Refunding,
    Refunded,
}

/// Why the provider refuses, as it is read.
#[derive(Debug, Deserialize)]
pub(super) struct RefusalText {
    /// `unknown_order` is the one that we act on.
    pub(super) code: String,
    #[serde(default)]
    pub(super) message: String,
}

/// Reads how an order stands.
pub(super) fn read_status(body: &[u8]) -> Result<Told, WireError> {
    let wrong = |why: &str| WireError::Body(why.to_owned());
    let text: StatusText =
        serde_json::from_slice(body).map_err(|error| WireError::Body(error.to_string()))?;
    let received = || {
        let amount = text
            .received
            .filter(|amount| (1..=LARGEST).contains(amount));
        let transaction = text.transaction.clone().filter(|number| is_id(number));
        match (transaction, amount) {
            (Some(transaction), Some(amount)) => Ok(Received {
                transaction,
                amount: Money(amount),
            }),
            _ => Err(wrong(
                "money has come, but the transaction or how much it is does not make sense",
            )),
        }
    };
    let report = match text.state {
        StateText::Open => {
            let code = text.code.clone().filter(|code| {
                (1..=MAX_CODE_BYTES).contains(&code.len()) && !code.chars().any(char::is_control)
            });
            Report::Open(code.ok_or_else(|| wrong("an open order without a code to show"))?)
        }
        StateText::Paid => Report::Paid(received()?),
        StateText::Closed => Report::Closed,
        StateText::Expired => Report::Expired,
        StateText::Refunding => Report::Refunding(received()?),
        StateText::Refunded => Report::Refunded(received()?),
    };
    Ok(Told {
        number: text.order,
        amount: Money(text.amount),
        report,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Report, WireError> {
        read_status(text.as_bytes()).map(|told| told.report)
    }

    #[test]
    fn each_state_is_read_and_paid_needs_its_money() {
        let open = r#"{"order":"n","state":"open","amount":500,"code":"pay:1"}"#;
        assert_eq!(read(open), Ok(Report::Open("pay:1".into())));
        let paid =
            r#"{"order":"n","state":"paid","amount":500,"transaction":"t-1","received":400}"#;
        let Ok(Report::Paid(received)) = read(paid) else {
            panic!("it is paid");
        };
        assert_eq!(
            (received.transaction.as_str(), received.amount),
            ("t-1", Money(400))
        );
        for bad in [
            paid.replace("400", "0"),
            paid.replace("400", "-400"),
            paid.replace("400", "4.0"),
            paid.replace("t-1", ""),
            paid.replace("\"paid\"", "\"payed\""),
            paid.replace(",\"received\":400", ""),
            open.replace("pay:1", ""),
            open.replace("pay:1", &"x".repeat(600)),
            open.replace("pay:1", "pay\\n1"),
        ] {
            assert!(matches!(read(&bad), Err(WireError::Body(_))), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_status_or_an_error(bytes in any::<Vec<u8>>()) {
            let _ = read_status(&bytes);
        }

        #[test]
        fn anything_like_a_status_is_one_or_an_error(
            state in "open|paid|closed|refunded|x", amount in any::<i64>(), received in any::<i64>(), code in ".{0,20}",
        ) {
            let text = serde_json::json!({
                "order": "n", "state": state, "amount": amount, "received": received, "transaction": code, "code": code,
            });
            let read = read_status(text.to_string().as_bytes());
            if let Ok(Told { report: Report::Paid(money), .. }) = read {
                prop_assert!(money.amount.0 > 0 && is_id(&money.transaction));
            }
        }
    }
}
