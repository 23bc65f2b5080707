//! What is known of every endpoint, summed up for whoever wants to show it.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

/// Whether meters can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MasterStatus {
    /// The concentrator at this endpoint has logged in; it is the preferred one of those that have.
    Connected {
        /// Its `host:port`.
        endpoint: String,
    },
    /// No concentrator is reached: why not, for each endpoint.
    NotConnected(String),
}

/// How one of the concentrators is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointStatus {
    /// Its `host:port`, or which incoming connection it is.
    pub endpoint: String,
    /// Why it is not reached; `None` while it is logged in.
    pub problem: Option<String>,
}

#[derive(Debug)]
pub(super) struct Board {
    endpoints: Mutex<Vec<(String, Result<(), String>)>>,
    status: watch::Sender<MasterStatus>,
}

impl Board {
    pub(super) fn new(endpoints: &[String]) -> Board {
        let entries: Vec<_> = endpoints
            .iter()
            .map(|name| (name.clone(), Err("not tried yet".to_owned())))
            .collect();
        let (status, _) = watch::channel(sum_up(&entries));
        Board {
            endpoints: Mutex::new(entries),
            status,
        }
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<MasterStatus> {
        self.status.subscribe()
    }

    /// All of them, the preferred one first.
    pub(super) fn endpoints(&self) -> Vec<EndpointStatus> {
        let entries = self
            .endpoints
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let status = |(endpoint, state): &(String, Result<(), String>)| EndpointStatus {
            endpoint: endpoint.clone(),
            problem: state.as_ref().err().cloned(),
        };
        entries.iter().map(status).collect()
    }

    /// Notes how the endpoint stands, and tells everybody when that changes the sum.
    pub(super) fn note(&self, index: usize, state: Result<(), String>) {
        let mut entries = self
            .endpoints
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = entries.get_mut(index) else {
            return;
        };
        if entry.1 != state {
            match &state {
                Ok(()) => tracing::info!(endpoint = entry.0, "concentrator connected"),
                Err(why) => tracing::warn!(endpoint = entry.0, why, "concentrator not connected"),
            }
        }
        entry.1 = state;
        let sum = sum_up(&entries);
        self.status.send_if_modified(|status| {
            let changed = *status != sum;
            *status = sum;
            changed
        });
    }
}

fn sum_up(entries: &[(String, Result<(), String>)]) -> MasterStatus {
    if let Some((endpoint, _)) = entries.iter().find(|(_, state)| state.is_ok()) {
        return MasterStatus::Connected {
            endpoint: endpoint.clone(),
        };
    }
    let reasons: Vec<_> = entries
        .iter()
        .filter_map(|(name, state)| state.as_ref().err().map(|why| format!("{name}: {why}")))
        .collect();
    MasterStatus::NotConnected(reasons.join("; "))
}
