//! Whatever a meter answers, "applied" is only told when its books show it.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::frame::bytes::u64_to_bcd;
use crate::frame::cjt188::{Address, Control, Frame};
use crate::link::LinkError;

/// Books as a meter may show them.
#[derive(Clone, Copy, Debug)]
struct Shown {
    sequence: u8,
    last: u32,
    cumulative: u32,
}

/// What a meter does with one request.
#[derive(Clone, Debug)]
enum Whim {
    Shows(Shown),
    Refuses([u8; 2]),
    Says(Vec<u8>),
    Garbage(Vec<u8>),
    Silent,
    Breaks,
}

/// A meter that does as it likes, and what of its books it has shown last.
struct Moody {
    whims: std::vec::IntoIter<Whim>,
    shown: Option<Shown>,
    writes: usize,
}

impl Link for Moody {
    async fn exchange(
        &mut self,
        request: &[u8],
        belongs: &(dyn Fn(&[u8]) -> bool + Sync),
        patience: Duration,
    ) -> Result<Vec<u8>, LinkError> {
        let asked = Frame::parse(crate::frame::without_preamble(request)).unwrap();
        let &[a, b, serial, ..] = asked.data() else {
            panic!("a request without an identifier");
        };
        let write = asked.control().0 == 0x04;
        self.writes += usize::from(write);
        let reply = |control: u8, data: Vec<u8>| {
            let meter = Address::from_digits(0x10, "71962403180002").unwrap();
            Frame::new(meter, Control(control), data).unwrap().encode()
        };
        let control = asked.control().0;
        let (frame, shown) = match self.whims.next().unwrap_or(Whim::Silent) {
            Whim::Shows(books) if !write => {
                let amount = |value: u32| u64_to_bcd::<4>(u64::from(value)).unwrap();
                let mut data = vec![a, b, serial, books.sequence];
                data.extend(amount(books.last));
                data.extend(amount(books.cumulative));
                data.extend([0; 6]);
                (reply(control | 0x80, data), Some(books))
            }
            Whim::Shows(_) => (reply(0x84, vec![a, b, serial, 0, 0]), None),
            Whim::Refuses([x, y]) => (reply(control | 0xC0, vec![serial, x, y]), None),
            Whim::Says(rest) => (
                reply(control | 0x80, [vec![a, b, serial], rest].concat()),
                None,
            ),
            Whim::Garbage(bytes) => (bytes, None),
            Whim::Silent => return Err(LinkError::NoAnswer(patience)),
            Whim::Breaks => return Err(LinkError::Broken("a whim".to_owned())),
        };
        if !belongs(&frame) {
            return Err(LinkError::NoAnswer(patience));
        }
        if shown.is_some() {
            self.shown = shown;
        }
        Ok(frame)
    }
}

fn any_books() -> impl Strategy<Value = Shown> {
    let amounts = || prop_oneof![Just(10_000u32), Just(3_000), Just(0), 0u32..99_999_999];
    let sums = prop_oneof![Just(25_000u32), Just(35_000), Just(0), 0u32..99_999_999];
    (
        prop_oneof![Just(6u8), Just(7), any::<u8>()],
        amounts(),
        sums,
    )
        .prop_map(|(sequence, last, cumulative)| Shown {
            sequence,
            last,
            cumulative,
        })
}

fn any_whim() -> impl Strategy<Value = Whim> {
    let bytes = || proptest::collection::vec(any::<u8>(), 0..24);
    prop_oneof![
        4 => any_books().prop_map(Whim::Shows),
        1 => any::<[u8; 2]>().prop_map(Whim::Refuses),
        1 => proptest::collection::vec(0xA0u8..=0xFF, 0..24).prop_map(Whim::Says),
        1 => bytes().prop_map(Whim::Garbage),
        1 => Just(Whim::Silent),
        1 => Just(Whim::Breaks),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn applied_is_only_told_when_the_books_show_it(whims in proptest::collection::vec(any_whim(), 0..6), resolve: bool) {
        let mut link = Moody { whims: whims.into_iter(), shown: None, writes: 0 };
        let mut order = order(7, 10_000);
        order.before.last_amount = Some(Amount(3_000));
        order.before.cumulative = Some(Amount(25_000));
        let outcome = if resolve {
            run(water().resolve(&mut link, &order))
        } else {
            run(water().credit(&mut link, &order))
        };
        prop_assert_eq!(link.writes, usize::from(!resolve), "a write is sent once");
        let shows_it = link.shown.is_some_and(|books| {
            books.sequence == 7 && books.last == 10_000 && books.cumulative == 35_000
        });
        match outcome {
            Outcome::Applied(_) => prop_assert!(shows_it, "{:?}", link.shown),
            Outcome::NotApplied { .. } => prop_assert!(link.shown.is_some() && !shows_it),
            Outcome::Unknown(_) => prop_assert!(!shows_it),
        }
    }
}
