//! The task that owns the node.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::config::CascadeConfig;
use super::driver::{Speech, drive};
use super::gate::OwnerGate;
use crate::cascade::{Input, Node, NodeSettings, Output, PortSettings, Target, Timing};
use crate::concentrator::config::SegmentConfig;
use crate::concentrator::node::{Node as Concentrator, stopped};
use crate::concentrator::segment::{Entrance, Gate, Priority, WireParts};
use crate::frame::cascade::{NodeId, Operation, Outcome, Refused};
use crate::frame::gdw376::Address;

/// Silence between two frames, in bit times.
const GAP_BITS: u64 = 33;
/// How long something that was granted may stay untaken.
const TAKE: Duration = Duration::from_secs(1);
/// How long the own reading that has the wire may have it.
const LENT: Duration = Duration::from_secs(300);
/// Reports and broadcasts that may wait for somebody to take them.
const NEWS: usize = 64;

/// What goes to the actor.
#[derive(Debug)]
pub(super) enum Command {
    /// Something happened.
    Step(Input),
    /// Somebody wants something done elsewhere.
    Ask {
        target: Target,
        operation: Operation,
        within: Duration,
        done: oneshot::Sender<Outcome>,
    },
}

/// Something that came from another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A report, fetched by this node as a root.
    Report {
        /// Whose.
        origin: NodeId,
        /// A frame of Q/GDW 376.1, as the node would have sent it to its own master.
        content: Vec<u8>,
    },
    /// A broadcast.
    Broadcast {
        /// Who began it.
        origin: NodeId,
        /// What it says.
        content: Vec<u8>,
    },
}

/// The entrance to the cascade; clones lead to the same one.
#[derive(Clone, Debug)]
pub struct Cascade {
    commands: mpsc::UnboundedSender<Command>,
    gates: Arc<BTreeMap<u8, Arc<OwnerGate>>>,
    news: broadcast::Sender<News>,
}

/// What the wires need before they start, and what the actor needs when they have.
pub(in crate::concentrator) struct Parts {
    settings: NodeSettings,
    cascade: Cascade,
    waiting: mpsc::UnboundedReceiver<Command>,
}

impl Parts {
    /// Prepares the cascade of a concentrator with these wires.
    pub(in crate::concentrator) fn new(
        config: &CascadeConfig,
        address: Address,
        segments: &[SegmentConfig],
    ) -> Parts {
        let (commands, waiting) = mpsc::unbounded_channel();
        let settings = settings(config, address, segments);
        let gates = settings.ports.iter().map(|port| {
            let timing = Timing::new(port.line, port.repeater_delay, port.latency);
            let gate = OwnerGate::new(port.port, timing.meter, commands.clone());
            (port.port, gate)
        });
        let gates = Arc::new(gates.collect());
        let (news, _) = broadcast::channel(NEWS);
        Parts {
            settings,
            cascade: Cascade {
                commands,
                gates,
                news,
            },
            waiting,
        }
    }

    /// Makes a wire listen for the cascade and speak only by its leave; a wire that takes no part is left as it is.
    pub(in crate::concentrator) fn join(&self, port: u8, parts: &mut WireParts) {
        let Some(gate) = self.cascade.gates.get(&port) else {
            return;
        };
        parts.gate = Arc::clone(gate) as Arc<dyn Gate>;
        let commands = self.cascade.commands.clone();
        parts.ear = Some(Arc::new(move |_, frame| {
            let frame = frame.to_vec();
            let _ = commands.send(Command::Step(Input::Heard { port, frame }));
        }));
    }

    pub(in crate::concentrator) fn cascade(&self) -> Cascade {
        self.cascade.clone()
    }

    /// Lives until the concentrator stops.
    pub(in crate::concentrator) async fn run(
        self,
        concentrator: Arc<Concentrator>,
        stop: watch::Receiver<bool>,
    ) {
        let entrances: BTreeMap<u8, Entrance> = concentrator
            .segments
            .iter()
            .filter(|(port, _)| self.cascade.has(**port))
            .map(|(port, segment)| (*port, segment.entrance().clone()))
            .collect();
        // Two starts must not draw the same number; the hasher's keys come from the system's randomness.
        let seed = RandomState::new().build_hasher().finish();
        let began = Instant::now();
        let mut drivers = JoinSet::new();
        let mut speeches = BTreeMap::new();
        for (&port, entrance) in &entrances {
            let (speech, to_say) = mpsc::unbounded_channel();
            speeches.insert(port, speech);
            let commands = self.cascade.commands.clone();
            let gap = self
                .settings
                .ports
                .iter()
                .find(|settings| settings.port == port)
                .map_or(Duration::ZERO, |settings| settings.line.bit_times(GAP_BITS));
            drivers.spawn(drive(entrance.clone(), gap, to_say, commands));
        }
        let mut actor = Actor {
            // Zero means "never" to the node's tables.
            began: began - Duration::from_secs(1),
            node: Node::new(self.settings, seed, Duration::from_secs(1)),
            cascade: self.cascade,
            entrances,
            speeches,
            tickets: 0,
            asked: BTreeMap::new(),
            concentrator,
            tasks: JoinSet::new(),
        };
        actor.run(self.waiting, stop).await;
    }
}

fn settings(config: &CascadeConfig, address: Address, segments: &[SegmentConfig]) -> NodeSettings {
    let port = |segment: &SegmentConfig| {
        let wire = config.wires.iter().find(|wire| wire.port == segment.port)?;
        Some(PortSettings {
            port: wire.port,
            segment: wire.segment,
            line: segment.serial.settings,
            repeater_delay: wire.repeater_delay,
            latency: segment.serial.adapter_latency,
            peers: wire.peers.clone(),
        })
    };
    NodeSettings {
        id: config.node,
        rank: config.rank,
        area: address.area,
        terminal: address.terminal,
        ports: segments.iter().filter_map(port).collect(),
    }
}

impl Cascade {
    /// Whether the wire of a port takes part.
    pub(in crate::concentrator) fn has(&self, port: u8) -> bool {
        self.gates.contains_key(&port)
    }

    /// Has something done at the node or on the wire of the target, and says what became of it.
    pub async fn ask(&self, target: Target, operation: Operation, within: Duration) -> Outcome {
        let (done, outcome) = oneshot::channel();
        let command = Command::Ask {
            target,
            operation,
            within,
            done,
        };
        if self.commands.send(command).is_err() {
            return Outcome::NotSent(Refused::Forward(
                crate::frame::gdw376::confirm::not_forwarded::STOPPING,
            ));
        }
        // An actor that ended in the middle may have sent it.
        outcome.await.unwrap_or(Outcome::Unknown)
    }

    /// Whether a master is connected here.
    pub fn set_uplink(&self, up: bool) {
        let _ = self.commands.send(Command::Step(Input::Uplink(up)));
    }

    /// Leaves a frame for the masters of a root: it is fetched when this node has none of its own.
    pub fn report(&self, content: Vec<u8>) {
        let _ = self.commands.send(Command::Step(Input::Report(content)));
    }

    /// Says something to every node below.
    pub fn broadcast(&self, content: Vec<u8>) {
        let _ = self.commands.send(Command::Step(Input::Broadcast(content)));
    }

    /// Whether this concentrator owns the wire of a port.
    pub fn owns(&self, port: u8) -> bool {
        self.gates.get(&port).is_some_and(|gate| gate.is_ours())
    }

    /// What comes from other nodes from now on.
    pub fn news(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }
}

struct Actor {
    began: Instant,
    node: Node,
    cascade: Cascade,
    entrances: BTreeMap<u8, Entrance>,
    speeches: BTreeMap<u8, mpsc::UnboundedSender<Speech>>,
    tickets: u64,
    asked: BTreeMap<u64, oneshot::Sender<Outcome>>,
    concentrator: Arc<Concentrator>,
    tasks: JoinSet<()>,
}

impl Actor {
    async fn run(
        &mut self,
        mut waiting: mpsc::UnboundedReceiver<Command>,
        mut stop: watch::Receiver<bool>,
    ) {
        loop {
            let next = self
                .node
                .deadline()
                .map_or(self.began + Duration::from_secs(3600), |at| self.began + at);
            tokio::select! {
                biased;
                () = stopped(&mut stop) => return,
                command = waiting.recv() => match command {
                    Some(command) => self.take(command),
                    None => return,
                },
                () = tokio::time::sleep_until(next) => self.step(Input::Tick),
                Some(_) = self.tasks.join_next(), if !self.tasks.is_empty() => {}
            }
        }
    }

    fn take(&mut self, command: Command) {
        match command {
            Command::Step(input) => self.step(input),
            Command::Ask {
                target,
                operation,
                within,
                done,
            } => {
                self.tickets += 1;
                let ticket = self.tickets;
                self.asked.insert(ticket, done);
                self.step(Input::Ask {
                    ticket,
                    target,
                    operation,
                    within,
                });
            }
        }
    }

    fn step(&mut self, input: Input) {
        let now = self.began.elapsed();
        for output in self.node.step(now, input) {
            self.carry_out(output);
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Send { port, frames } => self.say(port, Speech::Say(frames)),
            Output::Exchange {
                port,
                ticket,
                control,
                frame,
                patience,
            } => self.say(
                port,
                Speech::Exchange {
                    ticket,
                    control,
                    frame,
                    patience,
                },
            ),
            Output::Grant { port, ticket } => self.lend(port, ticket),
            Output::Deny { port, ticket } => {
                if let Some(gate) = self.cascade.gates.get(&port) {
                    gate.over(ticket);
                }
            }
            Output::Serve { ticket, frame } => self.serve(ticket, frame),
            Output::Done { ticket, outcome } => {
                if let Some(done) = self.asked.remove(&ticket) {
                    // Whoever asked may have gone.
                    let _ = done.send(outcome);
                }
            }
            Output::Owner {
                port,
                owner,
                own,
                term,
            } => {
                let owner = owner.map(|node| node.number());
                tracing::info!(
                    port,
                    ?owner,
                    own,
                    term,
                    "who speaks on the wire has changed"
                );
                if let Some(gate) = self.cascade.gates.get(&port) {
                    gate.set_owner(own);
                }
            }
            Output::Report { origin, content } => self.tell(News::Report { origin, content }),
            Output::Broadcast { origin, content } => {
                self.tell(News::Broadcast { origin, content });
            }
        }
    }

    fn tell(&self, news: News) {
        if self.cascade.news.send(news).is_err() {
            tracing::debug!("nobody takes what other nodes say");
        }
    }

    fn say(&self, port: u8, speech: Speech) {
        if let Some(speeches) = self.speeches.get(&port) {
            // A driver ends only with this actor.
            let _ = speeches.send(speech);
        }
    }

    /// Lends the wire to whoever of this concentrator is next, and learns when that is over: a turn asked for meanwhile
    /// comes after it.
    fn lend(&mut self, port: u8, ticket: u64) {
        let (Some(gate), Some(entrance)) =
            (self.cascade.gates.get(&port), self.entrances.get(&port))
        else {
            return;
        };
        let (gate, entrance) = (Arc::clone(gate), entrance.clone());
        let commands = self.cascade.commands.clone();
        let wanted = gate.grant(ticket);
        self.tasks.spawn(async move {
            if wanted {
                // A turn of the cascade wakes the wire's task; the next one in the queue is the one that is granted.
                drop(
                    entrance
                        .turn(Priority::Cascade, Instant::now() + TAKE)
                        .await,
                );
                let taken = tokio::time::timeout(TAKE, gate.taken()).await;
                if taken.is_ok() {
                    drop(
                        entrance
                            .turn(Priority::Cascade, Instant::now() + LENT)
                            .await,
                    );
                }
                gate.over(ticket);
            }
            let _ = commands.send(Command::Step(Input::Release { port, ticket }));
        });
    }

    fn serve(&mut self, ticket: u64, frame: Vec<u8>) {
        let commands = self.cascade.commands.clone();
        let concentrator = Arc::clone(&self.concentrator);
        self.tasks.spawn(async move {
            let content = super::relay::serve(&concentrator, &frame).await;
            let _ = commands.send(Command::Step(Input::Served { ticket, content }));
        });
    }
}
