//! Where the measured files lie: a temporary folder on a real disk.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustix::fs::{Advice, fadvise};
use tempfile::TempDir;

pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// File systems in memory, on which a sync costs nothing and says nothing.
const IN_MEMORY: [&str; 3] = ["tmpfs", "ramfs", "devtmpfs"];

/// A new temporary folder: in `BENCH_DIR`, else beside this program, which lies where things are built.
pub fn folder() -> Outcome<TempDir> {
    let parent = match std::env::var_os("BENCH_DIR") {
        Some(dir) => PathBuf::from(dir),
        None => {
            let program = std::env::current_exe()?;
            program
                .parent()
                .ok_or("this program lies nowhere")?
                .to_owned()
        }
    };
    let parent = parent.canonicalize()?;
    let kind = file_system(&parent)?;
    if IN_MEMORY.contains(&kind.as_str()) {
        return Err(format!(
            "{} is in memory ({kind}), where syncing costs nothing: name a folder on a disk with BENCH_DIR",
            parent.display()
        )
        .into());
    }
    eprintln!("bench: files on {kind}");
    Ok(tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(parent)?)
}

/// The kind of the file system that holds this path.
fn file_system(path: &Path) -> Outcome<String> {
    let mounts = fs::read_to_string("/proc/self/mounts")?;
    let holding = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        let (point, kind) = (words.next()?, words.next()?);
        path.starts_with(point).then_some((point.len(), kind))
    });
    // Of two mounts at one point the later one is seen.
    let (_, kind) = holding
        .max_by_key(|(length, _)| *length)
        .ok_or("its file system is not known")?;
    Ok(kind.to_owned())
}

/// Every byte of the files in a folder.
pub fn bytes_in(folder: &Path) -> Outcome<u64> {
    let mut sum = 0;
    for file in fs::read_dir(folder)? {
        sum += file?.metadata()?.len();
    }
    Ok(sum)
}

/// Makes the system forget what it has in memory of a folder's files, as far as it is willing to.
pub fn make_cold(folder: &Path) -> Outcome<()> {
    for file in fs::read_dir(folder)? {
        let file = fs::File::open(file?.path())?;
        file.sync_all()?;
        fadvise(file.as_fd(), 0, None, Advice::DontNeed)?;
    }
    Ok(())
}

/// Says how far something is that takes longer than a second.
pub struct Progress {
    what: &'static str,
    last: Instant,
    shown: bool,
}

impl Progress {
    pub fn new(what: &'static str) -> Progress {
        Progress {
            what,
            last: Instant::now(),
            shown: false,
        }
    }

    pub fn at(&mut self, done: u64, all: u64) {
        if self.last.elapsed().as_millis() >= 1000 {
            eprint!("\rbench: {} {done} of {all}", self.what);
            let _ = std::io::stderr().flush();
            self.last = Instant::now();
            self.shown = true;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            eprintln!("\rbench: {} done                    ", self.what);
        }
    }
}
