//! The power was cut, and then the disk fails while the ledger is opened.

use meterpost_crashdisk::Fault;

use super::check::{Checker, as_committed};
use super::damage::Damage;
use super::day::{Day, play, size_at};
use super::disk::{Image, Plan};
use super::exploring::Tally;
use super::random::{from_environment, long_form};
use super::replay::{Replay, replay};
use super::script::first_day;
use super::terminal::Terminal;

const FAULTS: [(Fault, bool); 3] = [
    (Fault::Device, false),
    (Fault::Full, true),
    (Fault::ReadOnly, true),
];

/// Opens the disk with one call failing. Whether that is told or not, the next opening finds everything, with the power
/// on and after another cut.
fn fail_opening(
    terminal: &Terminal,
    day: &Day,
    acknowledged: u64,
    image: &Image,
    checker: &mut Checker<'_>,
) -> Tally {
    let mut tally = Tally::default();
    terminal.insert(image.clone());
    drop(terminal.open());
    let calls = terminal.drive.disk().calls;
    for (fault, lasting) in FAULTS {
        for call in 0..calls {
            terminal.insert(image.clone());
            let plan = Plan {
                call,
                fault,
                lasting,
            };
            terminal.fail(Some(plan));
            if let Ok((ledger, _)) = terminal.open() {
                terminal.fail(None);
                assert_eq!(as_committed(&ledger, &day.history), Ok(()), "{plan:?}");
                assert!(ledger.size() >= acknowledged, "{plan:?}");
            }
            terminal.fail(None);
            let left = replay(image, &terminal.take_log());
            for then in [left.whole(), left.cut([])] {
                let found = checker.check(then, &day.history);
                tally.take(&found, acknowledged, u64::MAX, &format!("{plan:?}"));
            }
        }
    }
    tally
}

#[test]
fn a_disk_that_fails_during_recovery_loses_nothing() {
    let terminal = Terminal::new("FULL");
    let day = play(&terminal, &first_day());
    let mut checker = Checker::new(&terminal);
    let mut tally = Tally::default();
    let stride = if long_form() { 3 } else { 83 };
    let (seed, _) = from_environment();
    let mut replay = Replay::on(day.before.clone());
    for (at, op) in day.ops.iter().enumerate() {
        replay.advance(op);
        let acknowledged = size_at(&day.acknowledged, at + 1);
        if at % stride != 0 {
            continue;
        }
        for damage in [Damage::Everything, Damage::Torn(1)] {
            let mut image = damage.strike(&replay, seed, at as u64);
            image.tidy();
            let fails = fail_opening(&terminal, &day, acknowledged, &image, &mut checker);
            tally.add(fails.named(&format!("after {at} operations, {damage:?}")));
        }
    }
    println!("failing during recovery: {tally}");
    tally.must_be_clean();
}
