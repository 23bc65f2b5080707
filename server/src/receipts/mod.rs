//! Slips that anybody may check: whether a terminal of this server signed one, and whether it is on record.
//!
//! | file | what |
//! |---|---|
//! | `read` | from what somebody pasted or scanned to a proof that claims a key |
//! | `check` | the key, the proof, and what the witness has of the log |
//! | `slip` | what may be shown of a slip to anybody who holds it |

mod check;
mod read;
mod slip;

pub use check::{Checked, Verdict, check};
pub use read::{LONGEST_TEXT, Scanned, Unreadable};
pub use slip::{Kind, ShownSlip};
