//! Invariant 3 and 5, taken literally: the kiosk is killed at every boundary of a top-up, started again, and the money counted.

use meterpost_tests::scenario::kill::kill_everywhere;

#[test]
fn invariants_3_and_5_a_power_cut_at_any_boundary_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().expect("a folder for the scenes");
    let tally =
        kill_everywhere(folder.path(), None, |line| println!("{line}")).expect("the stage holds");
    println!(
        "boundaries={} lost={} doubled={}",
        tally.boundaries, tally.lost, tally.doubled
    );
    assert!(
        tally.complaints.is_empty(),
        "{}",
        tally.complaints.join("\n")
    );
    assert!(
        tally.boundaries > 30,
        "only {} boundaries were cut",
        tally.boundaries
    );
}
