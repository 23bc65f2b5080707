//! One wire of a node: who owns it, what is under way on it, what waits for it, who else is there.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::event::Time;
use super::settings::PortSettings;
use super::standing::Priority;
use super::timing::Timing;
use crate::frame::cascade::{Answer, Assembler, Body, NodeId, RequestId};

/// Whose the wire is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Silent unless spoken to.
    StandBy {
        /// Who owns it; `None` until somebody was heard.
        owner: Option<NodeId>,
        /// The owner's way from a root.
        way: Vec<NodeId>,
        /// When it was last heard.
        heard: Time,
        /// When the silence has been long enough to take over.
        claim_at: Time,
    },
    /// It said that it takes over, and listens whether anybody objects.
    Claiming {
        /// The new term.
        term: u16,
        /// Until when.
        until: Time,
    },
    /// It speaks.
    Owner,
}

/// What is under way on a wire. Only an owner begins anything; what is begun is brought to its end also when the wire was
/// lost meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Talk {
    /// Nothing.
    Idle,
    /// Nodes may say hello.
    Slots {
        /// Until when.
        until: Time,
    },
    /// A node was asked how it is.
    Poll {
        /// Which one.
        peer: NodeId,
        /// Until when.
        until: Time,
    },
    /// A node was handed a request and its answer is waited for.
    Ask {
        /// Which request.
        id: RequestId,
        /// Which node.
        peer: NodeId,
        /// Whether it was handed over twice.
        repeated: bool,
        /// When its silence means that something was lost.
        silent: Time,
        /// When the time is up.
        until: Time,
    },
    /// A meter is asked for a request.
    Meter {
        /// Which request.
        id: RequestId,
        /// The ticket of the exchange.
        ticket: u64,
    },
    /// The wire is lent to somebody of this node.
    Lent {
        /// To whom.
        ticket: u64,
    },
}

/// Something an owner is to do, in the order it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Job {
    /// Hand a request to the next node of its path.
    Ask(RequestId, NodeId),
    /// Ask a meter for a request.
    Meter(RequestId),
    /// Bring an answer to a node that was polled for its request.
    Tell(NodeId, Answer),
    /// Pass a broadcast on.
    Say(Body),
}

/// Somebody of this node who wants the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) ticket: u64,
    pub(super) hold: Duration,
}

/// Another concentrator on the wire.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// What it said last about itself.
    pub(super) priority: Priority,
    /// When it was heard.
    pub(super) heard: Time,
    /// Polls in a row without an answer.
    pub(super) missed: u8,
    /// Answers in a row that showed it to be the better owner.
    pub(super) better: u8,
    /// Until when it may have an answer that it could not give at once.
    pub(super) owes: Time,
}

/// One wire.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) settings: PortSettings,
    pub(super) timing: Timing,
    pub(super) role: Role,
    /// The latest term known.
    pub(super) term: u16,
    pub(super) talk: Talk,
    /// When what this node last sent is through.
    pub(super) free_at: Time,
    pub(super) jobs: VecDeque<Job>,
    pub(super) wanted: VecDeque<Wanted>,
    /// Answers that wait for the owner's poll, each until nobody waits for it any more.
    pub(super) owed: VecDeque<(Time, Answer)>,
    /// Requests that wait for the owner's poll.
    pub(super) pulls: VecDeque<RequestId>,
    pub(super) members: BTreeMap<NodeId, Member>,
    /// Who was polled last.
    pub(super) last_polled: Option<NodeId>,
    /// Who of those that wait for it was.
    pub(super) last_eager: Option<NodeId>,
    /// Whether it is the turn of those that wait for it.
    pub(super) turn: bool,
    /// When a poll is due at the latest, however busy the wire is.
    pub(super) poll_due: Time,
    pub(super) next_beat: Time,
    /// Beats since it became the owner.
    pub(super) beats: u32,
    /// When another owner, or one that would be, was last heard while this node owned the wire.
    pub(super) contested: Time,
    /// A beacon that is due because another owner was heard.
    pub(super) assert_at: Option<Time>,
    /// A hello was heard: nodes are invited again soon.
    pub(super) more_hellos: bool,
    /// The beat is an invitation, or the one before was.
    pub(super) invited: bool,
    /// A hello that is due.
    pub(super) hello_at: Option<Time>,
    /// When the owner last asked this node how it is.
    pub(super) polled: Option<Time>,
    pub(super) assembler: Assembler,
    pub(super) tag: u8,
}

impl Port {
    pub(super) fn new(settings: PortSettings, now: Time) -> Port {
        let timing = Timing::new(settings.line, settings.repeater_delay, settings.latency);
        let members = settings
            .peers
            .iter()
            .map(|&peer| (peer, Member::unheard(peer)))
            .collect();
        Port {
            role: Role::StandBy {
                owner: None,
                way: Vec::new(),
                heard: now,
                claim_at: now + timing.meter + timing.dead,
            },
            term: 0,
            talk: Talk::Idle,
            free_at: now,
            jobs: VecDeque::new(),
            wanted: VecDeque::new(),
            owed: VecDeque::new(),
            pulls: VecDeque::new(),
            members,
            last_polled: None,
            last_eager: None,
            turn: false,
            poll_due: now,
            next_beat: now,
            beats: 0,
            contested: Duration::ZERO,
            assert_at: None,
            more_hellos: false,
            invited: false,
            hello_at: None,
            polled: None,
            assembler: Assembler::default(),
            tag: 0,
            settings,
            timing,
        }
    }

    /// Waits longer before it takes over.
    pub(super) fn delay_claim(&mut self, by: Duration) {
        if let Role::StandBy { claim_at, .. } = &mut self.role {
            *claim_at += by;
        }
    }

    pub(super) fn is_owner(&self) -> bool {
        self.role == Role::Owner
    }

    /// Who speaks here, as far as is known.
    pub(super) fn owner(&self, me: NodeId) -> Option<NodeId> {
        match &self.role {
            Role::Owner => Some(me),
            Role::StandBy { owner, .. } => *owner,
            Role::Claiming { .. } => None,
        }
    }

    /// Whether another owner was heard so recently that it must be alive.
    pub(super) fn has_living_owner(&self, now: Time) -> bool {
        matches!(self.role, Role::StandBy { owner: Some(_), heard, .. }
            if now < heard + self.timing.beat + self.timing.poll)
    }

    /// Whether nothing keeps this node from speaking.
    pub(super) fn is_free(&self, now: Time) -> bool {
        self.talk == Talk::Idle && self.free_at <= now
    }

    /// How many others would rather take over than a node with this priority, except the owner that fell silent.
    pub(super) fn ahead_of(&self, mine: Priority, owner: Option<NodeId>, now: Time) -> u32 {
        let recent = self.timing.beat * 40;
        let ahead = self
            .members
            .iter()
            .filter(|(node, _)| Some(**node) != owner)
            .filter(|(_, member)| now < member.heard + recent && member.heard > Duration::ZERO)
            .filter(|(_, member)| member.priority < mine)
            .count();
        u32::try_from(ahead).unwrap_or(u32::MAX).min(16)
    }

    /// Whether somebody waits to be polled.
    pub(super) fn has_eager(&self, now: Time) -> bool {
        self.members.values().any(|member| member.is_eager(now))
    }

    /// The next member in turn. Who waits for it gets every other turn.
    pub(super) fn next_to_poll(&mut self, now: Time) -> Option<NodeId> {
        self.turn = !self.turn;
        let eager = self.turn && self.has_eager(now);
        let last = if eager {
            &mut self.last_eager
        } else {
            &mut self.last_polled
        };
        let mut nodes = self
            .members
            .iter()
            .filter(|(_, member)| !eager || member.is_eager(now))
            .map(|(node, _)| *node);
        let first = nodes.next()?;
        let next = if Some(first) > *last {
            first
        } else {
            nodes.find(|node| Some(*node) > *last).unwrap_or(first)
        };
        *last = Some(next);
        Some(next)
    }
}

impl Member {
    /// Whether it waits to be polled: another root, to which a master may have given something for this wire, or a node
    /// that owes an answer.
    fn is_eager(&self, now: Time) -> bool {
        !self.heard.is_zero() && (self.priority.0 == 1 || now < self.owes)
    }

    /// A node that is only known by name.
    pub(super) fn unheard(node: NodeId) -> Member {
        Member {
            priority: (super::standing::NO_WAY, u8::MAX, node),
            heard: Duration::ZERO,
            missed: 0,
            better: 0,
            owes: Duration::ZERO,
        }
    }
}
