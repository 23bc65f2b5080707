//! The parts of the block device's test that need no block device: the decoder of the write log, and what a disk may hold
//! after a cut.

#[path = "block_device/crash.rs"]
mod crash;
#[path = "block_device/random.rs"]
mod random;
#[path = "block_device/write_log.rs"]
mod write_log;

use std::error::Error;

use crash::{Cutting, Kept};

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use random::Random;
use write_log::{COUNT_AT, Change, LogError, Request, SECTOR, parse};

type Anything<T> = Result<T, Box<dyn Error>>;

/// The superblock that QEMU 10.0.2 wrote for a log of this many requests.
fn superblock(count: u64) -> Vec<u8> {
    let mut log = vec![0; SECTOR];
    log[..8].copy_from_slice(b"rhswfsj\0");
    log[8] = 1;
    log[COUNT_AT as usize..24].copy_from_slice(&count.to_le_bytes());
    log[24..28].copy_from_slice(&512_u32.to_le_bytes());
    log
}

/// A request as it should be read, appended to the log.
fn append(log: &mut Vec<u8>, kind: u8, sector: u64, sectors: u64) -> Request {
    let (flags, stored) = match kind {
        0 => (1, 0),
        1 => (4, 0),
        2 => (2, sectors),
        _ => (0, sectors),
    };
    let named = if kind == 0 { 0 } else { sectors };
    let mut entry = vec![0; SECTOR];
    for (place, field) in [sector, named, flags, 0].into_iter().enumerate() {
        entry[place * 8..place * 8 + 8].copy_from_slice(&field.to_le_bytes());
    }
    log.extend(entry);
    let start = log.len();
    log.resize(start + stored as usize * SECTOR, 7);
    let at = sector as usize * SECTOR;
    let change = match kind {
        0 => Change::Nothing,
        1 => Change::Discard {
            at,
            length: sectors as usize * SECTOR,
        },
        _ => Change::Write {
            at,
            data: start..log.len(),
        },
    };
    Request {
        flush: kind == 0,
        fua: kind == 2,
        change,
    }
}

#[test]
fn a_log_of_another_make_is_refused() {
    let mut log = superblock(0);
    assert_eq!(parse(&log), Ok(Vec::new()));
    log[24..28].copy_from_slice(&4096_u32.to_le_bytes());
    assert_eq!(parse(&log), Err(LogError::SectorSize(4096)));
    log[8] = 2;
    assert_eq!(parse(&log), Err(LogError::Superblock));
    assert_eq!(parse(&[]), Err(LogError::Superblock));
}

#[test]
fn a_log_that_counts_more_than_it_holds_is_refused() {
    let mut log = superblock(2);
    append(&mut log, 3, 8, 1);
    assert_eq!(parse(&log), Err(LogError::CutShort(1)));
    log.truncate(log.len() - 1);
    assert_eq!(parse(&log), Err(LogError::CutShort(0)));
}

fn config() -> ProptestConfig {
    // The default looks for a crate's root, which an integration test has none of.
    let beside = FileFailurePersistence::WithSource("proptest-regressions");
    ProptestConfig::with_failure_persistence(beside)
}

/// The disks of two sectors that a cut after so many requests may leave, by the first byte of each sector.
fn disks(requests: &[Request], log: &[u8], points: &[usize]) -> Vec<(Kept, u8, u8)> {
    let mut cutting = Cutting::new(&[0; 2 * SECTOR], log, requests);
    let mut random = Random::new(1);
    let mut disks = Vec::new();
    for point in points {
        cutting.advance(*point).unwrap();
        cutting
            .cut(&mut random, |kept, disk| {
                disks.push((kept, disk[0], disk[SECTOR]));
                Ok(())
            })
            .unwrap();
    }
    disks
}

fn write(at: usize, data: std::ops::Range<usize>) -> Request {
    let change = Change::Write { at, data };
    Request {
        flush: false,
        fua: false,
        change,
    }
}

fn flush() -> Request {
    Request {
        flush: true,
        fua: false,
        change: Change::Nothing,
    }
}

#[test]
fn what_was_flushed_is_kept_and_what_was_not_may_be_torn() {
    let log = [vec![1; 2 * SECTOR], vec![2; 2 * SECTOR]].concat();
    let requests = [
        write(0, 0..2 * SECTOR),
        flush(),
        write(0, 2 * SECTOR..4 * SECTOR),
    ];
    assert_eq!(
        disks(&requests, &log, &[0, 1]),
        [(Kept::Nothing, 0, 0), (Kept::All, 1, 1), (Kept::Torn, 1, 0)]
    );
    assert_eq!(
        disks(&requests, &log, &[2, 3]),
        [(Kept::Nothing, 1, 1), (Kept::All, 2, 2), (Kept::Torn, 2, 1)]
    );
}

#[test]
fn a_later_write_is_kept_without_an_earlier_one_under_some_seed() {
    let log = [vec![1; SECTOR], vec![2; SECTOR]].concat();
    let requests = [write(0, 0..SECTOR), write(SECTOR, SECTOR..2 * SECTOR)];
    let some = |seed| {
        let mut cutting = Cutting::new(&[0; 2 * SECTOR], &log, &requests);
        let mut kept_some = None;
        cutting.advance(2).unwrap();
        cutting
            .cut(&mut Random::new(seed), |kept, disk| {
                if kept == Kept::Some {
                    kept_some = Some((disk[0], disk[SECTOR]));
                }
                Ok(())
            })
            .unwrap();
        kept_some.unwrap()
    };
    let all: Vec<(u8, u8)> = (0..64).map(some).collect();
    for disk in [(0, 0), (1, 0), (0, 2), (1, 2)] {
        assert!(all.contains(&disk), "{disk:?}");
    }
}

#[test]
fn a_request_outside_the_disk_is_an_error() {
    let requests = [write(2 * SECTOR, 0..SECTOR), flush()];
    let mut cutting = Cutting::new(&[0; 2 * SECTOR], &[1; SECTOR], &requests);
    assert!(cutting.advance(2).is_err());
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_request_that_was_logged_is_read(
        requests in prop::collection::vec((0..4_u8, 0..1_000_u64, 1..9_u64), 0..20)
    ) {
        let mut log = superblock(requests.len() as u64);
        let expected: Vec<Request> = requests
            .into_iter()
            .map(|(kind, sector, sectors)| append(&mut log, kind, sector, sectors))
            .collect();
        prop_assert_eq!(parse(&log), Ok(expected));
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        entries in prop::collection::vec(any::<u8>(), 0..4 * SECTOR),
        count in any::<u64>()
    ) {
        let mut log = superblock(count);
        log.extend(&entries);
        let _either = parse(&log);
        let _either = parse(&entries);
    }

    #[test]
    fn numbers_too_large_are_refused(fields in prop::array::uniform4(any::<u64>())) {
        let mut log = superblock(1);
        let mut entry = vec![0; SECTOR];
        for (place, field) in fields.into_iter().enumerate() {
            entry[place * 8..place * 8 + 8].copy_from_slice(&field.to_le_bytes());
        }
        log.extend(entry);
        let _either = parse(&log);
    }
}
