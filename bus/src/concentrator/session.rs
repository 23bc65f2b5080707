//! One uplink connection: login, heartbeat, and a master's frames.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, WriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::answer::{Heard, answer};
use super::node::{Node, stopped};
use super::reply::Reply;
use super::store::Write;
use super::told_report;
use crate::frame::gdw376::{Control, Frame, Gdw376, Item, Sequence, afn, units};
use crate::frame::scan::{Found, Scanner};
use crate::uplink::UplinkStream;

/// Frames that may wait for a slow reader before answers are dropped.
const OUTBOX: usize = 64;
const WRITE: Duration = Duration::from_secs(10);
/// How long a login waits for its confirm before it is repeated.
const LOGIN: Duration = Duration::from_secs(10);
/// Logins or heartbeats that may stay unanswered before the connection is given up.
const UNANSWERED: u32 = 3;
/// A frame whose rest does not come in this time is noise.
const QUIET: Duration = Duration::from_secs(2);

/// AFN 0EH: events.
const EVENTS: u8 = 0x0E;
/// Upward, from the starting station: user data.
const SPONTANEOUS: Control = Control(0xC4);
/// How long a report waits for its confirm before it is sent again.
const TOLD: Duration = Duration::from_secs(15);

/// The link functions, AFN 02H.
const LOGIN_ITEM: u8 = 1;
const HEARTBEAT_ITEM: u8 = 3;

/// Serves one connection until it ends or the concentrator stops.
pub(super) async fn serve(
    stream: UplinkStream,
    peer: String,
    node: Arc<Node>,
    stop: watch::Receiver<bool>,
) {
    tracing::info!(%peer, encrypted = stream.is_encrypted(), "uplink connected");
    let stream_names = node.named_masters(|name| stream.peer_is(name));
    let (reader, writer) = tokio::io::split(stream);
    let (outbox, frames) = mpsc::channel(OUTBOX);
    let writing = tokio::spawn(write(writer, frames));
    let _here = Here::new(&node, &peer);
    let name = node.uplink_name(&peer, &stream_names);
    let news = node.station.news.subscribe();
    let mut session = Session {
        name,
        news,
        telling: None,
        node,
        peer: peer.clone(),
        outbox,
        scanner: Scanner::new::<Gdw376>(),
        number: 0,
        confirmed: false,
        unanswered: 0,
    };
    let why = session.run(reader, stop.clone()).await;
    tracing::info!(%peer, why, "uplink closed");
    drop(session);
    if !*stop.borrow() {
        // Closing the outbox tells the wires that nobody waits any more: what is still queued is never sent.
        writing.abort();
        return;
    }
    // Answers that are still on their way from a wire keep the outbox open; the rest is written, then the socket closes.
    if let Err(error) = writing.await {
        tracing::error!(%error, "uplink writer failed");
    }
}

/// Shows a master as connected for as long as it lives.
struct Here {
    node: Arc<Node>,
    number: u64,
}

impl Here {
    fn new(node: &Arc<Node>, peer: &str) -> Self {
        let mut masters = node.masters.lock().unwrap_or_else(PoisonError::into_inner);
        let number = masters.last_key_value().map_or(0, |(number, _)| number + 1);
        masters.insert(number, peer.to_owned());
        if let Some(cascade) = &node.cascade {
            // With a master a node of the cascade is a root.
            cascade.set_uplink(true);
        }
        drop(masters);
        Here {
            node: Arc::clone(node),
            number,
        }
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        let masters = self.node.masters.lock();
        let mut masters = masters.unwrap_or_else(PoisonError::into_inner);
        masters.remove(&self.number);
        if let Some(cascade) = &self.node.cascade {
            cascade.set_uplink(!masters.is_empty());
        }
    }
}

async fn write(mut writer: WriteHalf<UplinkStream>, mut frames: mpsc::Receiver<Vec<u8>>) {
    while let Some(frame) = frames.recv().await {
        let sending = async {
            writer.write_all(&frame).await?;
            writer.flush().await
        };
        match tokio::time::timeout(WRITE, sending).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::info!(%error, "uplink broken");
                break;
            }
            Err(_) => {
                tracing::info!("uplink does not read");
                break;
            }
        }
    }
}

/// A report that waits for its confirm.
struct Telling {
    /// The number of the frame.
    frame: u8,
    /// The number of the report in the store.
    report: i64,
    until: Instant,
}

struct Session {
    /// What the store calls this uplink; `None` = it is not told of anything by itself.
    name: Option<String>,
    news: watch::Receiver<u64>,
    telling: Option<Telling>,
    node: Arc<Node>,
    peer: String,
    outbox: mpsc::Sender<Vec<u8>>,
    scanner: Scanner,
    number: u8,
    confirmed: bool,
    unanswered: u32,
}

impl Session {
    async fn run<R: AsyncReadExt + Unpin>(
        &mut self,
        mut reader: R,
        mut stop: watch::Receiver<bool>,
    ) -> &'static str {
        let mut chunk = vec![0; 4096];
        let mut next = Instant::now();
        let mut heard_at = next;
        loop {
            let quiet_at = if self.scanner.pending() > 0 {
                heard_at + QUIET
            } else {
                next
            };
            tokio::select! {
                biased;
                () = stopped(&mut stop) => return "the concentrator stops",
                () = self.outbox.closed() => return "it cannot be written to",
                read = reader.read(&mut chunk) => match read {
                    Ok(0) => return "closed by the master",
                    Ok(count) => {
                        heard_at = Instant::now();
                        let found = self.scanner.push(chunk.get(..count).unwrap_or_default());
                        if self.take(found).await {
                            next = heard_at + self.node.heartbeat;
                        }
                    }
                    Err(error) => {
                        tracing::info!(peer = %self.peer, %error, "uplink broken");
                        return "it broke";
                    }
                },
                () = tokio::time::sleep_until(next) => {
                    if self.unanswered >= UNANSWERED {
                        return "the master does not answer";
                    }
                    self.report();
                    next = Instant::now() + if self.confirmed { self.node.heartbeat } else { LOGIN };
                }
                () = tokio::time::sleep_until(self.tell_at()), if self.telling.is_some() => {
                    self.telling = None;
                    self.tell().await;
                }
                changed = self.news.changed(), if self.confirmed && self.telling.is_none() => {
                    if changed.is_ok() {
                        self.tell().await;
                    }
                }
                () = tokio::time::sleep_until(quiet_at), if self.scanner.pending() > 0 => {
                    let found = self.scanner.idle();
                    self.take(found).await;
                }
            }
        }
    }

    /// Acts on what was found; true when it brought the first confirm of the login.
    async fn take(&mut self, found: Vec<Found>) -> bool {
        let before = self.confirmed;
        for item in found {
            let bytes = match item {
                Found::Frame { bytes, .. } => bytes,
                Found::Spoilt { error, .. } => {
                    tracing::info!(peer = %self.peer, %error, "spoilt frame on the uplink");
                    continue;
                }
                Found::Noise { bytes } => {
                    tracing::info!(peer = %self.peer, bytes, "noise on the uplink");
                    continue;
                }
            };
            let frame = match Frame::decode(&bytes) {
                Ok(frame) => frame,
                Err(error) => {
                    tracing::info!(peer = %self.peer, %error, "spoilt frame on the uplink");
                    continue;
                }
            };
            let reply = Reply::to(&frame, self.outbox.clone());
            match answer(&self.node, &frame, reply).await {
                Heard::Master => self.unanswered = 0,
                Heard::Confirmed => {
                    self.unanswered = 0;
                    let first = !self.confirmed;
                    self.confirmed = true;
                    if self.told(frame.sequence.number()) || first {
                        self.tell().await;
                    }
                }
                Heard::Nothing => {}
            }
        }
        self.confirmed && !before
    }

    fn tell_at(&self) -> Instant {
        self.telling
            .as_ref()
            .map_or_else(Instant::now, |telling| telling.until)
    }

    /// Sends the oldest report that this uplink has not confirmed. Reports change nothing at the master, so they are repeated
    /// until they are confirmed.
    async fn tell(&mut self) {
        let Some(name) = self.name.clone().filter(|_| self.telling.is_none()) else {
            return;
        };
        let oldest = self
            .node
            .station
            .keeper
            .call(move |store| store.unreported(&name, 1))
            .await;
        let (report, item) = match oldest {
            Ok(found) => match found.into_iter().next() {
                Some((number, report)) => {
                    let counts = told_report::counters(&self.node.station.counts());
                    match told_report::item(&report, counts) {
                        Ok(item) => (number, item),
                        Err(error) => {
                            // It could never be told, and must not keep the others from it.
                            tracing::error!(%error, number, "a report was left out");
                            let left_out =
                                self.name.clone().map(|name| Write::Confirmed(name, number));
                            return self.node.station.write(left_out.into_iter().collect());
                        }
                    }
                }
                None => return,
            },
            Err(error) => return tracing::debug!(%error, "nothing can be reported"),
        };
        if let Some(frame) = self.send(SPONTANEOUS, EVENTS, item) {
            self.telling = Some(Telling {
                frame,
                report,
                until: Instant::now() + TOLD,
            });
        }
    }

    /// Whether a confirm with this number is that of the report under way; then it is done for this uplink.
    fn told(&mut self, number: u8) -> bool {
        match (&self.telling, &self.name) {
            (Some(telling), Some(name)) if telling.frame & 0x0F == number => {
                let confirmed = Write::Confirmed(name.clone(), telling.report);
                self.node.station.write(vec![confirmed]);
                self.telling = None;
                true
            }
            _ => false,
        }
    }

    /// Sends the login until it is confirmed, then the heartbeat.
    fn report(&mut self) {
        let item = if self.confirmed {
            HEARTBEAT_ITEM
        } else {
            LOGIN_ITEM
        };
        self.unanswered += 1;
        let item = Item::of_terminal(item, Vec::new());
        self.send(Control::LINK_TEST, afn::LINK, item);
    }

    /// Sends an item that wants a confirm; the number of its frame.
    fn send(&mut self, control: Control, function: u8, item: Item) -> Option<u8> {
        self.number = self.number.wrapping_add(1);
        let data = match units::join(&[item]) {
            Ok(data) => data,
            Err(error) => {
                tracing::error!(%error, "a report cannot be written");
                return None;
            }
        };
        let frame = Frame {
            protocol: 2,
            control,
            address: self.node.address,
            afn: function,
            sequence: Sequence::single(self.number, true),
            data,
            password: None,
            events: None,
            time_tag: None,
        };
        match frame.encode() {
            Ok(bytes) => {
                if self.outbox.try_send(bytes).is_err() {
                    tracing::info!(peer = %self.peer, "the uplink does not read");
                }
                Some(self.number)
            }
            Err(error) => {
                tracing::error!(%error, "a report cannot be written");
                None
            }
        }
    }
}
