//! What consumption costs. The core is pure: a tariff is data that was checked once, and a charge follows from it, from what was
//! used before in the tier period, and from the consumption. `docs/tariffs.md` has the formulas.
//!
//! | file | what |
//! |---|---|
//! | `model` | the tariff as data, and the scales of its numbers |
//! | `check` | what makes it a tariff, fault by fault with the field's name |
//! | `hours` | the local times of day of a rate |
//! | `charge` | from consumption to money, with one rounding |
//! | `line` | the lines of a charge |
//! | `typical` | what a tariff costs at typical consumptions |
//! | `store` | dated versions in the database: drafted by one person, activated by another |

mod charge;
mod check;
mod hours;
mod line;
mod model;
mod store;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_hand;
mod typical;

pub use charge::{Accumulator, Charge, ChargeError, Consumption, Days, charge};
pub use check::{Problem, TariffError};
pub use hours::{Hours, HoursError};
pub use line::{Line, What};
pub use model::{
    Household, Period, Rate, Surcharge, Tariff, Tax, Tier, UNIT_PLACES, Unit, Utility,
};
pub use store::{
    DEFAULT, Draft, InForce, State, StoreError, Version, Which, activate, active, ask, draft,
    version, versions, withdraw,
};
pub use typical::{Typical, typical};
