//! Chromium in kiosk mode with a page that does nothing, from Debian's package.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::framebuffer::Display;
use super::{PANEL, Running};
use crate::scenario::Failure;
use crate::scenario::stage::text;

/// Writes the page with the terminal's own fonts and icons, and says where it is.
///
/// # Errors
/// When the project's folder is not above the current one.
pub(super) fn page(folder: &Path) -> Result<PathBuf, Failure> {
    let here = std::env::current_dir()?;
    let ui = here
        .ancestors()
        .map(|above| above.join("ui"))
        .find(|ui| ui.join("fonts").is_dir())
        .ok_or_else(|| Failure::new("ui/fonts is not above the current folder"))?;
    let page = include_str!("attract.html")
        .replace("{fonts}", &text(&ui.join("fonts")))
        .replace("{icons}", &text(&ui.join("ui/icons")));
    let file = folder.join("attract.html");
    std::fs::write(&file, page)?;
    Ok(file)
}

/// Starts it with a profile of its own that is there from the start before.
///
/// # Errors
/// When it is not installed.
pub(super) fn start(display: &Display, folder: &Path, page: &Path) -> Result<Running, Failure> {
    let child = Command::new("chromium")
        .arg(format!("--user-data-dir={}", text(&folder.join("profile"))))
        .arg(format!("--window-size={},{}", PANEL.0, PANEL.1))
        .args([
            "--kiosk",
            "--window-position=0,0",
            "--no-sandbox",
            "--no-first-run",
        ])
        .args([
            "--disable-gpu",
            "--allow-file-access-from-files",
            "--password-store=basic",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
        ])
        .arg(format!("file://{}", text(page)))
        .env("DISPLAY", display.name())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let child = child.map_err(|error| {
        Failure::new(format!(
            "Chromium does not start ({error}): apt-get install chromium"
        ))
    })?;
    Ok(Running { child })
}
