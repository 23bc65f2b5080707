//! `meterbus trace`: what goes over a line, explained as it goes, written down, and played again.

pub mod file;
mod show;
mod watch;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use tokio::io::AsyncReadExt;
use tokio::time::Instant;

use super::arguments::ParityArgument;
use super::exit;
use super::line::LineArguments;
use crate::frame::Protocol;
use crate::link::{PortOpener, SerialSettings, Spoken};
use file::{Chunk, Head, Way};
use show::Show;
use watch::{Event, Watch};

/// `trace`.
#[derive(Args)]
pub struct TraceArguments {
    /// The line to listen to.
    #[command(flatten)]
    pub line: LineArguments,
    /// Play a trace file in place of a line.
    #[arg(long, value_name = "FILE", group = "line")]
    pub replay: Option<PathBuf>,
    /// Play it as fast as it went over the line.
    #[arg(long, requires = "replay")]
    pub at_speed: bool,
    /// Write down what is heard.
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub write: Option<PathBuf>,
    /// Protocols to look for; without this, those of meter wires and M-Bus.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub protocol: Vec<Protocol>,
    /// Bits per second on the line.
    #[arg(long, default_value_t = 2400)]
    pub baud: u32,
    /// Parity on the line.
    #[arg(long, value_enum, default_value_t = ParityArgument::Even)]
    pub parity: ParityArgument,
    /// Stop after this many seconds.
    #[arg(long, value_name = "SECONDS")]
    pub seconds: Option<u64>,
    /// Print JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}

impl TraceArguments {
    fn spoken(&self) -> Spoken {
        if self.protocol.is_empty() {
            Spoken::only(&[Protocol::Dlt645, Protocol::Cjt188, Protocol::Mbus])
        } else {
            Spoken::only(&self.protocol)
        }
    }

    fn settings(&self) -> SerialSettings {
        SerialSettings {
            baud: self.baud,
            parity: self.parity.parity(),
            ..SerialSettings::default()
        }
    }
}

/// Why a trace ended before its time, and the exit code for it.
type Fault = (u8, String);

/// Prints what goes over the line until it ends or is interrupted, and says how the program ends (see [`exit`]).
pub fn run(arguments: &TraceArguments) -> ExitCode {
    let runtime = match super::runtime() {
        Ok(runtime) => runtime,
        Err(code) => return code,
    };
    let ended = runtime.block_on(async {
        match (&arguments.replay, arguments.line.opener()) {
            (Some(path), _) => replay(arguments, path).await,
            (None, Some(opener)) => listen(arguments, opener).await,
            (None, None) => Err((
                exit::BAD_ARGUMENTS,
                "name the line: --serial DEVICE, --tcp HOST:PORT or --replay FILE".to_owned(),
            )),
        }
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, why)) => {
            eprintln!("meterbus: {why}");
            ExitCode::from(code)
        }
    }
}

/// Prints; a reader that has gone (`| head`) ends the trace.
fn print(show: &Show, events: &[Event]) -> bool {
    let mut out = std::io::stdout().lock();
    events
        .iter()
        .all(|event| writeln!(out, "{}", show.line(event)).is_ok())
        && out.flush().is_ok()
}

async fn replay(arguments: &TraceArguments, path: &PathBuf) -> Result<(), Fault> {
    let shown = path.display();
    let bad = |why: &dyn std::fmt::Display| (exit::BAD_ARGUMENTS, format!("{shown}: {why}"));
    let text = std::fs::read_to_string(path).map_err(|error| bad(&error))?;
    let (head, chunks) = file::read(&text).map_err(|error| bad(&error))?;
    let show = Show {
        began: head.began,
        json: arguments.json,
    };
    let mut watch = Watch::new(&arguments.spoken());
    let began = Instant::now();
    for chunk in &chunks {
        if arguments.at_speed {
            if let Some(quiet) = watch.quiet_at().filter(|quiet| *quiet < chunk.at) {
                tokio::time::sleep_until(began + quiet).await;
                print(&show, &watch.quiet());
            }
            tokio::time::sleep_until(began + chunk.at).await;
        }
        if !print(&show, &watch.push(chunk)) {
            return Ok(());
        }
    }
    print(&show, &watch.quiet());
    Ok(())
}

async fn listen(arguments: &TraceArguments, opener: Arc<dyn PortOpener>) -> Result<(), Fault> {
    let name = opener.name();
    let lost = |why: &dyn std::fmt::Display| (exit::NO_ANSWER, format!("{name}: {why}"));
    let settings = arguments.settings();
    let head = Head {
        began: Timestamp::now(),
        line: arguments.line.serial.as_ref().map(|_| settings.to_string()),
    };
    let began = Instant::now();
    let mut port = opener.open(&settings).map_err(|error| lost(&error))?;
    let mut written = Written::create(arguments, &head)?;
    let show = Show {
        began: head.began,
        json: arguments.json,
    };
    let mut watch = Watch::new(&arguments.spoken());
    let ends = arguments.seconds.map_or(Duration::MAX, Duration::from_secs);
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    let mut bytes = vec![0; 4096];
    eprintln!("meterbus: listening on {name}; end with Ctrl-C");
    loop {
        let until = watch.quiet_at().unwrap_or(Duration::MAX).min(ends);
        let events = tokio::select! {
            _ = &mut interrupted => break,
            read = port.read(&mut bytes) => match read {
                Ok(0) => {
                    print(&show, &watch.quiet());
                    return Err(lost(&"the other end is gone"));
                }
                Ok(count) => {
                    let chunk = Chunk {
                        at: Duration::from_micros(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX)),
                        way: Way::Unknown,
                        bytes: bytes.get(..count).unwrap_or_default().to_vec(),
                    };
                    written.add(&chunk)?;
                    watch.push(&chunk)
                }
                Err(error) => return Err(lost(&error)),
            },
            () = at(began, until) => {
                if began.elapsed() >= ends {
                    break;
                }
                watch.quiet()
            }
        };
        if !print(&show, &events) {
            return Ok(());
        }
    }
    print(&show, &watch.quiet());
    Ok(())
}

/// Waits until so long after the beginning.
async fn at(began: Instant, after: Duration) {
    match began.checked_add(after) {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

/// The file that a trace is written to, if any. Every chunk is on its way to the disk before the next one is read.
struct Written {
    file: Option<(PathBuf, std::fs::File)>,
}

impl Written {
    fn create(arguments: &TraceArguments, head: &Head) -> Result<Self, Fault> {
        let Some(path) = &arguments.write else {
            return Ok(Written { file: None });
        };
        let file = std::fs::File::create(path)
            .map_err(|error| (exit::BAD_ARGUMENTS, format!("{}: {error}", path.display())))?;
        let mut written = Written {
            file: Some((path.clone(), file)),
        };
        written.put(&head.to_string())?;
        Ok(written)
    }

    fn add(&mut self, chunk: &Chunk) -> Result<(), Fault> {
        self.put(&chunk.to_string())
    }

    fn put(&mut self, text: &str) -> Result<(), Fault> {
        let Some((path, file)) = &mut self.file else {
            return Ok(());
        };
        file.write_all(text.as_bytes())
            .map_err(|error| (1, format!("{}: {error}", path.display())))
    }
}
