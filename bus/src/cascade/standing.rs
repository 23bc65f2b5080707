//! Who of two speaks on a wire.

use crate::frame::cascade::{NodeId, Standing};

/// Distance of a node that knows no way from a root.
pub const NO_WAY: u8 = u8::MAX;

/// Whether term `a` is later than `b`. Terms wrap (serial numbers as in RFC 1982; of two that are opposite, which that
/// document leaves open, the greater one is later).
pub fn later(a: u16, b: u16) -> bool {
    match a.wrapping_sub(b) {
        0 => false,
        0x8000 => a > b,
        ahead => ahead < 0x8000,
    }
}

/// How much a node should own a wire: the smaller, the rather. Nearer to a root first, then the configured rank, then the
/// number.
pub type Priority = (u8, u8, NodeId);

/// The priority of a speaker.
pub fn priority(standing: Standing, node: NodeId) -> Priority {
    (standing.distance, standing.rank, node)
}

/// Whether the claim of `a` goes before that of `b`: the later term, and within one term the better priority.
pub fn prevails(a: (Standing, NodeId), b: (Standing, NodeId)) -> bool {
    if a.0.term != b.0.term {
        later(a.0.term, b.0.term)
    } else {
        priority(a.0, a.1) < priority(b.0, b.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_term_after_the_wrap_is_later() {
        assert!(later(1, 0xFFFF));
        assert!(!later(0xFFFF, 1));
        assert!(!later(7, 7));
    }

    proptest! {
        #[test]
        fn of_two_speakers_exactly_one_prevails(
            a in (any::<u16>(), any::<u8>(), any::<u8>(), 1u16..9),
            b in (any::<u16>(), any::<u8>(), any::<u8>(), 1u16..9),
        ) {
            let claim = |(term, distance, rank, node): (u16, u8, u8, u16)| {
                (Standing { term, distance, rank }, NodeId::new(node).unwrap())
            };
            prop_assume!(a.3 != b.3);
            prop_assert_ne!(prevails(claim(a), claim(b)), prevails(claim(b), claim(a)));
        }
    }
}
