//! What the month led to, and whether it is right: what meters counted against what was charged, cash against books, books against
//! themselves; and the reports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::day::Days;
use super::plan::Plan;
use super::world::World;
use crate::meter::MeterState;
use crate::scenario::Failure;
use crate::scenario::demo::near;
use crate::scenario::office::TENANT;
use crate::scenario::teller::Teller;
use crate::scenario::topup::decimal;

/// What a month led to. Money is in exact decimal strings.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Households.
    pub households: usize,
    /// Days.
    pub days: i32,
    /// Readings of days that concentrators brought.
    pub readings: u64,
    /// Days of meters that were settled.
    pub settled: u64,
    /// Of those, estimated at first.
    pub estimated: u64,
    /// Mended since by their difference.
    pub mended: u64,
    /// What the meters counted, in kWh.
    pub counted_kwh: String,
    /// What it cost.
    pub charged: String,
    /// Taken at the counter, less what was given back.
    pub counter: String,
    /// In the wallets in the end.
    pub wallets: String,
    /// Owed in the end.
    pub owed: String,
    /// Cash at the terminal, all of it credited to water meters.
    pub terminal: String,
    /// Warnings.
    pub warned: u64,
    /// Cut off for want of money.
    pub cut_off: u64,
    /// And restored.
    pub restored: u64,
    /// Journals that the server checked.
    pub journals: u64,
    /// The reports of the month, in the server's folder.
    pub reports: Vec<PathBuf>,
}

/// The meters by their addresses.
pub type Registers = BTreeMap<String, MeterState>;

/// What the meters show now.
///
/// # Errors
/// When the wires are gone.
pub fn registers(world: &mut World) -> Result<Registers, Failure> {
    let state = world.control.state();
    let state = state.map_err(|error| Failure::new(error.to_string()))?;
    let by_address = |meter: MeterState| (meter.meter.clone(), meter);
    Ok(state.meters.into_iter().map(by_address).collect())
}

/// Insists on what has to be true, and gathers the figures.
///
/// # Errors
/// With what is wrong.
pub fn close(
    world: &mut World,
    plan: &Plan,
    (days, before): (&Days, &Registers),
) -> Result<Figures, Failure> {
    let after = registers(world)?;
    let counted = counted_is_charged(world, before, &after)?;
    let terminal = cash_is_credited(world, days, (before, &after))?;
    let books = world.office.check_books()?;
    let number = |sql: &str| -> Result<i64, Failure> {
        let said = world.office.sql(sql)?;
        said.parse()
            .map_err(|_| Failure::new(format!("no number: {said}")))
    };
    let count = |sql: &str| number(sql).map(|n| u64::try_from(n).unwrap_or(0));
    let charged = -world.office.book("consumption")?;
    let counter = world.office.book("desk")?;
    let (wallets, owed) = (
        number("SELECT coalesce(sum(balance), 0) FROM wallet")?,
        number("SELECT coalesce(sum(debt), 0) FROM wallet")?,
    );
    // What came in is in the wallets, or was used; what is owed was used as well.
    equal(
        "counter = wallets + charged - owed",
        counter,
        wallets + charged - owed,
    )?;
    Ok(Figures {
        households: world.households.len(),
        days: (plan.last - plan.first).get_days() + 1,
        readings: count("SELECT count(*) FROM reading WHERE kind = 'day'")?,
        settled: count("SELECT count(DISTINCT (meter, day)) FROM settled_day")?,
        estimated: count(
            "SELECT count(*) FROM settled_day WHERE basis = 'estimated' AND revision = 1",
        )?,
        mended: count("SELECT count(DISTINCT (meter, day)) FROM settled_day WHERE revision > 1")?,
        counted_kwh: decimal(counted),
        charged: decimal(charged),
        counter: decimal(counter),
        wallets: decimal(wallets),
        owed: decimal(owed),
        terminal: decimal(terminal),
        warned: days.warned,
        cut_off: days.cut_off,
        restored: days.restored,
        journals: books["journals"].as_u64().unwrap_or(0),
        reports: reports(world, plan)?,
    })
}

fn equal(what: &str, one: i64, other: i64) -> Result<(), Failure> {
    if one == other {
        return Ok(());
    }
    Err(Failure::new(format!(
        "this must never be different: {what}: {} and {}",
        decimal(one),
        decimal(other)
    )))
}

/// What every meter for electricity has counted is what was charged, estimated days and all; in 1/100 kWh.
fn counted_is_charged(
    world: &World,
    before: &Registers,
    after: &Registers,
) -> Result<i64, Failure> {
    let said = world.office.sql(
        "SELECT meter, sum(consumption) FROM (SELECT DISTINCT ON (meter, day) meter, consumption FROM settled_day \
         ORDER BY meter, day, revision DESC) newest GROUP BY meter",
    )?;
    let charged: BTreeMap<&str, i64> = said
        .lines()
        .filter_map(|line| line.split_once('|'))
        .map(|(meter, sum)| (meter, sum.parse().unwrap_or(-1)))
        .collect();
    let usage = |registers: &Registers, meter: &str| {
        let meter = registers.get(meter);
        meter.map_or(0, |meter| i64::try_from(meter.usage).unwrap_or(0))
    };
    let mut all = 0;
    for one in &world.households {
        let meter = one.electricity.as_str();
        let counted = usage(after, meter) - usage(before, meter);
        let settled = charged.get(meter).copied().unwrap_or(0);
        // Consumption is settled in 1/10000 kWh.
        let what = format!("meter {meter} counted = settled");
        equal(&what, counted * 100, settled)?;
        all += counted;
    }
    Ok(all)
}

/// The notes in the box are what the water meters were credited.
fn cash_is_credited(
    world: &mut World,
    days: &Days,
    (before, after): (&Registers, &Registers),
) -> Result<i64, Failure> {
    let state = world.control.state();
    let state = state.map_err(|error| Failure::new(error.to_string()))?;
    let in_box = crate::scenario::topup::in_box(&state);
    let paid: i64 = days.sales.iter().map(|sale| sale.paid).sum();
    equal("cash box = sales", in_box, paid)?;
    for sale in &days.sales {
        let expected: i64 = days
            .sales
            .iter()
            .filter(|other| other.meter == sale.meter)
            .map(|other| other.paid)
            .sum();
        let bought = |registers: &Registers| registers.get(&sale.meter).map_or(0, |m| m.cumulative);
        let what = format!("meter {} was credited = its sales", sale.meter);
        equal(&what, bought(after) - bought(before), expected)?;
    }
    let credited: i64 = world
        .households
        .iter()
        .filter_map(|one| {
            Some((
                before.get(&one.water_address)?,
                after.get(&one.water_address)?,
            ))
        })
        .map(|(first, last)| last.cumulative - first.cumulative)
        .sum();
    equal("all water meters = cash box", credited, in_box)?;
    let told = world
        .office
        .sql("SELECT coalesce(-sum(credited), 0) FROM terminal_money")?;
    let told = told.parse().unwrap_or(-1);
    equal("the terminal's log at the server = cash box", told, in_box)?;
    Ok(in_box)
}

/// The reports of the month, once the server has put them into its folder.
fn reports(world: &World, plan: &Plan) -> Result<Vec<PathBuf>, Failure> {
    let month = plan.last.strftime("%Y-%m").to_string();
    let names =
        ["days", "accounts", "consumption"].map(|name| format!("{TENANT}-{name}-{month}.pdf"));
    let folder = world.folder.join("reports");
    let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
    world.until("the reports of the month", |_| {
        Ok(paths.iter().all(|path| path.is_file()))
    })?;
    for path in &paths {
        insist_on_pdf(path)?;
    }
    Ok(paths)
}

fn insist_on_pdf(path: &Path) -> Result<(), Failure> {
    let bytes = std::fs::read(path)?;
    if bytes.starts_with(b"%PDF-") && bytes.len() > 1_000 {
        return Ok(());
    }
    Err(Failure::new(format!("{} is no PDF", path.display())))
}

impl Figures {
    /// Tells them to a person.
    pub fn tell(&self, world: &World, teller: Teller) {
        teller.say(&format!(
            "{} households, {} days: {} readings, {} days of meters settled, {} of them estimated at first, {} mended since",
            self.households, self.days, self.readings, self.settled, self.estimated, self.mended
        ));
        teller.say(&format!(
            "the meters counted {} kWh, and exactly that was charged: ¥{}",
            self.counted_kwh, self.charged
        ));
        teller.say(&format!(
            "taken at the counter ¥{} = ¥{} in the wallets + ¥{} charged - ¥{} owed",
            self.counter, self.wallets, self.charged, self.owed
        ));
        teller.say(&format!(
            "taken at the terminal ¥{}, in its cash box and at the water meters",
            self.terminal
        ));
        teller.say(&format!(
            "{} warnings, {} cut off, {} restored",
            self.warned, self.cut_off, self.restored
        ));
        teller.say(&format!(
            "the books balance: {} journals checked against the log of the terminal",
            self.journals
        ));
        teller.head("Where to look");
        for report in &self.reports {
            teller.say(&near(report).display().to_string());
        }
        let log = world.folder.join("office/server.log");
        teller.say(&near(&log).display().to_string());
    }
}
