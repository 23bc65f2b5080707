use super::*;

const A: RootHash = RootHash([0xa; 32]);
const B: RootHash = RootHash([0xb; 32]);

fn state() -> DatabaseState {
    DatabaseState {
        key: KeyFit::Ours,
        size: 10,
        root: A,
        tree: TreeState::Sound,
        root_at_second: None,
        cosigned: None,
    }
}

fn with(state: DatabaseState, second: SecondView) -> Decision {
    decide(&DatabaseView::Present(state), &second)
}

fn second(size: u64, root: RootHash) -> SecondView {
    SecondView::Present { size, root }
}

fn every_second() -> [SecondView; 6] {
    [
        SecondView::Absent,
        SecondView::Damaged("x".into()),
        SecondView::Foreign("x".into()),
        second(9, B),
        second(10, A),
        second(11, B),
    ]
}

#[test]
fn row_fresh_folder() {
    let decision = decide(&DatabaseView::Absent, &SecondView::Absent);
    assert_eq!(decision, Decision::Create);
}

#[test]
fn row_equal() {
    assert_eq!(with(state(), second(10, A)), Decision::Open);
}

#[test]
fn row_second_trails() {
    let state = DatabaseState {
        root_at_second: Some(B),
        ..state()
    };
    assert_eq!(
        with(state, second(7, B)),
        Decision::OpenAndRewriteSecond(SecondNote::Trails(3))
    );
}

#[test]
fn row_second_missing() {
    assert_eq!(
        with(state(), SecondView::Absent),
        Decision::OpenAndRewriteSecond(SecondNote::Missing)
    );
}

#[test]
fn row_second_damaged() {
    assert_eq!(
        with(state(), SecondView::Damaged("torn".into())),
        Decision::OpenAndRewriteSecond(SecondNote::Damaged("torn".into()))
    );
}

#[test]
fn row_database_missing() {
    for second in &every_second()[1..] {
        assert_eq!(
            decide(&DatabaseView::Absent, second),
            Decision::Refuse(Refusal::DatabaseMissing)
        );
    }
}

#[test]
fn row_database_damaged() {
    for second in every_second() {
        assert_eq!(
            decide(&DatabaseView::Damaged("torn".into()), &second),
            Decision::Refuse(Refusal::DatabaseDamaged("torn".into()))
        );
    }
}

#[test]
fn row_database_behind() {
    assert_eq!(
        with(state(), second(11, B)),
        Decision::Refuse(Refusal::DatabaseBehind {
            database: 10,
            second: 11
        })
    );
}

#[test]
fn row_fork_at_the_same_size() {
    assert_eq!(
        with(state(), second(10, B)),
        Decision::Refuse(Refusal::Fork { size: 10 })
    );
}

#[test]
fn row_fork_below() {
    for root_at_second in [None, Some(A)] {
        let state = DatabaseState {
            root_at_second,
            ..state()
        };
        assert_eq!(
            with(state, second(7, B)),
            Decision::Refuse(Refusal::Fork { size: 7 })
        );
    }
}

#[test]
fn row_second_of_another_log() {
    assert_eq!(
        with(state(), SecondView::Foreign("origin".into())),
        Decision::Refuse(Refusal::SecondForeign("origin".into()))
    );
}

#[test]
fn row_entry_fault() {
    for second in every_second() {
        let state = DatabaseState {
            tree: TreeState::EntryFault("entry 3: torn".into()),
            ..state()
        };
        assert_eq!(
            with(state, second),
            Decision::Refuse(Refusal::EntryFault("entry 3: torn".into()))
        );
    }
}

#[test]
fn row_tree_differs() {
    for second in every_second() {
        let state = DatabaseState {
            tree: TreeState::Differs { entries: 9 },
            ..state()
        };
        assert_eq!(
            with(state, second),
            Decision::Refuse(Refusal::TreeDiffers {
                entries: 9,
                signed: 10
            })
        );
    }
}

#[test]
fn row_checkpoint_wrong() {
    for second in every_second() {
        let state = DatabaseState {
            key: KeyFit::BadCheckpoint("signature".into()),
            ..state()
        };
        assert_eq!(
            with(state, second),
            Decision::Refuse(Refusal::BadCheckpoint("signature".into()))
        );
    }
}

#[test]
fn row_wrong_key_file() {
    for second in every_second() {
        let state = DatabaseState {
            key: KeyFit::OtherKey,
            ..state()
        };
        assert_eq!(with(state, second), Decision::Refuse(Refusal::OtherKey));
    }
}

fn cosigned(size: u64, root: RootHash, own: Option<RootHash>) -> DatabaseState {
    DatabaseState {
        cosigned: Some(Cosigned { size, root, own }),
        ..state()
    }
}

#[test]
fn row_cosigned_and_whole() {
    assert_eq!(with(cosigned(8, B, Some(B)), second(10, A)), Decision::Open);
    assert_eq!(
        with(cosigned(10, A, Some(A)), second(10, A)),
        Decision::Open
    );
}

#[test]
fn row_both_heads_rolled_back_behind_the_witness() {
    for second in [second(10, A), SecondView::Absent] {
        assert_eq!(
            with(cosigned(12, B, None), second),
            Decision::Refuse(Refusal::BehindWitness {
                database: 10,
                cosigned: 12
            })
        );
    }
}

#[test]
fn row_rewritten_behind_the_witness() {
    for own in [None, Some(A)] {
        assert_eq!(
            with(cosigned(8, B, own), second(10, A)),
            Decision::Refuse(Refusal::ForkWithWitness { size: 8 })
        );
    }
}

#[test]
fn row_stored_tree_differs() {
    let state = || DatabaseState {
        tree: TreeState::DerivedDiffers("tile".into()),
        ..state()
    };
    let replay = |second| Decision::Replay {
        why: "tile".into(),
        second,
    };
    assert_eq!(with(state(), second(10, A)), replay(None));
    assert_eq!(
        with(state(), SecondView::Absent),
        replay(Some(SecondNote::Missing))
    );
    assert_eq!(
        with(state(), second(11, A)),
        Decision::Refuse(Refusal::DatabaseBehind {
            database: 10,
            second: 11
        }),
        "a replay never hides a loss"
    );
}

#[test]
fn row_half_written_migration() {
    for second in every_second() {
        assert_eq!(
            decide(&DatabaseView::HalfMigrated("x".into()), &second),
            Decision::Refuse(Refusal::HalfMigrated("x".into()))
        );
    }
}

#[test]
fn row_disk_full() {
    for second in every_second() {
        assert_eq!(
            decide(&DatabaseView::NotWritable(Unwritable::Full), &second),
            Decision::Refuse(Refusal::DiskFull)
        );
    }
}

#[test]
fn row_disk_read_only() {
    for second in every_second() {
        assert_eq!(
            decide(&DatabaseView::NotWritable(Unwritable::ReadOnly), &second),
            Decision::Refuse(Refusal::DiskReadOnly)
        );
    }
}
