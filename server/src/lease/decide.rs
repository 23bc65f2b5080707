//! Whether a lease moves. Pure: a lease, what is asked, and what is known, to a decision. It moves only when its present owner
//! has let go, or can send nothing more.

use std::fmt;

use meterpost_ledger::signing::TerminalId;

/// The word for the server where owners are written; no terminal may be called that.
pub const SERVER: &str = "server";

/// Who may send a meter its next purchase number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The server, through concentrators.
    Server,
    /// A terminal, in one of its epochs.
    Terminal {
        /// Which.
        id: TerminalId,
        /// An epoch is one enrolment: a terminal enrolled anew has nothing of what it had before.
        epoch: i64,
    },
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Owner::Server => f.write_str(SERVER),
            Owner::Terminal { id, .. } => write!(f, "{id}"),
        }
    }
}

/// What the owner was asked for, and has not done yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// To let go, for this one.
    Handover(Owner),
    /// Nothing: it is dead, and the server takes over once this order has read the meter.
    Fence(String),
}

/// A lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Who has it.
    pub owner: Owner,
    /// Rises by one with each move.
    pub version: i64,
    /// What is to become of it.
    pub wanted: Option<Wanted>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// It is to go to this one.
    Hand(Owner),
    /// A terminal's signed log says that it has let go of the lease with this version.
    LetGo {
        /// Who says it.
        terminal: TerminalId,
        /// In which epoch.
        epoch: i64,
        /// The version of the lease that it had.
        version: i64,
    },
    /// An order of the server has ended.
    Rest,
    /// A manager says that the owner is dead; this order reads the meter.
    Fence(String),
    /// An order that reads the meter has ended; whether it has read it.
    ReadBack {
        /// Which.
        order: String,
        /// Whether the meter's books were read.
        read: bool,
    },
}

/// What is known when it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Credits of the server that are sent or unknown at this meter.
    pub under_way: i64,
    /// Whether the terminal that owns it can do nothing more: its log is held, or its epoch is over.
    pub terminal_is_dead: bool,
}

/// What becomes of the lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is this one's from now on, under the next version.
    Move(Owner),
    /// It stays, and this is wanted of its owner.
    Await(Wanted),
    /// It stays, and nothing is wanted any more.
    Forget,
    /// It stays as it is.
    Keep,
    /// It stays as it is, and whoever asked is told why.
    Refuse(Refusal),
}

/// Why it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// To whom it belongs already.
    #[error("it has the lease already")]
    HasIt,
    /// A fence is under way.
    #[error("the lease is being fenced; wait until the meter was read")]
    BeingFenced,
    /// Somebody else's.
    #[error("the terminal does not have this lease")]
    NotItsOwn,
    /// There is nothing to fence.
    #[error("the server has this lease; ask it to be handed over")]
    NoTerminal,
    /// The terminal may still be selling.
    #[error(
        "the terminal's log is not held and its epoch is not over, so it may still sell; ask it to let go, or enrol it anew"
    )]
    Alive,
}

/// The decision.
pub fn decide(lease: &Lease, request: &Request, facts: Facts) -> Decision {
    use Decision::{Await, Forget, Keep, Move, Refuse};
    match (request, &lease.owner, &lease.wanted) {
        (Request::Hand(to), owner, _) if to == owner => Refuse(Refusal::HasIt),
        (Request::Hand(_), _, Some(Wanted::Fence(_))) => Refuse(Refusal::BeingFenced),
        (Request::Hand(to), Owner::Server, _) if facts.under_way == 0 => Move(to.clone()),
        (Request::Hand(to), _, _) => Await(Wanted::Handover(to.clone())),

        (
            Request::LetGo {
                terminal,
                epoch,
                version,
            },
            Owner::Terminal { id, epoch: its },
            wanted,
        ) if terminal == id && epoch == its && *version == lease.version => match wanted {
            Some(Wanted::Handover(next)) => Move(next.clone()),
            Some(Wanted::Fence(_)) | None => Move(Owner::Server),
        },
        (Request::LetGo { .. }, _, _) => Refuse(Refusal::NotItsOwn),

        (Request::Rest, Owner::Server, Some(Wanted::Handover(next))) if facts.under_way == 0 => {
            Move(next.clone())
        }
        (Request::Rest, _, _) => Keep,

        (Request::Fence(_), Owner::Server, _) => Refuse(Refusal::NoTerminal),
        (Request::Fence(_), _, Some(Wanted::Fence(_))) => Refuse(Refusal::BeingFenced),
        (Request::Fence(_), Owner::Terminal { .. }, _) if !facts.terminal_is_dead => {
            Refuse(Refusal::Alive)
        }
        (Request::Fence(order), Owner::Terminal { .. }, _) => Await(Wanted::Fence(order.clone())),

        (Request::ReadBack { order, read }, _, Some(Wanted::Fence(awaited)))
            if order == awaited =>
        {
            // A terminal whose log was found sound again meanwhile goes on having what it has.
            match *read && facts.terminal_is_dead {
                true => Move(Owner::Server),
                false => Forget,
            }
        }
        (Request::ReadBack { .. }, _, _) => Keep,
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
