//! Small files that are either wholly there or not at all after a power cut.
//!
//! The order is: open the directory, write a temporary file beside the target, fsync it, put it in place, fsync the
//! directory. After an fsync error nothing is read back: the page cache could show bytes that are not on the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Writes a new file; fails with `AlreadyExists` and leaves the old one alone where there is one.
pub fn create_new(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let directory = open_directory(path)?;
    let temporary = write_temporary(path, bytes, mode)?;
    // A hard link, unlike a rename, never replaces what is there.
    let linked = fs::hard_link(&temporary, path);
    cut_point(path);
    fs::remove_file(&temporary)?;
    cut_point(path);
    linked?;
    directory.sync_all()
}

/// Writes the file, replacing the old one in one step.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let directory = open_directory(path)?;
    let temporary = write_temporary(path, bytes, mode)?;
    if let Err(error) = fs::rename(&temporary, path) {
        // The rename's error is the one to tell; a leftover is removed by the next writer.
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    cut_point(path);
    directory.sync_all()
}

/// Puts a file in the place of another one in the same directory, in one step.
pub(crate) fn rename_over(from: &Path, to: &Path) -> io::Result<()> {
    let directory = open_directory(to)?;
    fs::rename(from, to)?;
    cut_point(to);
    directory.sync_all()
}

/// Removes a file and whatever a power cut left of an earlier writer beside it; none of them has to be there.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    let directory = open_directory(path)?;
    remove_if_there(path)?;
    cut_point(path);
    remove_if_there(&temporary_of(path))?;
    cut_point(path);
    directory.sync_all()
}

/// Removes what a power cut left of a writer of this file; the file itself is left alone.
pub(crate) fn remove_temporary(path: &Path) -> io::Result<()> {
    let directory = open_directory(path)?;
    remove_if_there(&temporary_of(path))?;
    directory.sync_all()
}

/// Reads a small file; one that is longer than `limit` bytes is an `InvalidData` error.
pub fn read_at_most(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    // One byte more than allowed tells a file that is too long from one that just fits.
    let mut bytes = Vec::with_capacity(limit.saturating_add(1));
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)?.take(bound).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("longer than {limit} bytes"),
        ));
    }
    Ok(bytes)
}

fn open_directory(path: &Path) -> io::Result<File> {
    match path.parent() {
        Some(parent) if parent != Path::new("") => File::open(parent),
        _ => File::open("."),
    }
}

fn temporary_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    PathBuf::from(name)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn write_temporary(path: &Path, bytes: &[u8], mode: u32) -> io::Result<PathBuf> {
    let temporary = temporary_of(path);
    remove_if_there(&temporary)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&temporary)?;
    cut_point(path);
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(error) = written {
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    cut_point(path);
    Ok(temporary)
}

/// Where the power may fail: tests look at the directory here.
#[cfg(not(test))]
fn cut_point(_path: &Path) {}

#[cfg(test)]
use recorder::cut_point;

/// Keeps what a directory holds after each step, so that a test can start from each of them.
#[cfg(test)]
pub(crate) mod recorder {
    use std::cell::RefCell;
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    /// File names and contents.
    pub(crate) type Directory = BTreeMap<String, Vec<u8>>;

    thread_local! {
        static SEEN: RefCell<Vec<Directory>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn cut_point(path: &Path) {
        let directory = read(path.parent().unwrap());
        SEEN.with_borrow_mut(|seen| seen.push(directory));
    }

    pub(crate) fn read(path: &Path) -> Directory {
        let entry = |entry: fs::DirEntry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        };
        let entries = fs::read_dir(path).unwrap();
        entries.map(|found| entry(found.unwrap())).collect()
    }

    /// The directory before and after every step that the procedure takes.
    pub(crate) fn steps(path: &Path, procedure: impl FnOnce()) -> Vec<Directory> {
        SEEN.take();
        let mut steps = vec![read(path)];
        procedure();
        steps.extend(SEEN.take());
        steps.push(read(path));
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn replacing_leaves_no_temporary_and_keeps_the_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("head");
        replace(&path, b"one", 0o640).unwrap();
        replace(&path, b"two", 0o600).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_leftover_of_a_power_cut_is_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("head");
        fs::write(folder.path().join("head.tmp"), b"half").unwrap();
        replace(&path, b"whole", 0o600).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
    }

    #[test]
    fn an_existing_file_is_never_overwritten_by_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create_new(&path, b"first", 0o600).unwrap();
        let error = create_new(&path, b"second", 0o600).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_too_long_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        fs::write(&path, [0; 11]).unwrap();
        assert_eq!(read_at_most(&path, 11).unwrap().len(), 11);
        let error = read_at_most(&path, 10).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
