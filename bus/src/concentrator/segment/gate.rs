//! Whether this concentrator may speak on a wire now: the place where ownership of a shared wire is asked for.

use std::time::Duration;

use super::Priority;

/// What a gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Speak now.
    Speak,
    /// Not yet; ask again after this time, or when somebody else wants to speak.
    Wait(Duration),
    /// Not at all, as things are: somebody else owns the wire. Whoever waits is told so at once, and nothing is sent.
    Refuse,
}

/// Asked before every exchange, in the wire's task: it must not block.
pub trait Gate: Send + Sync + std::fmt::Debug {
    /// Whether something of this priority may be said now.
    fn admit(&self, priority: Priority) -> Admission;
}

/// A wire of our own.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlwaysOpen;

impl Gate for AlwaysOpen {
    fn admit(&self, _: Priority) -> Admission {
        Admission::Speak
    }
}
