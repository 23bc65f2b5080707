//! An honest terminal, a dishonest one and two witnesses talk over a network that loses, doubles, delays, reorders and
//! replays. One seed gives one history; a failure prints its seed, and `METERPOST_SEED=<seed>` runs that one alone.
//!
//! - Never cosigned: by one witness, two heads of one log of which neither continues the other.
//! - Never lost: the honest terminal is never held, and is in sync as soon as messages get through.
//! - Never unseen: whatever the dishonest one did is found, with evidence of which both signatures verify.

mod checks;
mod world;

use std::collections::BTreeMap;

use world::{Cheat, World};

const SEEDS: u64 = 400;
const STEPS: u64 = 100;

/// Names the seed when a test fails.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("METERPOST_SEED={}", self.0);
        }
    }
}

#[test]
fn nothing_is_contradictory_lost_or_unseen_in_any_order() {
    let one = std::env::var("METERPOST_SEED").ok();
    let seeds = match one.map(|seed| seed.parse::<u64>().unwrap()) {
        Some(seed) => seed..seed + 1,
        None => 0..SEEDS,
    };
    let (mut messages, mut cosigned) = (0, 0);
    let mut cheats: BTreeMap<Cheat, u64> = BTreeMap::new();
    for seed in seeds {
        let _named = Seed(seed);
        let mut world = World::new(seed);
        world.run(STEPS);
        world.check_nothing_is_lost();
        world.check_nothing_is_unseen();
        let (count, contradictions) = world.cosigned();
        assert_eq!(contradictions, 0);
        cosigned += count;
        messages += world.messages;
        *cheats.entry(world.cheat).or_default() += 1;
    }
    println!("exchange: messages={messages} cosigned={cosigned} contradictions=0 lost=0 unseen=0");
    println!("cheats: {cheats:?}");
}

/// The negative control: were witnesses to cosign whatever a log signed, the simulation would see it.
#[test]
fn careless_witnesses_are_seen_to_contradict_themselves() {
    let mut contradictions = 0;
    for seed in 0..40 {
        let mut world = World::new(seed);
        for witness in &mut world.witnesses {
            witness.careless = true;
        }
        world.run(STEPS);
        contradictions += world.cosigned().1;
    }
    println!("exchange control: contradictions={contradictions}");
    assert!(contradictions > 0);
}
