//! Which DL/T 645 address to try next: a walk over shortened addresses, without a clock or a wire.

use crate::frame::dlt645::Address;

/// What trying a shortened address showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The meters whose sound answers were heard.
    pub meters: Vec<Address>,
    /// More was heard than their answers: others may have spoken at the same time.
    pub spoilt: bool,
}

/// A shortened address: the low pairs of digits that are set, and wildcards above them (DL/T 645-2007, 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shortened {
    pairs: [u8; 6],
    set: usize,
}

impl Shortened {
    const ALL: Shortened = Shortened {
        pairs: [0xAA; 6],
        set: 0,
    };

    pub(super) fn address(self) -> Address {
        Address::from_wire(self.pairs)
    }

    /// The hundred addresses with one pair of digits more, the last one first; none when all are set.
    fn split(self) -> Vec<Shortened> {
        let below = |pair: u8| {
            let mut longer = self;
            *longer.pairs.get_mut(self.set)? = ((pair / 10) << 4) | (pair % 10);
            longer.set += 1;
            Some(longer)
        };
        (0..100).rev().filter_map(below).collect()
    }
}

/// A search in progress. It asks all meters first, and splits by the next pair of digits where more than one may have
/// answered.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    open: Vec<Shortened>,
    found: Vec<Address>,
    unresolved: Vec<Address>,
    tried: u32,
}

impl Walk {
    pub(super) fn new() -> Self {
        Walk {
            open: vec![Shortened::ALL],
            found: Vec::new(),
            unresolved: Vec::new(),
            tried: 0,
        }
    }

    /// What to try now; `None` when the search is over.
    pub(super) fn next(&self) -> Option<Shortened> {
        self.open.last().copied()
    }

    /// Takes what trying [`next`](Walk::next) showed.
    pub(super) fn report(&mut self, verdict: &Verdict) {
        let Some(tried) = self.open.pop() else {
            return;
        };
        self.tried += 1;
        for meter in &verdict.meters {
            if !self.found.contains(meter) {
                self.found.push(*meter);
            }
        }
        if !verdict.spoilt && verdict.meters.len() < 2 {
            return;
        }
        let split = tried.split();
        if split.is_empty() {
            self.unresolved.push(tried.address());
        }
        self.open.extend(split);
    }

    pub(super) fn found(&self) -> &[Address] {
        &self.found
    }

    /// Addresses that several meters share.
    pub(super) fn unresolved(&self) -> &[Address] {
        &self.unresolved
    }

    pub(super) fn tried(&self) -> u32 {
        self.tried
    }

    pub(super) fn left(&self) -> usize {
        self.open.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a line with these meters lets hear: one answer is sound, several spoil each other.
    fn line(meters: &[Address], asked: Address) -> Verdict {
        let answering: Vec<Address> = meters
            .iter()
            .copied()
            .filter(|meter| asked.reaches(*meter))
            .collect();
        match answering.as_slice() {
            [one] => Verdict {
                meters: vec![*one],
                spoilt: false,
            },
            several => Verdict {
                meters: Vec::new(),
                spoilt: !several.is_empty(),
            },
        }
    }

    fn walk(meters: &[Address]) -> Walk {
        let mut walk = Walk::new();
        while let Some(next) = walk.next() {
            walk.report(&line(meters, next.address()));
        }
        walk
    }

    fn address(digits: &str) -> Address {
        Address::from_digits(digits).unwrap()
    }

    #[test]
    fn one_meter_is_found_by_the_first_request() {
        let walk = walk(&[address("260305510012")]);
        assert_eq!(walk.found(), [address("260305510012")]);
        assert_eq!(walk.tried(), 1);
    }

    #[test]
    fn an_empty_line_costs_one_request() {
        assert_eq!(walk(&[]).tried(), 1);
    }

    #[test]
    fn meters_that_differ_in_their_highest_digits_only_are_found() {
        let meters = [address("010000000012"), address("020000000012")];
        let walk = walk(&meters);
        assert_eq!(walk.found(), meters);
        assert_eq!(walk.tried(), 601);
        assert!(walk.unresolved().is_empty());
    }

    #[test]
    fn two_meters_with_one_address_are_told_as_unresolved() {
        let twice = address("000000000007");
        let walk = walk(&[twice, twice]);
        assert!(walk.found().is_empty());
        assert_eq!(walk.unresolved(), [twice]);
    }

    #[test]
    fn two_answers_one_after_the_other_are_both_taken_and_others_are_looked_for() {
        let mut walk = Walk::new();
        let meters = vec![address("000000000001"), address("000000000002")];
        let spoilt = false;
        walk.report(&Verdict { meters, spoilt });
        assert_eq!(walk.found().len(), 2);
        assert_eq!(walk.left(), 100);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_meter_of_any_line_is_found(numbers in prop::collection::btree_set(0_u64..1_000_000_000_000, 0..12)) {
            let mut meters: Vec<_> = numbers.iter().map(|number| address(&format!("{number:012}"))).collect();
            let mut found = walk(&meters).found().to_vec();
            found.sort();
            meters.sort();
            prop_assert_eq!(found, meters);
        }
    }
}
