//! What a disk owes after each operation, and what it may still forget.

use super::disk::{Image, Op};

/// A log of operations, played up to a point.
#[derive(Clone, Debug, Default)]
pub(super) struct Replay {
    /// What survives whatever happens.
    pub(super) durable: Image,
    /// What was not synced yet, oldest first.
    pub(super) pending: Vec<Op>,
}

impl Replay {
    pub(super) fn on(durable: Image) -> Replay {
        Replay {
            durable,
            pending: Vec::new(),
        }
    }

    pub(super) fn advance(&mut self, op: &Op) {
        // A sync is a promise about its own file, or about the names, and about nothing else.
        let promised = |pending: &Op| match op {
            Op::Sync(synced) => matches!(
                pending,
                Op::Write(inode, ..) | Op::Truncate(inode, _) if inode == synced
            ),
            Op::SyncDirectory => {
                matches!(pending, Op::Create(..) | Op::Unlink(_) | Op::Rename(..))
            }
            _ => false,
        };
        if let Op::Forgotten(forgotten) = op {
            self.pending.retain(|pending| {
                !matches!(pending, Op::Write(inode, ..) | Op::Truncate(inode, _) if inode == forgotten)
            });
            return;
        }
        let (kept, open) = self.pending.drain(..).partition(promised);
        let kept: Vec<Op> = kept;
        self.pending = open;
        for op in &kept {
            self.durable.apply(op);
        }
        if !matches!(op, Op::Sync(_) | Op::SyncDirectory) {
            self.pending.push(op.clone());
        }
    }

    /// What programs see, the power still on.
    pub(super) fn whole(&self) -> Image {
        let mut image = self.durable.clone();
        for op in &self.pending {
            image.apply(op);
        }
        image
    }

    /// The disk after a power cut that these operations survived, in this order.
    pub(super) fn cut<'o>(&self, surviving: impl IntoIterator<Item = &'o Op>) -> Image {
        let mut image = self.durable.clone();
        for op in surviving {
            image.apply(op);
        }
        image.tidy();
        image
    }
}

/// Where a log of operations leads.
pub(super) fn replay(before: &Image, log: &[Op]) -> Replay {
    let mut replay = Replay::on(before.clone());
    for op in log {
        replay.advance(op);
    }
    replay
}

/// The disk after a power cut at the end of a log, when nothing survives that was not synced.
pub(super) fn worst_cut(before: &Image, log: &[Op]) -> Image {
    replay(before, log).cut([])
}

#[test]
fn a_sync_promises_its_own_file_and_nothing_else() {
    let write = |inode, byte| Op::Write(inode, 1, vec![byte; 2].into());
    let log = [
        Op::Create("a".into(), 1),
        Op::Create("b".into(), 2),
        write(1, 7),
        write(2, 8),
        Op::Sync(1),
    ];
    let before = Image::default();
    // The content is durable, its name is not.
    assert_eq!(worst_cut(&before, &log), before);
    let named = worst_cut(&before, &[&log[..], &[Op::SyncDirectory]].concat());
    assert_eq!(named.file("a").unwrap().as_slice(), [0, 7, 7]);
    assert!(named.file("b").unwrap().is_empty());
}

#[test]
fn what_is_kept_is_kept_in_its_order() {
    let mut replay = Replay::default();
    let ops = [
        Op::Create("a".into(), 1),
        Op::Write(1, 0, vec![1; 4].into()),
        Op::Truncate(1, 2),
        Op::Write(1, 3, vec![3].into()),
    ];
    for op in &ops {
        replay.advance(op);
    }
    let kept = replay.cut([&ops[0], &ops[1], &ops[3]]);
    assert_eq!(kept.file("a").unwrap().as_slice(), [1, 1, 1, 3]);
    assert_eq!(replay.cut(&ops).file("a").unwrap().as_slice(), [1, 1, 0, 3]);
    assert_eq!(replay.cut(&ops[1..]), Image::default());
}
