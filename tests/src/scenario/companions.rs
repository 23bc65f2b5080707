//! More terminals beside the one that sells: no device of theirs is there, so they only stay in touch with the server.

use std::path::{Path, PathBuf};

use super::Failure;
use super::office::{Office, TENANT};
use super::programs::Program;
use super::stage::enrol;
use super::touchscreen::Touchscreen;

/// A terminal as it is delivered: configured, and enrolled nowhere.
#[derive(Debug)]
pub struct NewTerminal {
    folder: PathBuf,
}

impl NewTerminal {
    /// Writes its configuration into a folder of its own.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn deliver(
        folder: &Path,
        office: &Office,
        server: &str,
        id: &str,
    ) -> Result<NewTerminal, Failure> {
        let folder = folder.join(id);
        std::fs::create_dir_all(folder.join("screen"))?;
        let new = NewTerminal { folder };
        let authority = office.authority.as_deref();
        let text = configuration(&new.folder, server, authority, id);
        std::fs::write(new.config(), text)?;
        Ok(new)
    }

    fn config(&self) -> PathBuf {
        self.folder.join("kiosk.toml")
    }

    /// Starts `kiosk` with one of the commands that have a glass.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, command: &str, more: &[&str]) -> Result<Program, Failure> {
        let (config, screen) = (self.config(), self.folder.join("screen"));
        let _ = std::fs::remove_file(screen.join("screen.sock"));
        let config = config.to_string_lossy();
        let mut arguments = vec![
            command, "--config", &config, "--size", "1024x600", "--ppi", "149.4",
        ];
        arguments.extend(more);
        Program::start(
            &self.folder,
            "kiosk",
            &arguments,
            &[("METERPOST_RIG", &screen)],
        )
    }

    /// The glass of the program that runs.
    ///
    /// # Errors
    /// When there is none.
    pub fn glass(&self) -> Result<Touchscreen, Failure> {
        Touchscreen::connect(&self.folder.join("screen"))
    }
}

/// A terminal without devices.
#[derive(Debug)]
pub struct Companion {
    /// Its id.
    pub id: String,
    folder: PathBuf,
    program: Program,
}

impl Companion {
    /// Enrols it and starts it.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(
        folder: &Path,
        office: &Office,
        server: &str,
        id: String,
    ) -> Result<Companion, Failure> {
        let new = NewTerminal::deliver(folder, office, server, &id)?;
        enrol(&new.folder, &new.config(), office, &id)?;
        let program = new.start("run", &[])?;
        let folder = new.folder;
        Ok(Companion {
            id,
            folder,
            program,
        })
    }

    /// The power cut.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self) -> Result<(), Failure> {
        self.program.kill()
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
}

/// The configuration of a terminal that only knows its server.
pub fn configuration(folder: &Path, server: &str, authority: Option<&Path>, id: &str) -> String {
    let folder = folder.display();
    let authority =
        authority.map_or_else(String::new, |path| format!("ca = \"{}\"\n", path.display()));
    format!(
        r#"[terminal]
id = "{id}"
tenant = "{TENANT}"
place = "东区物业服务中心"
phone = "400-810-0000"
currency = "CNY"
data = "{folder}/data"

[limits]
highest_sale = "500.00"
amounts = ["50.00"]

[validator]
device = "{folder}/no-validator"
notes = ["5.00"]

[printer]
tcp = "127.0.0.1:9"

[bus]
masters = ["127.0.0.1:9"]
area = 3301
address = 1

[server]
url = "{server}"
{authority}heartbeat = 1

[[meter]]
number = "260305510012"
utility = "electricity"
profile = "dlt645-plain"
address = "260305510012"
segment = 1
customer = "000000001234"
"#
    )
}
