//! A payment provider's double at wire level: an HTTP server of its own, with orders of its own, keys of its own, and faults. It
//! builds and checks signatures from the description of the protocol alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use base64ct::{Base64, Encoding};
use meterpost_ledger::signing::{KeyStore, PublicKey, Signature, Signer, system_entropy};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub const MERCHANT: &str = "east-utilities";

/// What is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    Create,
    Query,
    Cancel,
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

/// An order as the provider knows it. Amounts are minor units.
#[derive(Clone, Debug)]
pub struct Order {
    pub amount: i64,
    pub state: &'static str,
    pub transaction: Option<String>,
    pub received: i64,
    pub expires_at: u64,
}

pub struct World {
    pub orders: BTreeMap<String, Order>,
    pub faults: VecDeque<(Op, Fault)>,
    pub counts: BTreeMap<Op, u32>,
    /// All that payers ever paid, and all that went back to them.
    pub money_in: i64,
    pub money_out: i64,
    merchant: Option<PublicKey>,
    nonces: BTreeSet<String>,
    key: KeyStore,
    stranger: KeyStore,
    clock: fn() -> u64,
}

/// The double; its server ends with it.
pub struct Provider {
    world: Arc<Mutex<World>>,
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    pub public: PublicKey,
    _folder: tempfile::TempDir,
}

/// `label, NUL, SHA-256(01 || key), length of the merchant, merchant, body`.
fn message(label: &str, key: &PublicKey, parts: &[&[u8]]) -> Vec<u8> {
    let mut id = Sha256::new();
    id.update([1]);
    id.update(key.to_bytes());
    let mut message = format!("{label}\0").into_bytes();
    message.extend_from_slice(&id.finalize());
    message.extend_from_slice(&(MERCHANT.len() as u16).to_be_bytes());
    message.extend_from_slice(MERCHANT.as_bytes());
    for part in parts {
        message.extend_from_slice(part);
    }
    message
}

fn header(key: &KeyStore, label: &str, (time, nonce): (u64, &str), parts: &[&[u8]]) -> String {
    let message = message(label, &key.public_key(), parts);
    let signature = Base64::encode_string(&key.sign(&message).expect("signed").0);
    format!("{MERCHANT} {time} {nonce} {signature}")
}

impl Provider {
    pub fn start(clock: fn() -> u64) -> Provider {
        Provider::start_on(clock, None)
    }

    /// The same over TLS, for clients that reach it as `localhost`.
    pub fn start_on(clock: fn() -> u64, tls: Option<Arc<rustls::ServerConfig>>) -> Provider {
        let folder = tempfile::tempdir().expect("a folder");
        let key =
            |name| KeyStore::create(&folder.path().join(name), &mut system_entropy).expect("a key");
        let (own, stranger) = (key("key"), key("stranger"));
        let public = own.public_key();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let world = Arc::new(Mutex::new(World {
            orders: BTreeMap::new(),
            faults: VecDeque::new(),
            counts: BTreeMap::new(),
            money_in: 0,
            money_out: 0,
            merchant: None,
            nonces: BTreeSet::new(),
            key: own,
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
                    None => serve(stream, &world),
                    Some(tls) => {
                        let session = rustls::ServerConnection::new(tls).expect("a session");
                        serve(rustls::StreamOwned::new(session, stream), &world);
                    }
                });
            }
        });
        Provider {
            world,
            address,
            stopped,
            public,
            _folder: folder,
        }
    }

    /// The lines of a server's configuration that speaks to it.
    pub fn config(&self) -> String {
        let key = hex::encode(self.public.to_bytes());
        format!(
            "[payment.east]\nurl = \"http://{}/v1\"\nmerchant = \"{MERCHANT}\"\nkey_file = \"payment.key\"\nprovider_key = \"{key}\"\n\
             poll_seconds = 1\ntimeout_seconds = 1\n",
            self.address
        )
    }

    /// Gets to know the merchant's key, as by its portal.
    pub fn register(&self, key_file: &Path) {
        self.world().merchant =
            Some(KeyStore::public_key_in(key_file).expect("the merchant's key"));
    }

    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("the world")
    }

    pub fn fault(&self, op: Op, fault: Fault) {
        self.world().faults.push_back((op, fault));
    }

    pub fn count(&self, op: Op) -> u32 {
        self.world().counts.get(&op).copied().unwrap_or(0)
    }

    pub fn state(&self, number: &str) -> &'static str {
        self.world()
            .orders
            .get(number)
            .map_or("none", |order| order.state)
    }

    /// Somebody scans the code and pays; `false` where the order is not open.
    pub fn pay(&self, number: &str) -> bool {
        let mut world = self.world();
        let now = (world.clock)();
        let open = |order: &Order| order.state == "open" && now <= order.expires_at;
        match world.orders.get(number) {
            Some(order) if open(order) => {
                let amount = order.amount;
                world.receive(number, amount);
                true
            }
            _ => false,
        }
    }

    /// A payment that was under way when the order was closed, or of another amount.
    pub fn pay_anyway(&self, number: &str, amount: i64) {
        self.world().receive(number, amount);
    }

    /// What it tells of an order by itself, changed by the test, with its header.
    pub fn told(&self, number: &str, age: u64, change: impl Fn(&mut Value)) -> (String, String) {
        let world = self.world();
        let mut status = world.status(number);
        change(&mut status);
        let body = status.to_string();
        let time = (world.clock)() - age;
        (body.clone(), world.callback_header(&world.key, time, &body))
    }

    /// The same, signed by somebody else.
    pub fn forged(&self, number: &str) -> (String, String) {
        let world = self.world();
        let body = world.status(number).to_string();
        let header = world.callback_header(&world.stranger, (world.clock)(), &body);
        (body, header)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn nonce() -> String {
    let mut bytes = [0; 16];
    system_entropy(&mut bytes).expect("randomness");
    hex::encode(bytes)
}

fn stamp(time: u64, nonce: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = time.to_be_bytes().to_vec();
    bytes.extend_from_slice(&hex::decode(nonce).expect("hex"));
    bytes.extend_from_slice(&Sha256::digest(body));
    bytes
}

impl World {
    fn receive(&mut self, number: &str, amount: i64) {
        let order = self.orders.get_mut(number).expect("an order");
        assert!(order.transaction.is_none(), "paid twice");
        order.state = "paid";
        order.transaction = Some(format!("T-{}", &number[..12]));
        order.received = amount;
        self.money_in += amount;
    }

    fn callback_header(&self, key: &KeyStore, time: u64, body: &str) -> String {
        let nonce = nonce();
        let stamp = stamp(time, &nonce, body.as_bytes());
        header(key, "merchant-callback/v1", (time, &nonce), &[&stamp])
    }

    fn status(&self, number: &str) -> Value {
        let order = &self.orders[number];
        let mut status = json!({ "order": number, "state": order.state, "amount": order.amount });
        if order.state == "open" {
            status["code"] = json!(format!("https://pay.example/q/{number}"));
        }
        if let Some(transaction) = &order.transaction {
            status["transaction"] = json!(transaction);
            status["received"] = json!(order.received);
        }
        status
    }

    /// Whether the merchant signed this request, just now and for the first time.
    fn believes(&mut self, value: &str, method: &str, target: &str, body: &[u8]) -> Option<String> {
        let parts: Vec<&str> = value.split(' ').collect();
        let [merchant, time, nonce, signature] = parts.as_slice() else {
            return None;
        };
        let key = self.merchant.expect("registered");
        let time: u64 = time.parse().ok()?;
        let signed = [
            &stamp(time, nonce, body),
            method.as_bytes(),
            &[0],
            target.as_bytes(),
        ];
        let message = message("merchant-request/v1", &key, &signed);
        let signature = Signature::from_bytes(&Base64::decode_vec(signature).ok()?).ok()?;
        let fresh = (self.clock)().abs_diff(time) <= 300 && self.nonces.insert((*nonce).to_owned());
        let good = *merchant == MERCHANT && fresh && key.verify(&message, &signature).is_ok();
        good.then(|| (*nonce).to_owned())
    }

    fn act(&mut self, op: Op, number: &str, body: &Value, fault: Option<&Fault>) -> (u16, Value) {
        if let Some(Fault::Refuse(status, code)) = fault {
            return (
                *status,
                json!({ "code": code, "message": "as the test wants it" }),
            );
        }
        let now = (self.clock)();
        if let Some(order) = self.orders.get_mut(number)
            && order.state == "open"
            && now > order.expires_at
        {
            order.state = "expired";
        }
        let amount = body["amount"].as_i64().unwrap_or(0);
        let known = self.orders.contains_key(number);
        let unknown = (
            404,
            json!({ "code": "unknown_order", "message": "no such order" }),
        );
        match op {
            Op::Create if !known && body["expires_at"].as_u64().expect("expiry") < now => {
                return (
                    422,
                    json!({ "code": "too_late", "message": "it has expired" }),
                );
            }
            Op::Create if !known => self.add(number, amount, "open", body["expires_at"].as_u64()),
            Op::Create if self.orders[number].amount != amount => {
                return (
                    409,
                    json!({ "code": "other_content", "message": "another order has it" }),
                );
            }
            Op::Create => {}
            Op::Query if !known => return unknown,
            Op::Query => {}
            // The number is used up: a request that made it and is still on its way finds it closed.
            Op::Cancel if !known => self.add(number, amount, "closed", None),
            Op::Cancel => {
                let order = self.orders.get_mut(number).expect("known");
                if ["open", "expired"].contains(&order.state) {
                    order.state = "closed";
                }
            }
            Op::Refund if !known => return unknown,
            Op::Refund => return self.refund(number, amount, fault),
        }
        (200, self.status(number))
    }

    fn refund(&mut self, number: &str, amount: i64, fault: Option<&Fault>) -> (u16, Value) {
        let order = self.orders.get_mut(number).expect("known");
        if order.transaction.is_none() || order.received != amount {
            return (
                409,
                json!({ "code": "not_paid", "message": "there is no such money" }),
            );
        }
        if fault == Some(&Fault::Pending) && order.state != "refunded" {
            order.state = "refunding";
        } else if order.state != "refunded" {
            order.state = "refunded";
            self.money_out += amount;
        }
        (200, self.status(number))
    }

    fn add(&mut self, number: &str, amount: i64, state: &'static str, expires_at: Option<u64>) {
        let order = Order {
            amount,
            state,
            transaction: None,
            received: 0,
            expires_at: expires_at.unwrap_or(0),
        };
        self.orders.insert(number.to_owned(), order);
    }

    fn next_fault(&mut self, op: Op) -> Option<Fault> {
        let at = self.faults.iter().position(|(of, _)| *of == op)?;
        self.faults.remove(at).map(|(_, fault)| fault)
    }
}

struct Heard {
    method: String,
    target: String,
    signature: String,
    body: Vec<u8>,
}

fn hear(stream: &mut impl Read) -> Option<Heard> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut parts = line.split_whitespace().map(str::to_owned);
    let (method, target) = (parts.next()?, parts.next()?);
    let (mut signature, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "merchant-signature" => value.clone_into(&mut signature),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Heard {
        method,
        target,
        signature,
        body,
    })
}

fn op(method: &str, rest: &str) -> Option<(Op, String)> {
    let (number, act) = rest.split_once('/').unwrap_or((rest, ""));
    let op = match (method, act) {
        ("PUT", "") => Op::Create,
        ("GET", "") => Op::Query,
        ("POST", "cancel") => Op::Cancel,
        ("POST", "refund") => Op::Refund,
        _ => return None,
    };
    Some((op, number.to_owned()))
}

fn serve(mut stream: impl Read + Write, world: &Mutex<World>) {
    let Some(heard) = hear(&mut stream) else {
        return;
    };
    let Some((op, number)) = heard
        .target
        .strip_prefix("/v1/orders/")
        .and_then(|rest| op(&heard.method, rest))
    else {
        return say(&mut stream, 404, None, "no such route");
    };
    let (status, header, body, slow) = {
        let mut world = world.lock().expect("the world");
        *world.counts.entry(op).or_default() += 1;
        let fault = world.next_fault(op);
        match &fault {
            Some(Fault::LostRequest) => return,
            Some(Fault::Status(status)) => return say(&mut stream, *status, None, "busy"),
            _ => {}
        }
        let believed = world.believes(&heard.signature, &heard.method, &heard.target, &heard.body);
        let Some(asked) = believed else {
            return say(&mut stream, 401, None, "not signed by the merchant");
        };
        let body = serde_json::from_slice(&heard.body).unwrap_or(Value::Null);
        let (status, answer) = world.act(op, &number, &body, fault.as_ref());
        let answer = answer.to_string();
        let time = (world.clock)();
        let parts = [
            &stamp(time, &asked, answer.as_bytes()),
            status.to_be_bytes().as_slice(),
        ]
        .concat();
        let key = match fault {
            Some(Fault::Forged) => &world.stranger,
            _ => &world.key,
        };
        let header = header(key, "merchant-answer/v1", (time, &asked), &[&parts]);
        match fault {
            Some(Fault::LostAnswer) => return,
            Some(Fault::Unsigned) => (status, None, answer, None),
            Some(Fault::Slow(time)) => (status, Some(header), answer, Some(time)),
            _ => (status, Some(header), answer, None),
        }
    };
    if let Some(time) = slow {
        std::thread::sleep(time);
    }
    say(&mut stream, status, header.as_deref(), &body);
}

fn say(stream: &mut (impl Read + Write), status: u16, header: Option<&str>, body: &str) {
    let header = header.map_or(String::new(), |value| {
        format!("merchant-signature: {value}\r\n")
    });
    let text = format!(
        "HTTP/1.1 {status} Answer\r\n{header}content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(text.as_bytes());
    let _ = stream.flush();
}
