//! The machine's PC/SC daemon with the virtual reader.

use std::fs::File;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

const SOCKET: &str = "/run/pcscd/pcscd.comm";
const DRIVER: &str = "/etc/reader.conf.d/vpcd";

/// The first slot's port where the daemon is started here; the second slot has the next one. Debian's ports are among those that the system hands out
/// to any connection: where one of the two is in use there is no reader.
pub(super) const OWN_PORT: u16 = 23675;

/// The driver's configuration as Debian has it, but for the port.
fn own_config() -> String {
    format!(
        "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:{OWN_PORT:#06X}\n\
         LIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so\nCHANNELID {OWN_PORT:#06X}\n"
    )
}

/// The daemon, for whoever holds this. There is one on a machine: whoever wants it waits for the turn.
#[derive(Debug)]
pub struct CardService {
    daemon: Option<Child>,
    _turn: File,
}

impl CardService {
    /// Waits for the turn, and starts the daemon unless one runs already.
    ///
    /// # Errors
    /// In one line, what is missing: the packages, or the rights to start it.
    pub fn start() -> Result<CardService, String> {
        let place = std::env::temp_dir().join("meterpost-card-reader.lock");
        let cannot = |why: &dyn std::fmt::Display| format!("{}: {why}", place.display());
        let turn = File::create(&place).map_err(|why| cannot(&why))?;
        flock(&turn, FlockOperation::LockExclusive).map_err(|why| cannot(&why))?;
        let mut service = CardService {
            daemon: None,
            _turn: turn,
        };
        if !answers() {
            service.begin()?;
        }
        Ok(service)
    }

    /// As [`CardService::start`]; where it cannot, `None`, after saying why in one line.
    pub fn start_or_say() -> Option<CardService> {
        match CardService::start() {
            Ok(service) => Some(service),
            Err(why) => {
                eprintln!("skipped, no card reader: {why}");
                None
            }
        }
    }

    /// Starts the daemon.
    ///
    /// # Errors
    /// As [`CardService::start`].
    pub fn begin(&mut self) -> Result<(), String> {
        if !Path::new(DRIVER).exists() {
            return Err("the virtual reader is not installed (vsmartcard-vpcd)".to_owned());
        }
        if !rustix::process::geteuid().is_root() {
            return Err("no pcscd runs, and starting it needs root".to_owned());
        }
        // Left by one that was killed.
        let _ = std::fs::remove_file(SOCKET);
        if let Some(folder) = Path::new(SOCKET).parent() {
            let made = std::fs::create_dir_all(folder);
            made.map_err(|why| format!("{}: {why}", folder.display()))?;
        }
        let config = std::env::temp_dir().join("meterpost-card-reader.conf");
        std::fs::write(&config, own_config())
            .map_err(|why| format!("{}: {why}", config.display()))?;
        let daemon = Command::new("pcscd")
            .args(["--foreground", "--critical", "--config"])
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.daemon = Some(daemon.map_err(|why| format!("pcscd (package pcscd): {why}"))?);
        let end = Instant::now() + Duration::from_secs(10);
        while !answers() {
            if Instant::now() > end {
                return Err("pcscd was started and does not answer".to_owned());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Whether this is the one that started the daemon, and may stop it.
    pub fn is_ours(&self) -> bool {
        self.daemon.is_some()
    }

    /// Stops the daemon, if it was started here.
    pub fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            // Only fails where it has ended by itself.
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

impl Drop for CardService {
    fn drop(&mut self) {
        self.stop();
    }
}

fn answers() -> bool {
    UnixStream::connect(SOCKET).is_ok()
}
