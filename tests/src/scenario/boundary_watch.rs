//! The rig's side of the kiosk's boundaries: counts them, and kills the kiosk at the one that is asked for.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::Failure;

/// What the watch has seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// Every boundary passed since it was armed, in order.
    pub names: Vec<String>,
    /// The kiosk stands at the boundary it is to be killed at.
    pub caught: bool,
    /// Boundaries are counted only while armed.
    armed: bool,
    kill_at: Option<usize>,
}

/// Listens for boundaries.
#[derive(Clone, Debug)]
pub struct BoundaryWatch {
    seen: Arc<Mutex<Seen>>,
}

impl BoundaryWatch {
    /// Listens in the rig's folder, before the kiosk is started.
    ///
    /// # Errors
    /// When the socket cannot be made.
    pub fn listen(folder: &Path) -> Result<BoundaryWatch, Failure> {
        let path = folder.join("boundary.sock");
        let _ = std::fs::remove_file(&path);
        let listener = UnixListener::bind(path)?;
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = seen.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                std::thread::spawn(move || watch(stream, &shared));
            }
        });
        Ok(BoundaryWatch { seen })
    }

    /// Counts from here; holds the kiosk at boundary `kill_at` (counted from 0) and never lets it go.
    pub fn arm(&self, kill_at: Option<usize>) {
        if let Ok(mut seen) = self.seen.lock() {
            *seen = Seen {
                armed: true,
                kill_at,
                ..Seen::default()
            };
        }
    }

    /// Lets everything pass uncounted.
    pub fn disarm(&self) {
        if let Ok(mut seen) = self.seen.lock() {
            seen.armed = false;
            seen.kill_at = None;
        }
    }

    /// Whether the kiosk is held.
    pub fn caught(&self) -> bool {
        self.seen.lock().is_ok_and(|s| s.caught)
    }

    /// The boundaries passed since it was armed.
    pub fn names(&self) -> Vec<String> {
        self.seen
            .lock()
            .map(|s| s.names.clone())
            .unwrap_or_default()
    }
}

fn watch(stream: std::os::unix::net::UnixStream, seen: &Mutex<Seen>) {
    let Ok(mut writer) = stream.try_clone() else {
        return;
    };
    for name in BufReader::new(stream).lines().map_while(Result::ok) {
        let hold = match seen.lock() {
            Ok(mut seen) if seen.armed && !seen.caught => {
                seen.caught = seen.kill_at == Some(seen.names.len());
                seen.names.push(name);
                seen.caught
            }
            _ => false,
        };
        // A held kiosk gets no answer: it stands here until it is killed.
        if !hold && writeln!(writer, "go").is_err() {
            return;
        }
    }
}
