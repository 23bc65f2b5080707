//! C = 03h: opening the account, purchases and the status query of a meter without ESAM.
//!
//! Layout of both writes: DI4, operator 4, amount 4 (fen, binary, low first), count 4, MAC 4, customer number 6 (BCD,
//! low first), MAC 4. This meter ignores the MACs and uses two bytes of the count.

use super::bcd;
use super::books::Books;
use super::electricity::{ElectricityConfig, ErrorForm, Reply, err};

const REQUEST: u8 = 0x03;
const OPEN: [u8; 4] = [0xFF, 0x01, 0x01, 0x07];
const TOP_UP: [u8; 4] = [0xFF, 0x02, 0x01, 0x07];
const STATUS: [u8; 4] = [0xFF, 0x02, 0x81, 0x07];
const PURCHASE_LENGTH: usize = 0x1E;
const STATUS_LENGTH: usize = 8;

/// Why a purchase is refused.
#[derive(Clone, Copy)]
enum Refused {
    Number { repeated: bool },
    Customer,
    Hoarding,
    Price,
    Length,
}

impl Refused {
    fn reply(self, form: ErrorForm) -> Reply {
        let (one, serr) = match self {
            Refused::Number { repeated: true } => (0x80, 1 << 1),
            Refused::Number { repeated: false } => (0x80, 1 << 5),
            Refused::Customer => (0x81, 1 << 4),
            Refused::Hoarding => (0x82, 1 << 6),
            Refused::Price => (0x83, 1 << 0),
            Refused::Length => (0x84, 1 << 0),
        };
        match form {
            ErrorForm::OneByte => Reply::error(REQUEST, &[one]),
            ErrorForm::Serr => Reply::error(REQUEST, &[serr, 0]),
        }
    }
}

/// The fields of an opening or a purchase.
struct Purchase {
    amount: i64,
    number: u32,
    customer: String,
}

/// Whether the data of a C=03 frame is meant to change the books.
pub(super) fn is_purchase(data: &[u8]) -> bool {
    data.starts_with(&OPEN) || data.starts_with(&TOP_UP)
}

/// The reply, and the books afterwards.
pub(super) fn carry_out(
    config: &ElectricityConfig,
    mut books: Books,
    data: &[u8],
) -> (Reply, Books) {
    if data.starts_with(&STATUS) && data.len() == STATUS_LENGTH {
        return (status(&books), books);
    }
    if !is_purchase(data) {
        return (Reply::error(REQUEST, &[err::OTHER]), books);
    }
    let Some(purchase) = parse(data) else {
        return (Refused::Length.reply(config.errors), books);
    };
    let result = if data.starts_with(&OPEN) {
        open_account(config, &mut books, &purchase)
    } else {
        top_up(config, &mut books, &purchase)
    };
    match result {
        Ok(()) => (acknowledge(config, &books, &data[..4]), books),
        Err(refused) => (refused.reply(config.errors), books),
    }
}

fn parse(data: &[u8]) -> Option<Purchase> {
    let fields = <&[u8; PURCHASE_LENGTH]>::try_from(data).ok()?;
    let word = |at: usize| {
        u32::from_le_bytes([fields[at], fields[at + 1], fields[at + 2], fields[at + 3]])
    };
    Some(Purchase {
        amount: i64::from(word(8)),
        number: word(12),
        customer: bcd::digits(&fields[20..26]),
    })
}

/// Number one opens the account and learns the customer number; afterwards every purchase needs the next number.
fn top_up(config: &ElectricityConfig, books: &mut Books, order: &Purchase) -> Result<(), Refused> {
    let learns = books.number == 0 && order.number == 1;
    let customer_wrong = !learns && order.customer != books.customer;
    // SERR meters look at the customer first, those with one-byte errors at the number.
    if customer_wrong && config.errors == ErrorForm::Serr {
        return Err(Refused::Customer);
    }
    next_number(books, order)?;
    if customer_wrong {
        return Err(Refused::Customer);
    }
    if !learns && !books.opened {
        return Err(Refused::Customer);
    }
    money_fits(config, books, order)?;
    if learns {
        books.opened = true;
        books.customer.clone_from(&order.customer);
    }
    let at = books.purchase_time();
    books.apply(order.number, order.amount, at);
    Ok(())
}

/// Opening takes number 0 or 1. A number the meter already has only marks the account as open and adds nothing.
fn open_account(
    config: &ElectricityConfig,
    books: &mut Books,
    order: &Purchase,
) -> Result<(), Refused> {
    if order.number > 1 || books.number > 1 {
        return Err(Refused::Number { repeated: false });
    }
    if order.number != books.number {
        next_number(books, order)?;
        money_fits(config, books, order)?;
        let at = books.purchase_time();
        books.apply(order.number, order.amount, at);
    }
    books.opened = true;
    books.customer.clone_from(&order.customer);
    Ok(())
}

fn next_number(books: &Books, order: &Purchase) -> Result<(), Refused> {
    let fits_two_bytes = order.number <= u32::from(u16::MAX);
    if fits_two_bytes && Some(order.number) == books.number.checked_add(1) {
        Ok(())
    } else {
        Err(Refused::Number {
            repeated: order.number == books.number,
        })
    }
}

fn money_fits(config: &ElectricityConfig, books: &Books, order: &Purchase) -> Result<(), Refused> {
    if books.balance + order.amount > config.hoarding_limit {
        return Err(Refused::Hoarding);
    }
    if order.amount == 0 || order.amount > config.largest_purchase {
        return Err(Refused::Price);
    }
    Ok(())
}

/// Positive answer: the identifier alone, or with balance 4, count 4 and customer number 6.
fn acknowledge(config: &ElectricityConfig, books: &Books, identifier: &[u8]) -> Reply {
    let mut data = identifier.to_vec();
    if config.long_reply {
        data.extend(remaining(books));
        data.extend(books.number.to_le_bytes());
        data.extend(customer(books));
    }
    Reply::good(REQUEST, data)
}

/// 078102FF: balance 4, MAC 4, count 4, MAC 4, customer number 6, key information 4. No ESAM: MACs and keys are zero.
fn status(books: &Books) -> Reply {
    let mut data = STATUS.to_vec();
    data.extend(remaining(books));
    data.extend([0; 4]);
    data.extend(books.number.to_le_bytes());
    data.extend([0; 4]);
    data.extend(customer(books));
    data.extend([0; 4]);
    Reply::good(REQUEST, data)
}

/// Money left without overdraft, fen, binary, low first.
fn remaining(books: &Books) -> [u8; 4] {
    u32::try_from(books.balance.max(0))
        .unwrap_or(u32::MAX)
        .to_le_bytes()
}

fn customer(books: &Books) -> [u8; 6] {
    bcd::address(&books.customer).expect("customer numbers were digits when they came in")
}
