//! The books of a prepaid meter.

use crate::frame::cjt188::coding::SequenceCoding;

/// What a prepaid meter keeps, in its smallest unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Books {
    /// The number of the last purchase.
    pub(super) number: u32,
    /// The last purchase.
    pub(super) last: u32,
    /// All purchases together.
    pub(super) cumulative: u32,
    /// What is left.
    pub(super) remaining: u32,
}

/// What became of a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Booked {
    /// It was added.
    Added,
    /// Its number is that of the last purchase: nothing is added, and the meter answers as if it had been.
    Repeated,
    /// Its number does not follow, or what it would make does not fit into the books.
    Refused,
}

impl Books {
    /// Adds a purchase once. `most` is what a register can hold.
    pub(super) fn buy(
        &mut self,
        number: u32,
        amount: u32,
        counting: SequenceCoding,
        most: u32,
    ) -> Booked {
        if number == self.number && self.cumulative > 0 {
            return Booked::Repeated;
        }
        if number != counting.next(self.number) {
            return Booked::Refused;
        }
        let fits = |sum: Option<u32>| sum.filter(|&sum| sum <= most);
        let cumulative = fits(self.cumulative.checked_add(amount));
        let remaining = fits(self.remaining.checked_add(amount));
        let (Some(cumulative), Some(remaining)) = (cumulative, remaining) else {
            return Booked::Refused;
        };
        *self = Books {
            number,
            last: amount,
            cumulative,
            remaining,
        };
        Booked::Added
    }

    /// Takes what was used; the rest of the last unit is lost rather than owed.
    pub(super) fn use_up(&mut self, amount: u32) {
        self.remaining = self.remaining.saturating_sub(amount);
    }
}
