//! What a concentrator notices about itself: a port that is pulled out, a store that cannot be written. It goes on with the rest.

mod concentrator_rig;

use std::time::Duration;

use concentrator_rig::*;
use meterpost_bus::concentrator::Concentrator;
use meterpost_bus::concentrator::event::EventKind;
use rusqlite::Connection;

/// How many events of this kind there have been, as soon as it is so many.
async fn events(node: &Concentrator, kind: EventKind, count: i64) {
    let so_far = async || {
        let events = node.status().await.events;
        events
            .iter()
            .find(|(known, _)| *known == kind)
            .map_or(0, |(_, count)| *count)
    };
    let end = tokio::time::Instant::now() + Duration::from_secs(20);
    while so_far().await != count {
        assert!(
            tokio::time::Instant::now() < end,
            "{kind:?}: {}",
            so_far().await
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_pulled_out_is_an_event_once_and_again_only_after_it_was_back() {
    let wire = Wire::new(honest);
    let node = Node::start(&wire).await;
    let master = node.master().await;
    assert_eq!(
        ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap(),
        BALANCE
    );
    wire.pull(node.folder.path());
    events(&node.concentrator, EventKind::SegmentDown, 1).await;
    let again = Wire::new(honest);
    plug(node.folder.path(), &again);
    let mut answered = false;
    for _ in 0..100 {
        answered = ask(&master, 2, READ_BALANCE, BALANCE).await.is_ok();
        if answered {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(answered, "it comes back by itself");
    events(&node.concentrator, EventKind::SegmentDown, 1).await;
    again.pull(node.folder.path());
    events(&node.concentrator, EventKind::SegmentDown, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_written_is_an_event_that_is_kept_and_residents_do_not_notice() {
    let wire = Wire::new(honest);
    let node = Node::start(&wire).await;
    let master = node.master().await;
    events(&node.concentrator, EventKind::PowerUp, 1).await;
    // As with a full disk, nothing can be written; unlike it, this can be arranged.
    let store = Connection::open(node.folder.path().join("state.db")).unwrap();
    store.busy_timeout(Duration::from_secs(5)).unwrap();
    let stored = |store: &Connection| -> i64 {
        let code = EventKind::StoreFailed.code();
        let query = "SELECT count(*) FROM event WHERE kind = ?1";
        store.query_row(query, [code], |row| row.get(0)).unwrap()
    };
    assert_eq!(stored(&store), 0);
    store
        .execute_batch("ALTER TABLE event RENAME TO away")
        .unwrap();
    let set = meterpost_bus::frame::gdw376::Item::of_terminal(
        31,
        vec![0x00, 0x00, 0x12, 0x25, 0x71, 0x26],
    );
    master.command(vec![set.clone()]).await.unwrap();
    events(&node.concentrator, EventKind::StoreFailed, 1).await;
    assert_eq!(
        ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap(),
        BALANCE
    );
    store
        .execute_batch("ALTER TABLE away RENAME TO event")
        .unwrap();
    master.command(vec![set]).await.unwrap();
    let end = std::time::Instant::now() + Duration::from_secs(10);
    while stored(&store) != 1 {
        assert!(
            std::time::Instant::now() < end,
            "what was refused is written later"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
