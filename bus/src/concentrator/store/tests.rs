use std::collections::BTreeMap;
use std::fs;

use super::*;
use crate::concentrator::clock::DAY;
use crate::concentrator::clock::{ClockQuality, LocalSeconds, Stamp};
use crate::concentrator::event::EventKind;
use crate::concentrator::record::SupplyState;
use crate::frame::gdw376::port::PortRate;

const NOW: LocalSeconds = 9_800 * DAY;

fn meter(index: u16) -> Meter {
    Meter {
        index,
        point: index + 1,
        port: PortRate { port: 2, rate: 3 },
        protocol: 30,
        address: [0x12, 0x90, 0x78, 0x56, 0x34, 0x12],
        password: [0; 6],
        tariffs: 4,
        digits: 9,
        collector: [0; 6],
        class: 0x10,
    }
}

fn record(at: LocalSeconds) -> Record {
    Record {
        read: Stamp {
            at,
            quality: ClockQuality::Ntp,
        },
        values: BTreeMap::new(),
        supply: SupplyState::On,
        troubles: Vec::new(),
    }
}

fn event(number: i64, at: LocalSeconds) -> Event {
    Event {
        number,
        kind: EventKind::MeterLost,
        seen: Stamp {
            at,
            quality: ClockQuality::Rtc,
        },
        point: 7,
        count: number,
    }
}

fn frozen(day: i64, value: Frozen) -> Write {
    Write::Frozen {
        point: 1,
        period: Period::Day(day),
        value,
        at: NOW,
    }
}

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Bench {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("concentrator.db")
    }

    fn open(&self) -> Store {
        Store::open(&self.path(), None).unwrap()
    }
}

#[test]
fn what_was_written_is_there_after_a_restart() {
    let bench = Bench::new();
    let mut store = bench.open();
    store.set_archive(&[meter(1), meter(7)]).unwrap();
    let answers = Answers {
        failures: 3,
        skip: 1,
        asked: NOW,
        answered: None,
    };
    store
        .write(&[
            Write::Reading(2, record(NOW)),
            frozen(9_799, Frozen::Read(record(NOW))),
            Write::Event(event(1, NOW)),
            Write::Answers(2, answers),
            Write::Setting("offset".to_owned(), "12".to_owned()),
        ])
        .unwrap();
    drop(store);
    let store = bench.open();
    assert_eq!(store.archive().unwrap(), [meter(1), meter(7)]);
    assert_eq!(store.reading(2).unwrap(), Some(record(NOW)));
    assert_eq!(store.reading(3).unwrap(), None);
    assert_eq!(store.answers().unwrap(), [(2, answers)]);
    assert_eq!(store.events(0, 10).unwrap(), [event(1, NOW)]);
    assert_eq!(
        store.event_counts().unwrap(),
        (1, vec![(EventKind::MeterLost, 1)])
    );
    assert_eq!(store.setting("offset").unwrap().as_deref(), Some("12"));
    assert_eq!(store.last_day(1).unwrap(), Some(9_799));
}

#[test]
fn a_frozen_value_that_was_read_is_never_replaced_and_a_missed_one_is_when_found() {
    let bench = Bench::new();
    let mut store = bench.open();
    let at = |store: &Store| store.frozen(1, Period::Day(5)).unwrap();
    store.write(&[frozen(5, Frozen::Missed)]).unwrap();
    assert_eq!(at(&store), Some(Frozen::Missed));
    store
        .write(&[frozen(5, Frozen::BackFilled(record(1)))])
        .unwrap();
    assert_eq!(at(&store), Some(Frozen::BackFilled(record(1))));
    store.write(&[frozen(5, Frozen::Read(record(2)))]).unwrap();
    store.write(&[frozen(5, Frozen::Missed)]).unwrap();
    assert_eq!(at(&store), Some(Frozen::BackFilled(record(1))));
}

#[test]
fn every_uplink_has_a_cursor_of_its_own_and_nothing_is_lost_before_it_confirmed() {
    let bench = Bench::new();
    let mut store = bench.open();
    store
        .keep_uplinks(&["a".to_owned(), "b".to_owned()])
        .unwrap();
    store
        .write(&[Write::Event(event(1, NOW)), Write::Event(event(2, NOW))])
        .unwrap();
    let waits = |store: &Store, name: &str| -> Vec<i64> {
        let reports = store.unreported(name, 10).unwrap();
        reports.into_iter().map(|(number, _)| number).collect()
    };
    assert_eq!(waits(&store, "a"), [1, 2]);
    store.write(&[Write::Confirmed("a".to_owned(), 2)]).unwrap();
    store.prune(NOW, Retention::default()).unwrap();
    drop(store);
    let mut store = bench.open();
    assert_eq!(waits(&store, "a"), [] as [i64; 0]);
    assert_eq!(waits(&store, "b"), [1, 2]);
    // A confirm that comes late and out of order moves nothing back.
    store.write(&[Write::Confirmed("a".to_owned(), 1)]).unwrap();
    assert_eq!(waits(&store, "a"), [] as [i64; 0]);
    store.write(&[Write::Confirmed("b".to_owned(), 2)]).unwrap();
    store.prune(NOW, Retention::default()).unwrap();
    store.write(&[Write::Event(event(3, NOW))]).unwrap();
    assert_eq!(waits(&store, "b"), [3], "numbers are never used twice");
    assert_eq!(
        store.waiting().unwrap(),
        [("a".to_owned(), 1), ("b".to_owned(), 1)]
    );
}

#[test]
fn a_new_uplink_is_not_told_the_past_and_one_taken_out_holds_up_nothing() {
    let bench = Bench::new();
    let mut store = bench.open();
    store.keep_uplinks(&["a".to_owned()]).unwrap();
    store.write(&[Write::Event(event(1, NOW))]).unwrap();
    store.keep_uplinks(&["b".to_owned()]).unwrap();
    assert!(store.unreported("b", 10).unwrap().is_empty());
    assert_eq!(store.waiting().unwrap(), [("b".to_owned(), 0)]);
}

#[test]
fn what_is_older_than_it_is_kept_for_goes() {
    let bench = Bench::new();
    let mut store = bench.open();
    let keep = Retention {
        daily: 10,
        monthly: 365,
        events: 10,
        reports: 10,
    };
    let old = NOW - 11 * DAY;
    store
        .write(&[
            frozen(9_789, Frozen::Missed),
            frozen(9_790, Frozen::Missed),
            Write::Event(event(1, old)),
            Write::Event(event(2, NOW)),
        ])
        .unwrap();
    store.prune(NOW, keep).unwrap();
    assert_eq!(store.frozen(1, Period::Day(9_789)).unwrap(), None);
    assert_eq!(
        store.frozen(1, Period::Day(9_790)).unwrap(),
        Some(Frozen::Missed)
    );
    assert_eq!(store.events(0, 10).unwrap(), [event(2, NOW)]);
    assert_eq!(store.event_counts().unwrap().0, 2);
}

#[test]
fn a_json_archive_is_taken_over_once_and_left_under_another_name() {
    let bench = Bench::new();
    let earlier = bench.folder.path().join("state.json");
    let meters = serde_json::json!({"version": 1, "meters": [meter(4)]});
    fs::write(&earlier, meters.to_string()).unwrap();
    let store = Store::open(&bench.path(), Some(&earlier)).unwrap();
    assert_eq!(store.archive().unwrap(), [meter(4)]);
    assert!(!earlier.exists());
    assert!(bench.folder.path().join("state.json.imported").exists());
    drop(store);
    let again = Store::open(&bench.path(), Some(&earlier)).unwrap();
    assert_eq!(again.archive().unwrap(), [meter(4)]);
}

#[test]
fn a_spoilt_json_archive_is_told_and_left_alone() {
    let bench = Bench::new();
    let earlier = bench.folder.path().join("state.json");
    fs::write(&earlier, "{\"version\":1,\"meters\":[").unwrap();
    let refused = Store::open(&bench.path(), Some(&earlier)).unwrap_err();
    assert!(matches!(refused, StoreError::Import { .. }), "{refused}");
    assert!(earlier.exists());
}

#[test]
fn a_damaged_file_is_told_and_left_alone() {
    let bench = Bench::new();
    fs::write(
        bench.path(),
        "this is no database, but a text that is long enough to be read",
    )
    .unwrap();
    let before = fs::read(bench.path()).unwrap();
    assert!(Store::open(&bench.path(), None).is_err());
    assert_eq!(fs::read(bench.path()).unwrap(), before);
}

#[test]
fn a_file_of_a_newer_program_is_refused() {
    let bench = Bench::new();
    let store = bench.open();
    store
        .connection
        .pragma_update(None, "user_version", 99)
        .unwrap();
    drop(store);
    let refused = Store::open(&bench.path(), None).unwrap_err();
    assert!(matches!(refused, StoreError::Newer { version: 99, .. }));
}

#[tokio::test]
async fn a_full_disk_loses_nothing_that_fits_later() {
    let bench = Bench::new();
    let (keeper, thread) = Keeper::start(bench.path(), None);
    let pages = |most: i64| {
        keeper.call(move |store: &mut Store| {
            store
                .connection
                .pragma_update(None, "max_page_count", most)
                .map_err(StoreError::from)
        })
    };
    pages(1).await.unwrap();
    let writes: Vec<Write> = (0..500)
        .map(|point| Write::Reading(point, record(NOW)))
        .collect();
    keeper.write(writes);
    let none = keeper.call(|store| store.reading(1)).await.unwrap();
    assert_eq!(none, None);
    pages(1_000_000).await.unwrap();
    keeper.write(Vec::new());
    let found = keeper.call(|store| store.reading(499)).await.unwrap();
    assert_eq!(found, Some(record(NOW)));
    drop(keeper);
    thread.join().unwrap();
}

#[tokio::test]
async fn without_a_store_every_call_says_why() {
    let bench = Bench::new();
    fs::create_dir(bench.path()).unwrap();
    let (keeper, _thread) = Keeper::start(bench.path(), None);
    keeper.write(vec![Write::Reading(1, record(NOW))]);
    let error = keeper.call(|store| store.archive()).await.unwrap_err();
    assert!(matches!(error, StoreError::None(_)), "{error}");
}
