//! A proxy that does to TCP connections what networks do: cuts them at any byte, delays them, and brings what was said again.
//! One seed gives one sequence of misfortunes; which connection each meets depends on when it comes.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// What happens to a connection. Each one ends in a cut sooner or later, or nothing would ever happen to one that is kept open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misfortune {
    /// It is cut after so many bytes from the caller.
    pub request: Option<usize>,
    /// It is cut after so many bytes from the other end; what the caller said has arrived.
    pub answer: Option<usize>,
    /// Everything the caller said arrives once more, on another connection, after this one has ended.
    pub again: bool,
    /// Everything from the other end comes so late.
    pub late: Duration,
}

impl Misfortune {
    /// Nothing happens.
    pub const NONE: Misfortune = Misfortune {
        request: None,
        answer: None,
        again: false,
        late: Duration::ZERO,
    };
}

#[derive(Debug)]
struct Shared {
    target: SocketAddr,
    misbehaves: AtomicBool,
    state: AtomicU64,
    cuts: AtomicUsize,
    replays: AtomicUsize,
}

/// A running proxy.
#[derive(Clone, Debug)]
pub struct Cutter {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

impl Cutter {
    /// Listens on this machine and passes connections on to `target`, faithfully for now.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn listen(target: SocketAddr, seed: u64) -> std::io::Result<Cutter> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            target,
            misbehaves: AtomicBool::new(false),
            state: AtomicU64::new(seed | 1),
            cuts: AtomicUsize::new(0),
            replays: AtomicUsize::new(0),
        });
        let serving = shared.clone();
        std::thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                let shared = serving.clone();
                std::thread::spawn(move || shared.pass(caller));
            }
        });
        Ok(Cutter { address, shared })
    }

    /// Whether connections meet misfortunes from now on.
    pub fn misbehave(&self, on: bool) {
        self.shared.misbehaves.store(on, Ordering::SeqCst);
    }

    /// Connections cut so far.
    pub fn cuts(&self) -> usize {
        self.shared.cuts.load(Ordering::SeqCst)
    }

    /// Requests that arrived once more so far.
    pub fn replays(&self) -> usize {
        self.shared.replays.load(Ordering::SeqCst)
    }
}

impl Shared {
    /// The next number of the sequence (splitmix64).
    fn chance(&self) -> u64 {
        let step = 0x9E37_79B9_7F4A_7C15_u64;
        let mut z = self
            .state
            .fetch_add(step, Ordering::SeqCst)
            .wrapping_add(step);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&self, most: u64) -> u64 {
        self.chance() % most.max(1)
    }

    fn misfortune(&self) -> Misfortune {
        if !self.misbehaves.load(Ordering::SeqCst) {
            return Misfortune::NONE;
        }
        let some = |most| Some(usize::try_from(self.below(most)).unwrap_or(0));
        let mut met = Misfortune {
            again: self.below(4) == 0,
            late: Duration::from_millis(self.below(4) * self.below(60)),
            ..Misfortune::NONE
        };
        match self.below(8) {
            // At a boundary: before anything is said, or before anything is answered.
            0 => met.request = Some(0),
            1 => met.answer = Some(0),
            // Within the first exchange, and later.
            2 => met.request = some(1500),
            3 => met.answer = some(600),
            4 | 5 => met.request = some(6000),
            _ => met.answer = some(3000),
        }
        met
    }

    fn pass(&self, caller: TcpStream) {
        let met = self.misfortune();
        let Ok(other) = TcpStream::connect(self.target) else {
            return;
        };
        let (Ok(caller_back), Ok(other_back)) = (caller.try_clone(), other.try_clone()) else {
            return;
        };
        let mut said = Vec::new();
        let cut = std::thread::scope(|scope| {
            let down = scope.spawn(|| copy(&other_back, &caller_back, met.answer, met.late, None));
            let up = copy(
                &caller,
                &other,
                met.request,
                Duration::ZERO,
                Some(&mut said),
            );
            let down = down.join().unwrap_or(false);
            up || down
        });
        if cut {
            self.cuts.fetch_add(1, Ordering::SeqCst);
        }
        if met.again && !said.is_empty() {
            self.say_again(&said);
        }
    }

    fn say_again(&self, said: &[u8]) {
        let Ok(mut other) = TcpStream::connect(self.target) else {
            return;
        };
        let _ = other.set_read_timeout(Some(Duration::from_millis(300)));
        if other.write_all(said).is_ok() {
            self.replays.fetch_add(1, Ordering::SeqCst);
            let mut answer = [0; 4096];
            while matches!(other.read(&mut answer), Ok(1..)) {}
        }
    }
}

/// Passes bytes on until one end is gone, or so many have passed and both ends are cut; `true` where they are.
fn copy(
    mut from: &TcpStream,
    mut to: &TcpStream,
    cut_after: Option<usize>,
    delay: Duration,
    mut keep: Option<&mut Vec<u8>>,
) -> bool {
    let mut left = cut_after;
    let mut buffer = [0; 4096];
    let mut cut = left == Some(0) && {
        // Before anything is said; what is said the other way still arrives.
        let mut one = [0; 1];
        matches!(from.peek(&mut one), Ok(1..))
    };
    while !cut {
        let Ok(count @ 1..) = from.read(&mut buffer) else {
            break;
        };
        std::thread::sleep(delay);
        let passes = left.map_or(count, |left| left.min(count));
        if to.write_all(&buffer[..passes]).is_err() {
            break;
        }
        if let Some(keep) = &mut keep {
            keep.extend_from_slice(&buffer[..passes]);
        }
        if let Some(left) = &mut left {
            *left -= passes;
            cut = *left == 0;
        }
    }
    // The end of what one side says is passed on; a cut is the end of both.
    let _ = if cut {
        from.shutdown(Shutdown::Both)
            .and(to.shutdown(Shutdown::Both))
    } else {
        to.shutdown(Shutdown::Write)
    };
    cut
}
