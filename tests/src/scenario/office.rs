//! The server's side of a scenario: the shipping `server` on a real PostgreSQL, with one tenant and one manager.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::Failure;
use super::programs::{beside, script};

/// The tenant of the scenarios' terminals.
pub const TENANT: &str = "east-district";
/// How long a program may take to say something.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server, its database and its manager's token.
#[derive(Debug)]
pub struct Office {
    folder: PathBuf,
    cluster: String,
    database: String,
    token: String,
    server: Option<Child>,
    /// `host:port` where it listens.
    pub address: String,
    /// The certificate of its authority, where it speaks TLS.
    pub authority: Option<PathBuf>,
    /// More tables of its configuration.
    settings: String,
    more: String,
    /// What `server init` said.
    initialised: String,
}

fn failed(what: &str, output: &Output) -> Failure {
    let said = String::from_utf8_lossy(&output.stderr);
    Failure::new(format!("{what}: {}", said.trim()))
}

fn ran(what: &str, command: &mut Command) -> Result<String, Failure> {
    let output = command.stdin(Stdio::null()).output()?;
    if !output.status.success() {
        return Err(failed(what, &output));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

impl Office {
    /// Makes a database, keys, a tenant and a manager below `folder`, and starts the server.
    ///
    /// # Errors
    /// When PostgreSQL or a program is missing or refuses.
    pub fn open(folder: &Path) -> Result<Office, Failure> {
        Office::open_at(folder, false, ("", ""))
    }

    /// The same with TLS and an authority of its own.
    ///
    /// # Errors
    /// As [`Office::open`].
    pub fn open_encrypted(folder: &Path) -> Result<Office, Failure> {
        Office::open_at(folder, true, ("", ""))
    }

    /// The same without TLS and with more tables in its configuration; its folder is `<folder>/office`.
    ///
    /// # Errors
    /// As [`Office::open`].
    pub fn open_with(folder: &Path, more: &str) -> Result<Office, Failure> {
        Office::open_at(folder, false, ("", more))
    }

    /// The same without TLS and with more settings before its configuration's tables.
    ///
    /// # Errors
    /// As [`Office::open`].
    pub fn open_where(folder: &Path, settings: &str) -> Result<Office, Failure> {
        Office::open_at(folder, false, (settings, ""))
    }

    fn open_at(
        folder: &Path,
        encrypted: bool,
        (settings, more): (&str, &str),
    ) -> Result<Office, Failure> {
        let folder = folder.join("office");
        std::fs::create_dir_all(&folder)?;
        let cluster = ran("database", &mut Command::new(script("database.sh")?))?;
        let database = format!("rig_{}_{}", std::process::id(), unique());
        sql(&cluster, &format!("CREATE DATABASE {database}"))?;
        let mut office = Office {
            folder: folder.clone(),
            cluster,
            database,
            token: String::new(),
            server: None,
            address: "127.0.0.1:0".to_owned(),
            authority: encrypted.then(|| folder.join("ca/ca.pem")),
            settings: settings.to_owned(),
            more: more.to_owned(),
            initialised: String::new(),
        };
        if encrypted {
            office.certify(&folder.join("ca"))?;
        }
        office.write_config()?;
        office.initialised = office.server(&["init"])?;
        // Meters here have this machine's time, so its tenant has too, where that has a name.
        let machine = jiff::tz::TimeZone::system();
        let named = machine.iana_name().filter(|name| *name != "Etc/Unknown");
        match named {
            Some(zone) => office.server(&["tenant", TENANT, "--zone", zone])?,
            None => office.server(&["tenant", TENANT])?,
        };
        let person = [
            "staff", "--tenant", TENANT, "--name", "Mia", "--role", "manager",
        ];
        office.token = office.server(&person)?;
        office.start()?;
        // From now on it keeps its place, as a server does.
        office.write_config()?;
        Ok(office)
    }

    /// The authority, and the server's certificate by it.
    fn certify(&self, ca: &Path) -> Result<(), Failure> {
        let (ca, out) = (ca.to_string_lossy(), self.folder.to_string_lossy());
        let init = ["ca", "init", "--dir", &ca, "--name", "East"];
        ran("server ca init", Command::new(beside("server")?).args(init))?;
        let issue = ["ca", "issue", "--dir", &ca, "--out", &out, "127.0.0.1"];
        ran(
            "server ca issue",
            Command::new(beside("server")?).args(issue),
        )
        .map(drop)
    }

    /// `http://host:port`, or `https://`.
    pub fn url(&self) -> String {
        let scheme = if self.authority.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", self.address)
    }

    fn write_config(&self) -> Result<(), Failure> {
        let url = self
            .cluster
            .replace("dbname=postgres", &format!("dbname={}", self.database));
        let config = format!(
            "listen = \"{}\"\nkeys = \"keys\"\nwitness = \"witness.example/east\"\n{}\n\n[database]\nurl = \"{url}\"\n",
            self.address, self.settings
        );
        let tls = match self.authority {
            Some(_) => "\n[tls]\ncertificate = \"server.pem\"\nkey = \"server.key\"\n",
            None => "",
        };
        Ok(std::fs::write(self.config(), config + tls + &self.more)?)
    }

    /// Its configuration.
    pub fn config(&self) -> PathBuf {
        self.folder.join("server.toml")
    }

    /// Runs a command of the program to its end.
    fn server(&self, arguments: &[&str]) -> Result<String, Failure> {
        let what = format!("server {}", arguments.first().unwrap_or(&""));
        ran(&what, &mut self.command(arguments)?)
    }

    fn command(&self, arguments: &[&str]) -> Result<Command, Failure> {
        let mut command = Command::new(beside("server")?);
        command.args(arguments).arg("--config").arg(self.config());
        Ok(command)
    }

    /// Starts the server, where it does not run.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(&mut self) -> Result<(), Failure> {
        if self.server.is_some() {
            return Ok(());
        }
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("server.log"))?;
        let mut child = self
            .command(&["serve"])?
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let mut line = String::new();
        if let Some(said) = child.stdout.take() {
            BufReader::new(said).read_line(&mut line)?;
        }
        let address = line.trim().strip_prefix("serving on ");
        let address = address.and_then(|url| Some(url.split_once("://")?.1));
        let Some(address) = address else {
            let _ = child.kill();
            let said = std::fs::read_to_string(self.folder.join("server.log"));
            return Err(Failure::new(format!(
                "the server does not come up: {}",
                said.unwrap_or_default()
            )));
        };
        self.address = address.to_owned();
        self.server = Some(child);
        Ok(())
    }

    /// SIGKILL, as a power cut.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self) -> Result<(), Failure> {
        if let Some(mut server) = self.server.take() {
            server.kill()?;
            server.wait()?;
        }
        Ok(())
    }

    /// Makes the authority for cards, and starts the server anew with it; its certificate's file.
    ///
    /// # Errors
    /// When a program refuses.
    pub fn make_card_authority(&mut self) -> Result<PathBuf, Failure> {
        self.server(&["ca", "cards", "--name", "East Utilities"])?;
        self.kill()?;
        self.start()?;
        Ok(self.folder.join("keys/cards.pem"))
    }

    /// The public key by which a payment provider knows it, as `server init` prints it.
    ///
    /// # Errors
    /// When its configuration names no provider.
    pub fn merchant_key(&self) -> Result<[u8; 32], Failure> {
        let line = self
            .initialised
            .lines()
            .find(|l| l.contains("payment provider"));
        let hex = line.and_then(|line| line.rsplit(' ').next());
        let mut key = [0; 32];
        let read = hex.map(|hex| hex::decode_to_slice(hex, &mut key));
        match read {
            Some(Ok(())) => Ok(key),
            _ => Err(Failure::new(format!(
                "no merchant's key: {}",
                self.initialised
            ))),
        }
    }

    /// A person for programs: the token.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn hire(&self, name: &str, role: &str) -> Result<String, Failure> {
        self.server(&["staff", "--tenant", TENANT, "--name", name, "--role", role])
    }

    /// Settles a day by hand; what the command says.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn settle(&self, day: &str) -> Result<Value, Failure> {
        let said = self.server(&["settle", "--tenant", TENANT, "--day", day, "--json"])?;
        Ok(serde_json::from_str(&said)?)
    }

    /// Pays cash into an account's wallet at a desk.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn top_up_wallet(&self, account: &str, id: &str, amount: &str) -> Result<(), Failure> {
        let path = format!("/api/v1/wallets/{account}/top-ups");
        let body = serde_json::json!({ "id": id, "amount": amount, "means": "cash", "reference": "desk 1" });
        self.call("POST", &path, Some(&body)).map(drop)
    }

    /// What a book of the server's money holds, in minor units as its owner sees it: assets positive.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn book(&self, book: &str) -> Result<i64, Failure> {
        let sum = self.sql(&format!(
            "SELECT coalesce(sum(amount), 0) FROM wallet_posting WHERE book = '{book}'"
        ))?;
        sum.parse()
            .map_err(|_| Failure::new(format!("no sum: {sum}")))
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("server.log")).unwrap_or_default()
    }

    /// Says SQL to its database, as the owner.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn sql(&self, statement: &str) -> Result<String, Failure> {
        let url = self
            .cluster
            .replace("dbname=postgres", &format!("dbname={}", self.database));
        sql(&url, statement)
    }

    /// Calls a route as the manager; the answer, which may be a refusal.
    ///
    /// # Errors
    /// When there is none.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        self.call_as(&self.token, method, path, body)
    }

    /// The same as somebody else, by their token.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn call_as(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        match self.text(token, method, path, body)?.as_str() {
            "" => Ok(Value::Null),
            text => Ok(serde_json::from_str(text)?),
        }
    }

    fn text(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<String, Failure> {
        let mut agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE));
        if let Some(path) = &self.authority {
            let pem = std::fs::read(path)?;
            let authority = Certificate::from_pem(&pem);
            let authority = authority.map_err(|error| Failure::new(error.to_string()))?;
            let tls = TlsConfig::builder()
                .root_certs(RootCerts::new_with_certs(&[authority]))
                .unversioned_rustls_crypto_provider(Arc::new(
                    rustls::crypto::ring::default_provider(),
                ));
            agent = agent.tls_config(tls.build());
        }
        let agent: ureq::Agent = agent.build().into();
        let url = format!("{}{path}", self.url());
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(url)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(body.map(Value::to_string).unwrap_or_default())
            .map_err(|error| Failure::new(error.to_string()))?;
        let failed = |error: ureq::Error| Failure::new(format!("{path}: {error}"));
        let end = Instant::now() + PATIENCE;
        let mut response = loop {
            match agent.run(request.clone()) {
                // Nobody may call as fast as a program can.
                Err(ureq::Error::StatusCode(429)) if Instant::now() < end => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                answered => break answered.map_err(failed)?,
            }
        };
        response.body_mut().read_to_string().map_err(failed)
    }

    /// Approves the enrolment of a terminal with the code that the server shows, once it waits.
    ///
    /// # Errors
    /// When it does not come.
    pub fn approve(&self, terminal: &str) -> Result<(), Failure> {
        let end = Instant::now() + PATIENCE;
        loop {
            let waiting = self.call("GET", "/api/v1/enrolments", None)?;
            let found = waiting
                .as_array()
                .and_then(|all| all.iter().find(|one| one["terminal"] == terminal));
            if let Some(one) = found {
                let body = serde_json::json!({ "code": one["code"] });
                let path = format!("/api/v1/enrolments/{terminal}/approve");
                return self.call("POST", &path, Some(&body)).map(drop);
            }
            if Instant::now() >= end {
                return Err(Failure::new(format!(
                    "terminal {terminal} does not ask to be enrolled"
                )));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Issues limits for all terminals: most that one sale may take.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn limit_sales(&self, per_sale: &str) -> Result<(), Failure> {
        let body = serde_json::json!({ "per_sale": per_sale, "valid_days": 30 });
        self.call("POST", "/api/v1/bulletins/limits", Some(&body))
            .map(drop)
    }

    /// Issues limits for all terminals within which they trust wallets offline: for a card's day, and for all that is sold without contact.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn limit_wallets(&self, per_card_day: &str, since_contact: &str) -> Result<(), Failure> {
        let body = serde_json::json!({
            "per_card_day": per_card_day, "since_contact_money": since_contact, "valid_days": 30,
        });
        self.call("POST", "/api/v1/bulletins/limits", Some(&body))
            .map(drop)
    }

    /// Issues parameters for all terminals.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn set_parameters(&self, parameters: &Value) -> Result<(), Failure> {
        self.call("POST", "/api/v1/bulletins/parameters", Some(parameters))
            .map(drop)
    }

    /// Puts accounts in, and tells a terminal of those of a district.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn put_accounts(&self, accounts: &Value) -> Result<(), Failure> {
        let body = serde_json::json!({ "accounts": accounts });
        self.call("POST", "/api/v1/accounts", Some(&body)).map(drop)
    }

    /// Says which district a terminal serves.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn assign(&self, terminal: &str, district: &str) -> Result<(), Failure> {
        let path = format!("/api/v1/terminals/{terminal}/district");
        let body = serde_json::json!({ "district": district });
        self.call("POST", &path, Some(&body)).map(drop)
    }

    /// Gives a terminal a command; its version.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn command_terminal(&self, terminal: &str, command: &Value) -> Result<u64, Failure> {
        let path = format!("/api/v1/terminals/{terminal}/commands");
        let body = serde_json::json!({ "command": command, "valid_minutes": 60 });
        let given = self.call("POST", &path, Some(&body))?;
        let version = given["version"].as_u64();
        version.ok_or_else(|| Failure::new(format!("no version: {given}")))
    }

    /// Waits until a command has ended; how, and in which words.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn command_outcome(
        &self,
        terminal: &str,
        version: u64,
    ) -> Result<(String, String), Failure> {
        let path = format!("/api/v1/terminals/{terminal}/commands");
        let end = Instant::now() + 2 * PATIENCE;
        loop {
            let all = self.call("GET", &path, None)?;
            let found = all.as_array().and_then(|all| {
                all.iter()
                    .find(|one| one["version"] == version)
                    .map(|one| (one["state"].clone(), one["words"].clone()))
            });
            match found {
                Some((Value::String(state), Value::String(words)))
                    if state != "waiting" && state != "taken" =>
                {
                    return Ok((state, words));
                }
                _ if Instant::now() < end => std::thread::sleep(Duration::from_millis(100)),
                _ => {
                    return Err(Failure::new(format!(
                        "command {version} does not end: {all}"
                    )));
                }
            }
        }
    }

    /// The lines of log that a command brought.
    ///
    /// # Errors
    /// When there are none.
    pub fn terminal_log(&self, terminal: &str, version: u64) -> Result<String, Failure> {
        let path = format!("/api/v1/terminals/{terminal}/commands/{version}/log");
        self.text(&self.token, "GET", &path, None)
    }

    /// The witness gets a new key; the server is started anew with it.
    ///
    /// # Errors
    /// When a program refuses.
    pub fn rotate(&mut self) -> Result<(), Failure> {
        self.kill()?;
        self.server(&["rotate"])?;
        self.start()
    }

    /// How the server sees a terminal's newest log.
    ///
    /// # Errors
    /// When it does not answer, or knows no such log.
    pub fn head(&self, terminal: &str) -> Result<Value, Failure> {
        let heads = self.call("GET", "/api/v1/terminals", None)?;
        let all = heads.as_array().cloned().unwrap_or_default();
        all.into_iter()
            .rfind(|head| head["terminal"] == terminal)
            .ok_or_else(|| Failure::new(format!("the server knows no log of {terminal}")))
    }

    /// What `server verify` says of a terminal's log.
    ///
    /// # Errors
    /// When it prints no verdict.
    pub fn verify(&self, terminal: &str) -> Result<Value, Failure> {
        let arguments = [
            "verify",
            "--tenant",
            TENANT,
            "--terminal",
            terminal,
            "--json",
        ];
        let output = self.command(&arguments)?.output()?;
        serde_json::from_slice(&output.stdout).map_err(|_| failed("server verify", &output))
    }

    /// What the server's check of all its books finds; it fails where they do not add up.
    ///
    /// # Errors
    /// With what does not add up.
    pub fn check_books(&self) -> Result<Value, Failure> {
        let said = self.server(&["check", "--tenant", TENANT, "--json"])?;
        serde_json::from_str(&said).map_err(|error| Failure::new(format!("server check: {error}")))
    }

    /// A person for the back office: the password for one sign-in.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn person(&self, name: &str, role: &str) -> Result<String, Failure> {
        self.server(&["person", "--tenant", TENANT, "--name", name, "--role", role])
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = self.kill();
        let gone = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.database);
        let _ = sql(&self.cluster, &gone);
    }
}

fn sql(url: &str, statement: &str) -> Result<String, Failure> {
    ran(
        "psql",
        Command::new("psql").args(["-qtA", "-d", url, "-c", statement]),
    )
}

/// A number that no other database of this process has.
fn unique() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
