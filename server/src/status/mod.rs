//! How terminals are, by their own word, and what of it is worth a person's attention.
//!
//! | file | what |
//! |---|---|
//! | `report` | what a terminal says of itself |
//! | `keep` | its last word, and how full its cash box was on each day |
//! | `heads` | the logs of all terminals at a glance |
//! | `conditions` | what is wrong with a terminal now: a pure function |
//! | `standing` | what other parts of the server found |
//! | `alerts` | conditions that began, go on and ended; telling people, again after a while |
//! | `watch` | the task that does this over all tenants |

pub mod alerts;
pub mod conditions;
pub mod heads;
pub mod keep;
mod report;
mod standing;
pub mod watch;

pub use report::{CashBox, Report, Session};
