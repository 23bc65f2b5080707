//! What accounts hold at the server. Double entry on PostgreSQL: a transfer is a journal with postings that sum to zero, and
//! neither is ever changed; an account's balance follows from them in the same transaction, under its wallet's row lock, and is
//! never negative.
//!
//! | file | what |
//! |---|---|
//! | `books` | the books, and posting a transfer exactly once |
//! | `caller` | which terminals may ask for whose money |
//! | `hold`, `hold_end` | money put aside for a delivery: pending, then captured or released |
//! | `follow`, `dispute` | what a terminal's log says became of a hold, and what of that does not fit |
//! | `desk` | top-ups at the counter |
//! | `reversal` | giving money back: one person asks, another decides |
//! | `view` | balances and statements |

mod books;
mod caller;
mod desk;
mod dispute;
mod error;
mod follow;
mod hold;
mod hold_end;
mod reversal;
mod view;

pub(crate) use books::seconds;
pub use books::{Book, Kind, Place, Posted, Transfer, post, repay_debt};
pub use caller::{Caller, caller};
pub use desk::{Means, TopUp, top_up};
pub use dispute::{Dispute, disputes};
pub(crate) use dispute::{Unfollowed, or_dispute};
pub use error::WalletError;
pub use follow::{follow, name};
pub use hold::{Hold, HoldAsk, HoldState, hold, pending_holds};
pub use hold_end::{Ended, end_hold};
pub use reversal::{
    Asked, Journal, Reversal, ReversalAsk, Via, ask_reversal, decide_reversal, reversals,
};
pub use view::{Balances, Receipt, StatementLine, balances, receipt, statement};

/// Largest amount of one transfer, in minor units: a hundred million of the currency.
pub const LARGEST: i64 = 10_000_000_000;

/// Whether a text may be an id that somebody outside chose: 1 to 64 letters, digits and `. _ : -`.
pub fn is_id(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._:-".contains(&b);
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}
