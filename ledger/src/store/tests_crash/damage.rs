//! The ways in which a disk treats what was not synced when the power is cut.
//!
//! A disk that writes in another order is one on which only some operations survive: of two writes to one place the later
//! one is then either there or lost.

use super::disk::{Image, Op};
use super::random::Random;
use super::replay::Replay;

/// What a disk writes at once, or tears.
const SECTORS: [u64; 2] = [512, 4096];

/// A write in pieces, each with its place in the file.
type Pieces = Vec<(u64, Vec<u8>)>;

/// One way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// Nothing unsynced survives.
    Nothing,
    /// Everything does.
    Everything,
    /// The newest operation only: it overtook all others.
    Newest,
    /// All but the oldest.
    OldestLost,
    /// All but the newest.
    NewestLost,
    /// A random choice: the disk writes in any order.
    Some(u64),
    /// A random choice, and of one write some sectors only.
    Torn(u64),
    /// A random choice, and one sector that was being written holds anything.
    Garbled(u64),
}

impl Damage {
    /// All ways of one round; those that are not random come in the first one only.
    pub(super) fn all(rounds: u64) -> Vec<Damage> {
        let mut all = vec![
            Damage::Nothing,
            Damage::Everything,
            Damage::Newest,
            Damage::OldestLost,
            Damage::NewestLost,
        ];
        all.extend((0..7 * rounds).map(Damage::Some));
        all.extend((0..8 * rounds).map(Damage::Torn));
        all.extend((0..4 * rounds).map(Damage::Garbled));
        all
    }

    /// A few, where each is followed by many more.
    pub(super) fn few(round: u64) -> Vec<Damage> {
        vec![
            Damage::Nothing,
            Damage::Everything,
            Damage::Some(round),
            Damage::Torn(round),
        ]
    }

    /// The disk after it.
    pub(super) fn strike(self, replay: &Replay, seed: u64, at: u64) -> Image {
        let pending = &replay.pending;
        let random = |kind, number| Random::new(seed, [at, kind, number]);
        match self {
            Damage::Nothing => replay.cut([]),
            Damage::Everything => replay.cut(pending),
            Damage::Newest => replay.cut(pending.last()),
            Damage::OldestLost => replay.cut(pending.iter().skip(1)),
            Damage::NewestLost => replay.cut(pending.iter().rev().skip(1).rev()),
            Damage::Some(number) => {
                let mut random = random(1, number);
                replay.cut(pending.iter().filter(|_| random.coin()))
            }
            Damage::Torn(number) => {
                let ops = with_one_write(pending, random(2, number), tear);
                replay.cut(&ops)
            }
            Damage::Garbled(number) => {
                let ops = with_one_write(pending, random(3, number), garble);
                replay.cut(&ops)
            }
        }
    }
}

/// A random choice of the operations, in which one write is replaced by pieces.
fn with_one_write(
    pending: &[Op],
    mut random: Random,
    replace: fn(Pieces, &mut Random) -> Pieces,
) -> Vec<Op> {
    let is_write = |op: &Op| matches!(op, Op::Write(..));
    let writes = pending.iter().filter(|op| is_write(op)).count();
    let chosen = random.below(writes.max(1));
    // Half of the time all others survive: the power went while the last write was under way.
    let others = random.coin();
    let size = SECTORS[random.below(2)];
    let mut seen = 0;
    let mut ops = Vec::new();
    for op in pending {
        if let Op::Write(inode, offset, bytes) = op {
            seen += 1;
            if seen == chosen + 1 {
                let pieces = replace(sectors(*offset, bytes, size), &mut random);
                let write =
                    |(offset, bytes): (u64, Vec<u8>)| Op::Write(*inode, offset, bytes.into());
                ops.extend(pieces.into_iter().map(write));
                continue;
            }
        }
        if others || random.coin() {
            ops.push(op.clone());
        }
    }
    ops
}

/// A write, cut at the disk's sector boundaries.
fn sectors(offset: u64, bytes: &[u8], size: u64) -> Pieces {
    let mut pieces = Vec::new();
    let (mut at, mut rest) = (offset, bytes);
    while !rest.is_empty() {
        let room = (size - at % size) as usize;
        let (piece, after) = rest.split_at(room.min(rest.len()));
        pieces.push((at, piece.to_vec()));
        at += piece.len() as u64;
        rest = after;
    }
    pieces
}

/// The first sectors, the last ones, or any.
fn tear(mut pieces: Pieces, random: &mut Random) -> Pieces {
    let at = random.below(pieces.len());
    match random.below(3) {
        0 => pieces.truncate(at),
        1 => drop(pieces.drain(..at)),
        _ => pieces.retain(|_| random.coin()),
    }
    pieces
}

/// One sector holds zeros or noise, or all from it on do; what follows it may be missing.
fn garble(mut pieces: Pieces, random: &mut Random) -> Pieces {
    let at = random.below(pieces.len());
    let last = match random.below(3) {
        0 => pieces.len() - 1,
        1 => at,
        _ => {
            pieces.truncate(at + 1);
            at
        }
    };
    let noise = random.coin();
    for byte in pieces[at..=last].iter_mut().flat_map(|piece| &mut piece.1) {
        *byte = if noise { random.next() as u8 } else { 0 };
    }
    pieces
}

#[test]
fn sectors_are_cut_at_the_disks_boundaries() {
    let pieces = sectors(500, &[7; 600], 512);
    let shape: Vec<_> = pieces
        .iter()
        .map(|(at, bytes)| (*at, bytes.len()))
        .collect();
    assert_eq!(shape, [(500, 12), (512, 512), (1024, 76)]);
}

#[test]
fn the_same_seed_strikes_in_the_same_way() {
    let mut replay = Replay::default();
    replay.advance(&Op::Create("a".into(), 1));
    for number in 0..20_u8 {
        replay.advance(&Op::Write(
            1,
            u64::from(number) * 700,
            vec![number; 700].into(),
        ));
    }
    let strike = |seed| -> Vec<Image> {
        let all = Damage::all(2);
        all.iter()
            .map(|damage| damage.strike(&replay, seed, 5))
            .collect()
    };
    assert_eq!(strike(1), strike(1));
    assert_ne!(strike(1), strike(2));
}
