//! Orders of a connected concentrator, one after the other: what is unknown first, then what waits, oldest first.

use std::time::Duration;

use meterpost_bus::amount::Amount;
use meterpost_bus::frame::wall_time::WallTime;
use meterpost_bus::master::ForwardLink;
use meterpost_bus::meter::profile::CreditUnit;
use meterpost_bus::meter::{
    CreditOrder, MeterDriver, MeterError, RegisterReading, RegisterValue, SwitchOutcome,
};
use serde_json::json;

use super::clock_order;
use super::meter::driver;
use super::outcome::{LOOK_AGAIN, of_credit, of_read, of_supply, of_switch, silent};
use super::readings::{Value, store};
use super::station::Station;
use crate::database::DatabaseError;
use crate::orders::{
    self, Claimed, Ended, Happening, KeptBooks, Kind, Sending, next_queued, next_unknown,
};

/// How often it is looked for orders that another server took.
const LOOK: Duration = Duration::from_secs(5);
/// Seconds in which a meter may still carry out an order to its relay, by its own clock.
const VALID: i64 = 900;
/// Seconds until a meter is tried again that could not be read before a credit.
const UNREAD: i32 = 30;

/// The longest time, in seconds, until a meter is looked at again whose outcome is unknown.
const LONGEST: i32 = 300;

/// What a look for orders came to.
enum Look {
    /// There was one.
    Did,
    /// There was none.
    Nothing,
    /// The concentrator's session is another one.
    Fenced,
}

/// Carries orders out until the session is another one.
pub(super) async fn run(station: &Station) {
    let mut nudges = station.head_end.nudges.listen();
    loop {
        match step(station).await {
            Ok(Look::Did) => {}
            Ok(Look::Fenced) => return,
            Ok(Look::Nothing) => {
                let ours = async {
                    while let Ok(nudge) = nudges.recv().await {
                        let place = &station.place;
                        if (&nudge.tenant, nudge.area, nudge.address)
                            == (&place.tenant, place.area, place.address)
                        {
                            return;
                        }
                    }
                    // It fell behind or is closed: the next look comes by itself.
                    std::future::pending::<()>().await;
                };
                let _ = tokio::time::timeout(LOOK, ours).await;
            }
            Err(error) => station.database_failed(&error).await,
        }
    }
}

async fn step(station: &Station) -> Result<Look, DatabaseError> {
    let place = &station.place;
    let mut connection = station.head_end.database.connection().await?;
    let transaction = connection.begin(&place.tenant).await?;
    orders::expire(&transaction, &place.tenant).await?;
    let unknown = next_unknown(&transaction, place).await?;
    let queued = match unknown {
        None => next_queued(&transaction, place).await?,
        Some(_) => None,
    };
    transaction.commit().await?;
    drop(connection);
    match (unknown, queued) {
        (Some(order), _) => {
            let mut ended = resolve(station, &order).await;
            // A meter that stays silent is asked ever less often.
            let patience = order.age.unwrap_or(0) / 5;
            let patience = i32::try_from(patience).unwrap_or(i32::MAX).min(LONGEST);
            ended.again_in = ended.again_in.max(patience);
            finish(station, &order, &ended).await
        }
        (None, Some(order)) => carry_out(station, &order).await,
        (None, None) => Ok(Look::Nothing),
    }
}

/// Finds out what became of an order. Only reads.
async fn resolve(station: &Station, order: &Claimed) -> Ended {
    let (driver, mut link) = match reach(station, order) {
        Ok(reached) => reached,
        Err(why) => return silent(why, UNREAD),
    };
    let attempts = order.attempts;
    match (order.kind, &order.credit) {
        // Reading changes nothing, so it is simply done again.
        (Kind::Read | Kind::Clock, _) => Ended {
            happening: Happening::Untouched,
            why: None,
            result: None,
            again_in: 0,
        },
        (Kind::Switch(on), _) => {
            let read = driver.supply(&mut link).await;
            of_supply(on, read, attempts, order.age.unwrap_or(0))
        }
        (Kind::SetClock, _) => clock_order::find_out(station, (&driver, &mut link), attempts).await,
        (Kind::Credit(amount), Some((number, before))) => {
            let credit = credit_order(amount, *number, before);
            let outcome = driver.resolve(&mut link, &credit).await;
            of_credit(outcome, attempts, LOOK_AGAIN)
        }
        (Kind::Credit(_), None) => {
            // The schema forbids it.
            silent("its row has no purchase number".to_owned(), UNREAD)
        }
    }
}

async fn carry_out(station: &Station, order: &Claimed) -> Result<Look, DatabaseError> {
    let (driver, mut link) = match reach(station, order) {
        Ok(reached) => reached,
        Err(why) => return wait(station, order, &why).await,
    };
    let attempts = order.attempts + 1;
    let in_flight = station.head_end.config.in_flight_seconds;
    let ended = match order.kind {
        Kind::Read => {
            if !begin(station, order, None).await? {
                return standing(station).await;
            }
            let read = read(&driver, &mut link, order.meter.on_meter).await;
            let ended = of_read(read, attempts);
            if let (Happening::Shown, Some(result)) = (ended.happening, &ended.result) {
                keep(station, order, result).await?;
            }
            ended
        }
        Kind::Switch(on) => {
            if !begin(station, order, None).await? {
                return standing(station).await;
            }
            let until =
                WallTime::from_civil(station.local()).and_then(|now| now.plus_seconds(VALID));
            let outcome = match until {
                Some(until) => driver.switch(&mut link, on, until).await,
                None => SwitchOutcome::Unknown("this machine's clock is not set".to_owned()),
            };
            of_switch(outcome, attempts, in_flight)
        }
        Kind::Clock | Kind::SetClock => {
            if !begin(station, order, None).await? {
                return standing(station).await;
            }
            let way = (&driver, &mut link);
            match order.kind {
                Kind::Clock => clock_order::check(station, way, attempts).await,
                _ => clock_order::set(station, way, attempts).await,
            }
        }
        Kind::Credit(amount) => {
            return credit(station, order, amount, (driver, link)).await;
        }
    };
    finish(station, order, &ended).await
}

/// Reads the meter, writes down what will be sent, sends it, and reads the meter again.
async fn credit(
    station: &Station,
    order: &Claimed,
    amount: i64,
    (driver, mut link): (MeterDriver, ForwardLink),
) -> Result<Look, DatabaseError> {
    if driver.profile().credit_unit() != CreditUnit::Money || !driver.profile().takes_money() {
        let ended = Ended {
            happening: Happening::Denied,
            why: Some("this kind of meter takes no money over the wire".to_owned()),
            result: None,
            again_in: 0,
        };
        return finish(station, order, &ended).await;
    }
    let Some(lease) = order.lease else {
        return Ok(Look::Nothing);
    };
    let before = match driver.read(&mut link).await {
        Ok(reading) => KeptBooks::of(&reading),
        Err(error) => {
            let why = format!("the meter cannot be read before it: {error}");
            return wait(station, order, &why).await;
        }
    };
    let sending = Sending {
        number: before.number.wrapping_add(1),
        before,
        lease,
    };
    if !begin(station, order, Some(&sending)).await? {
        return standing(station).await;
    }
    let credit = credit_order(amount, sending.number, &sending.before);
    let outcome = driver.credit(&mut link, &credit).await;
    tracing::info!(place = %station.name(), order = order.id, number = sending.number, ?outcome, "a credit");
    let in_flight = station.head_end.config.in_flight_seconds;
    finish(
        station,
        order,
        &of_credit(outcome, order.attempts + 1, in_flight),
    )
    .await
}

fn credit_order(amount: i64, number: u32, before: &KeptBooks) -> CreditOrder {
    CreditOrder {
        number,
        amount: Amount(amount),
        before: before.reading(),
    }
}

fn reach(station: &Station, order: &Claimed) -> Result<(MeterDriver, ForwardLink), String> {
    let (driver, settings, port) = driver(&order.meter).map_err(|error| error.to_string())?;
    Ok((driver, station.master.link(port, settings)))
}

async fn read(
    driver: &MeterDriver,
    link: &mut ForwardLink,
    on_meter: bool,
) -> Result<serde_json::Value, MeterError> {
    if on_meter {
        return Ok(json!(KeptBooks::of(&driver.read(link).await?)));
    }
    let registers = driver.read_registers(link).await?;
    let told = registers.into_iter().map(told).collect();
    Ok(serde_json::Value::Object(told))
}

fn told(register: RegisterReading) -> (String, serde_json::Value) {
    let value = match &register.value {
        RegisterValue::Number(number) => {
            let unit = register.unit.as_deref().unwrap_or_default();
            json!(format!("{number} {unit}").trim_end())
        }
        RegisterValue::Clock(time) => json!(time.to_string()),
        RegisterValue::Text(text) => json!(text),
        RegisterValue::Status(_) => json!(hex::encode(&register.raw)),
        _ => serde_json::Value::Null,
    };
    (register.name, value)
}

/// A reading by order stands beside those on schedule.
async fn keep(
    station: &Station,
    order: &Claimed,
    result: &serde_json::Value,
) -> Result<(), DatabaseError> {
    let value = Value {
        meter: order.meter.number.clone(),
        kind: "now",
        at: station.local(),
        unit: if order.meter.on_meter { "money" } else { "" }.to_owned(),
        value: result["balance"].as_i64(),
        places: 2,
        detail: result.clone(),
    };
    let tenant = &station.place.tenant;
    let mut connection = station.head_end.database.connection().await?;
    let transaction = connection.begin(tenant).await?;
    store(&transaction, tenant, &[value]).await?;
    transaction.commit().await?;
    Ok(())
}

/// Durable before the wire. False where the order, the lease or the session is somebody else's by now.
async fn begin(
    station: &Station,
    order: &Claimed,
    credit: Option<&Sending>,
) -> Result<bool, DatabaseError> {
    let mut connection = station.head_end.database.connection().await?;
    let transaction = connection.begin(&station.place.tenant).await?;
    let begun = orders::begin(&transaction, &station.place, &order.id, credit).await?;
    if begun {
        transaction.commit().await?;
    }
    Ok(begun)
}

async fn finish(station: &Station, order: &Claimed, ended: &Ended) -> Result<Look, DatabaseError> {
    tracing::info!(place = %station.name(), order = order.id, meter = order.meter.number, happening = ?ended.happening,
        why = ended.why, "an order");
    // What was found out is worth a few attempts; else the order is found again as it stands in its row.
    let mut left = 5;
    loop {
        let noted = note(station, order, ended).await;
        match noted {
            Ok(true) => return Ok(Look::Did),
            Ok(false) => return standing(station).await,
            Err(error) if left > 0 => {
                left -= 1;
                station.database_failed(&error).await;
            }
            Err(error) => return Err(error),
        }
    }
}

async fn note(station: &Station, order: &Claimed, ended: &Ended) -> Result<bool, DatabaseError> {
    let mut connection = station.head_end.database.connection().await?;
    let transaction = connection.begin(&station.place.tenant).await?;
    let noted = orders::end(&transaction, &station.place, order, ended).await?;
    if noted {
        transaction.commit().await?;
    }
    Ok(noted)
}

/// Nothing was sent; it is tried again a little later.
async fn wait(station: &Station, order: &Claimed, why: &str) -> Result<Look, DatabaseError> {
    let mut connection = station.head_end.database.connection().await?;
    let transaction = connection.begin(&station.place.tenant).await?;
    orders::put_off(&transaction, &station.place, &order.id, why, UNREAD).await?;
    transaction.commit().await?;
    tracing::info!(place = %station.name(), order = order.id, why, "an order waits");
    Ok(Look::Did)
}

/// Whether it was only this order that somebody else has.
async fn standing(station: &Station) -> Result<Look, DatabaseError> {
    match super::concentrator::touch(&station.head_end.database, &station.place).await? {
        true => Ok(Look::Nothing),
        false => Ok(Look::Fenced),
    }
}
