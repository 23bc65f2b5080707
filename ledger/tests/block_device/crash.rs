//! What a disk may hold after a power cut: everything up to the last flush, and of what was written since any part.

use std::fmt;

use crate::Anything;
use crate::random::Random;
use crate::write_log::{Change, Request, SECTOR};

/// Which of the writes since the last flush the disk had kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Nothing,
    All,
    /// Each or not by a coin.
    Some,
    /// All, but of one only the first sector.
    Torn,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kept::Nothing => "none of the unflushed writes kept",
            Kept::All => "all unflushed writes kept",
            Kept::Some => "some of the unflushed writes kept",
            Kept::Torn => "one unflushed write torn",
        })
    }
}

/// A disk as requests reach it.
pub struct Cutting<'r> {
    log: &'r [u8],
    requests: &'r [Request],
    /// What is certain to be kept.
    stable: Vec<u8>,
    /// The requests whose writes are not.
    pending: Vec<&'r Change>,
    reached: usize,
    /// Whether nothing more has become stable since the last cut.
    is_known: bool,
}

impl<'r> Cutting<'r> {
    pub fn new(before: &[u8], log: &'r [u8], requests: &'r [Request]) -> Cutting<'r> {
        Cutting {
            log,
            requests,
            stable: before.to_vec(),
            pending: Vec::new(),
            reached: 0,
            is_known: false,
        }
    }

    /// Goes on to where so many requests have been made.
    pub fn advance(&mut self, to: usize) -> Anything<()> {
        let to = to.min(self.requests.len());
        for request in self.requests.get(self.reached..to).unwrap_or_default() {
            if request.flush {
                // Also where nothing was pending: a promise may have been made since.
                self.is_known = false;
                for change in self.pending.drain(..) {
                    apply(&mut self.stable, self.log, change)?;
                }
            }
            match request.change {
                Change::Nothing => {}
                _ => self.pending.push(&request.change),
            }
        }
        self.reached = to;
        Ok(())
    }

    /// The disks a cut here may leave, one after the other, without the one that the cut before left too.
    pub fn cut(
        &mut self,
        random: &mut Random,
        mut each: impl FnMut(Kept, &[u8]) -> Anything<()>,
    ) -> Anything<()> {
        if !self.is_known {
            each(Kept::Nothing, &self.stable)?;
            self.is_known = true;
        }
        if self.pending.is_empty() {
            return Ok(());
        }
        each(Kept::All, &self.disk(|_| Part::Whole)?)?;
        if self.pending.len() > 1 {
            let coins: Vec<bool> = self.pending.iter().map(|_| random.coin()).collect();
            let kept = |place: usize| {
                if coins[place] {
                    Part::Whole
                } else {
                    Part::None
                }
            };
            each(Kept::Some, &self.disk(kept)?)?;
        }
        let long = |place: &usize| matches!(self.pending[*place], Change::Write { data, .. } if data.len() > SECTOR);
        let long: Vec<usize> = (0..self.pending.len()).filter(long).collect();
        if let Some(torn) = long.get(random.below(long.len())) {
            let kept = |place: usize| {
                if place == *torn {
                    Part::FirstSector
                } else {
                    Part::Whole
                }
            };
            each(Kept::Torn, &self.disk(kept)?)?;
        }
        Ok(())
    }

    fn disk(&self, kept: impl Fn(usize) -> Part) -> Anything<Vec<u8>> {
        let mut disk = self.stable.clone();
        for (place, change) in self.pending.iter().enumerate() {
            match (kept(place), *change) {
                (Part::None, _) => {}
                (Part::FirstSector, Change::Write { at, data }) => {
                    let first = Change::Write {
                        at: *at,
                        data: data.start..data.start + SECTOR,
                    };
                    apply(&mut disk, self.log, &first)?;
                }
                (_, whole) => apply(&mut disk, self.log, whole)?,
            }
        }
        Ok(disk)
    }
}

/// How much of a write was kept.
enum Part {
    None,
    FirstSector,
    Whole,
}

/// Makes a change on the disk.
pub fn apply(disk: &mut [u8], log: &[u8], change: &Change) -> Anything<()> {
    let outside = "a request outside the disk or the log";
    match change {
        Change::Nothing => {}
        Change::Write { at, data } => {
            let end = at.checked_add(data.len()).ok_or(outside)?;
            let target = disk.get_mut(*at..end).ok_or(outside)?;
            target.copy_from_slice(log.get(data.clone()).ok_or(outside)?);
        }
        Change::Discard { at, length } => {
            let end = at.checked_add(*length).ok_or(outside)?;
            disk.get_mut(*at..end).ok_or(outside)?.fill(0);
        }
    }
    Ok(())
}
