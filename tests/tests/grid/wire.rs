//! A proxy between a concentrator and the head-end that knows frames, and cuts the connection at one of them.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Where a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The n-th forward to a meter does not arrive at the concentrator.
    Before(usize),
    /// The n-th forward arrives, and nothing after it.
    After(usize),
    /// The n-th answer of a meter does not arrive at the head-end.
    Answer(usize),
}

#[derive(Debug, Default)]
struct State {
    cut: Option<Cut>,
    down: usize,
    up: usize,
    cuts: usize,
}

/// The proxy.
#[derive(Clone, Debug)]
pub struct Wire {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Wire {
    /// Passes everything on to `target`, as nothing was cut yet.
    pub fn to(target: SocketAddr) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let wire = Wire {
            address: listener.local_addr().expect("an address"),
            state: Arc::default(),
        };
        let serving = wire.clone();
        std::thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                let Ok(other) = TcpStream::connect(target) else {
                    continue;
                };
                for (from, to, down) in [(&caller, &other, false), (&other, &caller, true)] {
                    let (from, to) = (from.try_clone().expect("one"), to.try_clone().expect("one"));
                    let wire = serving.clone();
                    std::thread::spawn(move || wire.pass(from, to, down));
                }
            }
        });
        wire
    }

    /// From now on forwards are counted, and one of them cuts.
    pub fn cut(&self, cut: Cut) {
        let mut state = self.state.lock().expect("no panic");
        let cuts = state.cuts;
        *state = State {
            cut: Some(cut),
            cuts,
            ..State::default()
        };
    }

    /// How often it was cut.
    pub fn cuts(&self) -> usize {
        self.state.lock().expect("no panic").cuts
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream, down: bool) {
        let mut held = Vec::new();
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut chunk) {
            held.extend_from_slice(&chunk[..count]);
            while let Some(frame) = first_frame(&mut held) {
                let (before, after) = self.look(&frame, down);
                if before || to.write_all(&frame).is_err() || after {
                    let _ = from.shutdown(Shutdown::Both);
                    let _ = to.shutdown(Shutdown::Both);
                    return;
                }
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    }

    /// Whether to cut before or behind this frame.
    fn look(&self, frame: &[u8], down: bool) -> (bool, bool) {
        // AFN 10H.
        if frame.get(12) != Some(&0x10) {
            return (false, false);
        }
        let mut state = self.state.lock().expect("no panic");
        let number = match down {
            true => &mut state.down,
            false => &mut state.up,
        };
        *number += 1;
        let number = *number;
        let met = match (state.cut, down) {
            (Some(Cut::Before(n)), true) if n == number => (true, false),
            (Some(Cut::After(n)), true) if n == number => (false, true),
            (Some(Cut::Answer(n)), false) if n == number => (true, false),
            _ => (false, false),
        };
        if met != (false, false) {
            state.cut = None;
            state.cuts += 1;
        }
        met
    }
}

/// Takes the first whole frame (68 L L 68 … 16) out of what has come.
fn first_frame(held: &mut Vec<u8>) -> Option<Vec<u8>> {
    let length = u16::from_le_bytes([*held.get(1)?, *held.get(2)?]) >> 2;
    let whole = usize::from(length) + 8;
    (held.len() >= whole).then(|| held.drain(..whole).collect())
}
