//! Another amount than those offered: typed, held against the limits, and only taken where something can pay it.

use meterpost_bus::meter::Reading;
use meterpost_ledger::Money;
use meterpost_ui::view::{AmountProblem, OtherAmountView};

use super::rules::Rules;
use super::session::{EarlierSale, Session};
use super::{Flow, cash};
use crate::config::MOST_AMOUNTS;

/// A whole unit of every currency that can be configured, in minor units.
const WHOLE: i64 = 100;

impl Rules {
    /// What one step of the last digit typed is worth: a whole unit, unless a note is worth less.
    fn step(&self) -> i64 {
        match self.notes.iter().all(|note| note.0 % WHOLE == 0) {
            true => WHOLE,
            false => 1,
        }
    }

    /// The least that can be typed: the least amount that is offered.
    pub(super) fn least(&self) -> Money {
        self.amounts.iter().copied().min().unwrap_or_default()
    }

    /// The digits' worth; `None` where nothing or too much is typed.
    fn typed(&self, entry: &str) -> Option<Money> {
        let count: i64 = entry.parse().ok()?;
        count.checked_mul(self.step()).map(Money)
    }
}

impl Flow {
    /// Whether another amount can be typed for this meter now.
    pub(super) fn offers_other(&self, number: &str, earlier: Option<EarlierSale>) -> bool {
        let blocked = earlier.is_some_and(|e| !e.arrived);
        // As many fill the meter's page; one key fewer leaves room for another amount.
        let room = self.rules.amounts.len() < MOST_AMOUNTS;
        let within = self.rules.least() <= self.most(number);
        room && within && !blocked && self.books.open_sale().is_none() && self.can_pay(number)
    }

    /// The most that may be typed now: the highest sale, or what the limits of invariant 7 and the ways to pay leave of it.
    fn most(&self, number: &str) -> Money {
        let step = self.rules.step();
        let card = self.card.as_ref();
        let takes_notes = cash::works(&self.devices.cash);
        let allowed = |count: i64| {
            let amount = Money(count * step);
            let payable = takes_notes || self.pays_without_notes(number, amount);
            payable && self.books.allows_sale(amount, card).is_ok()
        };
        let (mut low, mut high) = (0, self.rules.highest_sale.0 / step);
        // Limits are sums: where an amount is too much, every higher one is.
        while low < high {
            let middle = high - (high - low) / 2;
            match allowed(middle) {
                true => low = middle,
                false => high = middle - 1,
            }
        }
        Money(low * step)
    }

    /// Whether notes may pay this amount: they make it up, or the operator offers it, who wants it paid with what notes there are.
    pub(super) fn notes_pay(&self, amount: Money) -> bool {
        self.rules.amounts.contains(&amount) || makes(&self.rules.notes, amount)
    }

    pub(super) fn open_other_amount(&mut self) {
        let Session::Meter {
            number,
            reading,
            earlier,
        } = &self.session
        else {
            return;
        };
        if self.offers_other(number, *earlier) {
            self.session = Session::OtherAmount {
                number: number.clone(),
                reading: reading.clone(),
                entry: String::new(),
                problem: None,
            };
        }
    }

    pub(super) fn edit_amount(&mut self, edit: impl FnOnce(&mut String)) {
        let highest = self.rules.highest_sale.0 / self.rules.step();
        // One digit more than is ever right, so that a slip of the finger is told and not swallowed.
        let longest = highest.to_string().len() + 1;
        if let Session::OtherAmount { entry, problem, .. } = &mut self.session {
            edit(entry);
            *entry = entry.trim_start_matches('0').to_owned();
            entry.truncate(longest);
            *problem = None;
        }
    }

    /// On with the amount typed, or the reason why not.
    pub(super) fn take_amount(&mut self) {
        let Session::OtherAmount {
            number,
            reading,
            entry,
            ..
        } = &self.session
        else {
            return;
        };
        let (number, reading) = (number.clone(), reading.clone());
        if !self.can_pay(&number) {
            // The meter's page says that nothing can be paid now.
            self.session = Session::Meter {
                number,
                reading,
                earlier: None,
            };
            return;
        }
        match self.judge_amount(&number, entry) {
            Ok(amount) => self.ask_how(number, reading, amount),
            Err(wrong) => {
                if let Session::OtherAmount { problem, .. } = &mut self.session {
                    *problem = Some(wrong);
                }
            }
        }
    }

    fn judge_amount(&self, number: &str, entry: &str) -> Result<Money, AmountProblem> {
        let amount = self.rules.typed(entry).ok_or(AmountProblem::TooLittle)?;
        if amount < self.rules.least() {
            return Err(AmountProblem::TooLittle);
        }
        if amount > self.most(number) {
            return Err(AmountProblem::TooMuch);
        }
        match self.notes_pay(amount) || self.pays_without_notes(number, amount) {
            true => Ok(amount),
            false => Err(AmountProblem::NotWhole),
        }
    }

    pub(super) fn other_amount_view(
        &self,
        number: &str,
        reading: &Reading,
        entry: &str,
        problem: Option<AmountProblem>,
    ) -> OtherAmountView {
        let typed = self.rules.typed(entry);
        let pricing = self.pricing(number);
        let shown = |amount| match self.rules.step() {
            WHOLE => self.short_money(amount),
            _ => self.money(amount),
        };
        OtherAmountView {
            number: number.to_owned(),
            utility: self.utility(number),
            entry: typed.map(shown).unwrap_or_default(),
            least: self.short_money(self.rules.least()),
            most: self.short_money(self.most(number)),
            problem,
            buys: typed.and_then(|amount| pricing?.buys(amount, reading)),
        }
    }
}

/// Whether notes of these values make up the amount exactly.
fn makes(notes: &[Money], amount: Money) -> bool {
    let Some(least) = notes.iter().map(|n| n.0).filter(|n| *n > 0).min() else {
        return false;
    };
    // For each remainder by the least note, the lowest sum of notes that leaves it; any higher one is reached with the least note.
    let mut lowest = std::collections::BTreeMap::from([(0, 0_i64)]);
    let mut open = vec![0_i64];
    while let Some(sum) = open.pop() {
        for next in notes.iter().filter_map(|n| sum.checked_add(n.0)) {
            let known = lowest.entry(next % least).or_insert(i64::MAX);
            if next <= amount.0 && next < *known {
                *known = next;
                open.push(next);
            }
        }
    }
    let reached = lowest.get(&(amount.0 % least));
    reached.is_some_and(|sum| *sum <= amount.0)
}

#[cfg(test)]
mod tests {
    use meterpost_ledger::Money;

    use super::makes;

    #[test]
    fn an_amount_is_made_up_of_notes_or_not() {
        let made = |notes: &[i64], amount| {
            let notes: Vec<Money> = notes.iter().copied().map(Money).collect();
            makes(&notes, Money(amount))
        };
        assert!(made(&[500, 1_000, 2_000], 3_500));
        assert!(!made(&[500, 1_000, 2_000], 2_300));
        assert!(!made(&[1_000, 2_000], 3_500));
        // The least note does not divide the others.
        assert!(made(&[2_000, 5_000], 7_000));
        assert!(made(&[2_000, 5_000], 9_000));
        assert!(!made(&[2_000, 5_000], 3_000));
        assert!(!made(&[2_000, 5_000], 1_000));
        assert!(made(&[300, 500, 700], 1_100));
        assert!(!made(&[300, 500, 700], 400));
        assert!(!made(&[], 1_000));
    }
}
