//! An ordinary day: people pay, households use, and in the night meters are read and the day is settled.

use jiff::civil::{Date, time};
use serde_json::json;

use super::clock::MovedClock;
use super::households::mix;
use super::people::People;
use super::plan::{Happening, Plan, after, before, number};
use super::terminal::{self, Sale};
use super::world::World;
use crate::scenario::Failure;
use crate::scenario::topup::decimal;

/// Who has less than this thinks of paying, in fen.
const LOW: i64 = 1_500;
/// What people pay then.
const AMOUNTS: [i64; 3] = [5_000, 10_000, 20_000];

/// What has happened so far.
#[derive(Debug, Default)]
pub struct Days {
    /// Sales at the terminal.
    pub sales: Vec<Sale>,
    /// Cut off and restored.
    pub cut_off: u64,
    /// As often people were warned.
    pub warned: u64,
    /// And restored.
    pub restored: u64,
    /// What there is to tell of the last day.
    pub told: Vec<String>,
    paid: u64,
}

impl Days {
    /// Everybody pays this into their wallet at the counter, through the counter's program.
    ///
    /// # Errors
    /// When it is refused.
    pub fn all_pay_in(&mut self, world: &mut World, amount: i64) -> Result<(), Failure> {
        for household in world.households.clone() {
            self.pay(world, &household.account, amount)?;
        }
        Ok(())
    }

    fn pay(&mut self, world: &mut World, account: &str, amount: i64) -> Result<(), Failure> {
        self.paid += 1;
        let body = json!({
            "id": format!("counter-{}", self.paid), "amount": decimal(amount), "means": "cash", "reference": "",
        });
        let path = format!("/api/v1/wallets/{account}/top-ups");
        world.call("POST", &path, Some(&body)).map(drop)
    }

    /// A day, up to the morning after it.
    ///
    /// # Errors
    /// When anything does not happen that should.
    pub fn day(
        &mut self,
        world: &mut World,
        clock: &mut MovedClock,
        (plan, people): (&Plan, &mut People),
        day: Date,
    ) -> Result<(), Failure> {
        clock.set(day, time(9, 0, 0, 0))?;
        // Nobody is cut off in the night that has settled the day before; now they are.
        self.settle(world, before(day))?;
        for what in plan.happenings(day) {
            self.happen(world, people, what, day)?;
        }
        clock.set(day, time(18, 0, 0, 0))?;
        self.who_is_low_pays(world, day)?;
        self.settle(world, before(day))?;
        clock.set(day, time(23, 50, 0, 0))?;
        self.settled_orders(world)?;
        world.use_up(number(day))?;
        self.night(world, clock, day)
    }

    fn happen(
        &mut self,
        world: &mut World,
        people: &mut People,
        what: Happening,
        day: Date,
    ) -> Result<(), Failure> {
        let last = *world.concentrators().end();
        match what {
            Happening::WrongAccount => {
                let told = people.take_for_the_wrong_account(&world.office)?;
                self.told.push(told);
            }
            Happening::Corrected => self.told.push(people.correct()?),
            Happening::ConcentratorFails => {
                world.kill_concentrator(last)?;
                self.told.push(format!(
                    "concentrator {last} loses its power: nothing of its meters is known, their days are estimated"
                ));
            }
            Happening::ConcentratorBack => {
                world.start_concentrator(last)?;
                self.told.push(format!(
                    "concentrator {last} is back: what was estimated is mended by its difference with the next reading"
                ));
            }
            Happening::AtTheTerminal => {
                let sales = terminal::sell(world, day)?;
                let paid: i64 = sales.iter().map(|sale| sale.paid).sum();
                self.told.push(format!(
                    "{} residents top up their water meters with ¥{} at the terminal",
                    sales.len(),
                    decimal(paid)
                ));
                self.sales.extend(sales);
            }
        }
        Ok(())
    }

    /// Two of three whose money is low pay; the third forgets it until another day.
    fn who_is_low_pays(&mut self, world: &mut World, day: Date) -> Result<(), Failure> {
        let low = world.office.sql(&format!(
            "SELECT account FROM wallet WHERE balance - debt < {LOW} ORDER BY account"
        ))?;
        for account in low.lines() {
            let number_of = account.bytes().map(u64::from).sum::<u64>();
            let chance = mix(number_of << 32 ^ u64::from(number(day).unsigned_abs()));
            if !chance.is_multiple_of(3) {
                let amount = AMOUNTS[(chance >> 8) as usize % AMOUNTS.len()];
                self.pay(world, account, amount)?;
            }
        }
        Ok(())
    }

    /// Waits until every order to a meter that can be reached is carried out.
    fn settled_orders(&self, world: &World) -> Result<(), Failure> {
        let reached: Vec<String> = world
            .households
            .iter()
            .filter(|one| world.is_served(one))
            .map(|one| format!("'{}'", one.electricity))
            .collect();
        if reached.is_empty() {
            return Ok(());
        }
        let reached = reached.join(", ");
        world.until("orders are carried out", |office| {
            let open = office.sql(&format!(
                "SELECT count(*) FROM meter_order WHERE state IN ('queued', 'sent', 'unknown') AND meter IN ({reached})"
            ))?;
            Ok(open == "0")
        })
    }

    /// Midnight goes by, all meters that can be reached are read, and the day is settled.
    ///
    /// # Errors
    /// When a reading does not come, or the day cannot be settled.
    pub fn night(
        &mut self,
        world: &mut World,
        clock: &mut MovedClock,
        day: Date,
    ) -> Result<(), Failure> {
        let tomorrow = after(day);
        clock.set(tomorrow, time(0, 2, 0, 0))?;
        let served = world
            .households
            .iter()
            .filter(|one| world.is_served(one))
            .count();
        let expected = (2 * served).to_string();
        world.until(&format!("{expected} readings of {day}"), |office| {
            let read = office.sql(&format!(
                "SELECT count(*) FROM reading WHERE kind = 'day' AND at = '{day}'"
            ))?;
            Ok(read == expected)
        })?;
        clock.set(tomorrow, time(2, 30, 0, 0))?;
        self.settle(world, day)
    }

    fn settle(&mut self, world: &World, day: Date) -> Result<(), Failure> {
        let said = world.office.settle(&day.to_string())?;
        let count = |what: &str| said[what].as_u64().unwrap_or(0);
        self.warned += count("warned");
        self.cut_off += count("cut_off");
        self.restored += count("restored");
        Ok(())
    }
}
