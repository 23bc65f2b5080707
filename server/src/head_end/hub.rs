//! Which concentrators are connected to this server: a newer connection of one replaces the older.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::orders::Place;

type Key = (String, i32, i32);

fn key(place: &Place) -> Key {
    (place.tenant.as_str().to_owned(), place.area, place.address)
}

/// The connected concentrators, with how to tell their tasks to end.
#[derive(Debug, Default)]
pub(super) struct Hub(Mutex<HashMap<Key, (i64, oneshot::Sender<()>)>>);

impl Hub {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, (i64, oneshot::Sender<()>)>> {
        // Only whole entries are put in and taken out.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This session is connected; whoever was before is told to end. What is returned fires when this one is to end.
    pub(super) fn enter(&self, place: &Place) -> oneshot::Receiver<()> {
        let (end, ended) = oneshot::channel();
        let mut all = self.lock();
        match all.get(&key(place)) {
            // A session that was begun later has come in first: this one is the older.
            Some((session, _)) if *session > place.session => {}
            _ => {
                // Dropping the sender of the one before tells it.
                all.insert(key(place), (place.session, end));
            }
        }
        ended
    }

    /// This session has ended.
    pub(super) fn leave(&self, place: &Place) {
        let mut all = self.lock();
        if all
            .get(&key(place))
            .is_some_and(|(session, _)| *session == place.session)
        {
            all.remove(&key(place));
        }
    }
}

#[cfg(test)]
mod tests {
    use meterpost_ledger::signing::TenantId;

    use super::*;

    fn place(session: i64) -> Place {
        Place {
            tenant: TenantId::new("east").unwrap(),
            area: 171,
            address: 1,
            session,
        }
    }

    #[test]
    fn a_newer_connection_ends_the_older_in_whatever_order_they_come_in() {
        let hub = Hub::default();
        let mut first = hub.enter(&place(1));
        assert!(
            first
                .try_recv()
                .is_err_and(|e| e == oneshot::error::TryRecvError::Empty)
        );
        let mut third = hub.enter(&place(3));
        assert_eq!(first.try_recv(), Err(oneshot::error::TryRecvError::Closed));
        let mut second = hub.enter(&place(2));
        assert_eq!(second.try_recv(), Err(oneshot::error::TryRecvError::Closed));
        assert_eq!(third.try_recv(), Err(oneshot::error::TryRecvError::Empty));
        hub.leave(&place(2));
        assert_eq!(third.try_recv(), Err(oneshot::error::TryRecvError::Empty));
        hub.leave(&place(3));
        assert!(hub.lock().is_empty());
    }
}
