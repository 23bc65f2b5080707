//! A serial port's far end: a pseudo-terminal under a stable name.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, ioctl_tiocnxcl, tcgetattr, tcsetattr};
use tokio::sync::{Mutex, mpsc};

/// How often the reading thread looks up: to see that the port was closed, and to wipe off a dead program's mark.
const LOOK_UP: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 20_000_000,
};

/// The device's side of a serial line. The program under test opens the symbolic link as its tty.
///
/// The host's side is held open here too, so the line lives on when the program dies. As on a real port, what nobody
/// reads is lost once the buffer is full.
#[derive(Debug)]
pub struct PtyPort {
    line: Arc<Line>,
    heard: Mutex<mpsc::UnboundedReceiver<Vec<u8>>>,
    target: PathBuf,
    link: PathBuf,
}

#[derive(Debug)]
struct Line {
    device_side: OwnedFd,
    host_side: OwnedFd,
    closed: AtomicBool,
}

impl PtyPort {
    /// Opens a new pseudo-terminal in raw mode and points `link` at it.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn open(link: &Path) -> io::Result<Self> {
        let device_side = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&device_side)?;
        unlockpt(&device_side)?;
        let name = ptsname(&device_side, Vec::new())?;
        let target = PathBuf::from(name.to_string_lossy().into_owned());
        let host_side = rustix::fs::open(
            name.as_c_str(),
            OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        let mut settings = tcgetattr(&host_side)?;
        settings.make_raw();
        tcsetattr(&host_side, OptionalActions::Now, &settings)?;
        let flags = rustix::fs::fcntl_getfl(&device_side)?;
        rustix::fs::fcntl_setfl(&device_side, flags | OFlags::NONBLOCK)?;
        place_link(&target, link)?;
        let line = Arc::new(Line {
            device_side,
            host_side,
            closed: AtomicBool::new(false),
        });
        let (tell, heard) = mpsc::unbounded_channel();
        let listening = Arc::clone(&line);
        std::thread::Builder::new()
            .name("pty".to_owned())
            .spawn(move || listening.listen(&tell))?;
        Ok(Self {
            line,
            heard: Mutex::new(heard),
            target,
            link: link.to_path_buf(),
        })
    }

    /// Waits for bytes from the host; `None` when the line is gone.
    pub async fn read(&self) -> Option<Vec<u8>> {
        self.heard.lock().await.recv().await
    }

    /// Puts bytes on the line. What the host's buffer cannot take is lost, as on a wire.
    pub fn send(&self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            match rustix::io::write(&self.line.device_side, rest) {
                Ok(0) | Err(_) => return,
                Ok(count) => rest = &rest[count..],
            }
        }
    }

    /// Takes the name away at once; the line itself ends when the port is dropped.
    pub fn unlink(&self) {
        if fs::read_link(&self.link).is_ok_and(|at| at == self.target) {
            let _ = fs::remove_file(&self.link);
        }
    }
}

impl Drop for PtyPort {
    fn drop(&mut self) {
        self.unlink();
        self.line.closed.store(true, Ordering::Release);
    }
}

impl Line {
    fn listen(&self, tell: &mpsc::UnboundedSender<Vec<u8>>) {
        let mut buffer = [0; 4096];
        while !self.closed.load(Ordering::Acquire) {
            let mut watched = [PollFd::new(&self.device_side, PollFlags::IN)];
            let ready = poll(&mut watched, Some(&LOOK_UP));
            // A killed program leaves its exclusive mark on a tty that stays open; its successor could not open it.
            let _ = ioctl_tiocnxcl(&self.host_side);
            if !matches!(ready, Ok(1..)) {
                continue;
            }
            match rustix::io::read(&self.device_side, &mut buffer) {
                Ok(count) if count > 0 => {
                    if tell.send(buffer[..count].to_vec()).is_err() {
                        return;
                    }
                }
                Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {}
                Ok(_) | Err(_) => return,
            }
        }
    }
}

/// Replaces the link in one step, so that there is no moment without a tty.
fn place_link(target: &Path, link: &Path) -> io::Result<()> {
    let beside = link.with_extension("new");
    match fs::remove_file(&beside) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    std::os::unix::fs::symlink(target, &beside)?;
    fs::rename(&beside, link)
}
