//! The meter archive of earlier versions, a JSON file: taken over once, then left under another name.

use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

use super::{Store, StoreError};
use crate::frame::gdw376::archive::Meter;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Earlier {
    #[serde(rename = "version")]
    _version: u32,
    meters: Vec<Meter>,
}

/// Takes the archive over if the file is there.
pub(super) fn once(store: &mut Store, path: &Path) -> Result<(), StoreError> {
    let failed = |why: &dyn std::fmt::Display| StoreError::Import {
        path: path.to_owned(),
        why: why.to_string(),
    };
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(&error)),
    };
    let earlier: Earlier = serde_json::from_slice(&bytes).map_err(|error| failed(&error))?;
    // An archive that has been set since then is newer.
    if store.archive()?.is_empty() {
        store.set_archive(&earlier.meters)?;
        tracing::info!(meters = earlier.meters.len(), path = %path.display(), "meter archive taken over");
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".imported");
    fs::rename(path, path.with_file_name(name)).map_err(|error| failed(&error))
}
