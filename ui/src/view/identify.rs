//! Who is it? Card, number or QR code, and the account found by them.

use super::{Device, MeterChoice, NumberProblem};

/// The ways to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentifyView {
    /// The card reader; `None` where there is none.
    pub card: Option<Device>,
    /// The scanner of QR codes; `None` where there is none.
    pub code: Option<Device>,
    /// Why a card or code was not accepted.
    pub problem: Option<NumberProblem>,
    /// A lost card can be reported here.
    pub reports_loss: bool,
}

/// The account of a card or code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhoView {
    /// The holder's name, masked by the program: `Zh*** W**`.
    pub name: String,
    /// Building and room.
    pub place: String,
    /// Its meters, at most six.
    pub meters: Vec<MeterChoice>,
    /// The person's receipts can be shown.
    pub has_history: bool,
}
