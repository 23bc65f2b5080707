//! What each answer of the server means, and what is asked next.

use serde_json::json;

use super::*;

const SALE: SaleId = SaleId(17);

fn answer(status: u16, body: &Value) -> Answered {
    Answered {
        status,
        body: body.to_string().into_bytes(),
    }
}

fn hold() -> PayOrder {
    PayOrder::Hold {
        sale: SALE,
        account: "A-1".into(),
        meter: "123".into(),
        amount: Money(5000),
    }
}

fn code() -> PayOrder {
    PayOrder::Code {
        sale: SALE,
        reference: "K1-000017".into(),
        meter: "123".into(),
        amount: Money(5000),
        description: "East 123".into(),
        valid: Duration::from_secs(180),
    }
}

/// The orders of a log in its second epoch.
struct Desk {
    payments: Payments,
    now: Instant,
}

impl Desk {
    fn with(order: PayOrder) -> Desk {
        let mut desk = Desk {
            payments: Payments::new(2),
            now: Instant::now(),
        };
        desk.payments.take(order, desk.now);
        desk
    }

    /// What is asked now.
    fn asks(&self) -> Option<(String, Value)> {
        let (_, call) = self.payments.next(self.now)?;
        let body = serde_json::from_slice(&call.body).unwrap();
        Some((call.target.replace("/api/v1/", ""), body))
    }

    fn target(&self) -> Option<String> {
        Some(self.asks()?.0)
    }

    fn hears(&mut self, status: u16, body: Value) -> Option<PayEvent> {
        let answered = answer(status, &body);
        let event = self.payments.answered(0, Ok(&answered), self.now);
        self.now += AGAIN;
        event
    }

    fn hears_nothing(&mut self) -> Option<PayEvent> {
        let event = self.payments.answered(0, Err("cut".into()), self.now);
        self.now += AGAIN;
        event
    }
}

#[test]
fn a_hold_is_named_by_epoch_and_sale_and_asked_for_until_it_is_answered() {
    let mut desk = Desk::with(hold());
    let asked = (
        "wallet/hold".to_owned(),
        json!({ "hold": "2-17", "account": "A-1", "meter": "123", "amount": "50.00" }),
    );
    assert_eq!(desk.asks(), Some(asked.clone()));
    assert_eq!(desk.hears_nothing(), None);
    assert_eq!(desk.asks(), Some(asked));
    let held = desk.hears(200, json!({ "hold": "2-17", "state": "pending" }));
    assert_eq!(held, Some(PayEvent::Held { sale: SALE }));
    assert_eq!(desk.asks(), None);
}

#[test]
fn a_wallet_that_is_short_is_refused_and_any_other_no_too() {
    let mut desk = Desk::with(hold());
    let short = desk.hears(
        409,
        json!({ "code": "insufficient", "message": "ask for less" }),
    );
    let why = "ask for less".to_owned();
    let short_of = PayEvent::Refused {
        sale: SALE,
        short: true,
        why,
    };
    assert_eq!(short, Some(short_of));
    for (status, body) in [
        (404, json!({ "code": "no_account" })),
        (403, json!({ "code": "log_held" })),
        (200, json!({ "state": "released" })),
        (409, json!({ "code": "differs" })),
    ] {
        let event = Desk::with(hold()).hears(status, body);
        let refused = matches!(event, Some(PayEvent::Refused { short: false, .. }));
        assert!(refused, "{status} {event:?}");
    }
}

#[test]
fn a_server_that_cannot_just_now_is_no_answer() {
    for status in [429, 500, 503] {
        let event = Desk::with(hold()).hears(status, json!({}));
        assert!(matches!(event, Some(PayEvent::NoAnswer { .. })), "{status}");
    }
    let mut desk = Desk::with(hold());
    desk.now += HOLD_PATIENCE;
    assert!(matches!(
        desk.hears_nothing(),
        Some(PayEvent::NoAnswer { .. })
    ));
}

#[test]
fn a_code_is_shown_once_watched_and_taken_before_it_counts() {
    let mut desk = Desk::with(code());
    let (target, body) = desk.asks().unwrap();
    assert_eq!(target, "payments");
    assert_eq!(body["payment"], "2-17");
    assert_eq!(
        (&body["amount"], &body["sale"]),
        (&json!("50.00"), &json!("K1-000017"))
    );
    assert_eq!(desk.hears(200, json!({ "state": "created" })), None);
    assert_eq!(desk.target().as_deref(), Some("payments/state"));
    let waiting = json!({ "state": "waiting", "code": "https://pay.example/q/1" });
    let shown = desk.hears(200, waiting.clone());
    let Some(PayEvent::Code {
        sale: SALE, code, ..
    }) = shown
    else {
        panic!("{shown:?}");
    };
    assert_eq!(code.dark.len(), (code.side * code.side) as usize);
    assert_eq!(desk.hears(200, waiting), None, "it is shown already");
    assert_eq!(desk.hears(200, json!({ "state": "paid" })), None);
    assert_eq!(desk.target().as_deref(), Some("payments/take"));
    assert_eq!(desk.hears_nothing(), None);
    assert_eq!(desk.target().as_deref(), Some("payments/take"));
    let taken = desk.hears(200, json!({ "state": "taken" }));
    assert_eq!(taken, Some(PayEvent::Taken { sale: SALE }));
    assert_eq!(desk.asks(), None);
}

#[test]
fn a_lost_answer_to_the_first_call_makes_the_same_payment_again() {
    let mut desk = Desk::with(code());
    let first = desk.asks();
    assert_eq!(desk.hears_nothing(), None);
    assert_eq!(desk.asks(), first);
    assert_eq!(desk.hears(503, json!({})), None);
    assert_eq!(desk.asks(), first);
}

#[test]
fn what_is_over_without_money_is_refused() {
    for state in ["cancelled", "expired", "refused", "paid_late", "refunded"] {
        let mut desk = Desk::with(code());
        desk.hears(200, json!({ "state": "waiting", "code": "x" }));
        let event = desk.hears(200, json!({ "state": state }));
        assert!(matches!(event, Some(PayEvent::Refused { .. })), "{state}");
        assert_eq!(desk.asks(), None);
    }
    let none = Desk::with(code()).hears(404, json!({ "code": "no_provider" }));
    assert!(matches!(none, Some(PayEvent::Refused { .. })));
}

#[test]
fn who_calls_off_asks_until_it_is_certain_and_takes_what_came_all_the_same() {
    let mut desk = Desk::with(code());
    desk.hears(200, json!({ "state": "waiting", "code": "x" }));
    desk.payments
        .take(PayOrder::Cancel { sale: SALE }, desk.now);
    assert_eq!(desk.target().as_deref(), Some("payments/cancel"));
    assert_eq!(desk.hears(200, json!({ "state": "cancelling" })), None);
    assert_eq!(desk.target().as_deref(), Some("payments/cancel"));
    assert_eq!(desk.hears(200, json!({ "state": "paid" })), None);
    assert_eq!(desk.target().as_deref(), Some("payments/take"));
    desk.payments
        .take(PayOrder::Cancel { sale: SALE }, desk.now);
    assert_eq!(
        desk.target().as_deref(),
        Some("payments/take"),
        "it is too late for that"
    );
    assert_eq!(desk.hears(409, json!({ "code": "not_now" })), None);
    assert_eq!(desk.target().as_deref(), Some("payments/state"));
}

#[test]
fn what_is_forgotten_is_asked_no_more() {
    for order in [hold(), code()] {
        let mut desk = Desk::with(order);
        desk.payments
            .take(PayOrder::Forget { sale: SALE }, desk.now);
        assert_eq!(desk.asks(), None);
        assert_eq!(desk.payments.wait(desk.now), None);
    }
}

#[test]
fn a_balance_is_asked_for_once() {
    let account = "A-1".to_owned();
    let balance = |balance| {
        Some(PayEvent::Balance {
            account: "A-1".into(),
            balance,
        })
    };
    let mut desk = Desk::with(PayOrder::Balance {
        account: account.clone(),
    });
    assert_eq!(
        desk.asks(),
        Some(("wallet/balance".into(), json!({ "account": "A-1" })))
    );
    let known = desk.hears(
        200,
        json!({ "balance": "120.00", "held": "0.00", "debt": "0.00" }),
    );
    assert_eq!(known, balance(Some(Money(12_000))));
    assert_eq!(desk.asks(), None);
    let mut desk = Desk::with(PayOrder::Balance { account });
    assert_eq!(desk.hears_nothing(), balance(None));
    assert_eq!(desk.asks(), None);
}
