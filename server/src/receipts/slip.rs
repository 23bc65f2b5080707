//! What may be shown of a slip to anybody who holds it: what is printed on it anyway, and nothing of the person.

use meterpost_ledger::signing::LogOrigin;
use meterpost_ledger::{Account, ClockQuality, Entry, Event, MeterRef, Money, SaleId, Slip};

/// Digits of a meter's number that are shown, from its end.
const METER_DIGITS: usize = 3;

/// Which slip it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The credit is at the meter.
    Receipt,
    /// The terminal owes the money.
    Claim,
    /// It is not known whether the credit reached the meter.
    Pending,
    /// The entry is of another kind: the slip was printed long after its sale.
    Other,
}

/// What is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownSlip {
    /// The terminal.
    pub terminal: String,
    /// Whose it is.
    pub tenant: String,
    /// The operator's name as the terminal shows it, or the district, where one is known.
    pub place: Option<String>,
    /// The entry's number.
    pub entry: u64,
    /// Which slip.
    pub kind: Kind,
    /// How much was credited, is owed or is on its way, where the entry says it.
    pub amount: Option<Money>,
    /// When, in seconds since 1970.
    pub at: i64,
    /// Whether the terminal's clock had been set by then.
    pub clock_set: bool,
    /// For what, where the sale is on record.
    pub utility: Option<String>,
    /// The end of the meter's number, where the sale is on record.
    pub meter: Option<String>,
}

impl ShownSlip {
    /// Of an entry by itself.
    pub(super) fn of(origin: &LogOrigin, entry: &Entry) -> ShownSlip {
        let (kind, amount) = match &entry.event {
            Event::DeliveryApplied { .. } => (Kind::Receipt, credited(entry)),
            Event::SlipIntended { slip, amount, .. } => (kind(*slip), *amount),
            _ => (Kind::Other, None),
        };
        ShownSlip {
            terminal: origin.terminal().to_string(),
            tenant: origin.tenant().to_string(),
            place: None,
            entry: entry.index,
            kind,
            amount,
            at: i64::try_from(entry.stamp.wall / 1000).unwrap_or(i64::MAX),
            clock_set: entry.stamp.quality != ClockQuality::Unset,
            utility: None,
            meter: None,
        }
    }

    /// With what its sale was for.
    pub(super) fn for_meter(mut self, meter: &MeterRef) -> ShownSlip {
        self.utility = Some(meter.utility.clone());
        self.meter = Some(end_of(&meter.number));
        self
    }
}

/// The sale that an entry is about.
pub(super) fn sale_of(event: &Event) -> Option<SaleId> {
    match event {
        Event::DeliveryApplied { sale, .. } | Event::SlipIntended { sale, .. } => Some(*sale),
        _ => None,
    }
}

/// The meter of a sale, where these bytes are the entry that opened it.
pub(super) fn opened(bytes: &[u8], wanted: SaleId) -> Option<MeterRef> {
    match Entry::decode(bytes).ok()?.event {
        Event::SaleOpened { sale, meter, .. } if sale == wanted => Some(meter),
        _ => None,
    }
}

fn kind(slip: Slip) -> Kind {
    match slip {
        Slip::Receipt => Kind::Receipt,
        Slip::Claim => Kind::Claim,
        Slip::Pending => Kind::Pending,
    }
}

/// What the entry moved to meters.
fn credited(entry: &Entry) -> Option<Money> {
    let mut postings = entry.postings.iter();
    let credit = postings.find(|posting| posting.account == Account::Credited)?;
    Money::ZERO.checked_sub(credit.amount)
}

/// The last digits; all but they stay unsaid, however short the number is.
fn end_of(number: &str) -> String {
    let count = number.chars().count();
    let shown = METER_DIGITS.min(count / 2);
    let end: String = number.chars().skip(count - shown).collect();
    format!("…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_meters_number_the_end_is_shown_and_never_all() {
        for (number, shown) in [
            ("260305510012", "…012"),
            ("123456", "…456"),
            ("1234", "…34"),
            ("1", "…"),
            ("", "…"),
        ] {
            assert_eq!(end_of(number), shown);
        }
    }
}
