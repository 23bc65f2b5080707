//! The call that reports a card lost, and what its answer means.

use serde_json::json;

use super::line::Answered;
use crate::flow::{LossAnswer, LossOrder};

/// Where it goes.
pub(super) const TARGET: &str = "/api/v1/card-losses";

pub(super) fn body(order: &LossOrder) -> Vec<u8> {
    let body = json!({ "meter": order.meter, "card": order.card });
    body.to_string().into_bytes()
}

/// A limit on calls in general is no word about the numbers.
pub(super) fn meaning(answered: &Answered) -> LossAnswer {
    let code = answered.text("code");
    match (answered.status, code.as_deref()) {
        (200, _) => LossAnswer::Blocked,
        (404, Some("no_card")) => LossAnswer::NotKnown,
        (429, Some("tries")) => LossAnswer::TooMany,
        _ => LossAnswer::NoAnswer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, code: &str) -> LossAnswer {
        let body = json!({ "code": code, "message": "words" }).to_string();
        meaning(&Answered {
            status,
            body: body.into_bytes(),
        })
    }

    #[test]
    fn only_the_servers_own_words_are_taken_for_an_answer() {
        assert_eq!(said(200, ""), LossAnswer::Blocked);
        assert_eq!(said(404, "no_card"), LossAnswer::NotKnown);
        assert_eq!(said(429, "tries"), LossAnswer::TooMany);
        // An older server, a proxy, a limit on calls, a server in trouble.
        for (status, code) in [
            (404, "no_route"),
            (404, ""),
            (429, "too_many"),
            (503, "unavailable"),
            (401, "signature"),
        ] {
            assert_eq!(said(status, code), LossAnswer::NoAnswer, "{status} {code}");
        }
    }

    #[test]
    fn it_says_the_two_numbers_and_nothing_else() {
        let order = LossOrder {
            meter: "000012345678".into(),
            card: "000123".into(),
        };
        let said: serde_json::Value = serde_json::from_slice(&body(&order)).unwrap();
        assert_eq!(said, json!({ "meter": "000012345678", "card": "000123" }));
    }
}
