//! A card in the virtual reader of `vsmartcard-vpcd`, behind a real pcscd: whatever speaks PC/SC speaks to it.
//!
//! The driver listens on a TCP port and takes one card. A message is its length in two bytes, high byte first, and its
//! content: one byte is an order (0 power off, 1 power on, 2 reset, 4 answer to reset), anything longer a command APDU.
#![allow(dead_code, reason = "every file of tests takes what it needs")]

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

/// The port that Debian's configuration of the driver names.
const PORT: u16 = 35963;
/// The port for a daemon that is started here. The driver takes this one and the next, and Debian's are among those that the system hands out to
/// any connection: where one of the two is in use there is no reader.
const OWN_PORT: u16 = 23675;
const SOCKET: &str = "/run/pcscd/pcscd.comm";
/// A card that speaks T=1 and says nothing else of itself.
const ATR: [u8; 4] = [0x3B, 0x80, 0x80, 0x01];

/// A reader with a card, until it is dropped. There is one on a machine; tests take turns.
pub struct VirtualCard {
    _turn: File,
    daemon: Option<Child>,
    stream: TcpStream,
    card: Option<JoinHandle<()>>,
}

impl VirtualCard {
    /// Puts a card into the reader that answers commands as `script` does. `None`, told in one line, where there is no such
    /// reader or it cannot be started.
    pub fn insert(script: impl FnMut(&[u8]) -> Vec<u8> + Send + 'static) -> Option<VirtualCard> {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped, the card reader's daemon needs root");
            return None;
        }
        if Command::new("pcscd").arg("--version").output().is_err() {
            eprintln!("skipped, pcscd is not installed (pcscd, vsmartcard-vpcd)");
            return None;
        }
        let turn = File::create(std::env::temp_dir().join("meterpost-card-reader.lock")).unwrap();
        flock(&turn, FlockOperation::LockExclusive).unwrap();
        let daemon = daemon();
        let port = if daemon.is_some() { OWN_PORT } else { PORT };
        let stream = connect(port)?;
        let theirs = stream.try_clone().unwrap();
        let card = std::thread::spawn(move || be_a_card(theirs, script));
        Some(VirtualCard {
            _turn: turn,
            daemon,
            stream,
            card: Some(card),
        })
    }
}

impl Drop for VirtualCard {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
        if let Some(card) = self.card.take() {
            let _ = card.join();
        }
        if let Some(daemon) = &mut self.daemon {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

/// Starts the daemon unless one runs.
fn daemon() -> Option<Child> {
    if std::os::unix::net::UnixStream::connect(SOCKET).is_ok() {
        return None;
    }
    let _ = std::fs::remove_file(SOCKET);
    std::fs::create_dir_all(Path::new(SOCKET).parent()?).ok()?;
    let config = std::env::temp_dir().join("meterpost-card-reader.conf");
    std::fs::write(&config, own_config()).ok()?;
    let daemon = Command::new("pcscd")
        .args(["--foreground", "--critical", "--config"])
        .arg(&config)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    daemon.ok()
}

/// The driver's configuration as Debian has it, but for the port.
fn own_config() -> String {
    format!(
        "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:{OWN_PORT:#06X}\n\
         LIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so\nCHANNELID {OWN_PORT:#06X}\n"
    )
}

fn connect(port: u16) -> Option<TcpStream> {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(stream) => return Some(stream),
            Err(error) if Instant::now() > end => {
                eprintln!(
                    "skipped, the virtual card reader does not listen on port {port}: {error}"
                );
                return None;
            }
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn be_a_card(mut stream: TcpStream, mut script: impl FnMut(&[u8]) -> Vec<u8>) {
    loop {
        let mut length = [0; 2];
        if stream.read_exact(&mut length).is_err() {
            return;
        }
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        if stream.read_exact(&mut message).is_err() {
            return;
        }
        let answer = match message.as_slice() {
            [4] => ATR.to_vec(),
            [_] => continue,
            command => script(command),
        };
        let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
        if stream.write_all(&[&length[..], &answer].concat()).is_err() {
            return;
        }
    }
}
