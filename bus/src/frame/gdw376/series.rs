//! Answers longer than a frame: cut into several with FIR and FIN, and put together again (Q/GDW 376.1, 4.3.4.2).

use super::{Item, Sequence, UnitError, units};

/// Bytes of data units that a frame of an answer carries at most; terminals on slow uplinks want short frames.
pub const FRAME_DATA: usize = 1024;

/// Cuts items into the data of one or more frames, each whole items, with its sequence byte. The numbers count on from
/// the request's `number` (RSEQ).
///
/// # Errors
/// [`UnitError`] for an item without a code. One item longer than [`FRAME_DATA`] gets a frame of its own.
pub fn cut(items: &[Item], number: u8) -> Result<Vec<(Sequence, Vec<u8>)>, UnitError> {
    let mut parts: Vec<Vec<u8>> = vec![Vec::new()];
    for item in items {
        let bytes = units::join(std::slice::from_ref(item))?;
        match parts.last_mut() {
            Some(part) if part.is_empty() || part.len() + bytes.len() <= FRAME_DATA => {
                part.extend(bytes)
            }
            _ => parts.push(bytes),
        }
    }
    let last = parts.len() - 1;
    let frames = parts.into_iter().enumerate().map(|(at, data)| {
        let count = u8::try_from(at % 16).unwrap_or(0);
        (
            Sequence::part(at == 0, at == last, number.wrapping_add(count)),
            data,
        )
    });
    Ok(frames.collect())
}

/// Puts the frames of an answer together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joining {
    items: Vec<Item>,
    next: Option<u8>,
}

/// What a further frame makes of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Joined {
    /// More frames follow.
    More,
    /// The whole answer.
    Whole(Vec<Item>),
    /// The frame is not the one that follows; what came before is forgotten.
    OutOfOrder,
}

impl Joining {
    /// Whether a first frame came and the last one did not.
    pub fn has_begun(&self) -> bool {
        self.next.is_some()
    }

    /// Takes a frame's sequence byte and items. Field terminals send single answers without FIR: a last frame where
    /// nothing is waited for is a whole answer.
    pub fn take(&mut self, sequence: Sequence, items: Vec<Item>) -> Joined {
        let number = sequence.number();
        let starts = sequence.first() || (self.next.is_none() && sequence.last());
        if starts {
            self.items.clear();
        } else if self.next != Some(number) {
            *self = Joining::default();
            return Joined::OutOfOrder;
        }
        self.items.extend(items);
        if sequence.last() {
            self.next = None;
            return Joined::Whole(std::mem::take(&mut self.items));
        }
        self.next = Some(number.wrapping_add(1) & 0x0F);
        Joined::More
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(point: u16, length: usize) -> Item {
        Item {
            point,
            function: 129,
            data: vec![0x11; length],
        }
    }

    #[test]
    fn an_answer_that_fits_is_one_frame() {
        let parts = cut(&[item(1, 30), item(2, 30)], 5).unwrap();
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].0, Sequence::single(5, false));
        assert_eq!(cut(&[], 5).unwrap().len(), 1);
    }

    #[test]
    fn a_frame_that_is_missing_is_noticed() {
        let items: Vec<_> = (1..60).map(|point| item(point, 90)).collect();
        let parts = cut(&items, 14).unwrap();
        assert!(parts.len() > 3);
        let mut joining = Joining::default();
        assert_eq!(joining.take(parts[0].0, vec![item(1, 1)]), Joined::More);
        assert_eq!(
            joining.take(parts[2].0, vec![item(2, 1)]),
            Joined::OutOfOrder
        );
        // What follows belongs to nothing any more.
        assert_eq!(
            joining.take(parts[3].0, vec![item(3, 1)]),
            Joined::OutOfOrder
        );
    }

    #[test]
    fn a_single_answer_without_fir_is_whole() {
        let mut joining = Joining::default();
        assert_eq!(
            joining.take(Sequence(0x22), vec![item(1, 1)]),
            Joined::Whole(vec![item(1, 1)])
        );
    }

    proptest! {
        #[test]
        fn what_was_cut_is_put_together(lengths in prop::collection::vec(0usize..1500, 0..40), number in 0u8..16) {
            let items: Vec<_> = (1..).zip(&lengths).map(|(point, length)| item(point, *length)).collect();
            let parts = cut(&items, number).unwrap();
            let mut joining = Joining::default();
            let mut rest = items.clone().into_iter().peekable();
            let mut whole = None;
            for (sequence, data) in parts {
                // The items of this part, by their length: what the other side splits it into.
                let mut part = Vec::new();
                let mut length = 0;
                while length < data.len() {
                    let next = rest.next().unwrap();
                    length += 4 + next.data.len();
                    part.push(next);
                }
                match joining.take(sequence, part) {
                    Joined::Whole(items) => whole = Some(items),
                    Joined::More => prop_assert!(whole.is_none()),
                    Joined::OutOfOrder => prop_assert!(false, "out of order"),
                }
            }
            prop_assert_eq!(whole, Some(items));
        }
    }
}
