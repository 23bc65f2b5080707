//! A terminal's log: its entries, then its head.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use meterpost_ledger::exchange::{Judgement, Request, Verdict, read_batch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::TerminalCall;
use super::error::ApiError;
use crate::App;
use crate::metrics::Judged;
use crate::witness::{self, Cosigning, Following, Stored, cosign, store_entries};

/// Where a batch begins.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct First {
    /// The place of its first entry in the log, from 0.
    first: u64,
}

/// What is here now.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntriesAnswer {
    /// Entries that the server has; the next batch begins there.
    have: u64,
}

/// Bring entries
///
/// The body is a batch: each entry as its length, 4 bytes big-endian, and its bytes; plain or packed with gzip. What is here
/// already is skipped, so a batch may come twice.
#[utoipa::path(
    post, path = "/api/v1/log/entries", tag = "terminals", params(First),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "All of it is stored", body = EntriesAnswer),
        (status = 400, description = "No batch", body = ApiError),
        (status = 401, description = "Not signed by the log's key", body = ApiError),
        (status = 409, description = "Continue from another place, or the call came before", body = ApiError),
        (status = 413, description = "Too much waits for a head", body = ApiError),
    )
)]
pub(super) async fn entries(
    State(app): State<App>,
    call: TerminalCall,
) -> Result<Json<EntriesAnswer>, ApiError> {
    let First { first } = call.query()?;
    let batch = read_batch(first, &call.body)
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, "batch", error.to_string()))?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(call.origin.tenant()).await?;
    let log = witness::lock(&transaction, &call.origin)
        .await?
        .ok_or_else(ApiError::unknown_log)?;
    let stored = store_entries(&transaction, &log, first, &batch, app.most_unsigned).await?;
    transaction.commit().await?;
    match stored {
        Stored::Here { have, new } => {
            app.metrics.entries.inc_by(new);
            Ok(Json(EntriesAnswer { have }))
        }
        Stored::Gap { have } => Err(ApiError::new(
            StatusCode::CONFLICT,
            "gap",
            format!("the server has {have} entries; continue from there"),
        )
        .with_have(have)),
        Stored::Differs { seq, have } => Err(ApiError::new(
            StatusCode::CONFLICT,
            "differs",
            format!("entry {seq} is another one here, under a head that is cosigned; ask for a cosignature"),
        )
        .with_have(have)),
        Stored::Full { have } => Err(ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "full",
            format!("more entries wait for a head than are taken; ask for a cosignature of the first {have}"),
        )
        .with_have(have)),
    }
}

/// Ask for a cosignature
///
/// Body and answers are those of c2sp.org/tlog-witness. One more status says that entries of the head are missing here.
#[utoipa::path(
    post, path = "/api/v1/log/add-checkpoint", tag = "terminals",
    request_body(content = String, content_type = "text/plain"),
    responses(
        (status = 200, description = "The cosignature line", body = String),
        (status = 400, description = "No request", body = String),
        (status = 403, description = "The log is held, or the key is not believed", body = String),
        (status = 404, description = "The log is not known", body = String),
        (status = 409, description = "The proof begins elsewhere: the size to continue from", body = String),
        (status = 422, description = "The proof does not hold", body = String),
        (status = 428, description = "Entries are missing: `have` says from where on", body = ApiError),
    )
)]
pub(super) async fn add_checkpoint(
    State(app): State<App>,
    call: TerminalCall,
) -> Result<Response, ApiError> {
    let judgement = match Request::parse(&call.body) {
        Err(error) => Judgement::malformed(error),
        // Whoever calls may only speak for its own log.
        Ok(request) if !is_of(&request, &call) => Judgement::unknown_log(),
        Ok(request) => {
            let mut connection = app.database.connection().await?;
            let transaction = connection.begin(call.origin.tenant()).await?;
            let log = witness::lock(&transaction, &call.origin)
                .await?
                .ok_or_else(ApiError::unknown_log)?;
            let following = Following {
                now: (app.clock)(),
                schedule: app.payments.schedule(call.origin.tenant()).ok(),
            };
            let outcome = cosign(&transaction, &log, &request, &following).await?;
            witness::note_claim(&transaction, &call.origin, request.claimed().size).await?;
            transaction.commit().await?;
            match outcome {
                Cosigning::Judged(judgement) => *judgement,
                Cosigning::Needs { have } => return Err(missing(have)),
            }
        }
    };
    let verdict = word(judgement.verdict());
    app.metrics
        .verdicts
        .get_or_create(&Judged { verdict })
        .inc();
    let ruling = judgement.recorded();
    let answer = ruling
        .answer(app.keys.name(), app.keys.witness(), (app.clock)())
        .map_err(witness::WitnessError::from)?;
    let status = StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Ok((
        status,
        [(CONTENT_TYPE, answer.content_type())],
        answer.body(),
    )
        .into_response())
}

fn is_of(request: &Request, call: &TerminalCall) -> bool {
    call.origin
        .name()
        .is_ok_and(|name| name == request.claimed().origin)
}

fn missing(have: u64) -> ApiError {
    ApiError::new(
        StatusCode::PRECONDITION_REQUIRED,
        "entries_missing",
        format!("the server has {have} entries of this log; bring those after them first"),
    )
    .with_have(have)
}

/// A verdict in a word.
fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::InSync { .. } => "in_sync",
        Verdict::Advanced { .. } => "advanced",
        Verdict::Behind { .. } => "behind",
        Verdict::Rollback { .. } => "rollback",
        Verdict::Fork(_) => "fork",
        Verdict::Unproven(_) => "unproven",
        Verdict::Clone { .. } => "clone",
        Verdict::Held(_) => "held",
        Verdict::UnknownLog => "unknown_log",
        Verdict::UnknownKey => "unknown_key",
        Verdict::RevokedAfter { .. } => "revoked",
        Verdict::Malformed(_) => "malformed",
    }
}
