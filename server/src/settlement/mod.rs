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
//! | `last` | the last charge of a meter that is taken down |
//! | `rules` | warn, cut off, restore: the table |
//! | `supply` | the table applied to all accounts, as decisions and orders |
//! | `desk` | what people enter: terms, holidays, changes of registers; and what they have to look at |
//! | `compare` | what meters say they were credited against our books |
//! | `simulate` | what settled days would have cost by another tariff |
//! | `config`, `nightly` | when it runs by itself |

mod chain;
mod compare;
mod config;
mod days;
mod desk;
mod last;
mod load;
mod money;
mod nightly;
mod rows;
mod rules;
mod run;
mod simulate;
mod store;
mod supply;
#[cfg(test)]
mod tests_days;

pub use compare::{Difference, differences};
pub use config::SettlementConfig;
pub use desk::{
    DeskError, Made, Problem, RegisterChange, change_register, decisions, problems, set_holiday,
    set_terms,
};
pub use last::{Last, LastError, settle_last};
pub(crate) use load::BACK;
pub use nightly::run;
pub use rules::{Decision, Standing, Terms, decide};
pub use run::{Report, SettlementError, settle_days};
pub use simulate::{PastDay, Simulated, simulate, would_cost};
pub use store::BY;
pub use supply::{Decided, supply};
