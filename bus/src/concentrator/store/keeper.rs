//! The way to the store: a thread owns the file, so that nobody's wire ever waits for a disk.

use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::sync::{oneshot, watch};

use super::{Store, StoreError, Write};

type Job = Box<dyn FnOnce(&mut Result<Store, String>, &mut Late) + Send>;

/// Jobs that may wait for the disk. Beyond them, what only has to be kept is dropped and told.
const JOBS: usize = 1024;
/// Writes kept in memory while the disk refuses them.
const MOST_LATE: usize = 10_000;

/// Writes that failed, to be tried again with the next ones.
struct Late {
    writes: Vec<Write>,
    failing: watch::Sender<bool>,
}

/// Leads to the store's thread; clones lead to the same one.
#[derive(Clone, Debug)]
pub struct Keeper {
    jobs: mpsc::SyncSender<Job>,
    failing: watch::Receiver<bool>,
}

impl Keeper {
    /// Starts the thread, which opens the store. The handle ends when the last keeper is dropped and all is written.
    pub fn start(path: PathBuf, earlier: Option<PathBuf>) -> (Keeper, JoinHandle<()>) {
        let (jobs, waiting) = mpsc::sync_channel::<Job>(JOBS);
        let (failed, failing) = watch::channel(false);
        let thread = std::thread::spawn(move || {
            let mut store = open(&path, earlier.as_deref());
            let mut late = Late {
                writes: Vec::new(),
                failing: failed,
            };
            while let Ok(job) = waiting.recv() {
                job(&mut store, &mut late);
            }
            // One last attempt for what a full disk has refused.
            if let Ok(store) = &mut store
                && !late.writes.is_empty()
                && let Err(error) = store.write(&late.writes)
            {
                tracing::error!(%error, lost = late.writes.len(), "the store cannot be written");
            }
        });
        (Keeper { jobs, failing }, thread)
    }

    /// Whether the disk refuses what is to be written, now and whenever that changes.
    pub fn failing(&self) -> watch::Receiver<bool> {
        self.failing.clone()
    }

    /// Does something with the store and waits for the result.
    ///
    /// # Errors
    /// [`StoreError`], of the store or of `job`.
    pub async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (done, result) = oneshot::channel();
        let job: Job = Box::new(move |store, _| {
            let result = match store {
                Ok(store) => job(store),
                Err(why) => Err(StoreError::None(why.clone())),
            };
            let _ = done.send(result);
        });
        if self.jobs.try_send(job).is_err() {
            return Err(StoreError::None("it does not keep up".to_owned()));
        }
        result
            .await
            .unwrap_or_else(|_| Err(StoreError::None("its thread has ended".to_owned())))
    }

    /// Writes, without waiting for it. What a full disk refuses is kept in memory and tried again with the next writes.
    pub fn write(&self, writes: Vec<Write>) {
        let count = writes.len();
        let job: Job = Box::new(move |store, late| {
            late.writes.extend(writes);
            match store {
                Ok(store) => late.settle(store),
                Err(_) => late.writes.clear(),
            }
        });
        if self.jobs.try_send(job).is_err() {
            tracing::error!(
                count,
                "the store does not keep up; readings were not stored"
            );
        }
    }
}

impl Late {
    fn settle(&mut self, store: &mut Store) {
        match store.write(&self.writes) {
            Ok(()) => {
                self.writes.clear();
                self.failing.send_if_modified(std::mem::take);
            }
            Err(error) => {
                let begins = self
                    .failing
                    .send_if_modified(|failing| !std::mem::replace(failing, true));
                if begins {
                    tracing::error!(%error, waiting = self.writes.len(), "the store cannot be written; trying again");
                }
                let over = self.writes.len().saturating_sub(MOST_LATE);
                if over > 0 {
                    tracing::error!(
                        lost = over,
                        "too much waits for the store; the oldest is lost"
                    );
                    self.writes.drain(..over);
                }
            }
        }
    }
}

fn open(path: &std::path::Path, earlier: Option<&std::path::Path>) -> Result<Store, String> {
    Store::open(path, earlier).map_err(|error| {
        tracing::error!(path = %path.display(), %error, "there is no store: forwarding works, nothing is kept");
        error.to_string()
    })
}
