//! Where emulated meters hang.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::termios::ioctl_tiocnxcl;
use tokio::net::TcpListener;
use tokio_serial::{SerialPort, SerialStream};

use super::EmulateArguments;
use super::serve::Bench;
use crate::link::{Port, PortOpener, Tty};

/// How often a dead program's mark is wiped off a pseudo-terminal: its exclusive use would keep the next one out.
const WIPE: Duration = Duration::from_millis(100);

pub(super) enum EmulatedLine {
    Serial { name: String, port: Box<dyn Port> },
    Pty(Pty),
    Tcp { name: String, listener: TcpListener },
}

/// Both ends of a pseudo-terminal. The programs' end is held open, so that the line outlives whoever uses it.
pub(super) struct Pty {
    meters: SerialStream,
    programs: OwnedFd,
    name: String,
    link: Option<PathBuf>,
}

impl EmulatedLine {
    pub(super) async fn open(arguments: &EmulateArguments) -> Result<Self, String> {
        if let Some(device) = &arguments.serial {
            let device = device.clone();
            let tty = Tty { device };
            let name = tty.name();
            let port = tty
                .open(&arguments.settings())
                .map_err(|error| format!("{name}: {error}"))?;
            return Ok(EmulatedLine::Serial { name, port });
        }
        if let Some(address) = &arguments.listen {
            let failed = |error: io::Error| format!("cannot listen on {address}: {error}");
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            let name = listener.local_addr().map_err(failed)?.to_string();
            return Ok(EmulatedLine::Tcp { name, listener });
        }
        let link = arguments.pty.clone().flatten();
        Pty::open(link).map(EmulatedLine::Pty)
    }

    /// What a program has to be told to reach the line.
    pub(super) fn name(&self) -> String {
        match self {
            EmulatedLine::Serial { name, .. } | EmulatedLine::Tcp { name, .. } => name.clone(),
            EmulatedLine::Pty(pty) => pty.name.clone(),
        }
    }

    /// Lets the meters hear and answer; a TCP line comes back when its connection is over.
    pub(super) async fn serve(&mut self, bench: &mut Bench) -> Result<(), String> {
        match self {
            EmulatedLine::Serial { name, port } => bench
                .serve(port.as_mut(), &mut |_| true)
                .await
                .map_err(|error| format!("{name}: {error}")),
            EmulatedLine::Pty(pty) => pty.serve(bench).await,
            EmulatedLine::Tcp { name, listener } => {
                let (mut stream, peer) = listener
                    .accept()
                    .await
                    .map_err(|error| format!("{name}: {error}"))?;
                // Small frames go out at once; without it they only come later.
                let _ = stream.set_nodelay(true);
                bench.say(&format!("{peer} connected"));
                if let Err(error) = bench.serve(&mut stream, &mut |_| true).await {
                    bench.say(&format!("{peer} is gone: {error}"));
                }
                Ok(())
            }
        }
    }
}

impl Pty {
    fn open(link: Option<PathBuf>) -> Result<Pty, String> {
        let failed = |error: &dyn std::fmt::Display| format!("no pseudo-terminal: {error}");
        let (meters, other) = SerialStream::pair().map_err(|error| failed(&error))?;
        let target = other
            .name()
            .ok_or_else(|| failed(&"the system does not tell its name"))?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let programs = rustix::fs::open(target.as_str(), flags, Mode::empty())
            .map_err(|error| failed(&error))?;
        // The library's own end locks everybody else out.
        drop(other);
        let name = match &link {
            Some(link) => {
                place(Path::new(&target), link)
                    .map_err(|error| format!("{}: {error}", link.display()))?;
                link.display().to_string()
            }
            None => target,
        };
        Ok(Pty {
            meters,
            programs,
            name,
            link,
        })
    }

    async fn serve(&mut self, bench: &mut Bench) -> Result<(), String> {
        let programs = &self.programs;
        // A program sets the rate of its end, and the other end sees it: who speaks at another rate is not understood.
        let mut fits =
            |baud: u32, port: &SerialStream| port.baud_rate().map_or(true, |set| set == baud);
        let wiping = async {
            loop {
                tokio::time::sleep(WIPE).await;
                // Only the programs' comfort depends on it.
                let _ = ioctl_tiocnxcl(programs);
            }
        };
        let name = &self.name;
        tokio::select! {
            never = wiping => never,
            served = bench.serve_rated(&mut self.meters, &mut fits) => {
                served.map_err(|error| format!("{name}: {error}"))
            }
        }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if let Some(link) = &self.link {
            // Left behind, it would lead to somebody else's terminal; more than trying is not possible here.
            let _ = std::fs::remove_file(link);
        }
    }
}

/// Puts the link in its place; one that an earlier run left behind makes room, anything else does not.
fn place(target: &Path, link: &Path) -> io::Result<()> {
    if std::fs::symlink_metadata(link).is_ok_and(|found| found.is_symlink()) {
        std::fs::remove_file(link)?;
    }
    std::os::unix::fs::symlink(target, link)
}
