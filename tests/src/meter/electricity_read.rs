//! C = 11h: the data identifiers a prepaid system reads.

use super::bcd;
use super::books::Books;
use super::electricity::{ElectricityConfig, Reply, err};

const REQUEST: u8 = 0x11;

/// Answers a read: DI 4, then the value.
pub(super) fn read(config: &ElectricityConfig, books: &Books, data: &[u8]) -> Reply {
    let Some(&[di0, di1, di2, di3]) = data.get(..4) else {
        return Reply::error(REQUEST, &[err::OTHER]);
    };
    let identifier = u32::from_le_bytes([di0, di1, di2, di3]);
    match value(config, books, identifier) {
        Some(value) => {
            let mut reply = data[..4].to_vec();
            reply.extend(value);
            Reply::good(REQUEST, reply)
        }
        None => Reply::error(REQUEST, &[err::NO_DATA]),
    }
}

fn value(config: &ElectricityConfig, books: &Books, identifier: u32) -> Option<Vec<u8>> {
    let money = |fen: i64| bcd::encode::<4>(u64::try_from(fen).unwrap_or(0)).to_vec();
    let last = books.applied.last();
    let now = |format: &str| bcd_text(&books.clock().strftime(format).to_string());
    let total = |back: u32| match back {
        0 => Some(books.usage),
        back => books.settled.get(back as usize - 1).copied(),
    };
    Some(match identifier {
        0x0001_0001..=0x0001_000C => bcd::encode::<4>(total(identifier & 0xFF)?).to_vec(),
        // The running total and all that it settled; the places that it has not filled yet are FF.
        0x0001_00FF => (0..=12)
            .flat_map(|back| total(back).map_or([0xFF; 4], bcd::encode::<4>))
            .collect(),
        0x0400_0B01 => bcd_text("0100"),
        0x0400_0B02 | 0x0400_0B03 => bcd_text("9999"),
        0x0000_0000 | 0x0001_0000 => bcd::encode::<4>(books.usage).to_vec(),
        0x0002_0000 => bcd::encode::<4>(0).to_vec(),
        0x0090_0200 => money(books.balance.max(0)),
        0x0090_0201 => money((-books.balance).max(0)),
        0x0201_0100 => bcd::encode::<2>(2_204).to_vec(),
        0x0202_0100 => bcd::encode::<3>(1_350).to_vec(),
        0x0333_0101 => bcd_text(last.map_or("0000000000", |purchase| &purchase.at)),
        0x0333_0201 => bcd::encode::<2>(u64::from(books.number)).to_vec(),
        0x0333_0301 => money(books.last_amount),
        0x0333_0401 => money(last.map_or(0, |purchase| purchase.before.max(0))),
        0x0333_0501 => money(last.map_or(books.balance, |purchase| purchase.after).max(0)),
        0x0333_0601 => money(books.cumulative),
        0x0400_0101 => now("%y%m%d0%w"),
        0x0400_0102 => now("%H%M%S"),
        0x0400_0401 | 0x0400_0402 => bcd_text(&config.address),
        0x0400_040E => bcd_text(&books.customer),
        0x0400_0501 => (u16::from(books.balance < 0) << 14).to_le_bytes().to_vec(),
        0x0400_0503 => status_word_3(books).to_le_bytes().to_vec(),
        0x0400_1003 => money(config.overdraft_limit),
        0x0400_1004 => money(config.hoarding_limit),
        _ => return None,
    })
}

/// Bit 4 relay open, bit 6 relay commanded open, bits 8-9 = 10b money prepaid, bit 14 local and bit 15 remote account
/// not opened.
fn status_word_3(books: &Books) -> u16 {
    let off = u16::from(!books.supply_on);
    let closed = u16::from(!books.opened);
    off << 4 | off << 6 | 0b10 << 8 | closed << 14 | closed << 15
}

/// Digits, high first, as bytes, low pair first.
fn bcd_text(digits: &str) -> Vec<u8> {
    let mut bytes = hex::decode(digits).unwrap_or_default();
    bytes.reverse();
    bytes
}
