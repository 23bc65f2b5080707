//! Residents at the terminal.

use jiff::civil::Date;

use super::plan::number;
use super::world::World;
use super::{TERMINAL, households::Household};
use crate::scenario::Failure;
use crate::scenario::demo_server::cosigned;
use crate::scenario::office::Office;
use crate::scenario::stage::start_kiosk;
use crate::scenario::topup::{PATIENCE, choose, insert_unless};

/// Residents of a day.
const RESIDENTS: usize = 2;
/// What each inserts, in whole yuan: an amount that the terminal offers.
const NOTE: u32 = 20;

/// A top-up at the terminal.
#[derive(Clone, Debug)]
pub struct Sale {
    /// The water meter's address.
    pub meter: String,
    /// In fen.
    pub paid: i64,
}

/// The terminal is switched on; some residents top up their water meters; it brings its log, and is switched off as a power cut does.
///
/// # Errors
/// When anything does not happen that should.
pub fn sell(world: &mut World, day: Date) -> Result<Vec<Sale>, Failure> {
    let before = cosigned_so_far(world)?;
    let before_credited = credited(&world.office)?;
    let (mut kiosk, mut screen) = start_kiosk(&world.folder)?;
    let sold = (|| {
        let mut sales = Vec::new();
        for household in residents(world, day) {
            choose(&mut screen, &household.water, i64::from(NOTE) * 100, None)?;
            insert_unless(&mut world.control, NOTE, || false)?;
            screen.wait_for(&["Done"], &["slip: Printed"], PATIENCE)?;
            screen.touch("close")?;
            screen.wait_for(&["Attract"], &[], PATIENCE)?;
            sales.push(Sale {
                meter: household.water_address.clone(),
                paid: i64::from(NOTE) * 100,
            });
        }
        cosigned(&world.office, before)?;
        let sold = sales.len() * NOTE as usize * 100;
        // A head that covers the first sale may come before the second one is written.
        world.until("the server knows of every sale", |office| {
            Ok(credited(office)? == before_credited + sold)
        })?;
        Ok(sales)
    })();
    let sold = sold.map_err(|error: Failure| {
        Failure::new(format!("at the terminal: {error}\n{}", kiosk.last_words()))
    });
    kiosk.kill()?;
    sold
}

/// Who comes: households whose meters the terminal reaches, others each time.
fn residents(world: &World, day: Date) -> Vec<Household> {
    let reached: Vec<&Household> = world
        .households
        .iter()
        .filter(|one| one.wire == 0)
        .collect();
    let first = number(day).unsigned_abs() as usize * RESIDENTS;
    (0..RESIDENTS)
        .filter_map(|n| reached.get((first + n) % reached.len().max(1)))
        .map(|one| (*one).clone())
        .collect()
}

/// What was credited at meters, in fen, as far as the server has read it in the terminal's log.
fn credited(office: &Office) -> Result<usize, Failure> {
    let said = office.sql("SELECT coalesce(-sum(credited), 0) FROM terminal_money")?;
    said.parse()
        .map_err(|_| Failure::new(format!("no sum: {said}")))
}

/// How many entries the server has cosigned.
fn cosigned_so_far(world: &World) -> Result<u64, Failure> {
    let head = world.office.head(TERMINAL);
    Ok(head.map_or(0, |head| head["cosigned"].as_u64().unwrap_or(0)))
}
