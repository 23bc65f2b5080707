//! What the month is played in: the server, the wires with all meters, the concentrators that dial in, and a terminal.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::households::{BAUD, Household, district};
use super::{DISTRICT, TERMINAL};
use crate::district::client::Control;
use crate::district::{Command, Places};
use crate::scenario::Failure;
use crate::scenario::office::{Office, TENANT};
use crate::scenario::programs::Program;
use crate::scenario::stage::{enrol, free_port, text};
use crate::scenario::stage_config::{kiosk_config, server_config};

/// The concentrators' area.
const AREA: u16 = 3301;
/// Wires of one concentrator.
const WIRES: usize = 2;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// People with programs; each may call ten times a second.
const PROGRAMS: usize = 4;

/// Everything that runs.
pub struct World {
    /// All is below it.
    pub folder: PathBuf,
    /// The server.
    pub office: Office,
    /// The wires' truth.
    pub control: Control,
    /// Who lives there.
    pub households: Vec<Household>,
    places: Places,
    /// Where concentrators dial in.
    head_end: u16,
    /// Where the terminal reaches its meters.
    bus: u16,
    /// The concentrators, by their address less one; none where it is dead.
    concentrators: Vec<Option<Program>>,
    tokens: Vec<String>,
    called: usize,
    district: Program,
}

impl World {
    /// Starts the server and the wires. Nobody is known yet.
    ///
    /// # Errors
    /// When a program is missing or does not come up.
    pub fn begin(folder: &Path, households: Vec<Household>) -> Result<World, Failure> {
        std::fs::create_dir_all(folder.join("screen"))?;
        std::fs::create_dir_all(folder.join("reports"))?;
        let folder = folder.canonicalize()?;
        let head_end = free_port()?;
        let more = format!(
            "\n[head_end]\nlisten = \"127.0.0.1:{head_end}\"\ntenant = \"{TENANT}\"\npoll_seconds = 600\nin_flight_seconds = 2\n\
             \n[reports]\nfolder = {:?}\nmonthly = [\"days:pdf\", \"accounts:pdf\", \"consumption:pdf\"]\n",
            folder.join("reports")
        );
        let office = Office::open_with(&folder, &more)?;
        let dir = folder.join("district");
        std::fs::create_dir_all(&dir)?;
        let config = folder.join("district.json");
        std::fs::write(&config, serde_json::to_vec(&district(&households))?)?;
        let (dir_text, config) = (text(&dir), text(&config));
        let arguments = ["district", "--dir", &dir_text, "--config", &config];
        let district = Program::start(&folder, "rig", &arguments, &[])?;
        let said = |error: &dyn std::fmt::Display| {
            Failure::new(format!("{error}\n{}", district.last_words()))
        };
        let mut control = Control::connect_within(&dir.join("control.sock"), PATIENCE)
            .map_err(|error| said(&error))?;
        let places = control.places().map_err(|error| said(&error))?;
        let tokens = (1..=PROGRAMS).map(|n| office.hire(&format!("Program{n}"), "manager"));
        let tokens = tokens.collect::<Result<_, _>>()?;
        let wires = places.segments.len();
        Ok(World {
            folder,
            office,
            control,
            households,
            places,
            head_end,
            bus: free_port()?,
            concentrators: (0..wires.div_ceil(WIRES)).map(|_| None).collect(),
            tokens,
            called: 0,
            district,
        })
    }

    /// Accounts, meters and where they hang, as somebody's program enters them.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn enter(&mut self) -> Result<(), Failure> {
        let accounts: Vec<Value> = self.households.iter().map(Household::account).collect();
        for some in accounts.chunks(50) {
            let body = json!({ "accounts": some });
            self.call("POST", "/api/v1/accounts", Some(&body))?;
        }
        for address in 1..=self.concentrators.len() {
            let body = json!({
                "area": AREA, "address": address, "certificate": format!("c{address}.{TENANT}.example"),
                "place": format!("{address}号配电间"),
            });
            self.call("POST", "/api/v1/concentrators", Some(&body))?;
        }
        for household in self.households.clone() {
            let address = household.wire / WIRES + 1;
            for (meter, point) in household.points() {
                let body = json!({ "area": AREA, "address": address, "point": point });
                let path = format!("/api/v1/meters/{meter}/point");
                self.call("POST", &path, Some(&body))?;
            }
        }
        Ok(())
    }

    /// Calls a route of the server as one of the programs in turn.
    ///
    /// # Errors
    /// When it is refused.
    pub fn call(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let token = &self.tokens[self.called % self.tokens.len()];
        self.called += 1;
        self.office.call_as(token, method, path, body)
    }

    /// The addresses of the concentrators.
    pub fn concentrators(&self) -> std::ops::RangeInclusive<usize> {
        1..=self.concentrators.len()
    }

    /// Whether the meters of a household can be read.
    pub fn is_served(&self, household: &Household) -> bool {
        matches!(
            self.concentrators.get(household.wire / WIRES),
            Some(Some(_))
        )
    }

    /// Starts a concentrator and waits until the server knows it and it knows its meters.
    ///
    /// # Errors
    /// When it does not come.
    pub fn start_concentrator(&mut self, address: usize) -> Result<(), Failure> {
        let folder = self.folder.join(format!("concentrator{address}"));
        std::fs::create_dir_all(&folder)?;
        let path = folder.join("concentrator.toml");
        std::fs::write(&path, self.concentrator_config(&folder, address))?;
        let program = Program::start(&folder, "concentrator", &["--config", &text(&path)], &[])?;
        let slot = self.concentrators.get_mut(address - 1);
        *slot.ok_or_else(|| Failure::new("no such concentrator"))? = Some(program);
        self.until(&format!("concentrator {address} is known"), |office| {
            let known = office.sql(&format!(
                "SELECT count(*) FROM concentrator WHERE address = {address} AND holder IS NOT NULL AND archive_at IS NOT NULL"
            ))?;
            Ok(known == "1")
        })
    }

    fn concentrator_config(&self, folder: &Path, address: usize) -> String {
        let wires = (address - 1) * WIRES..(address * WIRES).min(self.places.segments.len());
        let mut config = format!(
            "area = \"{AREA}\"\naddress = {address}\nheartbeat_seconds = 5\nreports = true\nstate = {:?}\n",
            folder.join("concentrator.db")
        );
        if address == 1 {
            // The terminal reaches its meters through this one.
            config += &format!("listen = \"127.0.0.1:{}\"\n", self.bus);
        }
        config += &format!("[[uplink]]\nconnect = \"127.0.0.1:{}\"\n", self.head_end);
        for wire in wires.clone() {
            let tty = &self.places.segments[wire];
            config += &format!(
                "[[segment]]\nport = {}\ndevice = {tty:?}\nbaud = {BAUD}\n",
                wire + 1
            );
        }
        config += "[schedule]\nevery_minutes = 1440\narchive_profile = \"dlt645-plain\"\n";
        for one in self.households.iter().filter(|h| wires.contains(&h.wire)) {
            let [_, (_, point)] = one.points();
            config += &format!(
                "[[meter]]\npoint = {point}\nport = {}\naddress = \"10-{}\"\nprofile = \"cjt188-prepaid\"\n",
                one.wire + 1,
                one.water_address
            );
        }
        config
    }

    /// SIGKILL, as a power cut.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill_concentrator(&mut self, address: usize) -> Result<(), Failure> {
        match self
            .concentrators
            .get_mut(address - 1)
            .and_then(Option::take)
        {
            Some(mut program) => program.kill(),
            None => Ok(()),
        }
    }

    /// Every household uses what it uses in a day.
    ///
    /// # Errors
    /// When the wires are gone.
    pub fn use_up(&mut self, day: i32) -> Result<(), Failure> {
        for one in self.households.clone() {
            let used = one.uses(day);
            for (meter, hundredths, fen) in [
                (&one.electricity, used.electricity, 0),
                (&one.water_address, used.water, used.water_fen),
            ] {
                let command = Command::MeterUse {
                    meter: meter.clone(),
                    hundredths,
                    fen,
                };
                self.control
                    .send(&command)
                    .map_err(|error| Failure::new(error.to_string()))?;
            }
        }
        Ok(())
    }

    /// Waits for this; it is looked at again and again.
    ///
    /// # Errors
    /// When it does not come in time.
    pub fn until(
        &self,
        what: &str,
        so: impl Fn(&Office) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let end = Instant::now() + PATIENCE;
        while !so(&self.office)? {
            if Instant::now() >= end {
                return Err(Failure::new(format!("waited in vain: {what}")));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// The last words of all programs, for an error.
    pub fn last_words(&self) -> String {
        let log = self.office.log();
        let lines: Vec<&str> = log.lines().rev().take(20).collect();
        let server: Vec<&str> = lines.into_iter().rev().collect();
        let mut words = format!("the last lines of server:\n{}", server.join("\n"));
        let programs = self.concentrators.iter().flatten().chain([&self.district]);
        for program in programs {
            words.push('\n');
            words += &program.last_words();
        }
        words
    }

    /// Writes the terminal's configuration and enrols it.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn enrol_terminal(&mut self) -> Result<(), Failure> {
        let mut config = kiosk_config(&self.folder, self.bus, &self.places, "zh");
        config += &server_config(&self.office.url());
        let path = self.folder.join("kiosk.toml");
        std::fs::write(&path, config)?;
        enrol(&self.folder, &path, &self.office, TERMINAL)?;
        let district = json!({ "district": DISTRICT });
        let path = format!("/api/v1/terminals/{TERMINAL}/district");
        self.call("POST", &path, Some(&district)).map(drop)
    }
}
