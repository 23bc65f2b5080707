//! Reporting a card lost.

/// Which of the two numbers is being typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossNumber {
    /// A meter's of the card's account.
    Meter,
    /// The card's own.
    Card,
}

/// Why the report was not taken; what was typed is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossProblem {
    /// Too short or too long.
    Length,
    /// The two numbers do not belong together. Which is wrong is not said: that could be tried out.
    NotKnown,
    /// Too often wrong today.
    TooMany,
    /// The server is not reached.
    NoAnswer,
}

/// The screens of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LossView {
    /// Type one of the numbers.
    Entry {
        /// Which.
        number: LossNumber,
        /// What has been typed, digits only; the screen groups them.
        entry: String,
        /// Why it was not accepted.
        problem: Option<LossProblem>,
        /// Whom to call, as configured.
        phone: String,
    },
    /// The server is being told.
    Asking,
    /// The card is blocked.
    Blocked {
        /// Whom to call, as configured.
        phone: String,
        /// Seconds until the screen closes by itself.
        closing_in: Option<u32>,
    },
}
