//! A USB stick as a program sees it: a file system that is mounted at a folder, and pulled out when nobody expects it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A stick in its socket. Dropping it pulls it out.
#[derive(Debug)]
pub struct UsbStick {
    folder: PathBuf,
}

impl UsbStick {
    /// Plugs a stick in at a folder, which is made where it is missing. `None`: this machine lets nobody mount anything, which is said in
    /// one line.
    ///
    /// # Errors
    /// When the folder cannot be made, or there is no program to mount with.
    pub fn plug(folder: &Path) -> io::Result<Option<UsbStick>> {
        fs::create_dir_all(folder)?;
        let folder = folder.canonicalize()?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64m", "stick"])
            .arg(&folder)
            .stderr(Stdio::null())
            .status()?;
        if !mounted.success() {
            eprintln!("skipped, nothing can be mounted here: that needs root");
            return Ok(None);
        }
        Ok(Some(UsbStick { folder }))
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Pulls it out, whoever has a file of it open.
    pub fn pull(self) {}
}

impl Drop for UsbStick {
    fn drop(&mut self) {
        let pulled = Command::new("umount")
            .arg("--lazy")
            .arg(&self.folder)
            .status();
        if !pulled.is_ok_and(|status| status.success()) {
            eprintln!("{} is still mounted", self.folder.display());
        }
    }
}
