//! Which card is the one in use, where there may be several readers with a card in each. Pure.
//!
//! One card is in use at a time. A card that comes into another reader meanwhile waits until the first is gone. A card that was
//! refused is in nobody's way: it is not tried again before it is taken out and put in anew.

use std::collections::BTreeMap;

/// What a reader shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// No card.
    Empty,
    /// A card; the count changes with every card that is put in.
    Card(u32),
    /// A card that does not answer to its reader's power; the same count.
    Mute(u32),
}

/// What there is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// The card in use is gone.
    Leave,
    /// Talk to the card in this reader; it is in use from now on.
    Take(String),
    /// The card in this reader does not answer.
    Mute(String),
}

/// The readers, as they were seen last.
#[derive(Debug, Default)]
pub struct Bays {
    /// The card in each reader that was talked to already, by its count.
    done: BTreeMap<String, u32>,
    used: Option<(String, u32)>,
}

impl Bays {
    /// What there is to do now that the readers show this; to be called again until it is nothing.
    pub fn look(&mut self, sights: &BTreeMap<String, Sight>) -> Option<Move> {
        self.done
            .retain(|name, count| sights.get(name).and_then(Sight::count) == Some(*count));
        if let Some((name, count)) = &self.used {
            if sights.get(name) == Some(&Sight::Card(*count)) {
                return None;
            }
            self.used = None;
            return Some(Move::Leave);
        }
        for (name, sight) in sights {
            let Some(count) = sight.count() else { continue };
            if self.done.contains_key(name) {
                continue;
            }
            self.done.insert(name.clone(), count);
            if matches!(sight, Sight::Mute(_)) {
                return Some(Move::Mute(name.clone()));
            }
            self.used = Some((name.clone(), count));
            return Some(Move::Take(name.clone()));
        }
        None
    }

    /// The card in use was refused, or lost: it is in use no more.
    pub fn drop_used(&mut self) {
        self.used = None;
    }

    /// The readers are gone, with their counts. Whether a card was in use.
    pub fn clear(&mut self) -> bool {
        self.done.clear();
        self.used.take().is_some()
    }
}

impl Sight {
    fn count(&self) -> Option<u32> {
        match self {
            Sight::Empty => None,
            Sight::Card(count) | Sight::Mute(count) => Some(*count),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sights(list: &[(&str, Sight)]) -> BTreeMap<String, Sight> {
        list.iter()
            .map(|(name, sight)| ((*name).to_owned(), *sight))
            .collect()
    }

    fn take(name: &str) -> Option<Move> {
        Some(Move::Take(name.to_owned()))
    }

    #[test]
    fn a_second_card_waits_until_the_first_is_gone() {
        let mut bays = Bays::default();
        let both = sights(&[("a", Sight::Card(1)), ("b", Sight::Card(1))]);
        assert_eq!(bays.look(&both), take("a"));
        assert_eq!(bays.look(&both), None);
        let second = sights(&[("a", Sight::Empty), ("b", Sight::Card(1))]);
        assert_eq!(bays.look(&second), Some(Move::Leave));
        assert_eq!(bays.look(&second), take("b"));
        assert_eq!(bays.look(&both), None, "b is in use now");
    }

    #[test]
    fn a_refused_card_is_not_tried_again_and_blocks_nobody() {
        let mut bays = Bays::default();
        let first = sights(&[("a", Sight::Card(1)), ("b", Sight::Empty)]);
        assert_eq!(bays.look(&first), take("a"));
        bays.drop_used();
        assert_eq!(bays.look(&first), None);
        let both = sights(&[("a", Sight::Card(1)), ("b", Sight::Card(4))]);
        assert_eq!(bays.look(&both), take("b"));
        let again = sights(&[("a", Sight::Card(3)), ("b", Sight::Empty)]);
        assert_eq!(bays.look(&again), Some(Move::Leave));
        assert_eq!(bays.look(&again), take("a"));
    }

    #[test]
    fn a_card_swapped_between_two_looks_is_another_card() {
        let mut bays = Bays::default();
        assert_eq!(bays.look(&sights(&[("a", Sight::Card(1))])), take("a"));
        let swapped = sights(&[("a", Sight::Card(3))]);
        assert_eq!(bays.look(&swapped), Some(Move::Leave));
        assert_eq!(bays.look(&swapped), take("a"));
    }

    #[test]
    fn a_reader_that_is_unplugged_takes_its_card_along() {
        let mut bays = Bays::default();
        let one = sights(&[("a", Sight::Card(1))]);
        assert_eq!(bays.look(&one), take("a"));
        assert_eq!(bays.look(&sights(&[])), Some(Move::Leave));
        assert_eq!(bays.look(&sights(&[])), None);
        assert_eq!(bays.look(&one), take("a"), "plugged in again");
        assert!(bays.clear());
        assert_eq!(bays.look(&one), take("a"));
    }

    #[test]
    fn a_mute_card_is_told_once() {
        let mut bays = Bays::default();
        let mute = sights(&[("a", Sight::Mute(1))]);
        assert_eq!(bays.look(&mute), Some(Move::Mute("a".to_owned())));
        assert_eq!(bays.look(&mute), None);
    }

    fn any_sight() -> impl Strategy<Value = Sight> {
        prop_oneof![
            Just(Sight::Empty),
            (0_u32..4).prop_map(Sight::Card),
            (0_u32..4).prop_map(Sight::Mute)
        ]
    }

    proptest! {
        #[test]
        fn whatever_the_readers_show_every_take_is_left_once_and_looking_ends(
            history in prop::collection::vec(prop::collection::btree_map("[abc]", any_sight(), 0..4), 0..40),
            refused in prop::collection::vec(any::<bool>(), 200),
        ) {
            let mut bays = Bays::default();
            let mut refused = refused.into_iter().cycle();
            let mut used = false;
            for sights in history {
                let mut moves = 0;
                while let Some(next) = bays.look(&sights) {
                    moves += 1;
                    prop_assert!(moves <= 8);
                    match next {
                        Move::Take(_) => {
                            prop_assert!(!used);
                            used = true;
                            if refused.next() == Some(true) {
                                bays.drop_used();
                                used = false;
                            }
                        }
                        Move::Leave => {
                            prop_assert!(used);
                            used = false;
                        }
                        Move::Mute(_) => prop_assert!(!used),
                    }
                }
            }
        }
    }
}
