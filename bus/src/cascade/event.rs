//! What goes into a node and what comes out of it.

use std::time::Duration;

use crate::frame::cascade::{NodeId, Operation, Outcome, PortName, Refused};

/// A moment, counted from any start that stays the same for one node.
pub type Time = Duration;

/// Where a request is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Whoever speaks on the wire with this number.
    Segment(u16),
    /// Whoever speaks on the wire that masters call so.
    Port(PortName),
    /// This node itself.
    Node(NodeId),
    /// The node with this terminal address: area code and number.
    Terminal(u16, u16),
}

/// What a local exchange with a meter came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exchanged {
    /// The meter's frame.
    Answer(Vec<u8>),
    /// It was asked once and said nothing that fits.
    Silent,
    /// Nothing went onto the wire.
    NotSent(Refused),
}

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A sound frame was heard on a port; frames the node sent itself are not told.
    Heard {
        /// On which port.
        port: u8,
        /// The frame, without preamble.
        frame: Vec<u8>,
    },
    /// The moment [`Node::deadline`](super::Node::deadline) named has come.
    Tick,
    /// Somebody here wants something done elsewhere.
    Ask {
        /// Comes back with the outcome.
        ticket: u64,
        /// Where.
        target: Target,
        /// What; the wire's number in [`Operation::Meter`] is filled in from the target.
        operation: Operation,
        /// How long the asker waits.
        within: Duration,
    },
    /// An [`Output::Exchange`] is over.
    Exchanged {
        /// On which port.
        port: u8,
        /// Its ticket.
        ticket: u64,
        /// What came of it.
        result: Exchanged,
    },
    /// Somebody here wants the wire for one exchange of their own.
    Want {
        /// Which port.
        port: u8,
        /// Comes back with the grant.
        ticket: u64,
        /// How long the wire may be silent meanwhile.
        hold: Duration,
    },
    /// The exchange that was granted is over, or is not wanted any more.
    Release {
        /// Which port.
        port: u8,
        /// Its ticket.
        ticket: u64,
    },
    /// Whether a master is connected here.
    Uplink(bool),
    /// What this node's terminal answered to an [`Output::Serve`].
    Served {
        /// Its ticket.
        ticket: u64,
        /// The answer; `None` when there is none.
        content: Option<Vec<u8>>,
    },
    /// Something to be fetched by a root.
    Report(Vec<u8>),
    /// Something for every node below.
    Broadcast(Vec<u8>),
}

/// Something is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send frames, back to back, as soon as the gap between frames allows.
    Send {
        /// On which port.
        port: u8,
        /// Without preamble.
        frames: Vec<Vec<u8>>,
    },
    /// Ask a meter once, behind what was sent before on this port.
    Exchange {
        /// On which port.
        port: u8,
        /// Belongs into [`Input::Exchanged`].
        ticket: u64,
        /// Rate and framing as in Q/GDW 376.1 AFN 10H F1; 0 = the port's own.
        control: u8,
        /// The meter's frame.
        frame: Vec<u8>,
        /// How long the meter may take.
        patience: Duration,
    },
    /// The wire is the asker's until it releases it.
    Grant {
        /// Which port.
        port: u8,
        /// The ticket of the [`Input::Want`].
        ticket: u64,
    },
    /// The wire belongs to another concentrator.
    Deny {
        /// Which port.
        port: u8,
        /// The ticket of the [`Input::Want`].
        ticket: u64,
    },
    /// A frame of Q/GDW 376.1 for this node's terminal.
    Serve {
        /// Belongs into [`Input::Served`].
        ticket: u64,
        /// The frame.
        frame: Vec<u8>,
    },
    /// An [`Input::Ask`] is over.
    Done {
        /// Its ticket.
        ticket: u64,
        /// What became of it.
        outcome: Outcome,
    },
    /// Who speaks on a wire has changed.
    Owner {
        /// On which port.
        port: u8,
        /// Who; `None` while nobody is known to.
        owner: Option<NodeId>,
        /// Whether it is this node.
        own: bool,
        /// The term.
        term: u16,
    },
    /// A report arrived from a node.
    Report {
        /// Whose.
        origin: NodeId,
        /// What it says.
        content: Vec<u8>,
    },
    /// A broadcast arrived, for the first time.
    Broadcast {
        /// Who began it.
        origin: NodeId,
        /// What it says.
        content: Vec<u8>,
    },
}
