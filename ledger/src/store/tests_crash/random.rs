//! Random choices that can be repeated: the same seed makes the same ones on every machine.

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// A generator for one place in the exploration.
    pub(super) fn new(seed: u64, place: [u64; 3]) -> Random {
        let mut random = Random(seed);
        for part in place {
            random.0 = random.next().wrapping_add(part);
        }
        random
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below the bound, which is not zero.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(super) fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }
}

/// The seed of this run, and over how many rounds of damages it goes.
pub(super) fn from_environment() -> (u64, u64) {
    let number = |name: &str, otherwise: u64| match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text}")),
        Err(_) => otherwise,
    };
    (number("CRASH_SEED", 20_260_923), number("CRASH_SEEDS", 1))
}

/// Whether the long form was asked for.
pub(super) fn long_form() -> bool {
    from_environment().1 > 1
}
