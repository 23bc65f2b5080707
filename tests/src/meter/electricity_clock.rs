//! The electricity meter's clock: told by broadcast (C = 08h), written (C = 14h).

use jiff::civil::DateTime;

use super::bcd;
use super::books::Books;
use super::electricity::{Reply, err};

const REQUEST: u8 = 0x14;
/// Most seconds by which a broadcast may move the clock (DL/T 645-2007, broadcast of the time).
const FURTHEST: i64 = 300;
/// Date with the day of the week, and time.
const DATE: u32 = 0x0400_0101;
const TIME: u32 = 0x0400_0102;

/// The time of a broadcast: ss mm hh DD MM YY.
pub(super) fn broadcast(data: &[u8]) -> Option<DateTime> {
    civil(data.try_into().ok()?)
}

fn civil(fields: [u8; 6]) -> Option<DateTime> {
    // Digits only: a sign or a blank is none, whatever a parser makes of it.
    bcd::decode(&fields)?;
    DateTime::strptime("%Y%m%d%H%M%S", format!("20{}", bcd::digits(&fields))).ok()
}

/// Whether the meter takes the time of a broadcast: once a day, and by no more than five minutes. It is set in `books` then.
pub(super) fn believes(books: &mut Books, told: DateTime) -> bool {
    let shown = books.clock();
    let today = shown.strftime("%y%m%d").to_string();
    let by = told.duration_since(shown).as_secs();
    if books.clock_told == today || by.abs() > FURTHEST {
        return false;
    }
    books.set_clock(told);
    books.clock_told = today;
    true
}

/// DI 4, PA P0 P1 P2, operator 4, then WW DD MM YY or ss mm hh. The other registers of this meter are not written over the wire.
pub(super) fn write(password: [u8; 4], mut books: Books, data: &[u8]) -> (Reply, Books) {
    let refusal = |code| Reply::error(REQUEST, &[code]);
    let Some((head, value)) = data.split_first_chunk::<12>() else {
        return (refusal(err::OTHER), books);
    };
    if head[4..8] != password {
        return (refusal(err::PASSWORD), books);
    }
    let [ss, mm, hh, day, month, year] = now(&books);
    let identifier = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
    let to = match (identifier, value) {
        (DATE, [_, day, month, year]) => civil([ss, mm, hh, *day, *month, *year]),
        (TIME, [ss, mm, hh]) => civil([*ss, *mm, *hh, day, month, year]),
        (DATE | TIME, _) => None,
        _ => return (refusal(err::PASSWORD), books),
    };
    match to {
        Some(to) => {
            books.set_clock(to);
            (Reply::good(REQUEST, Vec::new()), books)
        }
        None => (refusal(err::OTHER), books),
    }
}

/// ss mm hh DD MM YY.
fn now(books: &Books) -> [u8; 6] {
    let digits = books.clock().strftime("%y%m%d%H%M%S").to_string();
    bcd::address(&digits).unwrap_or_default()
}
