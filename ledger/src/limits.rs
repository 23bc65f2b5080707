//! How much a terminal may sell while nobody watches (invariant 7).
//!
//! The server sets limits by a bulletin. They are checked where a sale is opened and a note offered, in the very commit
//! that would record it; facts, such as a note that is in the box already, are never refused by a limit.

use std::fmt;

use thiserror::Error;

use crate::money::Money;

/// The limits in force. Each may be absent, which is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Most that one sale may take.
    pub per_sale: Option<Money>,
    /// Most that one card may be used for in a local day.
    pub per_card_day: Option<Money>,
    /// Most money taken since a witness last cosigned the log.
    pub since_contact_money: Option<Money>,
    /// Most sales since then.
    pub since_contact_count: Option<u32>,
    /// Most hours since then.
    pub since_contact_hours: Option<u32>,
    /// Where the local day begins: minutes that local time is ahead of UTC.
    pub day_offset_minutes: i16,
}

/// The limit that a sale or a note would pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LimitHit {
    /// [`Limits::per_sale`].
    #[error("a sale takes at most {limit}, not {asked}")]
    PerSale {
        /// The limit.
        limit: Money,
        /// What it would be.
        asked: Money,
    },
    /// [`Limits::per_card_day`].
    #[error("a card is used for at most {limit} a day, not {asked}")]
    PerCardDay {
        /// The limit.
        limit: Money,
        /// What it would be.
        asked: Money,
    },
    /// [`Limits::since_contact_money`].
    #[error("without the server at most {limit} is taken, not {asked}: restore the connection")]
    SinceContactMoney {
        /// The limit.
        limit: Money,
        /// What it would be.
        asked: Money,
    },
    /// [`Limits::since_contact_count`].
    #[error("without the server at most {0} sales are made: restore the connection")]
    SinceContactCount(u32),
    /// A wallet is trusted only where both a card and the time without contact are bounded.
    #[error(
        "without the server a wallet pays only by card, and within limits for a card's day and for all that is sold"
    )]
    WalletOffline,
    /// [`Limits::since_contact_hours`].
    #[error("without the server sales go on for {0} hours at most: restore the connection")]
    SinceContactHours(u32),
}

/// What has happened since the server's last contact, as far as limits count it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SinceContact {
    /// Money stacked.
    pub(crate) money: Money,
    /// Sales opened.
    pub(crate) sales: u32,
    /// Milliseconds, by whichever of wall clock and running time counts more of them.
    pub(crate) elapsed_ms: u64,
}

impl Limits {
    /// Whether a sale of this amount may begin, where the card has been used for so much today.
    pub(crate) fn allow_sale(
        &self,
        target: Money,
        card_today: Option<Money>,
        since: &SinceContact,
    ) -> Result<(), LimitHit> {
        if let Some(hours) = self.since_contact_hours
            && since.elapsed_ms >= u64::from(hours).saturating_mul(3_600_000)
        {
            return Err(LimitHit::SinceContactHours(hours));
        }
        if let Some(limit) = self.since_contact_count
            && since.sales >= limit
        {
            return Err(LimitHit::SinceContactCount(limit));
        }
        self.allow_note(Money::ZERO, target, card_today, since)
    }

    /// Whether a sale that holds so much may take so much more.
    pub(crate) fn allow_note(
        &self,
        held: Money,
        more: Money,
        card_today: Option<Money>,
        since: &SinceContact,
    ) -> Result<(), LimitHit> {
        // A sum beyond the range is beyond every limit.
        let over = |limit: Option<Money>, before: Money| {
            let asked = before.checked_add(more);
            let limit = limit.filter(|limit| asked.is_none_or(|asked| asked > *limit))?;
            Some((limit, asked.unwrap_or(Money(i64::MAX))))
        };
        if let Some((limit, asked)) = over(self.per_sale, held) {
            return Err(LimitHit::PerSale { limit, asked });
        }
        if let Some((limit, asked)) = card_today.and_then(|today| over(self.per_card_day, today)) {
            return Err(LimitHit::PerCardDay { limit, asked });
        }
        match over(self.since_contact_money, since.money) {
            Some((limit, asked)) => Err(LimitHit::SinceContactMoney { limit, asked }),
            None => Ok(()),
        }
    }

    /// The number of the local day at this wall clock.
    pub(crate) fn day(&self, wall: u64) -> u64 {
        let offset = i64::from(self.day_offset_minutes).saturating_mul(60_000);
        wall.saturating_add_signed(offset) / 86_400_000
    }
}

impl fmt::Display for Limits {
    /// For staff: one line, in the order of the fields.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let money = |limit: Option<Money>| limit.map_or("any".to_owned(), |m| m.to_string());
        let number = |limit: Option<u32>| limit.map_or("any".to_owned(), |n| n.to_string());
        write!(
            f,
            "{} a sale, {} a card and day; without contact {}, {} sales, {} hours",
            money(self.per_sale),
            money(self.per_card_day),
            money(self.since_contact_money),
            number(self.since_contact_count),
            number(self.since_contact_hours)
        )
    }
}
