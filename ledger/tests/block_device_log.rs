//! The decoder of the block device's write log.

#[path = "block_device/write_log.rs"]
mod write_log;

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use write_log::{COUNT_AT, Change, LogError, Request, SECTOR, parse};

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
