//! Alarms of meters and accounts. Each is an alert (`status`): people take it up there, and are told of it as of the others.
//! `docs/alarms.md` says what is watched, by which formula.
//!
//! | file | what |
//! |---|---|
//! | `rules` | what a night was, what it means, and what follows for an alarm: pure |
//! | `balance` | two levels of a balance that runs low |
//! | `terms` | the levels that a manager sets for each utility |
//! | `look` | every hour: the last nights of all meters, and what meters say is left in them |
//! | `raised` | the alarms in the table of alerts: raised once, ended, told |

mod balance;
mod look;
mod raised;
mod rules;
mod terms;

pub(crate) use balance::follow;
pub use look::{look, run};
pub(crate) use raised::untold;
pub use raised::{end, raise};
pub use terms::{AlarmTerms, TermsError, all_terms, set_alarm_terms};
