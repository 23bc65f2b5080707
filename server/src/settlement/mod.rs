//! Settlement: what meters whose money is here used on a day, from their readings to postings, exactly once; and what follows from
//! a balance that runs low. `docs/tariffs.md` says how.
//!
//! | file | what |
//! |---|---|
//! | `days` | from registers to what each day used: read, split, estimated, or a trouble for people |
//! | `chain` | a meter's days one after the other, charged, and compared with what was settled |
//! | `money` | which money moves for the differences |
//! | `load`, `rows`, `store` | both ends at the database, for many meters at once |
//! | `run` | a day for all meters of a tenant |

mod chain;
mod days;
mod load;
mod money;
mod rows;
mod run;
mod store;
#[cfg(test)]
mod tests_days;

pub use run::{Report, SettlementError, settle_days};
pub use store::BY;
