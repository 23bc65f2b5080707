//! A month of a district, day by day: meters are read, days settled, money taken, people cut off and restored; a concentrator fails, a
//! clerk errs; in the end the books balance and the reports are there.
//!
//! Everything is the programs that ship, on the rig's wires; only the time is moved ([`clock`], `scripts/month.sh`).
//!
//! | file | what |
//! |---|---|
//! | `clock` | the time of all programs, moved |
//! | `households` | who lives there, and what they use |
//! | `world` | the programs |
//! | `plan` | which days there are, and what happens on them |
//! | `day` | an ordinary day and its night |
//! | `people` | those at desks: the tariff, money for the wrong account |
//! | `terminal` | residents at the terminal |
//! | `closing` | what the month led to, and whether it is right |

mod clock;
mod closing;
mod day;
mod households;
mod people;
mod plan;
mod terminal;
mod world;

use std::path::Path;

use jiff::civil::Date;

use super::Failure;
use super::stage::TERMINAL;
use super::teller::Teller;

pub use closing::Figures;
pub use plan::Plan;

use clock::MovedClock;
use day::Days;
use households::Household;
use world::World;

/// The district that it serves.
const DISTRICT: &str = "east";
/// What everybody pays in first.
const FIRST_PAID: i64 = 10_000;

/// A month that was played, with everything that still runs.
pub struct Month {
    /// What it led to.
    pub figures: Figures,
    world: World,
    clock: MovedClock,
}

impl Month {
    /// Plays it in a folder, under the clock of a file, and tells what happens.
    ///
    /// # Errors
    /// When anything does not happen that should; the error has the programs' last words.
    pub fn play(
        folder: &Path,
        clock: &Path,
        plan: &Plan,
        teller: Teller,
    ) -> Result<Month, Failure> {
        super::demo::room_for_sockets(folder)?;
        let mut clock = MovedClock::in_file(clock);
        clock.set(plan.eve(), jiff::civil::time(16, 0, 0, 0))?;
        teller.head(&format!("{} to {}", plan.first, plan.last));
        let mut world = teller.during("starting server, wires and meters", || {
            World::begin(folder, Household::all(plan.households))
        })?;
        let played = month(&mut world, &mut clock, plan, teller);
        match played {
            Ok(figures) => Ok(Month {
                figures,
                world,
                clock,
            }),
            Err(failure) => Err(Failure::new(format!("{failure}\n{}", world.last_words()))),
        }
    }

    /// Brings everything back to the present, and says how to come in: codes of second factors go by the time of whoever makes them.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn open_the_office(mut self, teller: Teller) -> Result<Open, Failure> {
        self.clock.back()?;
        let password = self.world.office.person("Demo", "manager")?;
        teller.head("The back office is open");
        teller.say(&format!("address       {}", self.world.office.url()));
        teller.say(&format!("district      {}", super::office::TENANT));
        teller.say(&format!(
            "name          Demo, with the password {password} for the first sign-in"
        ));
        teller.say("It goes on until you press Ctrl-C.");
        Ok(Open { _month: self })
    }
}

/// Ends everything when it is dropped.
pub struct Open {
    _month: Month,
}

fn month(
    world: &mut World,
    clock: &mut MovedClock,
    plan: &Plan,
    teller: Teller,
) -> Result<Figures, Failure> {
    teller.say(&format!(
        "{} households, each with a meter for electricity, whose money is at the server, and one for water, which keeps its own.",
        world.households.len()
    ));
    teller.during("entering accounts and meters", || world.enter())?;
    let mut people = teller.during("people come in for the first time", || {
        people::People::come_in(&world.office)
    })?;
    people.bring_tariff_into_force(plan.first)?;
    teller.say(
        "Lin drafts a tariff with three tiers, Mona brings it into force, and says when anybody is warned and cut off.",
    );
    teller.during("enrolling the terminal", || world.enrol_terminal())?;
    for address in world.concentrators() {
        teller.during(&format!("concentrator {address} dials in"), || {
            world.start_concentrator(address)
        })?;
    }
    let before = closing::registers(world)?;
    let mut days = Days::default();
    teller.during("everybody pays in for the first time", || {
        days.all_pay_in(world, FIRST_PAID)
    })?;
    days.night(world, clock, plan.eve())?;
    let mut day: Date = plan.first;
    while day <= plan.last {
        teller.during(&format!("{day}"), || {
            days.day(world, clock, (plan, &mut people), day)
        })?;
        for told in days.told.drain(..) {
            teller.say(&told);
        }
        day = plan::after(day);
    }
    teller.head("What it led to");
    let figures = teller.during("waiting for the reports of the month", || {
        closing::close(world, plan, (&days, &before))
    })?;
    figures.tell(world, teller);
    Ok(figures)
}
