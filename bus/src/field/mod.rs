//! The field tool's work at a meter: `meterbus read`, `credit`, `switch` and `set-clock`, over a wire of this machine, a gateway, or a
//! concentrator.

pub mod address;
mod arguments;
pub mod emulate;
mod line;
mod mbus;
mod report;
pub mod scan;
mod table;
pub mod trace;
mod way;
mod words;

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

pub use arguments::{
    CreditArguments, FieldCommand, MeterArguments, SetClockArguments, SwitchArguments, WayArguments,
};

use crate::frame::wall_time::WallTime;
use crate::link::AnyLink;
use crate::meter::{Billing, CreditOrder, MeterDriver};
use address::FieldAddress;
use report::Report;

/// How the tool ends. 0 is success.
pub mod exit {
    /// The arguments make no sense (also what clap says).
    pub const BAD_ARGUMENTS: u8 = 2;
    /// The meter could not be reached or said nothing; nothing was changed.
    pub const NO_ANSWER: u8 = 3;
    /// The meter, or the tool before asking it, refused; nothing was changed.
    pub const REFUSED: u8 = 4;
    /// A write may or may not have taken effect: read the meter before doing anything else.
    pub const UNKNOWN: u8 = 5;
}

/// Carries out a command, prints what came of it, and says how the program ends (see [`exit`]).
pub fn run(command: &FieldCommand) -> ExitCode {
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(code) => return code,
    };
    let meter = command.meter();
    let report = runtime.block_on(carry_out(command));
    report.print(meter.address.to_string(), meter.json);
    ExitCode::from(report.exit())
}

fn runtime() -> Result<tokio::runtime::Runtime, ExitCode> {
    let built = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    built.map_err(|error| {
        eprintln!("meterbus: {error}");
        ExitCode::FAILURE
    })
}

async fn carry_out(command: &FieldCommand) -> Report {
    let meter = command.meter();
    if let (FieldCommand::Read(_), FieldAddress::Primary(_) | FieldAddress::Secondary(_)) =
        (command, meter.address)
    {
        return mbus::read(meter).await;
    }
    let driver = match meter.driver() {
        Ok(driver) => driver.with_first_serial(first_serial()),
        Err(why) => return Report::BadArguments(why),
    };
    let mut link = match way::open(meter).await {
        Ok(link) => link,
        Err(report) => return report,
    };
    match command {
        FieldCommand::Read(_) => read(&driver, &mut link).await,
        FieldCommand::Credit(credit) => pay_in(&driver, &mut link, credit).await,
        FieldCommand::Switch(switch) => {
            let Some(valid_until) = switch
                .valid_until
                .or_else(|| WallTime::new(2099, 12, 31, 23, 59, 59))
            else {
                return Report::BadArguments("no end of validity".to_owned());
            };
            let outcome = driver
                .switch(&mut link, switch.to.is_on(), valid_until)
                .await;
            Report::Switched(outcome)
        }
        FieldCommand::SetClock(clock) => match clock.to.or_else(local_time) {
            Some(now) => Report::ClockSet(driver.set_clock(&mut link, now).await),
            None => Report::BadArguments("this machine's time is none: give one with --to".into()),
        },
    }
}

/// What the machine's clock shows where it stands.
pub(super) fn local_time() -> Option<WallTime> {
    WallTime::from_civil(jiff::Zoned::now().datetime())
}

/// The books of a meter that keeps the money; of any other what it counts.
async fn read(driver: &MeterDriver, link: &mut AnyLink) -> Report {
    if driver.profile().billing == Billing::OnAccount {
        return match driver.read_registers(link).await {
            Ok(registers) => Report::Registers(registers),
            Err(error) => Report::Unreadable(error),
        };
    }
    match driver.read(link).await {
        Ok(reading) => Report::Reading(reading),
        Err(error) => Report::Unreadable(error),
    }
}

/// Reads the meter and credits only if the number is the one that follows: a typing mistake must not become a purchase.
async fn pay_in(driver: &MeterDriver, link: &mut AnyLink, credit: &CreditArguments) -> Report {
    let before = match driver.read(link).await {
        Ok(before) => before,
        Err(error) => return Report::Unreadable(error),
    };
    let order = CreditOrder {
        number: credit.number,
        amount: credit.amount,
        before,
    };
    if !driver.numbering().follows(&order) {
        return Report::WrongNumber {
            asked: order.number,
            stored: order.before.purchase_number,
        };
    }
    Report::Credited(driver.credit(link, &order).await)
}

/// A serial byte that differs between runs, so that no late answer of the last run passes for one of this.
fn first_serial() -> u8 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    (now.as_millis() & 0xFF) as u8
}
