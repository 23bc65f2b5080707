//! Disks: made, mounted, and with every write logged. Each part is taken down when it is dropped.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;

use crate::Anything;

/// The filter. Its counter of requests moves at flushes only, not also after a number of writes.
const LOGGING: &str =
    "blklogwrites,node-name=logged,file=disk,log=log,log-super-update-interval=1000000";

/// How large the disk is, in bytes.
pub const DISK: usize = 24 << 20;

/// Makes an empty ext4 in a new file. Nothing is left for the kernel to fill in later, so that the log is the program's.
pub fn format(disk: &Path) -> Anything<()> {
    File::create(disk)?.set_len(DISK as u64)?;
    run(Command::new("mkfs.ext4")
        .args(["-q", "-F", "-b", "4096", "-J", "size=4", "-E"])
        .arg("nodiscard,lazy_itable_init=0,lazy_journal_init=0")
        .arg(disk))
}

/// A folder in memory: disks are synced often here and worth nothing after, and nothing stays of it in the end.
pub struct Memory {
    // Dropped in this order.
    mounted: Mounted,
    _folder: TempDir,
}

impl Memory {
    pub fn new() -> Anything<Memory> {
        let folder = tempfile::Builder::new().prefix("crash-").tempdir()?;
        let mounted = Mounted::with("tmpfs", "size=512m", Path::new("crash"), folder.path())?;
        Ok(Memory {
            mounted,
            _folder: folder,
        })
    }

    pub fn path(&self) -> &Path {
        self.mounted.path()
    }
}

/// Something mounted; a disk file is mounted as ext4 through a loop device.
pub struct Mounted {
    at: PathBuf,
    is_mounted: bool,
}

impl Mounted {
    pub fn new(disk: &Path, at: &Path) -> Anything<Mounted> {
        fs::create_dir_all(at)?;
        // The loop device goes when the mount does.
        Mounted::with("ext4", "loop", disk, at)
    }

    fn with(kind: &str, options: &str, source: &Path, at: &Path) -> Anything<Mounted> {
        let mut mount = Command::new("mount");
        run(mount.args(["-t", kind, "-o", options]).args([source, at]))?;
        Ok(Mounted {
            at: at.to_owned(),
            is_mounted: true,
        })
    }

    pub fn path(&self) -> &Path {
        &self.at
    }

    /// Unmounts, which writes everything to the disk.
    pub fn close(mut self) -> Anything<()> {
        run(Command::new("umount").arg(&self.at))?;
        self.is_mounted = false;
        Ok(())
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if self.is_mounted
            && let Err(error) = run(Command::new("umount").arg("--lazy").arg(&self.at))
        {
            eprintln!("block device: {error}");
        }
    }
}

/// A disk file seen through a filter that logs every write and flush.
pub struct Logged {
    daemon: Child,
    /// The disk to be used in the file's stead.
    pub export: PathBuf,
    /// The log.
    pub log: PathBuf,
}

impl Logged {
    pub fn new(work: &Path, disk: &Path) -> Anything<Logged> {
        let (export, log) = (work.join("export"), work.join("log"));
        File::create(&export)?;
        File::create(&log)?;
        // Should this program be killed, so is the daemon.
        let daemon = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "qemu-storage-daemon"])
            .args(["--chardev", "stdio,id=control", "--monitor", "control"])
            .args([
                "--blockdev",
                &format!("file,node-name=disk,filename={}", disk.display()),
            ])
            .args([
                "--blockdev",
                &format!("file,node-name=log,filename={}", log.display()),
            ])
            .args(["--blockdev", LOGGING])
            .arg("--export")
            .arg(format!(
                "fuse,id=export,node-name=logged,writable=on,mountpoint={}",
                export.display()
            ))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let mut logged = Logged {
            daemon,
            export,
            log,
        };
        for _ in 0..1000 {
            if fs::metadata(&logged.export)?.len() == DISK as u64 {
                return Ok(logged);
            }
            if let Some(status) = logged.daemon.try_wait()? {
                return Err(format!("qemu-storage-daemon ended with {status}").into());
            }
            sleep(Duration::from_millis(10));
        }
        Err("qemu-storage-daemon exports nothing".into())
    }

    /// Ends the daemon, which completes disk and log.
    pub fn close(mut self) -> Anything<()> {
        let mut control = self.daemon.stdin.take().ok_or("no control")?;
        control.write_all(b"{\"execute\":\"qmp_capabilities\"}\n{\"execute\":\"quit\"}\n")?;
        drop(control);
        for _ in 0..1000 {
            if let Some(status) = self.daemon.try_wait()? {
                return if status.success() {
                    Ok(())
                } else {
                    Err(format!("qemu-storage-daemon ended with {status}").into())
                };
            }
            sleep(Duration::from_millis(10));
        }
        Err("qemu-storage-daemon does not end".into())
    }
}

impl Drop for Logged {
    fn drop(&mut self) {
        // One that has ended already is left alone by both.
        let ended = self.daemon.kill().and_then(|()| self.daemon.wait());
        if let Err(error) = ended {
            eprintln!("block device: qemu-storage-daemon could not be ended: {error}");
        }
    }
}

fn run(command: &mut Command) -> Anything<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let program = command.get_program().to_string_lossy().into_owned();
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program} failed: {}", said.trim()).into())
}
