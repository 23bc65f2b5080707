//! The test rig's hands and eyes, behind the cargo feature `rig`, which no release has.
//!
//! The screens are drawn in memory instead of on a panel; a Unix socket takes one JSON command a line: look at the screen,
//! touch an element, save a picture. A second socket, which the rig listens on, is told of every [`Boundary`] and holds the
//! program there until the rig answers, so that it can be killed at exactly that point.

mod boundaries;
mod screen;

use std::path::PathBuf;

pub use boundaries::watched;
pub use screen::{Glass, headless_platform, serve};

/// The folder with the rig's sockets, from the environment; `None` when no rig drives this program.
pub fn folder() -> Option<PathBuf> {
    std::env::var_os("METERPOST_RIG").map(PathBuf::from)
}
