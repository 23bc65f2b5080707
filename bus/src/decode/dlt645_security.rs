//! Frames of C=03: prepayment.

use super::dlt645::left_over;
use super::{Decoded, Field, Value};
use crate::amount::Amount;
use crate::frame::bytes::{array, digits, hex};
use crate::frame::dlt645::Frame;
use crate::frame::dlt645::purchase::{
    Operator, OrderPurchase, Purchase, PurchaseAnswer, StatusAnswer,
};
use crate::frame::dlt645::refusal::SecurityError;
use crate::frame::dlt645::security::{
    Deed, END, EndAnswer, IDENTITY, IdentityAnswer, OPEN_ACCOUNT, READ_BACK, REFUND, STATUS,
    SecurityRequest, TOP_UP, name, read_back_answer,
};

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
        (_, false) => request(data, decoded),
        (IDENTITY, true) => identity_answer(rest, decoded),
        (END, true) => end_answer(rest, decoded),
        (READ_BACK, true) => read_back(rest, decoded),
        (OPEN_ACCOUNT | TOP_UP | REFUND, true) => purchase_answer(rest, decoded),
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

fn request(data: &[u8], decoded: &mut Decoded) -> bool {
    let Some(request) = SecurityRequest::parse(data) else {
        return data.len() == 4;
    };
    match request.deed {
        Deed::OpenAccount(purchase) | Deed::TopUp(purchase) => {
            count_purchase(&purchase, decoded);
            return true;
        }
        Deed::OrderTopUp(order) | Deed::OrderRefund(order) => {
            order_purchase(&order, decoded);
            return true;
        }
        Deed::Other(_) => return false,
        _ => operator(request.operator, decoded),
    }
    match request.deed {
        Deed::Identity(identity) => decoded.fields.extend([
            Field::new("cipher", hex(&identity.cipher)),
            Field::new("random", hex(&identity.random)),
            Field::new("divergence", hex(&identity.divergence)),
        ]),
        Deed::Lifetime(lifetime) => {
            decoded.value = Some(Value::One(lifetime.minutes().to_string()));
            decoded.unit = Some("min".to_owned());
            decoded.fields.push(Field::new("mac", hex(&lifetime.mac())));
        }
        Deed::Initialise(initialise) => {
            money(initialise.amount, decoded);
            decoded.fields.extend([
                Field::new("mac", hex(&initialise.mac)),
                Field::new("count", initialise.count.to_string()),
                Field::new("count_mac", hex(&initialise.count_mac)),
            ]);
        }
        Deed::KeyUpdate(update) => decoded.fields.extend([
            Field::new("key_info", hex(&update.info)),
            Field::new("mac", hex(&update.mac)),
            Field::new("key", hex(&update.key)),
        ]),
        Deed::Keys { keys, mac } => {
            let each = keys.chunks(36).map(|key| Field::new("key", hex(key)));
            decoded.fields.extend(each);
            decoded.fields.push(Field::new("mac", hex(&mac)));
        }
        Deed::ReadBack(locator) => {
            decoded.fields.push(Field::new("locator", hex(&locator.0)));
        }
        _ => {}
    }
    true
}

fn identity_answer(rest: &[u8], decoded: &mut Decoded) -> bool {
    let Some(answer) = IdentityAnswer::parse(rest) else {
        return false;
    };
    decoded.fields.extend([
        Field::new("random", hex(&answer.random)),
        Field::new("esam", hex(&answer.esam)),
    ]);
    true
}

fn end_answer(rest: &[u8], decoded: &mut Decoded) -> bool {
    let Some(answer) = EndAnswer::parse(rest) else {
        return rest.is_empty();
    };
    money(answer.balance, decoded);
    decoded.fields.extend([
        Field::new("count", answer.count.to_string()),
        Field::new("customer_number", answer.customer.to_string()),
        Field::new("key_info", hex(&answer.key_info)),
    ]);
    true
}

fn read_back(rest: &[u8], decoded: &mut Decoded) -> bool {
    let Some((locator, data, mac)) = read_back_answer(rest) else {
        return false;
    };
    decoded.fields.extend([
        Field::new("locator", hex(&locator.0)),
        Field::new("content", hex(data)),
        Field::new("mac", hex(&mac)),
    ]);
    true
}

fn count_purchase(purchase: &Purchase, decoded: &mut Decoded) {
    money(purchase.amount, decoded);
    decoded.fields.extend([
        Field::new("operator", hex(&purchase.operator.0)),
        Field::new("count", purchase.count.to_string()),
        Field::new("mac", hex(&purchase.mac)),
        Field::new("customer_number", purchase.customer.to_string()),
        Field::new("customer_mac", hex(&purchase.customer_mac)),
    ]);
}

fn order_purchase(purchase: &OrderPurchase, decoded: &mut Decoded) {
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

fn operator(operator: Operator, decoded: &mut Decoded) {
    decoded
        .fields
        .push(Field::new("operator", hex(&operator.0)));
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
