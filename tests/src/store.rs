//! State that survives the rig's own death: one JSON file per device, replaced atomically.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Writes `value` beside `path`, syncs it and renames it into place, so that a reader sees the old or the new state.
///
/// # Errors
/// What the file system says.
pub fn save<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(value)?;
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

/// Reads what [`save`] wrote; `None` when there is no such file yet.
///
/// # Errors
/// What the file system says, or a file that is not the expected JSON.
pub fn load<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
