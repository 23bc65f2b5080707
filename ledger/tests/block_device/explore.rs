//! Power cuts all over a recording, each judged on a mounted disk.

use std::env;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::Anything;
use crate::chain::{DISK, Mounted};
use crate::crash::{Cutting, Kept};
use crate::random::Random;
use crate::recording::{Promised, Recording};

/// How many cuts are tried where nothing else is said.
const POINTS: usize = 100;

#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// `None` for every point there is.
    points: Option<usize>,
    pub seed: u64,
}

impl Options {
    pub fn from_environment() -> Anything<Options> {
        let points = match env::var("CRASH_POINTS") {
            Ok(all) if all == "all" => None,
            Ok(number) => Some(
                number
                    .parse()
                    .map_err(|_| "CRASH_POINTS is a number or all")?,
            ),
            Err(_) => Some(POINTS),
        };
        let seed = match env::var("CRASH_SEED") {
            Ok(number) => number.parse().map_err(|_| "CRASH_SEED is a number")?,
            Err(_) => 1,
        };
        Ok(Options { points, seed })
    }

    pub fn at_most(&self, points: usize) -> Options {
        Options {
            points: self.points.map(|wanted| wanted.min(points)),
            ..*self
        }
    }
}

/// What was wrong after a cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Something acknowledged is not there.
    Lost(String),
    /// Anything else.
    Wrong(String),
}

#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub points: usize,
    pub variants: usize,
    /// Variants in which something acknowledged was not there.
    pub lost: usize,
    /// Everything found, in words.
    pub faults: Vec<String>,
}

/// Cuts the power at each point chosen and judges what the disk may hold then.
pub fn explore(
    work: &Path,
    recording: &Recording,
    options: &Options,
    judge: impl Fn(&Path, &Promised) -> Result<(), Fault>,
) -> Anything<Outcome> {
    let mut random = Random::new(options.seed);
    let points = choose(recording.requests.len(), options.points, &mut random);
    let mut cutting = Cutting::new(&recording.before, &recording.log, &recording.requests);
    let mut outcome = Outcome::default();
    for point in points {
        cutting.advance(point)?;
        outcome.points += 1;
        let promised = recording.promised(point);
        cutting.cut(&mut random, |kept: Kept, disk| {
            outcome.variants += 1;
            if let Err(fault) = judge_disk(work, disk, &promised, &judge)? {
                let (is_loss, why) = match fault {
                    Fault::Lost(why) => (true, why),
                    Fault::Wrong(why) => (false, why),
                };
                outcome.lost += usize::from(is_loss);
                outcome
                    .faults
                    .push(format!("after request {point}, {kept}: {why}"));
            }
            Ok(())
        })?;
    }
    Ok(outcome)
}

/// From no request made to all made, spread evenly and each somewhere in its stretch.
fn choose(requests: usize, wanted: Option<usize>, random: &mut Random) -> Vec<usize> {
    let all = requests + 1;
    match wanted {
        Some(wanted) if wanted < all => (0..wanted)
            .map(|place| {
                let (start, end) = (place * all / wanted, (place + 1) * all / wanted);
                start + random.below(end - start)
            })
            .collect(),
        _ => (0..all).collect(),
    }
}

fn judge_disk(
    work: &Path,
    disk: &[u8],
    promised: &Promised,
    judge: impl Fn(&Path, &Promised) -> Result<(), Fault>,
) -> Anything<Result<(), Fault>> {
    let file = work.join("crashed");
    write_sparse(&file, disk)?;
    let mounted = match Mounted::new(&file, &work.join("judged")) {
        Ok(mounted) => mounted,
        Err(error) => return Ok(Err(Fault::Wrong(error.to_string()))),
    };
    let verdict = judge(mounted.path(), promised);
    mounted.close()?;
    Ok(verdict)
}

/// Writes a disk without its empty parts.
pub fn write_sparse(path: &Path, disk: &[u8]) -> Anything<()> {
    const PIECE: usize = 4096;
    let file = File::create(path)?;
    file.set_len(DISK as u64)?;
    for (place, piece) in disk.chunks(PIECE).enumerate() {
        if piece.iter().any(|byte| *byte != 0) {
            file.write_all_at(piece, (place * PIECE) as u64)?;
        }
    }
    Ok(())
}
