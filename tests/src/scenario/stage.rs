//! A stage for a scenario: the district in a process of its own, a real concentrator, a real kiosk, all in one folder.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Failure;
use super::boundary_watch::BoundaryWatch;
use super::office::Office;
use super::programs::{Program, run};
use super::stage_config::{write_concentrator_config, write_kiosk_config};
use super::touchscreen::Touchscreen;
use crate::district::Places;
use crate::district::client::Control;

/// The electricity meter of the default district.
pub const ELECTRICITY: &str = "260305510012";
/// The number residents type for the water meter of the default district.
pub const WATER: &str = "20212018";

/// The terminal of a stage.
pub const TERMINAL: &str = "K1";

/// How a stage is set.
#[derive(Clone, Debug)]
pub struct StagePlan {
    /// Bits per second of every wire.
    pub baud: u32,
    /// Emulated time against real time for the devices.
    pub scale: f64,
    /// The validator does not know POLL WITH ACK.
    pub plain_poll: bool,
    /// The language the screen starts with: `zh` or `en`.
    pub language: &'static str,
    /// Residents may pay from wallets and by QR code as well.
    pub cashless: bool,
    /// The terminal speaks, through programs that keep what they are given ([`super::speaker`]).
    pub voice: bool,
    /// The terminal has a scanner of codes.
    pub scanner: bool,
}

impl Default for StagePlan {
    fn default() -> StagePlan {
        StagePlan {
            baud: 2400,
            scale: 1.0,
            plain_poll: false,
            language: "zh",
            cashless: false,
            voice: false,
            scanner: false,
        }
    }
}

/// A running stage.
pub struct Stage {
    /// Everything is below it.
    pub folder: PathBuf,
    /// The district's truth.
    pub control: Control,
    /// Where the district's things are.
    pub places: Places,
    /// What the kiosk passes.
    pub boundaries: BoundaryWatch,
    /// The concentrator's TCP port on this machine.
    pub port: u16,
    kiosk: Option<Program>,
    concentrator: Option<Program>,
    district: Program,
}

impl Stage {
    /// Sets the stage in a folder: starts the district and the concentrator, makes the kiosk's ledger. The kiosk is not
    /// started yet.
    ///
    /// # Errors
    /// When a program is missing or does not come up; the error has its last words.
    pub fn set(folder: &Path, plan: &StagePlan) -> Result<Stage, Failure> {
        Stage::set_online(folder, plan, None)
    }

    /// The same with a terminal that is enrolled with a server, which it reaches at an address.
    ///
    /// # Errors
    /// As [`Stage::set`].
    pub fn set_online(
        folder: &Path,
        plan: &StagePlan,
        online: Option<(&Office, SocketAddr)>,
    ) -> Result<Stage, Failure> {
        std::fs::create_dir_all(folder.join("screen"))?;
        let folder = folder.canonicalize()?;
        let (mut district, mut control) = start_district(&folder, plan)?;
        let places = control
            .places()
            .map_err(|e| Failure::new(format!("{e}\n{}", district.last_words())))?;
        let port = free_port()?;
        write_concentrator_config(&folder, port, &places, plan)?;
        let server = online.map(|(_, address)| address);
        write_kiosk_config(&folder, port, &places, plan, server)?;
        let concentrator = start_concentrator(&folder, port)?;
        let boundaries = BoundaryWatch::listen(&folder.join("screen"))?;
        make_ledger(&folder, online.map(|(office, _)| office))?;
        if let Some(status) = district.ended()? {
            return Err(Failure::new(format!(
                "the district ended: {status}\n{}",
                district.last_words()
            )));
        }
        let concentrator = Some(concentrator);
        Ok(Stage {
            folder,
            control,
            places,
            boundaries,
            port,
            kiosk: None,
            concentrator,
            district,
        })
    }

    /// Starts the kiosk and gives its screen.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_kiosk(&mut self) -> Result<Touchscreen, Failure> {
        let (kiosk, screen) = start_kiosk(&self.folder)?;
        self.kiosk = Some(kiosk);
        Ok(screen)
    }

    /// Starts the kiosk in a window on the desktop, this large in pixels; `scale` is a logical pixel in real ones. Wants
    /// a kiosk that was built for desktops.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn open_kiosk(&mut self, (width, height): (u32, u32), scale: f32) -> Result<(), Failure> {
        let (config, size, scale) = (
            text(&self.kiosk_config()),
            format!("{width}x{height}"),
            scale.to_string(),
        );
        let args = ["run", "--config", &config, "--size", &size];
        self.kiosk = Some(Program::start(
            &self.folder,
            "kiosk",
            &args,
            &[("SLINT_SCALE_FACTOR", Path::new(&scale))],
        )?);
        Ok(())
    }

    /// Whether the kiosk has ended by itself, and how; `None` also when it was never started.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kiosk_ended(&mut self) -> Result<Option<ExitStatus>, Failure> {
        self.kiosk.as_mut().map_or(Ok(None), Program::ended)
    }

    /// The power cut: SIGKILL.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill_kiosk(&mut self) -> Result<(), Failure> {
        match self.kiosk.take() {
            Some(mut kiosk) => kiosk.kill(),
            None => Ok(()),
        }
    }

    /// Kills the concentrator.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill_concentrator(&mut self) -> Result<(), Failure> {
        match self.concentrator.take() {
            Some(mut concentrator) => concentrator.kill(),
            None => Ok(()),
        }
    }

    /// Starts the concentrator again, on the same port.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_concentrator(&mut self) -> Result<(), Failure> {
        self.concentrator = Some(start_concentrator(&self.folder, self.port)?);
        Ok(())
    }

    /// The kiosk's configuration file.
    pub fn kiosk_config(&self) -> PathBuf {
        self.folder.join("kiosk.toml")
    }

    /// The kiosk's data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// What `kiosk ledger verify` says. The kiosk must not be running.
    ///
    /// # Errors
    /// When it prints no verdict.
    pub fn verify_ledger(&self) -> Result<Value, Failure> {
        verify_ledger(&self.data())
    }

    /// The ledger's entries, and its accounts last. The kiosk must not be running.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn list_ledger(&self) -> Result<Vec<Value>, Failure> {
        let output = run(
            "kiosk",
            &["ledger", "list", "--data", &text(&self.data()), "--json"],
        )?;
        if !output.status.success() {
            return Err(Failure::new(
                String::from_utf8_lossy(&output.stderr).into_owned(),
            ));
        }
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(|l| Ok(serde_json::from_str(l)?))
            .collect()
    }

    /// The last words of all programs, for an error.
    pub fn last_words(&self) -> String {
        let programs = [
            self.kiosk.as_ref(),
            self.concentrator.as_ref(),
            Some(&self.district),
        ];
        programs
            .into_iter()
            .flatten()
            .map(Program::last_words)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Starts the kiosk whose configuration is in a folder, and gives its screen.
pub(super) fn start_kiosk(folder: &Path) -> Result<(Program, Touchscreen), Failure> {
    let rig = folder.join("screen");
    let _ = std::fs::remove_file(rig.join("screen.sock"));
    let config = text(&folder.join("kiosk.toml"));
    let kiosk = Program::start(
        folder,
        "kiosk",
        &[
            "run", "--config", &config, "--size", "1280x800", "--ppi", "149.4",
        ],
        &[("METERPOST_RIG", &rig)],
    )?;
    match Touchscreen::connect(&rig) {
        Ok(screen) => Ok((kiosk, screen)),
        Err(failure) => Err(Failure::new(format!("{failure}\n{}", kiosk.last_words()))),
    }
}

/// Makes the kiosk's ledger; with a server, by enrolling with it.
fn make_ledger(folder: &Path, office: Option<&Office>) -> Result<(), Failure> {
    let config = folder.join("kiosk.toml");
    if let Some(office) = office {
        return enrol(folder, &config, office, TERMINAL);
    }
    let made = run("kiosk", &["init", "--config", &text(&config)])?;
    if made.status.success() {
        return Ok(());
    }
    Err(Failure::new(String::from_utf8_lossy(&made.stderr)))
}

/// Enrols the terminal of a configuration: it asks, the office approves.
pub(super) fn enrol(
    folder: &Path,
    config: &Path,
    office: &Office,
    terminal: &str,
) -> Result<(), Failure> {
    let arguments = ["enrol", "--config", &text(config)];
    let mut kiosk = Program::start(folder, "kiosk", &arguments, &[])?;
    let approved = office.approve(terminal);
    approved.map_err(|failure| Failure::new(format!("{failure}\n{}", kiosk.last_words())))?;
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        match kiosk.ended()? {
            Some(status) if status.success() => return Ok(()),
            None if Instant::now() < end => std::thread::sleep(Duration::from_millis(50)),
            _ => return Err(Failure::new(kiosk.last_words())),
        }
    }
}

/// What `kiosk ledger verify` says of a data folder.
pub(super) fn verify_ledger(data: &Path) -> Result<Value, Failure> {
    let output = run(
        "kiosk",
        &["ledger", "verify", "--data", &text(data), "--json"],
    )?;
    serde_json::from_slice(&output.stdout)
        .map_err(|e| Failure::new(format!("{e}: {}", String::from_utf8_lossy(&output.stderr))))
}

pub(super) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

pub(super) fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn start_district(folder: &Path, plan: &StagePlan) -> Result<(Program, Control), Failure> {
    let dir = folder.join("district");
    std::fs::create_dir_all(&dir)?;
    let (baud, scale) = (plan.baud.to_string(), plan.scale.to_string());
    let dir_text = text(&dir);
    let mut args = vec![
        "district", "--dir", &dir_text, "--baud", &baud, "--scale", &scale,
    ];
    if plan.plain_poll {
        args.push("--plain-poll");
    }
    let program = Program::start(folder, "rig", &args, &[])?;
    match Control::connect_within(&dir.join("control.sock"), Duration::from_secs(20)) {
        Ok(control) => Ok((program, control)),
        Err(error) => Err(Failure::new(format!("{error}\n{}", program.last_words()))),
    }
}

fn start_concentrator(folder: &Path, port: u16) -> Result<Program, Failure> {
    let config = text(&folder.join("concentrator.toml"));
    let program = Program::start(folder, "concentrator", &["--config", &config], &[])?;
    let end = Instant::now() + Duration::from_secs(20);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        if Instant::now() >= end {
            return Err(Failure::new(format!(
                "the concentrator does not listen\n{}",
                program.last_words()
            )));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(program)
}
