//! HTTP, one request a connection, and what goes wrong on it.

use std::io::{BufRead, BufReader, Read, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::signature::Claimed;
use super::{Fault, Op, World};

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

/// An answer: status, header, body, and how long it takes. `None`: the line breaks.
struct Answer(u16, Option<String>, String, Option<Duration>);

impl World {
    /// Whether the merchant signed this request, just now and for the first time; its nonce.
    fn believes(&mut self, heard: &Heard) -> Option<String> {
        let claimed = Claimed::parse(&heard.signature)?;
        let fresh = (self.clock)().abs_diff(claimed.time) <= 300;
        let first = !self.nonces.iter().any(|used| used == claimed.nonce);
        let by = claimed.is_by(&self.merchant?, (&heard.method, &heard.target), &heard.body);
        let nonce = claimed.nonce.to_owned();
        (fresh && first && by).then(|| {
            self.nonces.push(nonce.clone());
            nonce
        })
    }

    fn next_fault(&mut self, op: Op) -> Option<Fault> {
        let at = self.faults.iter().position(|(of, _)| *of == op)?;
        self.faults.remove(at).map(|(_, fault)| fault)
    }

    fn answer(&mut self, (op, number): (Op, &str), heard: &Heard) -> Option<Answer> {
        self.asked.push(op);
        let plain = |status, text: &str| Some(Answer(status, None, text.to_owned(), None));
        let fault = self.next_fault(op);
        match &fault {
            Some(Fault::LostRequest) => return None,
            Some(Fault::Status(status)) => return plain(*status, "busy"),
            _ => {}
        }
        let Some(nonce) = self.believes(heard) else {
            return plain(401, "not signed by the merchant");
        };
        let body = serde_json::from_slice(&heard.body).unwrap_or(Value::Null);
        let now = (self.clock)();
        let (status, answer) = self.orders.act((op, number), &body, fault.as_ref(), now);
        let answer = answer.to_string();
        let key = match fault {
            Some(Fault::Forged) => &self.stranger,
            _ => &self.key,
        };
        let header = key.answer((now, &nonce), status, &answer);
        match fault {
            Some(Fault::LostAnswer) => None,
            Some(Fault::Unsigned) => Some(Answer(status, None, answer, None)),
            Some(Fault::Slow(time)) => Some(Answer(status, Some(header), answer, Some(time))),
            _ => Some(Answer(status, Some(header), answer, None)),
        }
    }
}

/// Serves one connection.
pub(super) fn serve(mut stream: impl Read + Write, world: &Mutex<World>) {
    let Some(heard) = hear(&mut stream) else {
        return;
    };
    let rest = heard.target.strip_prefix("/v1/orders/");
    let answer = match rest.and_then(|rest| op(&heard.method, rest)) {
        None => Some(Answer(404, None, "no such route".to_owned(), None)),
        Some((op, number)) => {
            let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
            world.answer((op, &number), &heard)
        }
    };
    let Some(Answer(status, header, body, slow)) = answer else {
        return;
    };
    if let Some(time) = slow {
        std::thread::sleep(time);
    }
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
