//! Which selection to try next: a walk over the digits of secondary addresses, without a clock or a wire.

use crate::frame::mbus::{SecondaryAddress, Selection};

/// What trying a selection showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No meter fits.
    Nobody,
    /// One meter answers, and it fits.
    One(SecondaryAddress),
    /// Several answer at once.
    Several,
}

/// A search in progress. It asks for all meters first and splits where several answer: by the next digit of the number,
/// highest first, and where two meters share a number, by medium.
#[derive(Clone, Debug)]
pub struct SecondarySearch {
    /// What is still to be tried, the next one last, with the number of digits that are set.
    open: Vec<(Selection, usize)>,
    found: Vec<SecondaryAddress>,
    unresolved: Vec<Selection>,
    tried: u32,
}

/// The media that meters have; see [`medium_name`](crate::frame::mbus::medium_name).
const LAST_MEDIUM: u8 = 0x37;

impl Default for SecondarySearch {
    fn default() -> Self {
        SecondarySearch::new()
    }
}

impl SecondarySearch {
    /// A search for every meter.
    pub fn new() -> Self {
        SecondarySearch::below(Selection::ALL, 0)
    }

    /// A search for the meters that fit `selection`, whose first `digits` digits are set.
    pub fn below(selection: Selection, digits: usize) -> Self {
        SecondarySearch {
            open: vec![(selection, digits)],
            found: Vec::new(),
            unresolved: Vec::new(),
            tried: 0,
        }
    }

    /// What to try now; `None` when the search is over.
    pub fn next(&self) -> Option<Selection> {
        self.open.last().map(|&(selection, _)| selection)
    }

    /// Takes what trying [`next`](SecondarySearch::next) showed.
    pub fn report(&mut self, verdict: Verdict) {
        let Some((selection, digits)) = self.open.pop() else {
            return;
        };
        self.tried += 1;
        match verdict {
            Verdict::Nobody => {}
            Verdict::One(meter) => {
                if !self.found.contains(&meter) {
                    self.found.push(meter);
                }
            }
            Verdict::Several if digits < Selection::DIGITS => {
                let split = |digit| (selection.with_digit(digits, digit), digits + 1);
                self.open.extend((0..=9).rev().map(split));
            }
            Verdict::Several if digits == Selection::DIGITS => {
                let split = |medium| (selection.with_medium(medium), digits + 1);
                self.open.extend((0..=LAST_MEDIUM).rev().map(split));
            }
            Verdict::Several => self.unresolved.push(selection),
        }
    }

    /// The meters found, in the order of their numbers.
    pub fn found(&self) -> &[SecondaryAddress] {
        &self.found
    }

    /// Selections in which several meters answer and that cannot be split further: the meters must be told apart at the wire.
    pub fn unresolved(&self) -> &[Selection] {
        &self.unresolved
    }

    /// Selections tried.
    pub fn tried(&self) -> u32 {
        self.tried
    }

    /// Selections known to be still open; each may split into ten.
    pub fn open(&self) -> usize {
        self.open.len()
    }
}
