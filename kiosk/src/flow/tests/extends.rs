//! Nobody is hurried: before anything ends by itself the screen counts down for at least twenty seconds, and one touch or key gives all the
//! time again, as often as it is wanted (WCAG 2.2, 2.2.1).

use std::time::Duration;

use meterpost_ui::view::{Intent, Screen};

use super::story::{find, pass, pay, ready};
use super::world::{Faults, World};
use crate::config::Timeouts;
use crate::flow::Session;

const LEAST: u32 = 20;
const TIMES: usize = 12;

/// A terminal at rest with the delays that are configured where nothing is.
fn usual() -> World {
    let mut world = ready(Faults::NONE);
    let usual = Timeouts::default();
    let delays = &mut world.flow.rules.delays;
    delays.idle = usual.idle;
    delays.warning = usual.warning;
    delays.finish_after_note = usual.finish_after_note;
    delays.done = usual.done;
    delays.owed = usual.owed;
    world
}

/// The seconds of the countdown that is shown.
fn counted(world: &World) -> Option<u32> {
    let view = world.flow.view("");
    view.still_there.or(match view.screen {
        Screen::Cash(cash) => cash.finishing_in,
        Screen::Done(done) => done.closing_in,
        Screen::Owed(owed) => owed.closing_in,
        _ => None,
    })
}

/// Lets the countdown begin and come near its end, and touches: again and again.
fn extends(mut world: World, what: &str) {
    let session = std::mem::discriminant(world.flow.session());
    for time in 0..TIMES {
        let mut waited = 0;
        while counted(&world).is_none() {
            world.pass(Duration::from_millis(100));
            waited += 1;
            assert!(waited < 9000, "{what}: nothing is counted down");
        }
        let left = counted(&world).unwrap();
        assert!(
            left >= LEAST,
            "{what}: {left} s are left when the countdown begins"
        );
        pass(&mut world, u64::from(left) - 2);
        let now = std::mem::discriminant(world.flow.session());
        assert_eq!(
            now, session,
            "{what}: it ended before its countdown, time {time}"
        );
        world.touch(Intent::Stay);
        let left = counted(&world).unwrap_or(u32::MAX);
        assert!(left >= LEAST, "{what}: a touch gives {left} s");
    }
    // Not touched any more, it does end.
    pass(&mut world, 240);
    let now = std::mem::discriminant(world.flow.session());
    assert_ne!(now, session, "{what}");
}

#[test]
fn every_countdown_leaves_twenty_seconds_and_is_extended_by_a_touch_more_than_ten_times() {
    let mut number = usual();
    number.touch(Intent::Start);
    extends(number, "number");

    let mut meter = usual();
    find(&mut meter);
    extends(meter, "meter");

    let mut loss = usual();
    loss.touch(Intent::Start);
    loss.touch(Intent::Lost);
    extends(loss, "loss");

    let mut empty = usual();
    find(&mut empty);
    empty.touch(Intent::Amount(5_000));
    assert!(matches!(empty.flow.session(), Session::Cash { .. }));
    extends(empty, "cash without a note");

    let mut partly = usual();
    pay(&mut partly, 5_000, &[2_000]);
    assert!(matches!(partly.flow.session(), Session::Cash { .. }));
    extends(partly, "cash with a note");

    let mut done = usual();
    find(&mut done);
    done.touch(Intent::Amount(5_000));
    pass(&mut done, 1);
    done.insert(5_000);
    for _ in 0..100 {
        if !matches!(done.flow.session(), Session::Done { .. }) {
            done.pass(Duration::from_millis(100));
        }
    }
    assert!(matches!(done.flow.session(), Session::Done { .. }));
    extends(done, "done");
}
