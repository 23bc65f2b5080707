//! Setting up a new terminal.

use super::QrCode;

/// A new terminal waits for the operator's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolView {
    /// The terminal's name.
    pub terminal: String,
    /// The short code that a person compares: `9AGX-8XQ1`.
    pub code: String,
    /// Name and code to scan.
    pub picture: Option<QrCode>,
    /// How it stands.
    pub state: EnrolState,
}

/// How an enrolment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnrolState {
    /// A person has to decide.
    Waiting,
    /// The server is not reached; the words are for staff.
    Away(String),
    /// It is approved, and the terminal starts.
    Enrolled,
    /// A person refused it.
    Refused,
    /// It cannot go on by itself; the words are for staff.
    Failed(String),
}
