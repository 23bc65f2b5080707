//! The commands of the program `server`. Exit codes: 0 done, 1 something is wrong with the machine or the data, 2 something is
//! wrong with the configuration or the command.

mod backup;
mod ca;
mod check;
mod serve;
mod settle;
mod setup;
mod tenant;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::Config;
use crate::staff::Role;

/// The server of a Meterpost district.
#[derive(Debug, Parser)]
#[command(name = "server", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// The file that says where everything is.
#[derive(Debug, clap::Args)]
struct ConfigFile {
    /// The configuration
    #[arg(long, default_value = "/etc/meterpost/server.toml")]
    config: PathBuf,
    /// Another database, or login, than the configuration's
    #[arg(long)]
    database_url: Option<String>,
    /// The login that owns the schema, for this command only
    #[arg(long)]
    owner_url: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes the operator's and the witness's keys, and brings the schema up to date
    Init {
        /// Only the schema, as the login that owns it, and the login that serves; no keys are looked at
        #[arg(long)]
        schema: bool,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Serves terminals and people
    Serve(ConfigFile),
    /// Adds a tenant: a district or an operator whose data nobody else sees. Or takes one along, or brings one in, as a file
    Tenant(tenant::Tenant),
    /// Adds a person and prints their token, once
    Staff {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Gives a person who comes by browser a password for one sign-in, and prints it; a new person has the role
    Person {
        #[command(flatten)]
        who: Who,
        /// Forget their second factor, which is set up again with the next sign-in
        #[arg(long)]
        forget_factor: bool,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Gives the witness a new key; terminals follow it. Start every server anew afterwards
    Rotate(ConfigFile),
    /// Checks a terminal's log again from its stored entries
    Verify {
        /// Of which tenant
        #[arg(long)]
        tenant: String,
        /// Which terminal
        #[arg(long)]
        terminal: String,
        /// Which epoch; the newest where it is not said
        #[arg(long)]
        epoch: Option<u32>,
        /// For programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Checks the books: wallets against their postings, holds and logs, and every log again from its entries
    Check {
        /// Of which tenant
        #[arg(long, required_unless_present = "all", conflicts_with = "all")]
        tenant: Option<String>,
        /// Of all tenants
        #[arg(long)]
        all: bool,
        /// For programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Settles a day, or days: what meters whose money is here used. Again it changes nothing but where more is known by now
    Settle {
        /// Of which tenant
        #[arg(long)]
        tenant: String,
        /// The day, such as 2026-03-01
        #[arg(long)]
        day: jiff::civil::Date,
        /// The last day, where there are more
        #[arg(long)]
        until: Option<jiff::civil::Date>,
        /// Lists the meters that were credited otherwise than our books say
        #[arg(long)]
        compare: bool,
        /// For programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Takes a backup of database and keys while everybody goes on, or checks one
    Backup(backup::Backup),
    /// Makes a database cluster of a backup
    Restore(backup::Restore),
    /// The operator's own certificate authority
    #[command(subcommand)]
    Ca(CaCommand),
}

/// A person.
#[derive(Debug, Args)]
struct Who {
    /// Of which tenant
    #[arg(long)]
    tenant: String,
    /// By what name
    #[arg(long)]
    name: String,
    /// manager, clerk, maintenance, auditor or administrator
    #[arg(long, value_parser = role)]
    role: Role,
}

#[derive(Debug, Subcommand)]
enum CaCommand {
    /// Makes the authority's key and certificate
    Init {
        /// The folder for them
        #[arg(long)]
        dir: PathBuf,
        /// The operator's name
        #[arg(long)]
        name: String,
    },
    /// Makes the authority for cards, in the server's own folder of keys; terminals get its certificate
    Cards {
        /// The operator's name
        #[arg(long)]
        name: String,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Issues a certificate for a server or a concentrator
    Issue {
        /// The authority's folder
        #[arg(long)]
        dir: PathBuf,
        /// Its names or IP addresses; a concentrator's is NAME.TENANT.DOMAIN
        #[arg(required = true)]
        names: Vec<String>,
        /// The folder for certificate and key
        #[arg(long)]
        out: PathBuf,
        /// What the two files are called, without .pem and .key
        #[arg(long, default_value = "server")]
        file: String,
    },
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| {
        let names: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
        format!("the roles are {}", names.join(", "))
    })
}

/// Who is to blame.
enum Failure {
    /// The machine or the data.
    Data(String),
    /// The configuration or the command.
    Config(String),
}

impl Failure {
    fn data(error: impl ToString) -> Failure {
        Failure::Data(error.to_string())
    }

    fn config(error: impl ToString) -> Failure {
        Failure::Config(error.to_string())
    }
}

impl ConfigFile {
    fn load(&self) -> Result<Config, Failure> {
        let mut config = Config::load(&self.config).map_err(Failure::config)?;
        if let Some(url) = &self.database_url {
            config.database.url.clone_from(url);
        }
        if let Some(url) = &self.owner_url {
            config.database.owner_url = Some(url.clone());
        }
        Ok(config)
    }
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    // Secrets are in memory; a crash must not put them on the disk.
    let _ = meterpost_ledger::signing::forbid_core_dumps();
    let filter = tracing_subscriber::EnvFilter::try_from_env("METERPOST_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Data(why)) => {
            eprintln!("server: {why}");
            ExitCode::from(1)
        }
        Err(Failure::Config(why)) => {
            eprintln!("server: {why}");
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::data)?;
    runtime.block_on(async {
        match command {
            Command::Init { schema, file } => setup::init(&file.load()?, schema).await,
            Command::Serve(file) => serve::serve(file.load()?).await,
            Command::Rotate(file) => setup::rotate(&file.load()?),
            Command::Tenant(asked) => tenant::tenant(&asked).await,
            Command::Staff { who, file } => {
                setup::staff(&file.load()?, &who.tenant, &who.name, who.role).await
            }
            Command::Person {
                who,
                forget_factor,
                file,
            } => {
                let person = (who.tenant.as_str(), who.name.as_str(), who.role);
                setup::person(&file.load()?, person, forget_factor).await
            }
            Command::Verify {
                tenant,
                terminal,
                epoch,
                json,
                file,
            } => verify::verify(&file.load()?, &tenant, &terminal, epoch, json).await,
            Command::Check {
                tenant,
                all: _,
                json,
                file,
            } => check::run(&file.load()?, tenant.as_deref(), json).await,
            Command::Backup(asked) => backup::backup(&asked),
            Command::Restore(asked) => backup::restored(&asked),
            Command::Settle {
                tenant,
                day,
                until,
                compare,
                json,
                file,
            } => {
                let asked = settle::Asked {
                    tenant: &tenant,
                    first: day,
                    last: until.unwrap_or(day),
                    compare,
                    json,
                };
                settle::settle(&file.load()?, &asked).await
            }
            Command::Ca(CaCommand::Init { dir, name }) => ca::init(&dir, &name),
            Command::Ca(CaCommand::Cards { name, file }) => ca::cards(&file.load()?, &name),
            Command::Ca(CaCommand::Issue {
                dir,
                names,
                out,
                file,
            }) => ca::issue(&dir, names, &out, &file),
        }
    })
}
