//! The log of a block device's writes, in the format of Linux's dm-log-writes target, as QEMU's `blklogwrites` writes it
//! (Linux `Documentation/admin-guide/device-mapper/log-writes.rst` and `drivers/md/dm-log-writes.c`; QEMU
//! `block/blklogwrites.c`): a superblock of one sector, then entries of one sector each with their data behind them. All
//! numbers are little-endian.

use std::ops::Range;

use thiserror::Error;

const MAGIC: u64 = 0x006a_7366_7773_6872;
const VERSION: u64 = 1;

/// Where the superblock counts its entries, in bytes.
pub const COUNT_AT: u64 = 16;

/// The device is written in units of this many bytes, and a unit is written whole or not at all.
pub const SECTOR: usize = 512;

const FLUSH: u64 = 1;
const FUA: u64 = 2;
const DISCARD: u64 = 4;
const MARK: u64 = 8;

/// One request to the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Everything written before it is stable after it.
    pub flush: bool,
    /// What it writes is stable after it.
    pub fua: bool,
    /// What it changes.
    pub change: Change,
}

/// What a request changes. Places are bytes on the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Nothing,
    /// The bytes lie in this range of the log file.
    Write {
        at: usize,
        data: Range<usize>,
    },
    /// Given up; read as zeros from then on.
    Discard {
        at: usize,
        length: usize,
    },
}

/// Why bytes are no log.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LogError {
    #[error("it does not begin with the superblock of a write log of version {VERSION}")]
    Superblock,
    #[error("its sectors have {0} bytes; only {SECTOR} are supported")]
    SectorSize(u32),
    #[error("request {0} is cut short")]
    CutShort(u64),
    #[error("request {0} has the unknown flags {1:#x}")]
    Flags(u64, u64),
}

/// Reads a whole log.
pub fn parse(log: &[u8]) -> Result<Vec<Request>, LogError> {
    if number(log, 0) != Some(MAGIC) || number(log, 8) != Some(VERSION) {
        return Err(LogError::Superblock);
    }
    let count = number(log, COUNT_AT as usize).ok_or(LogError::Superblock)?;
    let sector = log.get(24..28).and_then(|bytes| bytes.try_into().ok());
    match sector.map(u32::from_le_bytes) {
        Some(size) if size as usize == SECTOR => {}
        Some(size) => return Err(LogError::SectorSize(size)),
        None => return Err(LogError::Superblock),
    }
    let mut requests = Vec::new();
    let mut at = SECTOR;
    for place in 0..count {
        let (request, next) = request(log, at, place)?;
        requests.push(request);
        at = next;
    }
    Ok(requests)
}

/// The request whose entry begins here, and where the next one does.
fn request(log: &[u8], entry: usize, place: u64) -> Result<(Request, usize), LogError> {
    let cut = LogError::CutShort(place);
    let data = entry.checked_add(SECTOR).filter(|end| *end <= log.len());
    let data = data.ok_or(cut.clone())?;
    let field = |at: usize| number(log, entry + at).ok_or(cut.clone());
    let (sector, sectors, flags, mark) = (field(0)?, field(8)?, field(16)?, field(24)?);
    if flags & !(FLUSH | FUA | DISCARD | MARK) != 0 {
        return Err(LogError::Flags(place, flags));
    }
    let at = bytes(sector).ok_or(cut.clone())?;
    let length = bytes(sectors).ok_or(cut.clone())?;
    let stored = if flags & MARK != 0 {
        usize::try_from(mark)
            .ok()
            .and_then(|mark| mark.checked_next_multiple_of(SECTOR))
    } else if flags & DISCARD != 0 {
        Some(0)
    } else {
        Some(length)
    };
    let end = stored.and_then(|stored| data.checked_add(stored));
    let end = end.filter(|end| *end <= log.len()).ok_or(cut)?;
    let change = if flags & DISCARD != 0 {
        Change::Discard { at, length }
    } else if flags & MARK != 0 || length == 0 {
        Change::Nothing
    } else {
        Change::Write {
            at,
            data: data..end,
        }
    };
    let request = Request {
        flush: flags & FLUSH != 0,
        fua: flags & FUA != 0,
        change,
    };
    Ok((request, end))
}

fn bytes(sectors: u64) -> Option<usize> {
    usize::try_from(sectors).ok()?.checked_mul(SECTOR)
}

fn number(log: &[u8], at: usize) -> Option<u64> {
    let bytes = log.get(at..at.checked_add(8)?)?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}
