//! One meter: where it hangs, what it used by day and month, its readings and its orders; ordering a reading, a look at its clock, or valve and relay.

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use deadpool_postgres::Transaction;
use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use meterpost_bus::meter::Profile;
use serde::Deserialize;

use super::act::{act, form_id};
use super::chart::{Chart, Point, bars};
use super::desk::{Desk, fields};
use super::meter_clock::clock_words;
use super::moment::moment;
use super::page::{Frame, PageError, done_at, shown};
use super::rights::{DECIDE, RUN_FLEET, SEE_METERS};
use crate::App;
use crate::api::give_order_in;
use crate::clock::local;
use crate::database::DatabaseError;
use crate::head_end::{Kept, readings_of_meter};
use crate::orders::{Kind, NewOrder, Standing, list, unable};
use crate::staff::Staff;

/// Hours that an order from here may wait.
const HOURS: i32 = 24;
/// Readings on the page.
const SHOWN: usize = 40;

/// Where a meter hangs.
struct Hangs {
    account: String,
    utility: String,
    profile: String,
    address: String,
    segment: i16,
    place: String,
    on_account: bool,
    owner: Option<String>,
    /// Area, address and measuring point of its concentrator.
    point: Option<(i32, i32, i32)>,
}

#[derive(Template)]
#[template(path = "meter.html")]
struct MeterPage {
    frame: Frame,
    number: String,
    hangs: Hangs,
    days: Option<Chart>,
    months: Option<Chart>,
    readings: Vec<Kept>,
    orders: Vec<Standing>,
    /// For an order that is given once.
    id: String,
    runs: bool,
    switches: bool,
    /// Its clock can be read over the wire, and it can be set.
    tells_time: bool,
    takes_time: bool,
    /// Something is on its way: the page keeps itself fresh.
    waits: bool,
}

impl MeterPage {
    fn when(&self, at: i64) -> String {
        moment(self.frame.zone, Some(at))
    }

    /// What an order about the clock found, in words.
    fn clock(&self, order: &Standing) -> Option<String> {
        let about = matches!(order.kind, Kind::Clock | Kind::SetClock);
        let result = order.result.as_ref().filter(|_| about)?;
        clock_words(self.frame.words, result)
    }

    fn value(&self, reading: &Kept) -> String {
        number(reading.value, reading.places)
    }
}

/// A number with its point.
fn number(value: Option<i64>, places: i16) -> String {
    let Some(value) = value else {
        return "–".to_owned();
    };
    let places = usize::try_from(places).unwrap_or(0);
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    let sign = if value < 0 { "-" } else { "" };
    match places {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{part}"),
    }
}

/// What was used from each reading to the next, a period later; not known where one is missing, or the register ran backwards.
fn used(readings: &[Kept], period: jiff::Span, label: &str) -> Vec<Point> {
    let difference = |pair: &[Kept]| {
        let [first, next] = pair else { return None };
        // What was used over a gap belongs to no day of it.
        let next_to = first.at.checked_add(period).is_ok_and(|at| at == next.at);
        let same = first.places == next.places && first.unit == next.unit && next_to;
        let used = next.value?.checked_sub(first.value?)?;
        u64::try_from(used).ok().filter(|_| same)
    };
    readings
        .windows(2)
        .map(|pair| {
            let value = difference(pair);
            let signed = value.and_then(|value| i64::try_from(value).ok());
            Point {
                label: pair[0].at.strftime(label).to_string(),
                value,
                words: format!("{} {}", number(signed, pair[0].places), pair[0].unit),
            }
        })
        .collect()
}

async fn hangs(
    transaction: &Transaction<'_>,
    tenant: &str,
    number: &str,
) -> Result<Option<Hangs>, DatabaseError> {
    let row = transaction
        .query_opt(
            "SELECT m.account, m.utility, m.profile, m.address, m.segment, coalesce(nullif(m.place, ''), a.place), \
             m.billing = 'on_account', m.owner, p.area, p.address, p.point \
             FROM meter m JOIN account a ON a.tenant = m.tenant AND a.account = m.account \
             LEFT JOIN meter_point p ON p.tenant = m.tenant AND p.meter = m.number WHERE m.tenant = $1 AND m.number = $2",
            &[&tenant, &number],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let area: Option<i32> = row.try_get(8)?;
    let point = match area {
        Some(area) => Some((area, row.try_get(9)?, row.try_get(10)?)),
        None => None,
    };
    Ok(Some(Hangs {
        account: row.try_get(0)?,
        utility: row.try_get(1)?,
        profile: row.try_get(2)?,
        address: row.try_get(3)?,
        segment: row.try_get(4)?,
        place: row.try_get(5)?,
        on_account: row.try_get(6)?,
        owner: row.try_get(7)?,
        point,
    }))
}

/// The page.
pub(super) async fn look(
    State(app): State<App>,
    desk: Desk,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_METERS)?;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let found = hangs(&transaction, staff.tenant.as_str(), &number).await;
    let hangs = found
        .map_err(&trouble)?
        .ok_or(PageError::not_there(desk.words))?;
    let now = local(&TimeZone::fixed(desk.session.zone), (app.clock)());
    let since = |span: jiff::Span| now.checked_sub(span).unwrap_or(DateTime::MIN);
    let until = now.checked_add(1.day()).unwrap_or(DateTime::MAX);
    let read = async |kind: &str, from: DateTime| {
        readings_of_meter(
            &transaction,
            &staff.tenant,
            (&number, kind),
            (from, until),
            1000,
        )
        .await
    };
    let days = read("day", since(32.days())).await.map_err(&trouble)?;
    let months = read("month", since(13.months())).await.map_err(&trouble)?;
    let mut readings = Vec::new();
    for kind in ["energy", "quantity", "books", "now"] {
        readings.extend(read(kind, since(3.days())).await.map_err(&trouble)?);
    }
    readings.sort_by_key(|reading| std::cmp::Reverse(reading.at));
    readings.truncate(SHOWN);
    let orders = list(
        &transaction,
        &staff.tenant,
        Some(&number),
        None,
        i64::MAX,
        50,
    )
    .await;
    let orders = orders.map_err(&trouble)?;
    let profile = Profile::builtin(&hangs.profile).ok();
    let able = |kind| {
        let can = |profile| unable(kind, !hangs.on_account, profile).is_none();
        profile.as_ref().is_some_and(can)
    };
    shown(&MeterPage {
        days: bars(&used(&days, 1.day(), "%m-%d")),
        months: bars(&used(&months, 1.month(), "%Y-%m")),
        waits: orders.iter().any(|order| !order.state.is_end()),
        id: form_id().map_err(|_| PageError::trouble(desk.words))?,
        runs: RUN_FLEET.contains(&staff.role) && hangs.point.is_some(),
        switches: DECIDE.contains(&staff.role),
        tells_time: able(Kind::Clock),
        takes_time: able(Kind::SetClock),
        number,
        hangs,
        readings,
        orders,
        frame: desk.frame(),
    })
}

#[derive(Deserialize)]
struct OrderForm {
    id: String,
    kind: String,
    /// Said twice: cutting somebody off is not a slip of the finger.
    #[serde(default)]
    sure: Option<String>,
}

/// Orders a reading, a look at the clock, or valve and relay. The last are a manager's, as in the calls of programs.
pub(super) async fn order(
    State(app): State<App>,
    desk: Desk,
    Path(number): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let Staff { tenant, name, .. } = desk.allow(RUN_FLEET)?;
    let form: OrderForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let kind = match form.kind.as_str() {
        "read" => Kind::Read,
        "on" => Kind::Switch(true),
        "off" => Kind::Switch(false),
        "clock" => Kind::Clock,
        "set_clock" => Kind::SetClock,
        _ => return Err(PageError::form(desk.words)),
    };
    if !kind.is_maintenance() {
        desk.allow(DECIDE)?;
        if form.sure.is_none() {
            return Err(PageError::input(
                desk.words,
                "tick the box to confirm that valve or relay is to be switched",
            ));
        }
    }
    let order = NewOrder {
        tenant,
        id: &form.id,
        meter: &number,
        kind,
        hours: Some(HOURS),
        by: name,
    };
    let object = format!("{} {number} {}", form.id, form.kind);
    let nudge = act(&app, &desk, ("order.give", &object), async |transaction| {
        give_order_in(transaction, &order).await
    })
    .await?;
    app.nudges.tell(nudge);
    Ok(done_at(&format!("/meters/{number}#orders")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(day: i8, value: Option<i64>) -> Kept {
        Kept {
            at: jiff::civil::date(2026, 11, day).at(0, 0, 0, 0),
            unit: "m3".into(),
            value,
            places: 2,
            detail: serde_json::Value::Null,
            conflicts: 0,
        }
    }

    #[test]
    fn what_was_used_is_the_difference_and_never_guessed() {
        let readings = [
            kept(1, Some(100)),
            kept(2, Some(150)),
            kept(3, None),
            kept(4, Some(160)),
            kept(5, Some(10)),
            kept(7, Some(30)),
            kept(8, Some(31)),
        ];
        let points = used(&readings, 1.day(), "%m-%d");
        let values: Vec<Option<u64>> = points.iter().map(|point| point.value).collect();
        assert_eq!(values, [Some(50), None, None, None, None, Some(1)]);
        assert_eq!(points[0].words, "0.50 m3");
        assert_eq!(points[0].label, "11-01");
    }

    #[test]
    fn numbers_have_their_point() {
        assert_eq!(number(Some(5), 2), "0.05");
        assert_eq!(number(Some(-12345), 2), "-123.45");
        assert_eq!(number(Some(7), 0), "7");
        assert_eq!(number(None, 2), "–");
        assert_eq!(number(Some(i64::MIN), 3), "-9223372036854775.808");
    }
}
