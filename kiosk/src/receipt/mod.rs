//! Slips of paper: a receipt, a claim, or a payment still on its way, composed as a black and white raster.
//!
//! A raster, because only so do Chinese characters, the layout and the QR code come out the same on every printer. Chinese
//! leads, English stands beside it in smaller type. [`words`] holds every text, [`compose`] the layout.

mod canvas;
mod compose;
mod note;
mod qr;
mod raster;
mod typeface;
mod words;

pub use compose::compose;
pub use note::{Note, NoteLine, note};
pub use qr::Modules;
pub use raster::Raster;
pub use typeface::{FontError, Typeface};

use meterpost_ledger::{Means, Money, Slip};
use meterpost_ui::view::Utility;

/// Dots across an 80 mm roll at 203 dpi.
pub const WIDE: usize = 576;
/// Dots across a 58 mm roll at 203 dpi.
pub const NARROW: usize = 384;

/// Everything on a slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlipDoc {
    /// The operator's name.
    pub operator: String,
    /// The terminal's id.
    pub terminal: String,
    /// The sale's reference: `K1-000042`.
    pub reference: String,
    /// Which slip.
    pub kind: Slip,
    /// 0 for the original, else the copy's number.
    pub copy: u32,
    /// Date and time of day, or `None` while the clock is not set.
    pub printed_at: Option<String>,
    /// The meter's number; digits.
    pub meter_number: String,
    /// What the meter measures.
    pub utility: Utility,
    /// Where the meter is; printed with its last digits masked.
    pub meter_place: String,
    /// The currency sign: `¥`.
    pub currency: String,
    /// Everything paid in.
    pub paid: Money,
    /// Credited (receipt), owed (claim) or on its way (pending).
    pub amount: Money,
    /// The balance before, where known.
    pub before: Option<Money>,
    /// The balance after, where known.
    pub after: Option<Money>,
    /// The purchase number at the meter, where there is one.
    pub purchase: Option<u32>,
    /// The notes taken, in order.
    pub notes: Vec<Money>,
    /// How it was paid, where not in notes.
    pub means: Option<Means>,
    /// Whom to call.
    pub phone: String,
    /// Why the money is owed; only on claims.
    pub reason: Option<ClaimReason>,
    /// Where the ledger holds the sale.
    pub ledger: Option<LedgerLine>,
    /// What the QR code says.
    pub qr: Option<String>,
}

/// Why money is owed, as residents are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimReason {
    /// The meter refused the credit.
    Refused,
    /// The meter would hold more than it may.
    HoardingLimit,
    /// The meter could not be reached, and the credit was certainly not sent.
    NotReached,
    /// A note's whereabouts have to be examined.
    NoteInDoubt,
}

/// The place of the sale in the terminal's ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerLine {
    /// The index of the entry.
    pub entry: u64,
    /// The size of the log whose root this is.
    pub size: u64,
    /// The root hash in hexadecimal digits; its first sixteen are printed.
    pub root: String,
}
