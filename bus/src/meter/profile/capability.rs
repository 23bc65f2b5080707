//! What a kind of meter can do.

use super::section::{Words, word_of};

/// Something a kind of meter can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// Its registers, and its books where it keeps the money, can be read.
    Read,
    /// A purchase can be written to it.
    Credit,
    /// It has a relay or valve that obeys.
    Switch,
    /// Its clock can be set.
    Clock,
    /// It keeps the readings of past days.
    Freeze,
    /// Its status words tell faults.
    Events,
    /// It keeps its totals at the last twelve settlement days.
    Settlements,
}

impl Capability {
    pub(super) const WORDS: &'static Words<Self> = &[
        ("read", Capability::Read),
        ("credit", Capability::Credit),
        ("switch", Capability::Switch),
        ("clock", Capability::Clock),
        ("freeze", Capability::Freeze),
        ("events", Capability::Events),
        ("settlements", Capability::Settlements),
    ];

    /// The word in a profile.
    pub fn word(self) -> &'static str {
        word_of(self, Capability::WORDS)
    }
}

/// What a kind of meter can do, altogether.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(Vec<Capability>);

impl Capabilities {
    /// These.
    pub fn new(list: impl IntoIterator<Item = Capability>) -> Self {
        let mut list: Vec<Capability> = list.into_iter().collect();
        list.sort_unstable();
        list.dedup();
        Capabilities(list)
    }

    /// Whether this one is among them.
    pub fn has(&self, capability: Capability) -> bool {
        self.0.contains(&capability)
    }

    /// All of them, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = Capability> {
        self.0.iter().copied()
    }
}
