//! A card in a slot of the virtual reader of `vsmartcard-vpcd`.
//!
//! The reader's driver listens on a TCP port for each slot and takes one card there; a card that is connected is in the slot. A
//! message is its length in two bytes, high byte first, and its content: one byte is an order (0 power off, 1 power on, 2
//! reset, 4 answer to reset), anything longer a command APDU.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_tcp_quickack;

use super::piv::PivCard;
use super::service::OWN_PORT;

/// The first slot's port, as Debian configures the driver; the second slot has the next one.
const PORT: u16 = 35963;
/// How long the driver may take to listen after its daemon was started.
const PATIENCE: Duration = Duration::from_secs(10);

/// A slot of the virtual reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CardSlot {
    /// The first.
    First,
    /// The second.
    Second,
}

impl CardSlot {
    /// Where it can listen: for a daemon that was started here, and for the machine's own.
    fn addresses(self) -> [SocketAddr; 2] {
        let next = match self {
            CardSlot::First => 0,
            CardSlot::Second => 1,
        };
        [OWN_PORT, PORT].map(|first| SocketAddr::from(([127, 0, 0, 1], first + next)))
    }

    /// The reader's name at PC/SC.
    pub fn reader(self) -> &'static str {
        match self {
            CardSlot::First => "Virtual PCD 00 00",
            CardSlot::Second => "Virtual PCD 00 01",
        }
    }
}

/// How the last talk with a card went, from one power-up or reset to the next, as the card saw it.
#[derive(Clone, Copy, Debug, Default)]
pub struct CardTiming {
    /// The first command came.
    pub first: Option<Instant>,
    /// The last answer left.
    pub last: Option<Instant>,
    /// Time that the card itself took for its answers.
    pub own: Duration,
    /// Commands.
    pub commands: u32,
}

/// A card in a slot, until it is removed or dropped.
#[derive(Debug)]
pub struct VirtualCard {
    card: Arc<Mutex<PivCard>>,
    timing: Arc<Mutex<CardTiming>>,
    stream: TcpStream,
    worker: Option<JoinHandle<()>>,
}

impl VirtualCard {
    /// Puts a card into a slot. The daemon must run ([`super::CardService`]).
    ///
    /// # Errors
    /// When no virtual reader listens there.
    pub fn insert(slot: CardSlot, mut card: PivCard) -> io::Result<VirtualCard> {
        card.reset();
        let stream = connect(slot.addresses())?;
        let theirs = stream.try_clone()?;
        let card = Arc::new(Mutex::new(card));
        let timing = Arc::default();
        let (inside, watch) = (Arc::clone(&card), Arc::clone(&timing));
        let worker = std::thread::spawn(move || {
            // The end of the line is the end of the card's stay.
            let _ = serve(&theirs, &inside, &watch);
            let _ = theirs.shutdown(Shutdown::Both);
        });
        Ok(VirtualCard {
            card,
            timing,
            stream,
            worker: Some(worker),
        })
    }

    /// The card as it is now.
    pub fn card(&self) -> MutexGuard<'_, PivCard> {
        self.card.lock().expect("no panic while held")
    }

    /// How the talk went.
    pub fn timing(&self) -> CardTiming {
        *self.timing.lock().expect("no panic while held")
    }

    /// Takes the card out, and gives it back as the talk left it.
    pub fn remove(mut self) -> PivCard {
        self.end();
        self.card().clone()
    }

    fn end(&mut self) {
        // Closed already where the card was pulled.
        let _ = self.stream.shutdown(Shutdown::Both);
        if let Some(worker) = self.worker.take() {
            let _ = worker.join();
        }
    }
}

impl Drop for VirtualCard {
    fn drop(&mut self) {
        self.end();
    }
}

fn connect(addresses: [SocketAddr; 2]) -> io::Result<TcpStream> {
    let end = Instant::now() + PATIENCE;
    loop {
        match TcpStream::connect(addresses.as_slice()) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) if Instant::now() > end => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// TS, T0, TD1, TD2 (T=0 and T=1), the historical bytes, and the sum over all but the first (ISO 7816-3, 8.2). The historical
/// bytes are a category, and in compact TLV the card's capabilities: its application is chosen by name, it chains commands.
fn answer_to_reset() -> Vec<u8> {
    let historical = [0x80, 0x73, 0x80, 0x01, 0x80];
    let mut atr = vec![0x3B, 0x80 | historical.len() as u8, 0x80, 0x01];
    atr.extend(historical);
    atr.push(atr[1..].iter().fold(0, |sum, byte| sum ^ byte));
    atr
}

/// The driver sends length and content in two writes and waits with the second until the first is acknowledged, for which the
/// system would take its time. No reader's wire has that delay.
fn acknowledge_at_once(stream: &TcpStream) -> io::Result<()> {
    set_tcp_quickack(stream, true)?;
    Ok(())
}

fn serve(
    mut stream: &TcpStream,
    card: &Mutex<PivCard>,
    timing: &Mutex<CardTiming>,
) -> io::Result<()> {
    let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
    // The talk is; the next command begins another one.
    let mut over = false;
    loop {
        let mut length = [0; 2];
        acknowledge_at_once(stream)?;
        stream.read_exact(&mut length)?;
        acknowledge_at_once(stream)?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut message)?;
        let answer = match message.as_slice() {
            [4] => answer_to_reset(),
            [0..=2] => {
                card.lock().map_err(|_| gone())?.reset();
                over = true;
                continue;
            }
            [_] | [] => continue,
            command => {
                let came = Instant::now();
                let answer = card.lock().map_err(|_| gone())?.answer(command);
                let mut timing = timing.lock().map_err(|_| gone())?;
                if std::mem::take(&mut over) {
                    *timing = CardTiming::default();
                }
                timing.first.get_or_insert(came);
                timing.last = Some(Instant::now());
                timing.own += came.elapsed();
                timing.commands += 1;
                answer.ok_or_else(gone)?
            }
        };
        let length = u16::try_from(answer.len()).map_err(|_| gone())?;
        stream.write_all(&[&length.to_be_bytes()[..], &answer].concat())?;
    }
}
