//! Cards, for people: ordered, reported lost, found, revoked, reclaimed, replaced.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::ApiError;
use super::staff_caller::{StaffCall, said};
use crate::App;
use crate::audit;
use crate::cards::{self, Card, CardAct, CardError, CardKind, NewCard};
use crate::directory::deny::renew;
use crate::staff::{Role, Staff};

/// Who serves residents.
const SERVING: [Role; 2] = [Role::Manager, Role::Clerk];

/// A card to order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderBody {
    /// The account that it belongs to; left out for staff.
    account: Option<String>,
    /// `resident` where it is left out; `maintenance`, `clerk` or `manager`, which a manager orders.
    kind: Option<String>,
    /// The desk that makes it.
    terminal: String,
}

/// A desk that is to make a card.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeskBody {
    /// Which.
    terminal: String,
}

/// A card that was ordered.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderedAnswer {
    /// Its number.
    number: String,
    /// The desk's job.
    job: i64,
}

/// A card's state.
#[derive(Debug, Serialize, ToSchema)]
pub struct StateAnswer {
    /// `ordered`, `issued`, `lost`, `revoked` or `reclaimed`.
    state: &'static str,
}

/// A card at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardAnswer {
    /// Its number.
    number: String,
    /// The account; none for staff.
    account: Option<String>,
    /// `resident`, `maintenance`, `clerk` or `manager`.
    kind: &'static str,
    /// `ordered`, `issued`, `lost`, `revoked` or `reclaimed`.
    state: &'static str,
    /// The card that took its place.
    replaced_by: Option<String>,
}

impl From<Card> for CardAnswer {
    fn from(card: Card) -> CardAnswer {
        CardAnswer {
            number: card.number,
            account: card.account,
            kind: card.kind.name(),
            state: card.state.name(),
            replaced_by: card.replaced_by,
        }
    }
}

/// Which cards.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct Which {
    /// Of this account only.
    account: Option<String>,
}

/// Staff cards open terminals: managers alone decide on them.
fn may(call: &StaffCall, kind: CardKind) -> Result<&Staff, ApiError> {
    match kind {
        CardKind::Resident => call.allow(&SERVING),
        CardKind::Maintenance | CardKind::Clerk | CardKind::Manager => call.allow(&[Role::Manager]),
    }
}

/// The cards
#[utoipa::path(
    get, path = "/api/v1/cards", tag = "people", params(Which),
    responses(
        (status = 200, description = "Newest first, at most 500", body = Vec<CardAnswer>),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    call: StaffCall,
    Query(which): Query<Which>,
) -> Result<Json<Vec<CardAnswer>>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Clerk, Role::Auditor])?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let found = cards::cards(&transaction, which.account.as_deref()).await?;
    Ok(Json(found.into_iter().map(CardAnswer::from).collect()))
}

/// Order a card
///
/// A desk makes it; it is valid once that desk has said so.
#[utoipa::path(
    post, path = "/api/v1/cards", tag = "people", request_body = OrderBody,
    responses(
        (status = 200, description = "The desk has a job", body = OrderedAnswer),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 404, description = "No such account or terminal", body = ApiError),
        (status = 422, description = "No such kind, or an account that does not fit it", body = ApiError),
    )
)]
pub(super) async fn order(
    State(app): State<App>,
    call: StaffCall,
    body: Bytes,
) -> Result<Json<OrderedAnswer>, ApiError> {
    call.allow(&SERVING)?;
    let body: OrderBody = said(&body)?;
    let wrong = |message: &str| {
        ApiError::new(
            axum::http::StatusCode::UNPROCESSABLE_ENTITY,
            "card",
            message,
        )
    };
    let kind = body.kind.as_deref().unwrap_or("resident");
    let kind = CardKind::parse(kind)
        .ok_or_else(|| wrong("kind is resident, maintenance, clerk or manager"))?;
    if body.account.is_some() != (kind == CardKind::Resident) {
        return Err(wrong(
            "a resident's card belongs to an account, a staff card to none",
        ));
    }
    let Staff { tenant, name, .. } = may(&call, kind)?;
    let object = body.account.as_deref().unwrap_or(kind.name());
    let mut connection = app.database.connection().await?;
    let noted = audit::begin(&mut connection, tenant, name, "card.order", object).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let new = NewCard {
            account: body.account.as_deref(),
            kind,
            terminal: &body.terminal,
            by: name,
        };
        let (number, job) = cards::order(&transaction, tenant, new).await?;
        transaction.commit().await?;
        Ok::<_, ApiError>(OrderedAnswer { number, job })
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result.map(Json)
}

/// One step in a card's life, noted before and after. The list of cards to refuse goes out with it.
async fn take_step(
    app: &App,
    call: &StaffCall,
    number: &str,
    act: CardAct,
    word: &str,
) -> Result<Json<StateAnswer>, ApiError> {
    call.allow(&SERVING)?;
    let kind = kind_of(app, call, number).await?;
    let Staff { tenant, name, .. } = may(call, kind)?;
    let mut connection = app.database.connection().await?;
    let noted = audit::begin(&mut connection, tenant, name, word, number).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let state = cards::act(&transaction, tenant, number, act).await?;
        renew(&transaction, &app.keys, tenant, name, (app.clock)()).await?;
        transaction.commit().await?;
        Ok::<_, ApiError>(StateAnswer {
            state: state.name(),
        })
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result.map(Json)
}

/// A card's kind never changes, so it may be looked up before the act.
async fn kind_of(app: &App, call: &StaffCall, number: &str) -> Result<CardKind, ApiError> {
    let tenant = &call.0.tenant;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(tenant).await?;
    let found = cards::find(&transaction, tenant, number).await?;
    let card = found.ok_or_else(|| CardError::NoCard(number.to_owned()))?;
    Ok(card.kind)
}

macro_rules! step {
    ($name:ident, $path:literal, $act:expr, $word:literal, $title:literal) => {
        #[doc = $title]
        #[utoipa::path(
            post, path = $path, tag = "people",
            params(("number" = String, Path, description = "The card's number")),
            responses(
                (status = 200, description = "Its state now", body = StateAnswer),
                (status = 401, description = "No token", body = ApiError),
                (status = 403, description = "Not your role", body = ApiError),
                (status = 404, description = "No such card", body = ApiError),
                (status = 409, description = "Its state does not allow it", body = ApiError),
            )
        )]
        pub(super) async fn $name(
            State(app): State<App>,
            Path(number): Path<String>,
            call: StaffCall,
        ) -> Result<Json<StateAnswer>, ApiError> {
            take_step(&app, &call, &number, $act, $word).await
        }
    };
}

step!(
    lost,
    "/api/v1/cards/{number}/lost",
    CardAct::ReportLost,
    "card.lost",
    "Its holder misses it"
);
step!(
    found,
    "/api/v1/cards/{number}/found",
    CardAct::Find,
    "card.found",
    "A lost card turned up"
);
step!(
    revoke,
    "/api/v1/cards/{number}/revoke",
    CardAct::Revoke,
    "card.revoke",
    "Make it void"
);
step!(
    reclaim,
    "/api/v1/cards/{number}/reclaim",
    CardAct::Reclaim,
    "card.reclaim",
    "It came back"
);

/// What a desk is to do with a card that there is.
#[derive(Clone, Copy)]
enum DeskWork {
    Replace,
    Make,
}

async fn give_to_desk(
    app: &App,
    call: &StaffCall,
    number: String,
    body: &Bytes,
    work: DeskWork,
) -> Result<Json<OrderedAnswer>, ApiError> {
    call.allow(&SERVING)?;
    let body: DeskBody = said(body)?;
    let kind = kind_of(app, call, &number).await?;
    let Staff { tenant, name, .. } = may(call, kind)?;
    let word = match work {
        DeskWork::Replace => "card.replace",
        DeskWork::Make => "card.make",
    };
    let mut connection = app.database.connection().await?;
    let noted = audit::begin(&mut connection, tenant, name, word, &number).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let desk = &body.terminal;
        let (number, job) = match work {
            DeskWork::Replace => {
                let ordered = cards::replace(&transaction, tenant, &number, desk, name).await?;
                renew(&transaction, &app.keys, tenant, name, (app.clock)()).await?;
                ordered
            }
            DeskWork::Make => {
                let job = cards::send_to_desk(&transaction, tenant, &number, desk, name).await?;
                (number, job)
            }
        };
        transaction.commit().await?;
        Ok::<_, ApiError>(OrderedAnswer { number, job })
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result.map(Json)
}

/// Replace a card
///
/// It is void at once; the one that takes its place is valid when the desk has made it.
#[utoipa::path(
    post, path = "/api/v1/cards/{number}/replace", tag = "people",
    params(("number" = String, Path, description = "The card's number")), request_body = DeskBody,
    responses(
        (status = 200, description = "The card that takes its place", body = OrderedAnswer),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 404, description = "No such card or terminal", body = ApiError),
        (status = 409, description = "Its state does not allow it", body = ApiError),
    )
)]
pub(super) async fn replace(
    State(app): State<App>,
    Path(number): Path<String>,
    call: StaffCall,
    body: Bytes,
) -> Result<Json<OrderedAnswer>, ApiError> {
    give_to_desk(&app, &call, number, &body, DeskWork::Replace).await
}

/// Have an ordered card made
///
/// After its job failed, or at another desk.
#[utoipa::path(
    post, path = "/api/v1/cards/{number}/make", tag = "people",
    params(("number" = String, Path, description = "The card's number")), request_body = DeskBody,
    responses(
        (status = 200, description = "The desk has a job", body = OrderedAnswer),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 404, description = "No such card or terminal", body = ApiError),
        (status = 409, description = "It was made already", body = ApiError),
    )
)]
pub(super) async fn make(
    State(app): State<App>,
    Path(number): Path<String>,
    call: StaffCall,
    body: Bytes,
) -> Result<Json<OrderedAnswer>, ApiError> {
    give_to_desk(&app, &call, number, &body, DeskWork::Make).await
}
