//! A terminal with the real ledger, that talks to the server over HTTP.

use base64ct::{Base64, Encoding};
use meterpost_ledger::exchange::{Answer, Next, Standing, TerminalStep, take_answer};
use meterpost_ledger::signing::{
    Description, EnrolmentRequest, KeyStore, PublicKey, SignedCertificate, SignedRequest, TenantId,
    TerminalId, WitnessKey, system_entropy,
};
use meterpost_ledger::{BootId, ClockQuality, Event, Folder, Ledger, Stamp};

use serde_json::{Value, json};

use super::server::{Server, TENANT};

/// Sends a request; status and body.
pub fn http(
    method: &str,
    url: &str,
    header: Option<(&str, String)>,
    body: Option<&[u8]>,
) -> (u16, String) {
    try_http(method, url, header, body).expect("an answer")
}

/// The same; an error where the server closes the connection instead of answering.
pub fn try_http(
    method: &str,
    url: &str,
    header: Option<(&str, String)>,
    body: Option<&[u8]>,
) -> Result<(u16, String), ureq::Error> {
    let (status, bytes) = http_bytes(method, url, header, body)?;
    Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
}

fn http_bytes(
    method: &str,
    url: &str,
    header: Option<(&str, String)>,
    body: Option<&[u8]>,
) -> Result<(u16, Vec<u8>), ureq::Error> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    if body.is_some_and(|body| body.starts_with(b"{")) {
        request = request.header("content-type", "application/json");
    }
    let request = request.body(body.unwrap_or_default()).expect("a request");
    let mut response = agent.run(request)?;
    let bytes = response.body_mut().read_to_vec().unwrap_or_default();
    Ok((response.status().as_u16(), bytes))
}

pub fn stamp() -> Stamp {
    Stamp {
        boot: BootId([7; 16]),
        monotonic_ms: 1,
        wall: 1_700_000_000_000,
        quality: ClockQuality::Unset,
    }
}

fn now_ms() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("after 1970")
        .as_millis()
        .try_into()
        .expect("a number")
}

/// Objects are merged, everything else is replaced.
fn merge(into: &mut Value, with: &Value) {
    match (into, with) {
        (Value::Object(into), Value::Object(with)) => {
            for (key, value) in with {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, with) => *into = with.clone(),
    }
}

/// A terminal: its disk, its open ledger, and what it knows of the server.
pub struct Terminal {
    pub id: String,
    pub folder: tempfile::TempDir,
    pub ledger: Ledger,
    pub witness: WitnessKey,
    pub counter: u64,
}

/// Where a terminal's exchange ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    InSync,
    Held(String),
}

/// A key and a request, sent; not decided yet.
pub fn ask(server: &Server, id: &str) -> (tempfile::TempDir, SignedRequest) {
    ask_of(server, TENANT, id)
}

/// The same of any tenant.
fn ask_of(server: &Server, tenant: &str, id: &str) -> (tempfile::TempDir, SignedRequest) {
    let folder = tempfile::tempdir().expect("a folder");
    let key =
        KeyStore::create(&Folder::new(folder.path()).key(), &mut system_entropy).expect("a key");
    let mut nonce = [0; 16];
    system_entropy(&mut nonce).expect("randomness");
    let request = EnrolmentRequest {
        tenant: TenantId::new(tenant).expect("a tenant"),
        terminal: TerminalId::new(id).expect("a terminal"),
        key: meterpost_ledger::signing::Signer::public_key(&key),
        nonce,
        software: Description::new("test 1").expect("plain"),
        hardware: Description::new("none").expect("plain"),
    };
    let request = request.sign(&key).expect("signed");
    let (status, text) = send(server, &request);
    assert_eq!(status, 200, "{text}");
    assert!(text.contains("waiting"), "{text}");
    (folder, request)
}

pub fn send(server: &Server, request: &SignedRequest) -> (u16, String) {
    let url = format!("{}/api/v1/enrolment", server.url());
    http("POST", &url, None, Some(request.to_text().as_bytes()))
}

impl Terminal {
    /// Enrolled: asked, approved by the manager with the code, certificate checked, ledger made.
    pub fn enrolled(server: &Server, id: &str) -> Terminal {
        Terminal::enrolled_of(server, (TENANT, &server.manager), id)
    }

    /// The same of any tenant, with its manager's token.
    pub fn enrolled_of(server: &Server, (tenant, manager): (&str, &str), id: &str) -> Terminal {
        let (folder, request) = ask_of(server, tenant, id);
        let path = format!("/api/v1/enrolments/{id}/approve");
        let body = format!("{{\"code\": \"{}\"}}", request.code());
        let (status, text) = server.call("POST", &path, Some(manager), Some(&body));
        assert_eq!(status, 200, "{text}");
        let (_, text) = send(server, &request);
        let answer: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(answer["state"], "approved");
        let operator =
            Base64::decode_vec(answer["operator"].as_str().expect("a key")).expect("base64");
        let operator = PublicKey::from_bytes(&operator).expect("a key");
        let certificate = answer["certificate"].as_str().expect("a certificate");
        let certificate =
            SignedCertificate::open(certificate.as_bytes(), &operator).expect("signed");
        certificate
            .check_answers(&request)
            .expect("an answer to this request");
        let origin = certificate.certificate().origin.to_string();
        let place = Folder::new(folder.path());
        let key = KeyStore::open(&place.key()).expect("the key");
        let ledger =
            Ledger::create(&place, &origin, Box::new(key), &stamp(), "test 1").expect("a ledger");
        Terminal {
            id: id.to_owned(),
            folder,
            ledger,
            witness: WitnessKey::parse(answer["witness"].as_str().expect("a key")).expect("a key"),
            counter: 0,
        }
    }

    /// So many more entries.
    pub fn work(&mut self, entries: usize) {
        let event = Event::Started {
            software: "test 1".into(),
        };
        for _ in 0..entries {
            self.ledger
                .commit(&stamp(), std::slice::from_ref(&event))
                .expect("an entry");
        }
    }

    /// The same in one commit, as after a long time away.
    pub fn work_at_once(&mut self, entries: usize) {
        let event = Event::Started {
            software: "test 1".into(),
        };
        self.ledger
            .commit(&stamp(), &vec![event; entries])
            .expect("entries");
    }

    /// The same of another kind, as a copy of the disk would go on otherwise.
    pub fn work_otherwise(&mut self, entries: usize) {
        let event = Event::Started {
            software: "test 2".into(),
        };
        for _ in 0..entries {
            self.ledger
                .commit(&stamp(), std::slice::from_ref(&event))
                .expect("an entry");
        }
    }

    /// A copy of the disk as it is now, in another machine.
    pub fn copy_of_disk(&self) -> Terminal {
        let folder = tempfile::tempdir().expect("a folder");
        for file in std::fs::read_dir(self.folder.path()).expect("the folder") {
            let file = file.expect("a file");
            std::fs::copy(file.path(), folder.path().join(file.file_name())).expect("copied");
        }
        let place = Folder::new(folder.path());
        let key = KeyStore::open(&place.key()).expect("the key");
        let (ledger, _) = Ledger::open(&place, Box::new(key)).expect("the ledger");
        Terminal {
            id: self.id.clone(),
            folder,
            ledger,
            witness: self.witness.clone(),
            counter: self.counter,
        }
    }

    /// A signed call.
    pub fn call(&mut self, server: &Server, target: &str, body: &[u8]) -> (u16, String) {
        let (status, bytes) = self.call_for_bytes(server, target, body);
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The same, where the answer is no text.
    pub fn call_for_bytes(&mut self, server: &Server, target: &str, body: &[u8]) -> (u16, Vec<u8>) {
        self.counter += 1;
        let header = self
            .ledger
            .sign_call(self.counter, "POST", target, body)
            .expect("signed");
        let url = format!("{}{target}", server.url());
        let header = Some(("meterpost-signature", header));
        http_bytes("POST", &url, header, Some(body)).expect("an answer")
    }

    /// A sign of life, with these fields in the place of those of a terminal that is well and has nothing; the answer.
    pub fn report(&mut self, server: &Server, with: &Value) -> Value {
        let mut body = json!({
            "report": {
                "wall": now_ms(), "clock": "ntp", "software": "test 1", "uptime": 60, "session": "free", "session_for": 60,
                "devices": {"printer": "ok"}, "cash_box": {"notes": 0, "money": 0, "capacity": 600},
                "unknown_deliveries": 0, "owed": 0
            },
            "have": {}, "directory": {"base": 0, "changes": 0, "applied": 0}, "command": 0, "command_open": false
        });
        merge(&mut body, with);
        let (status, text) = self.call(server, "/api/v1/status", body.to_string().as_bytes());
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Brings entries until the server has all.
    pub fn bring(&mut self, server: &Server, mut have: u64) -> u64 {
        while have < self.ledger.size() {
            let (batch, _) = self.ledger.batch(have).expect("entries");
            let target = format!("/api/v1/log/entries?first={have}");
            let (status, text) = self.call(server, &target, &batch);
            let answer: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            assert!(status == 200 || status == 409, "{status} {text}");
            let next = answer["have"].as_u64().expect("how many");
            assert!(next > have || status == 409, "{text}");
            if answer["code"] == "differs" {
                return next;
            }
            have = next;
        }
        have
    }

    /// Talks until there is nothing to say, and keeps the cosignature.
    pub fn sync(&mut self, server: &Server) -> Ended {
        self.talk(server, None)
    }

    /// The same about the log as it was at a smaller size.
    pub fn sync_at(&mut self, server: &Server, size: u64) -> Ended {
        self.talk(server, Some(size))
    }

    fn talk(&mut self, server: &Server, size: Option<u64>) -> Ended {
        let mut standing = self.ledger.standing(&self.witness);
        for _ in 0..10 {
            let next = match size {
                None => self.ledger.ask(&standing).expect("a request"),
                Some(size) => self.ledger.ask_at(&standing, size).expect("a request"),
            };
            let asked = match next {
                Next::Ask(asked) => asked,
                Next::InSync => return Ended::InSync,
                Next::Held(why) => return Ended::Held(why.to_string()),
            };
            let body = asked.request.format();
            let (status, text) = self.call(server, "/api/v1/log/add-checkpoint", body.as_bytes());
            if status == 428 {
                let answer: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                self.bring(server, answer["have"].as_u64().expect("how many"));
                continue;
            }
            let answer = Answer::parse(status, text.as_bytes())
                .unwrap_or_else(|e| panic!("{e}: {status} {text}"));
            match take_answer(&standing, &asked, &answer, self.ledger.size()) {
                TerminalStep::Store { cosignature, .. } => {
                    let note = asked.head.with(&cosignature).expect("fits").to_text();
                    self.ledger
                        .keep_cosigned(&stamp(), &note, &self.witness)
                        .expect("kept");
                    return Ended::InSync;
                }
                TerminalStep::AskAgain(next) => standing = next,
                TerminalStep::Held(why) => return Ended::Held(why.to_string()),
            }
        }
        panic!("the exchange does not end");
    }

    pub fn standing(&self) -> Standing {
        self.ledger.standing(&self.witness)
    }
}
