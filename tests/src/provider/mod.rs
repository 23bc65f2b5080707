//! A payment provider at wire level: an HTTP server of its own, with orders of its own, keys of its own, and faults. It builds and checks
//! signatures from the description of the merchant protocol (`docs/payments.md`) alone, with another crate than the server.
//!
//! | file | what |
//! |---|---|
//! | `orders` | what becomes of orders, and of the money |
//! | `signature` | the protocol's signatures |
//! | `wire` | HTTP, and what goes wrong on it |

mod orders;
mod signature;
mod wire;

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

pub use orders::{Order, Orders};
use signature::Key;

/// The name that the provider gave its merchant.
pub const MERCHANT: &str = "east-utilities";

/// What is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    /// Make an order.
    Create,
    /// How does it stand?
    Query,
    /// Close it.
    Cancel,
    /// Give the money back.
    Refund,
}

/// What goes wrong with the next such request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is carried out, and the line breaks before the answer.
    LostAnswer,
    /// The line breaks before it is carried out.
    LostRequest,
    /// It is carried out, and the answer takes so long.
    Slow(Duration),
    /// Something in front of the provider answers this, unsigned.
    Status(u16),
    /// The answer is right, and not signed.
    Unsigned,
    /// The answer is signed by somebody else.
    Forged,
    /// A signed refusal.
    Refuse(u16, &'static str),
    /// A refund that is taken on and not done yet.
    Pending,
}

/// Everything it knows.
pub struct World {
    /// The orders.
    pub orders: Orders,
    /// What goes wrong next.
    pub faults: VecDeque<(Op, Fault)>,
    /// What was asked so far.
    pub asked: Vec<Op>,
    merchant: Option<[u8; 32]>,
    nonces: Vec<String>,
    key: Key,
    stranger: Key,
    clock: fn() -> u64,
}

/// The provider; its server ends with it.
pub struct Provider {
    world: Arc<Mutex<World>>,
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    public: [u8; 32],
}

impl Provider {
    /// Starts it on a port of its own; `clock` is Unix time in seconds.
    ///
    /// # Errors
    /// When there is no port or no randomness.
    pub fn start(clock: fn() -> u64) -> std::io::Result<Provider> {
        Provider::start_on(clock, None)
    }

    /// The same over TLS, for clients that reach it as `localhost`.
    ///
    /// # Errors
    /// As [`Provider::start`].
    pub fn start_on(
        clock: fn() -> u64,
        tls: Option<Arc<rustls::ServerConfig>>,
    ) -> std::io::Result<Provider> {
        let (key, stranger) = (Key::new()?, Key::new()?);
        let public = key.public();
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let world = Arc::new(Mutex::new(World {
            orders: Orders::default(),
            faults: VecDeque::new(),
            asked: Vec::new(),
            merchant: None,
            nonces: Vec::new(),
            key,
            stranger,
            clock,
        }));
        let stopped = Arc::new(AtomicBool::new(false));
        let (theirs, ended) = (world.clone(), stopped.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let (world, tls) = (theirs.clone(), tls.clone());
                std::thread::spawn(move || match tls {
                    None => wire::serve(stream, &world),
                    Some(tls) => {
                        if let Ok(session) = rustls::ServerConnection::new(tls) {
                            wire::serve(rustls::StreamOwned::new(session, stream), &world);
                        }
                    }
                });
            }
        });
        Ok(Provider {
            world,
            address,
            stopped,
            public,
        })
    }

    /// The lines of a server's configuration that make it this tenant's provider.
    pub fn config(&self, tenant: &str) -> String {
        let key = hex::encode(self.public);
        format!(
            "[payment.{tenant}]\nurl = \"{}\"\nmerchant = \"{MERCHANT}\"\nkey_file = \"payment.key\"\nprovider_key = \"{key}\"\n\
             poll_seconds = 1\ntimeout_seconds = 1\n",
            self.url()
        )
    }

    /// Gets to know the merchant's key, as by its portal.
    pub fn register(&self, key: [u8; 32]) {
        self.world().merchant = Some(key);
    }

    /// Where it is reached without TLS.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// A look at it, while nobody is served.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something goes wrong with the next such request.
    pub fn fault(&self, op: Op, fault: Fault) {
        self.world().faults.push_back((op, fault));
    }

    /// How often it was asked that.
    pub fn count(&self, op: Op) -> usize {
        self.world()
            .asked
            .iter()
            .filter(|asked| **asked == op)
            .count()
    }

    /// How an order stands; `none` where there is none.
    pub fn state(&self, number: &str) -> &'static str {
        self.world().orders.state(number)
    }

    /// Somebody scans the code and pays; `false` where the order is not open.
    pub fn pay(&self, number: &str) -> bool {
        let mut world = self.world();
        let now = (world.clock)();
        world.orders.pay(number, now)
    }

    /// A payment that was under way when the order was closed, or of another amount.
    pub fn pay_anyway(&self, number: &str, amount: i64) {
        self.world().orders.receive(number, amount);
    }

    /// The number of the order whose code says this; `None` where it is nobody's code.
    pub fn number_of(&self, code: &str) -> Option<String> {
        let number = code.strip_prefix(orders::CODE)?;
        (self.state(number) != "none").then(|| number.to_owned())
    }

    /// What it tells of an order by itself, `age` seconds old and changed by the test, with its header.
    pub fn told(&self, number: &str, age: u64, change: impl Fn(&mut Value)) -> (String, String) {
        let world = self.world();
        let mut status = world.orders.status(number);
        change(&mut status);
        let body = status.to_string();
        let time = (world.clock)() - age;
        let header = world.key.callback(time, &body);
        (body, header)
    }

    /// The same, signed by somebody else.
    pub fn forged(&self, number: &str) -> (String, String) {
        let world = self.world();
        let body = world.orders.status(number).to_string();
        let header = world.stranger.callback((world.clock)(), &body);
        (body, header)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes whoever listens.
        let _ = TcpStream::connect(self.address);
    }
}
