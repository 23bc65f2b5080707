//! Frames of C=03: prepayment.

use super::dlt645::left_over;
use super::{Decoded, Field, Value};
use crate::amount::Amount;
use crate::frame::bytes::{array, digits, hex};
use crate::frame::dlt645::Frame;
use crate::frame::dlt645::purchase::{
    OPEN_ACCOUNT, OrderPurchase, Purchase, PurchaseAnswer, REFUND, STATUS, StatusAnswer, TOP_UP,
    name,
};
use crate::frame::dlt645::refusal::SecurityError;

/// Fills in what the data of a C=03 frame say.
pub(super) fn explain(frame: &Frame, decoded: &mut Decoded) {
    let (control, data) = (frame.control(), frame.data());
    if control.refused() {
        refusal(data, decoded);
        return;
    }
    let Some(di) = array(data, 0).map(u32::from_le_bytes) else {
        left_over(data, "no whole identifier", decoded);
        return;
    };
    decoded.di = Some(format!("{di:08X}"));
    decoded.name = name(di).map(str::to_owned);
    let rest = data.get(4..).unwrap_or_default();
    let known = match (di, control.from_meter()) {
        (OPEN_ACCOUNT | TOP_UP | REFUND, false) => purchase(rest, decoded),
        (OPEN_ACCOUNT | TOP_UP | REFUND, true) => purchase_answer(rest, decoded),
        (STATUS, false) => operator(rest, decoded),
        (STATUS, true) => status(rest, decoded),
        _ => rest.is_empty(),
    };
    if !known {
        left_over(rest, "a layout that is not known", decoded);
    }
}

fn refusal(data: &[u8], decoded: &mut Decoded) {
    let Some(error) = SecurityError::parse(data) else {
        decoded.error = Some("refused".to_owned());
        left_over(data, "a refusal carries one or two error bytes", decoded);
        return;
    };
    decoded.error = Some(error.to_string());
    decoded.fields.push(Field::new("error_code", digits(data)));
    if error.bytes == 1 {
        decoded.note = Some("one error byte where the standard has two".to_owned());
    }
}

fn purchase(rest: &[u8], decoded: &mut Decoded) -> bool {
    if let Some(purchase) = Purchase::parse(rest) {
        money(purchase.amount, decoded);
        decoded.fields.extend([
            Field::new("operator", hex(&purchase.operator.0)),
            Field::new("count", purchase.count.to_string()),
            Field::new("mac", hex(&purchase.mac)),
            Field::new("customer_number", purchase.customer.to_string()),
            Field::new("customer_mac", hex(&purchase.customer_mac)),
        ]);
        return true;
    }
    let Some(purchase) = OrderPurchase::parse(rest) else {
        return false;
    };
    money(purchase.amount, decoded);
    let order = purchase
        .order_digits()
        .unwrap_or_else(|| hex(&purchase.order));
    decoded.fields.extend([
        Field::new("operator", hex(&purchase.operator.0)),
        Field::new("order_number", order),
        Field::new("mac", hex(&purchase.mac)),
        Field::new("meter_number", digits(&purchase.meter)),
        Field::new("meter_mac", hex(&purchase.meter_mac)),
    ]);
    decoded.note =
        Some("a vendor's layout with an order number in place of the purchase count".to_owned());
    true
}

fn purchase_answer(rest: &[u8], decoded: &mut Decoded) -> bool {
    if let Some(answer) = PurchaseAnswer::parse(rest) {
        // Not the main value: that would read as the amount of the top-up.
        let balance = Amount(i64::from(answer.balance)).to_string();
        decoded.fields.extend([
            Field::with_unit("balance", Some(balance), "yuan"),
            Field::new("count", answer.count.to_string()),
            Field::new("customer_number", answer.customer.to_string()),
        ]);
        return true;
    }
    rest.is_empty()
}

fn operator(rest: &[u8], decoded: &mut Decoded) -> bool {
    if rest.len() == 4 {
        decoded.fields.push(Field::new("operator", hex(rest)));
    }
    rest.len() == 4
}

fn status(rest: &[u8], decoded: &mut Decoded) -> bool {
    let Some(answer) = StatusAnswer::parse(rest) else {
        return false;
    };
    money(answer.balance, decoded);
    decoded.fields.extend([
        Field::new("balance_mac", hex(&answer.balance_mac)),
        Field::new("count", answer.count.to_string()),
        Field::new("count_mac", hex(&answer.count_mac)),
        Field::new("customer_number", answer.customer.to_string()),
        Field::new("key_info", hex(&answer.key_info)),
    ]);
    true
}

fn money(fen: u32, decoded: &mut Decoded) {
    decoded.value = Some(Value::One(Amount(i64::from(fen)).to_string()));
    decoded.unit = Some("yuan".to_owned());
}
