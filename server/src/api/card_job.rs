//! What desks make cards by, and what people see of it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use super::caller::TerminalCall;
use super::error::ApiError;
use super::staff_caller::StaffCall;
use crate::App;
use crate::cards::{self, AuthorityError, CardError, Job, Slot, SlotKey};
use crate::staff::Role;

/// A card to make.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobAnswer {
    /// The job.
    job: i64,
    /// The card's number.
    card: String,
    /// `resident`, `maintenance`, `clerk` or `manager`.
    kind: &'static str,
    /// The desk.
    terminal: String,
    /// `waiting` or `certified`.
    state: &'static str,
}

impl From<Job> for JobAnswer {
    fn from(job: Job) -> JobAnswer {
        JobAnswer {
            job: job.id,
            card: job.card,
            kind: job.kind.name(),
            terminal: job.terminal,
            state: job.state.name(),
        }
    }
}

/// Perhaps a card to make.
#[derive(Debug, Serialize, ToSchema)]
pub struct NextAnswer {
    /// The oldest job; none where there is nothing to do.
    next: Option<JobAnswer>,
}

/// A key that was made on the card.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyBody {
    /// `9E` or `9A`.
    slot: String,
    /// The P-256 point, uncompressed, in base64.
    point: String,
}

/// Keys to certify.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CertifyBody {
    /// The job.
    job: i64,
    /// 9E first; for staff then 9A.
    keys: Vec<KeyBody>,
}

/// The certificates.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertifiedAnswer {
    /// DER in base64, in the order of the keys.
    certificates: Vec<String>,
}

/// Which job.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DoneBody {
    /// The job.
    job: i64,
}

/// Which job, and what went wrong.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FailedBody {
    /// The job.
    job: i64,
    /// In words, for the clerk.
    why: String,
}

/// The card's state.
#[derive(Debug, Serialize, ToSchema)]
pub struct FinishedAnswer {
    /// `issued`, or what became of it since.
    state: &'static str,
}

fn read<T: DeserializeOwned>(call: &TerminalCall) -> Result<T, ApiError> {
    serde_json::from_slice(&call.body)
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, "body", error.to_string()))
}

/// The jobs that are open
#[utoipa::path(
    get, path = "/api/v1/card-jobs", tag = "people",
    responses(
        (status = 200, description = "Oldest first, at most 500", body = Vec<JobAnswer>),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    call: StaffCall,
) -> Result<Json<Vec<JobAnswer>>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Clerk, Role::Auditor])?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let found = cards::open_jobs(&transaction).await?;
    Ok(Json(found.into_iter().map(JobAnswer::from).collect()))
}

/// The next card to make
#[utoipa::path(
    post, path = "/api/v1/card-jobs/next", tag = "terminals",
    responses(
        (status = 200, description = "Perhaps none", body = NextAnswer),
        (status = 401, description = "Not signed by the log's key", body = ApiError),
    )
)]
pub(super) async fn next(
    State(app): State<App>,
    call: TerminalCall,
) -> Result<Json<NextAnswer>, ApiError> {
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(call.origin.tenant()).await?;
    let found = cards::take(&transaction, &call.origin).await?;
    Ok(Json(NextAnswer {
        next: found.map(JobAnswer::from),
    }))
}

/// Certify the keys that were made on a card
///
/// It may be asked again, with other keys; the card is not issued by it.
#[utoipa::path(
    post, path = "/api/v1/card-jobs/certify", tag = "terminals", request_body = CertifyBody,
    responses(
        (status = 200, description = "Signed by the card authority", body = CertifiedAnswer),
        (status = 400, description = "No keys", body = ApiError),
        (status = 401, description = "Not signed by the log's key", body = ApiError),
        (status = 404, description = "No such open job of this desk", body = ApiError),
        (status = 409, description = "There is no card authority", body = ApiError),
        (status = 422, description = "Not the keys that the card needs", body = ApiError),
    )
)]
pub(super) async fn certify(
    State(app): State<App>,
    call: TerminalCall,
) -> Result<Json<CertifiedAnswer>, ApiError> {
    let body: CertifyBody = read(&call)?;
    let wrong = |what: &str| ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "keys", what);
    let key = |key: &KeyBody| {
        Ok::<_, ApiError>(SlotKey {
            slot: Slot::parse(&key.slot).ok_or_else(|| wrong("a slot is 9E or 9A"))?,
            point: Base64::decode_vec(&key.point).map_err(|_| wrong("a point is base64"))?,
        })
    };
    let keys: Vec<SlotKey> = body.keys.iter().map(key).collect::<Result<_, _>>()?;
    let authority = app.cards.as_ref().ok_or(AuthorityError::None);
    let authority = authority.map_err(CardError::from)?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(call.origin.tenant()).await?;
    let now = (app.clock)();
    let made = cards::certify(&transaction, authority, &call.origin, body.job, &keys, now).await?;
    transaction.commit().await?;
    let certificates = made
        .iter()
        .map(|certificate| Base64::encode_string(&certificate.der))
        .collect();
    Ok(Json(CertifiedAnswer { certificates }))
}

/// The card is made
///
/// It is issued by this, and by nothing else. Said again, nothing more happens.
#[utoipa::path(
    post, path = "/api/v1/card-jobs/done", tag = "terminals", request_body = DoneBody,
    responses(
        (status = 200, description = "The card's state", body = FinishedAnswer),
        (status = 400, description = "No job", body = ApiError),
        (status = 401, description = "Not signed by the log's key", body = ApiError),
        (status = 404, description = "No such job of this desk, or it failed", body = ApiError),
        (status = 409, description = "The card is not to be issued", body = ApiError),
    )
)]
pub(super) async fn done(
    State(app): State<App>,
    call: TerminalCall,
) -> Result<Json<FinishedAnswer>, ApiError> {
    let body: DoneBody = read(&call)?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(call.origin.tenant()).await?;
    let state = cards::finish(&transaction, &call.origin, body.job).await?;
    transaction.commit().await?;
    Ok(Json(FinishedAnswer {
        state: state.name(),
    }))
}

/// The card could not be made
#[utoipa::path(
    post, path = "/api/v1/card-jobs/failed", tag = "terminals", request_body = FailedBody,
    responses(
        (status = 204, description = "The card stays ordered"),
        (status = 400, description = "No job", body = ApiError),
        (status = 401, description = "Not signed by the log's key", body = ApiError),
        (status = 404, description = "No such job of this desk", body = ApiError),
        (status = 409, description = "The card is issued", body = ApiError),
    )
)]
pub(super) async fn failed(
    State(app): State<App>,
    call: TerminalCall,
) -> Result<StatusCode, ApiError> {
    let body: FailedBody = read(&call)?;
    let why: String = body.why.chars().take(200).collect();
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(call.origin.tenant()).await?;
    cards::give_up(&transaction, &call.origin, body.job, &why).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
