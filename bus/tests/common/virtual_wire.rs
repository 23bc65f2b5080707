//! A half duplex wire in memory: several ports on it, every byte takes its time, who talks into another spoils both.
//!
//! It is made for tokio's paused clock: bytes end at exact times and are handed over at the next tick of tokio's timers,
//! which is at most a millisecond later and never adds up. A [`VirtualPort`] is a `PortOpener`, so the real links and the
//! real concentrator run over it.
#![allow(dead_code, reason = "every file of tests takes what it needs")]

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use meterpost_bus::frame::scan::Found;
use meterpost_bus::link::{Port, PortOpener, SerialSettings, Spoken};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::sync::Notify;
use tokio::time::Instant;

/// What a scripted device says to a frame: chunks, with a pause before each.
pub type Says = Vec<(Duration, Vec<u8>)>;

/// A byte that was on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireByte {
    /// Which port sent it, in the order in which ports were plugged in.
    pub port: usize,
    /// As it was heard.
    pub byte: u8,
    /// When its start bit began.
    pub began: Instant,
    /// When its stop bit ended.
    pub ended: Instant,
    /// Somebody talked into it.
    pub garbled: bool,
}

/// The wire.
#[derive(Clone)]
pub struct VirtualWire {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    ends: Vec<End>,
    log: Vec<WireByte>,
    cut: bool,
}

/// What is plugged in at one place.
struct End {
    name: String,
    settings: SerialSettings,
    echo: bool,
    /// Open, and which opening it is: an earlier handle is dead.
    open: Option<u64>,
    openings: u64,
    /// The device is not there.
    unplugged: bool,
    /// Its branch of the wire is broken: it hears nobody and nobody hears it.
    cut_off: bool,
    outgoing: VecDeque<u8>,
    flying: Option<Flying>,
    incoming: VecDeque<u8>,
    reader: Option<Waker>,
    flusher: Option<Waker>,
}

/// A byte on its way.
#[derive(Clone, Copy)]
struct Flying {
    byte: u8,
    began: Instant,
    ends: Instant,
    settings: SerialSettings,
    garbled: bool,
    /// The same bits at the same moment as another's: heard once.
    merged: bool,
}

impl VirtualWire {
    /// A wire with nothing on it. Must be called inside a runtime.
    pub fn new() -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Notify::new(),
        });
        tokio::spawn(carry(Arc::clone(&shared)));
        VirtualWire { shared }
    }

    /// Plugs in a port that hears its own bytes only if `echo`.
    pub fn port(&self, name: &str, echo: bool) -> VirtualPort {
        let mut state = self.state();
        state.ends.push(End {
            name: name.to_owned(),
            settings: SerialSettings::default(),
            echo,
            open: None,
            openings: 0,
            unplugged: false,
            cut_off: false,
            outgoing: VecDeque::new(),
            flying: None,
            incoming: VecDeque::new(),
            reader: None,
            flusher: None,
        });
        VirtualPort {
            shared: Arc::clone(&self.shared),
            index: state.ends.len() - 1,
            name: name.to_owned(),
        }
    }

    /// Hangs a scripted device on the wire: it says what `script` makes of every sound frame of the other ports, and counts
    /// each pause from the end of what it heard or said last. It does not listen while it talks.
    pub fn device(
        &self,
        name: &str,
        settings: SerialSettings,
        spoken: Spoken,
        mut script: impl FnMut(&[u8]) -> Says + Send + 'static,
    ) -> VirtualPort {
        let plugged = self.port(name, false);
        let mut port = plugged.open(&settings).unwrap();
        tokio::spawn(async move {
            let mut scanner = spoken.scanner();
            let mut chunk = [0; 512];
            let quiet = Duration::from_millis(500);
            loop {
                let read = tokio::time::timeout(quiet, port.read(&mut chunk));
                let found = match if scanner.pending() > 0 {
                    read.await
                } else {
                    Ok(port.read(&mut chunk).await)
                } {
                    Ok(Ok(0) | Err(_)) => return,
                    Ok(Ok(count)) => scanner.push(&chunk[..count]),
                    Err(_) => scanner.idle(),
                };
                for item in found {
                    let Found::Frame { bytes, .. } = item else {
                        continue;
                    };
                    for (pause, answer) in script(&bytes) {
                        tokio::time::sleep(pause).await;
                        if port.write_all(&answer).await.is_err() || port.flush().await.is_err() {
                            return;
                        }
                    }
                }
            }
        });
        plugged
    }

    /// Puts bytes on the wire that nobody on it sent, from now on at 2400 8E1.
    pub fn noise(&self, bytes: &[u8]) {
        let port = self.port("noise", false).shared_end();
        port.put(bytes);
    }

    /// Breaks the whole wire: nobody hears anybody.
    pub fn cut(&self) {
        self.state().cut = true;
    }

    /// Makes the whole wire whole again.
    pub fn heal(&self) {
        self.state().cut = false;
    }

    /// Every byte that was on the wire so far.
    pub fn log(&self) -> Vec<WireByte> {
        self.state().log.clone()
    }

    /// Whether anybody ever talked into another.
    pub fn collided(&self) -> bool {
        self.state().log.iter().any(|byte| byte.garbled)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }
}

impl Default for VirtualWire {
    fn default() -> Self {
        VirtualWire::new()
    }
}

/// One place on the wire.
#[derive(Clone)]
pub struct VirtualPort {
    shared: Arc<Shared>,
    index: usize,
    name: String,
}

impl VirtualPort {
    /// Which port it is in [`WireByte::port`].
    pub fn index(&self) -> usize {
        self.index
    }

    /// Takes the device away: whoever has it open reads its end, and it cannot be opened.
    pub fn unplug(&self) {
        self.change(|end| {
            end.unplugged = true;
            end.open = None;
            end.outgoing.clear();
            end.wake();
        });
    }

    /// Puts the device back.
    pub fn plug_in(&self) {
        self.change(|end| end.unplugged = false);
    }

    /// Breaks its branch of the wire: it hears nobody and nobody hears it; the device stays.
    pub fn cut_off(&self) {
        self.change(|end| end.cut_off = true);
    }

    /// Joins its branch to the wire again.
    pub fn join(&self) {
        self.change(|end| end.cut_off = false);
    }

    fn change(&self, change: impl FnOnce(&mut End)) {
        change(&mut self.shared.state.lock().unwrap().ends[self.index]);
    }

    fn shared_end(&self) -> OpenEnd {
        let mut state = self.shared.state.lock().unwrap();
        let end = &mut state.ends[self.index];
        end.openings += 1;
        end.open = Some(end.openings);
        OpenEnd {
            shared: Arc::clone(&self.shared),
            index: self.index,
            opening: end.openings,
        }
    }
}

impl fmt::Debug for VirtualPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VirtualPort({})", self.name)
    }
}

impl PortOpener for VirtualPort {
    fn open(&self, settings: &SerialSettings) -> io::Result<Box<dyn Port>> {
        {
            let mut state = self.shared.state.lock().unwrap();
            let end = &mut state.ends[self.index];
            if end.unplugged {
                return Err(io::Error::new(io::ErrorKind::NotFound, "no such device"));
            }
            if end.open.is_some() {
                return Err(io::Error::new(io::ErrorKind::ResourceBusy, "device taken"));
            }
            end.settings = *settings;
            end.incoming.clear();
        }
        Ok(Box::new(self.shared_end()))
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

/// An open port; dropping it closes it. What it was given to send still goes out.
struct OpenEnd {
    shared: Arc<Shared>,
    index: usize,
    opening: u64,
}

impl OpenEnd {
    fn put(&self, bytes: &[u8]) {
        let now = Instant::now();
        let mut state = self.shared.state.lock().unwrap();
        state.advance(now);
        state.ends[self.index].outgoing.extend(bytes);
        state.take_off(self.index, now);
        self.shared.changed.notify_one();
    }
}

impl Drop for OpenEnd {
    fn drop(&mut self) {
        let end = &mut self.shared.state.lock().unwrap().ends[self.index];
        if end.open == Some(self.opening) {
            end.open = None;
        }
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the device is gone")
}

impl Port for OpenEnd {
    fn set(&mut self, settings: &SerialSettings) -> io::Result<()> {
        let end = &mut self.shared.state.lock().unwrap().ends[self.index];
        if end.open != Some(self.opening) {
            return Err(gone());
        }
        end.settings = *settings;
        Ok(())
    }

    fn discard_input(&mut self) -> io::Result<()> {
        let end = &mut self.shared.state.lock().unwrap().ends[self.index];
        if end.open != Some(self.opening) {
            return Err(gone());
        }
        end.incoming.clear();
        Ok(())
    }
}

impl AsyncRead for OpenEnd {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let end = &mut self.shared.state.lock().unwrap().ends[self.index];
        if end.open != Some(self.opening) {
            return Poll::Ready(Ok(()));
        }
        if end.incoming.is_empty() {
            end.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        while buffer.remaining() > 0
            && let Some(byte) = end.incoming.pop_front()
        {
            buffer.put_slice(&[byte]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for OpenEnd {
    fn poll_write(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let open = self.shared.state.lock().unwrap().ends[self.index].open;
        if open != Some(self.opening) {
            return Poll::Ready(Err(gone()));
        }
        self.put(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    /// Ready when the last byte has left, as draining a serial port is.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let end = &mut self.shared.state.lock().unwrap().ends[self.index];
        if end.flying.is_none() && end.outgoing.is_empty() {
            return Poll::Ready(Ok(()));
        }
        end.flusher = Some(context.waker().clone());
        Poll::Pending
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}

impl End {
    fn wake(&mut self) {
        for waker in [self.reader.take(), self.flusher.take()]
            .into_iter()
            .flatten()
        {
            waker.wake();
        }
    }
}

impl State {
    /// Lands every byte that has ended by `now`, in the order of their ends, and starts those that follow on them.
    fn advance(&mut self, now: Instant) {
        while let Some((index, flying)) = self.first_to_land().filter(|(_, one)| one.ends <= now) {
            self.ends[index].flying = None;
            self.land(index, flying);
            self.take_off(index, flying.ends);
        }
    }

    fn first_to_land(&self) -> Option<(usize, Flying)> {
        let flying = self.ends.iter().enumerate();
        flying
            .filter_map(|(index, end)| Some((index, end.flying?)))
            .min_by_key(|(index, flying)| (flying.ends, *index))
    }

    /// Starts the next byte of a port that is not sending, and spoils what it runs into.
    fn take_off(&mut self, index: usize, at: Instant) {
        let end = &mut self.ends[index];
        if end.flying.is_some() {
            return;
        }
        let Some(byte) = end.outgoing.pop_front() else {
            if let Some(waker) = end.flusher.take() {
                waker.wake();
            }
            return;
        };
        let settings = end.settings;
        let mut new = Flying {
            byte,
            began: at,
            ends: at + settings.wire_time(1),
            settings,
            garbled: false,
            merged: false,
        };
        let cut_off = end.cut_off || self.cut;
        for (other, end) in self.ends.iter_mut().enumerate() {
            if other == index || cut_off || end.cut_off {
                continue;
            }
            if let Some(flying) = end.flying.as_mut().filter(|flying| flying.ends > at) {
                collide(&mut new, flying);
            }
        }
        self.ends[index].flying = Some(new);
    }

    fn land(&mut self, index: usize, flying: Flying) {
        if !flying.merged {
            self.log.push(WireByte {
                port: index,
                byte: flying.byte,
                began: flying.began,
                ended: flying.ends,
                garbled: flying.garbled,
            });
        }
        let cut_off = self.ends[index].cut_off || self.cut;
        for (other, end) in self.ends.iter_mut().enumerate() {
            let hears = if other == index {
                end.echo
            } else {
                !cut_off && !end.cut_off && !flying.merged
            };
            if !hears || end.open.is_none() {
                continue;
            }
            // Set otherwise, a receiver samples the bits at the wrong moments.
            let fits = end.settings == flying.settings;
            end.incoming.push_back(if fits {
                flying.byte
            } else {
                flying.byte.rotate_left(3) ^ 0x69
            });
            if let Some(waker) = end.reader.take() {
                waker.wake();
            }
        }
    }
}

/// Zeros win on the wire. Bits that are sent at the very same moments merge into one byte; others only destroy.
fn collide(new: &mut Flying, flying: &mut Flying) {
    let both = new.byte & flying.byte;
    if new.began == flying.began && new.settings == flying.settings {
        let differ = new.byte != flying.byte;
        flying.garbled |= differ;
        flying.byte = both;
        new.byte = both;
        new.merged = true;
    } else {
        flying.byte = both ^ 0x24;
        new.byte = both ^ 0x42;
        flying.garbled = true;
    }
    new.garbled |= flying.garbled;
}

/// The wire's own task: wakes up when the next byte ends.
async fn carry(shared: Arc<Shared>) {
    loop {
        let next = {
            let mut state = shared.state.lock().unwrap();
            state.advance(Instant::now());
            state.first_to_land().map(|(_, flying)| flying.ends)
        };
        match next {
            Some(next) => tokio::select! {
                () = tokio::time::sleep_until(next) => {}
                () = shared.changed.notified() => {}
            },
            None => shared.changed.notified().await,
        }
    }
}
