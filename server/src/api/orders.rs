//! Orders to meters: given, looked at, and settled by a person where the meter can say nothing more.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use meterpost_bus::meter::Profile;
use meterpost_ledger::Money;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::ApiError;
use super::staff_caller::{StaffCall, said};
use crate::App;
use crate::audit;
use crate::head_end::Nudge;
use crate::lease;
use crate::orders::{self, Kind, NewOrder, Ordered, State as OrderState, create};
use crate::staff::{Role, Staff};

/// Hours after which readings and switching are not begun any more.
const HOURS: i32 = 24;
/// The largest credit, in minor units: a hundred thousand.
const LARGEST: i64 = 10_000_000;
/// Most orders in one answer.
const PAGE: i64 = 200;

fn wrong(code: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}

/// An order to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderBody {
    /// Chosen by whoever orders, 1 to 64 letters, digits, `.`, `_` and `-`: the same order given again is one order.
    id: String,
    /// The meter's number.
    meter: String,
    /// `read`, `on`, `off`, `credit`, `clock` or `set_clock`.
    kind: String,
    /// What is credited, such as `50.00`.
    amount: Option<String>,
    /// Hours after which it is not begun any more: 1 to 720, 24 where it is left out. A credit waits for ever.
    hours: Option<i32>,
}

impl OrderBody {
    fn kind(&self) -> Result<Kind, ApiError> {
        let amount = self.amount.as_deref();
        match (self.kind.as_str(), amount) {
            ("read", None) => Ok(Kind::Read),
            ("on", None) => Ok(Kind::Switch(true)),
            ("off", None) => Ok(Kind::Switch(false)),
            ("clock", None) => Ok(Kind::Clock),
            ("set_clock", None) => Ok(Kind::SetClock),
            ("credit", Some(text)) => {
                let amount = text.parse::<Money>().map(|money| money.0).ok();
                let amount = amount.filter(|amount| (1..=LARGEST).contains(amount));
                amount.map(Kind::Credit).ok_or_else(|| {
                    wrong(
                        "amount",
                        format!("\"{text}\" is no amount from \"0.01\" to \"100000.00\""),
                    )
                })
            }
            ("credit", None) => Err(wrong("amount", "a credit has an amount, such as \"50.00\"")),
            ("read" | "on" | "off" | "clock" | "set_clock", Some(_)) => {
                Err(wrong("amount", "only a credit has an amount"))
            }
            (other, _) => Err(wrong(
                "kind",
                format!(
                    "\"{other}\" is no order; there are read, on, off, credit, clock and set_clock"
                ),
            )),
        }
    }

    fn hours(&self, kind: Kind) -> Result<Option<i32>, ApiError> {
        match (kind, self.hours) {
            (Kind::Credit(_), None) => Ok(None),
            (Kind::Credit(_), Some(_)) => Err(wrong(
                "hours",
                "a credit is owed until it is at the meter; it has no hours",
            )),
            (_, hours) => match hours.unwrap_or(HOURS) {
                hours @ 1..=720 => Ok(Some(hours)),
                _ => Err(wrong("hours", "hours are 1 to 720")),
            },
        }
    }
}

pub(super) fn id(text: &str) -> Result<&str, ApiError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    match (1..=64).contains(&text.len()) && text.bytes().all(plain) {
        true => Ok(text),
        false => Err(wrong(
            "id",
            "an id has 1 to 64 letters, digits, '.', '_' and '-'",
        )),
    }
}

/// Give an order to a meter
///
/// A manager may order everything, maintenance may read, and check or set the clock. It is carried out once its concentrator is connected; a credit
/// also waits for the server's lease of the meter.
#[utoipa::path(
    post, path = "/api/v1/orders", tag = "people", request_body = OrderBody,
    responses(
        (status = 202, description = "It is kept; look at it by its id"),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 404, description = "No such meter", body = ApiError),
        (status = 409, description = "Another order has this id, or the meter hangs on no concentrator", body = ApiError),
        (status = 422, description = "It makes no sense, or not for this meter", body = ApiError),
    )
)]
pub(super) async fn give(
    State(app): State<App>,
    call: StaffCall,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Manager, Role::Maintenance])?;
    let body: OrderBody = said(&body)?;
    let kind = body.kind()?;
    if !kind.is_maintenance() {
        call.allow(&[Role::Manager])?;
    }
    let order = NewOrder {
        tenant,
        id: id(&body.id)?,
        meter: &body.meter,
        kind,
        hours: body.hours(kind)?,
        by: name,
    };
    let mut connection = app.database.connection().await?;
    let object = format!(
        "{} {} {} {}",
        body.id,
        body.meter,
        body.kind,
        body.amount.as_deref().unwrap_or_default()
    );
    let noted = audit::begin(
        &mut connection,
        tenant,
        name,
        "order.give",
        object.trim_end(),
    )
    .await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let nudge = give_in(&transaction, &order).await?;
        transaction.commit().await?;
        Ok::<_, ApiError>(nudge)
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    app.nudges.tell(result?);
    Ok(StatusCode::ACCEPTED)
}

/// Keeps an order; who is to be told of it once that stands.
///
/// # Errors
/// Where the meter cannot do that, or another order has the id; the transaction is to be rolled back then.
pub(crate) async fn give_in(
    transaction: &deadpool_postgres::Transaction<'_>,
    order: &NewOrder<'_>,
) -> Result<Nudge, ApiError> {
    let nudge = place_of(transaction, order).await?;
    let ordered = create(transaction, order).await?;
    if let (Kind::Credit(_), Ordered::New) = (order.kind, ordered) {
        // What the directory says of its owner becomes a lease.
        lease::load(transaction, order.tenant, order.meter).await?;
    }
    Ok(nudge)
}

/// Where the meter hangs, once it is clear that it can do what is ordered.
pub(super) async fn place_of(
    transaction: &deadpool_postgres::Transaction<'_>,
    order: &NewOrder<'_>,
) -> Result<Nudge, ApiError> {
    let row = transaction
        .query_opt(
            "SELECT m.profile, m.billing, p.area, p.address FROM meter m \
             LEFT JOIN meter_point p ON p.tenant = m.tenant AND p.meter = m.number WHERE m.tenant = $1 AND m.number = $2",
            &[&order.tenant.as_str(), &order.meter],
        )
        .await?;
    let row = row.ok_or_else(|| {
        ApiError::new(StatusCode::NOT_FOUND, "no_meter", "there is no such meter")
    })?;
    let (profile, billing): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let profile = Profile::builtin(&profile).map_err(|_| {
        wrong(
            "profile",
            format!("the meter's profile {profile} is not known"),
        )
    })?;
    if let Some(why) = orders::unable(order.kind, billing == "on_meter", &profile) {
        return Err(wrong("meter", why));
    }
    let place: (Option<i32>, Option<i32>) = (row.try_get(2)?, row.try_get(3)?);
    let (Some(area), Some(address)) = place else {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "no_point",
            "the meter hangs on no concentrator yet; say on which",
        ));
    };
    Ok(Nudge {
        tenant: order.tenant.clone(),
        area,
        address,
    })
}

/// Which orders.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderQuery {
    /// Of this meter only.
    meter: Option<String>,
    /// In this state only.
    state: Option<String>,
    /// Those given before the one with this `seq`.
    before: Option<i64>,
}

/// An order at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderAnswer {
    /// Its id.
    id: String,
    /// Its place among all orders.
    seq: i64,
    /// The meter's number.
    meter: String,
    /// `read`, `on`, `off`, `credit`, `clock` or `set_clock`.
    kind: &'static str,
    /// What is credited.
    amount: Option<String>,
    /// `queued`, `sent`, `unknown`, `applied` or `refused`. Unknown is not refused: the meter may have carried it out.
    state: &'static str,
    /// Why it waits, is unknown or was refused.
    why: Option<String>,
    /// The purchase number that a credit was sent under last.
    number: Option<i64>,
    /// What the meter said.
    result: Option<serde_json::Value>,
    /// How often it was sent.
    attempts: i32,
    /// Who ordered it.
    ordered_by: String,
    /// When, in seconds since 1970.
    ordered_at: i64,
    /// When it ended, in seconds since 1970.
    ended_at: Option<i64>,
}

/// The orders
#[utoipa::path(
    get, path = "/api/v1/orders", tag = "people", params(OrderQuery),
    responses(
        (status = 200, description = "Newest first, 200 at most", body = Vec<OrderAnswer>),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 422, description = "No such state", body = ApiError),
    )
)]
pub(super) async fn given(
    State(app): State<App>,
    call: StaffCall,
    Query(query): Query<OrderQuery>,
) -> Result<Json<Vec<OrderAnswer>>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Maintenance, Role::Auditor])?;
    let state = query.state.as_deref().map(|name| {
        OrderState::parse(name).ok_or_else(|| wrong("state", format!("there is no state {name}")))
    });
    let state = state.transpose()?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let before = query.before.unwrap_or(i64::MAX);
    let meter = query.meter.as_deref();
    let found = orders::list(&transaction, &staff.tenant, meter, state, before, PAGE).await?;
    let answer = |order: orders::Standing| OrderAnswer {
        kind: order.kind.name(),
        amount: order.kind.amount().map(|amount| Money(amount).to_string()),
        state: order.state.name(),
        id: order.id,
        seq: order.seq,
        meter: order.meter,
        why: order.why,
        number: order.number,
        result: order.result,
        attempts: order.attempts,
        ordered_by: order.ordered_by,
        ordered_at: order.ordered_at,
        ended_at: order.ended_at,
    };
    Ok(Json(found.into_iter().map(answer).collect()))
}

/// How a person settles an order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SettleBody {
    /// Whether the meter has carried it out, by what was found on the spot.
    applied: bool,
    /// What was found.
    why: String,
}

/// Settle an order whose outcome the meter cannot tell any more
///
/// For an unknown order at a meter that is burnt, lost or exchanged. Someone has looked at the meter; nothing is sent.
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/settle", tag = "people", request_body = SettleBody,
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 204, description = "It has ended"),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 409, description = "It is not unknown", body = ApiError),
        (status = 422, description = "Nothing was found", body = ApiError),
    )
)]
pub(super) async fn settle(
    State(app): State<App>,
    Path(order): Path<String>,
    call: StaffCall,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Manager])?;
    let body: SettleBody = said(&body)?;
    if body.why.trim().is_empty() {
        return Err(wrong("why", "say what was found at the meter"));
    }
    let mut connection = app.database.connection().await?;
    let object = format!("{order} {}: {}", body.applied, body.why);
    let noted = audit::begin(&mut connection, tenant, name, "order.settle", &object).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let why = format!("settled by {name}: {}", body.why.trim());
        if !orders::settle(&transaction, tenant, &order, body.applied, &why).await? {
            return Err(ApiError::new(
                StatusCode::CONFLICT,
                "not_unknown",
                "there is no unknown order of this id; only those are settled by a person",
            ));
        }
        transaction.commit().await?;
        Ok(StatusCode::NO_CONTENT)
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result
}
