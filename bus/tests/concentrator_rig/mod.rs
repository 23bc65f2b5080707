//! A wire with a scripted meter on a pseudo-terminal, and a concentrator before it.
#![allow(dead_code, reason = "every file of tests takes what it needs")]

pub mod prepaid;

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use meterpost_bus::concentrator::{Concentrator, Config};
use meterpost_bus::frame::cjt188::Cjt188;
use meterpost_bus::frame::dlt645::Dlt645;
use meterpost_bus::frame::scan::{Found, Scanner};
use meterpost_bus::link::{Link, LinkError, SerialSettings};
use meterpost_bus::master::{Master, MasterConfig, MasterStatus};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::tcgetattr;
use tempfile::TempDir;

/// Two reads of the meter 123456789012 and their answers, from the field collection.
pub const READ_BALANCE: &str = "681290785634126811043335C333F916";
pub const BALANCE: &str = "681290785634126891083335C33378563433B216";
pub const READ_COUNT: &str = "6812907856341268110434356636A016";
pub const COUNT: &str = "68129078563412689106343566363A338F16";

pub fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

/// What the meter says to a request: chunks with a pause before each.
pub type Says = Vec<(Duration, Vec<u8>)>;

pub fn at_once(hex: &str) -> Says {
    vec![(Duration::ZERO, bytes(hex))]
}

/// What the meter of the collection says.
pub fn honest(request: &[u8]) -> Says {
    match hex::encode_upper(request).as_str() {
        READ_BALANCE => at_once(BALANCE),
        READ_COUNT => at_once(COUNT),
        _ => Vec::new(),
    }
}

pub fn silent(_request: &[u8]) -> Says {
    Vec::new()
}

/// One wire: the meter's end of a pseudo-terminal, and everything it heard.
pub struct Wire {
    pub device: PathBuf,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
    stop: Arc<AtomicBool>,
    fd: Arc<File>,
    meter: Option<JoinHandle<()>>,
}

impl Wire {
    pub fn new(script: impl FnMut(&[u8]) -> Says + Send + 'static) -> Wire {
        Wire::hearing(Scanner::new::<Dlt645>().and::<Cjt188>(), script)
    }

    /// The same with meters that hear other protocols.
    pub fn hearing(scanner: Scanner, script: impl FnMut(&[u8]) -> Says + Send + 'static) -> Wire {
        let fd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&fd).unwrap();
        unlockpt(&fd).unwrap();
        let device = PathBuf::from(ptsname(&fd, Vec::new()).unwrap().to_str().unwrap());
        fcntl_setfl(&fd, OFlags::RDWR | OFlags::NONBLOCK).unwrap();
        let fd = Arc::new(File::from(fd));
        let heard = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let stop = Arc::new(AtomicBool::new(false));
        let meter = std::thread::spawn({
            let (fd, heard, stop) = (Arc::clone(&fd), Arc::clone(&heard), Arc::clone(&stop));
            move || live(&fd, &heard, &stop, scanner, script)
        });
        Wire {
            device,
            heard,
            stop,
            fd,
            meter: Some(meter),
        }
    }

    /// The requests heard so far, in upper case hex.
    pub fn heard(&self) -> Vec<String> {
        self.heard
            .lock()
            .unwrap()
            .iter()
            .map(hex::encode_upper)
            .collect()
    }

    /// The rate that the port is set to.
    pub fn baud(&self) -> u32 {
        tcgetattr(&*self.fd).unwrap().output_speed()
    }

    /// Says something nobody asked for.
    pub fn say(&self, hex: &str) {
        (&*self.fd).write_all(&bytes(hex)).unwrap();
    }

    /// Pulls the cable: the device is gone for whoever has it open, and its name with it. (The system gives the number of a
    /// closed pseudo-terminal to the next one; a name left behind would lead a concentrator to another test's wire.)
    pub fn pull(mut self, folder: &Path) {
        std::fs::remove_file(device(folder)).unwrap();
        self.end();
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(meter) = self.meter.take() {
            meter.join().unwrap();
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.end();
    }
}

fn live(
    fd: &File,
    heard: &Mutex<Vec<Vec<u8>>>,
    stop: &AtomicBool,
    mut scanner: Scanner,
    mut script: impl FnMut(&[u8]) -> Says,
) {
    let mut chunk = [0; 256];
    while !stop.load(Ordering::SeqCst) {
        let mut end = fd;
        // Until the other end is open, reading fails; before there is something, it would block. Both mean: later.
        let Ok(count) = end.read(&mut chunk) else {
            std::thread::sleep(Duration::from_millis(1));
            continue;
        };
        for found in scanner.push(&chunk[..count]) {
            let Found::Frame { bytes: request, .. } = found else {
                continue;
            };
            heard.lock().unwrap().push(request.clone());
            for (pause, answer) in script(&request) {
                std::thread::sleep(pause);
                end.write_all(&answer).unwrap();
            }
        }
    }
}

/// A concentrator with its files; port 2 is the wire.
pub struct Node {
    pub folder: TempDir,
    pub config: String,
    pub concentrator: Concentrator,
}

/// Where the configuration finds the wire, whatever the pseudo-terminal is called.
pub fn device(folder: &Path) -> PathBuf {
    folder.join("wire")
}

pub fn plug(folder: &Path, wire: &Wire) {
    let device = device(folder);
    let _ = std::fs::remove_file(&device);
    symlink(&wire.device, device).unwrap();
}

pub fn config(folder: &Path, more: &str) -> String {
    format!(
        "area = \"0171\"\naddress = 2082\nlisten = \"127.0.0.1:0\"\nstate = {:?}\n{more}\n\
         [[segment]]\nport = 2\ndevice = {:?}\nadapter_latency_ms = 0\nqueue_seconds = 1\n",
        folder.join("state.json"),
        device(folder)
    )
}

impl Node {
    pub async fn start(wire: &Wire) -> Node {
        Node::start_with(wire, "", "").await
    }

    /// With lines for the head and for the segment of the configuration.
    pub async fn start_with(wire: &Wire, head: &str, segment: &str) -> Node {
        let folder = tempfile::tempdir().unwrap();
        plug(folder.path(), wire);
        let config = config(folder.path(), head) + segment;
        let concentrator = run(&config).await;
        Node {
            folder,
            config,
            concentrator,
        }
    }

    pub fn endpoint(&self) -> String {
        self.concentrator.local_addr().unwrap().to_string()
    }

    pub async fn master(&self) -> Master {
        master_of(&[self.endpoint()]).await
    }
}

pub async fn run(config: &str) -> Concentrator {
    Concentrator::start(Config::parse(config, "test.toml").unwrap())
        .await
        .unwrap()
}

/// A connected master.
pub async fn master_of(endpoints: &[String]) -> Master {
    let master = master_config(endpoints);
    let master = Master::new(master).unwrap();
    let status = master.connected(Duration::from_secs(20)).await;
    assert!(
        matches!(status, MasterStatus::Connected { .. }),
        "{status:?}"
    );
    master
}

pub fn master_config(endpoints: &[String]) -> MasterConfig {
    let mut config = MasterConfig::new(endpoints.to_vec(), 171, 2082);
    config.queue = Duration::from_secs(1);
    config
}

/// Asks once and takes what has the answer's first ten bytes: address, control byte and length.
pub async fn ask(
    master: &Master,
    port: u8,
    request: &str,
    answer: &str,
) -> Result<String, LinkError> {
    ask_for(master, port, request, answer, Duration::from_secs(2)).await
}

pub async fn ask_for(
    master: &Master,
    port: u8,
    request: &str,
    answer: &str,
    patience: Duration,
) -> Result<String, LinkError> {
    let head = bytes(&answer[..20]);
    let belongs = move |frame: &[u8]| frame.starts_with(&head);
    let mut link = master.link(port, SerialSettings::default());
    link.exchange(&bytes(request), &belongs, patience)
        .await
        .map(hex::encode_upper)
}
