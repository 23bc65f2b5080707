//! A USB stick: something that is mounted at the configured folder, until it is pulled out.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::machine;

/// The stick that is there.
#[derive(Clone, Debug)]
pub struct Stick {
    folder: PathBuf,
    device: u64,
}

impl Stick {
    /// The stick at this folder, where there is one.
    pub fn find(folder: &Path) -> Option<Stick> {
        let device = device(folder)?;
        machine::is_mounted(folder).then(|| Stick {
            folder: folder.to_owned(),
            device,
        })
    }

    /// Where it is mounted.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether it is still there: nothing else, and not the folder that it was mounted at, which is on the machine's own disk.
    pub fn is_there(&self) -> bool {
        device(&self.folder) == Some(self.device) && machine::is_mounted(&self.folder)
    }
}

fn device(folder: &Path) -> Option<u64> {
    fs::metadata(folder).map(|found| found.dev()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_where_nothing_is_mounted_is_no_stick() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Stick::find(folder.path().join("usb").as_path()).is_none());
        fs::create_dir(folder.path().join("usb")).unwrap();
        assert!(Stick::find(folder.path().join("usb").as_path()).is_none());
    }

    #[test]
    fn what_is_mounted_is_there_until_something_else_is() {
        let stick = Stick::find(Path::new("/proc")).unwrap();
        assert!(stick.is_there());
        let other = Stick {
            device: stick.device + 1,
            ..stick
        };
        assert!(!other.is_there());
    }
}
