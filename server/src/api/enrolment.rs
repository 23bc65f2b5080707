//! How a terminal comes in: it sends its request, and sends it again until a person has decided.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use base64ct::{Base64, Encoding};
use meterpost_ledger::signing::SignedRequest;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::ApiError;
use crate::App;
use crate::enrolment::{Standing, ask};

/// How a request stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolmentAnswer {
    /// `waiting`, `approved` or `refused`.
    state: &'static str,
    /// The certificate, once it is approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    /// The operator's public key, by which the certificate is checked: base64 of 32 bytes.
    operator: String,
    /// The server's key as a witness: a verifier key of c2sp.org/signed-note.
    witness: String,
}

/// Ask to be enrolled, or how that stands
#[utoipa::path(
    post, path = "/api/v1/enrolment", tag = "terminals",
    request_body(content = String, content_type = "text/plain", description = "The signed enrolment request"),
    responses(
        (status = 200, description = "How it stands", body = EnrolmentAnswer),
        (status = 400, description = "No request", body = ApiError),
        (status = 404, description = "No such tenant", body = ApiError),
        (status = 429, description = "Too many wait", body = ApiError),
    )
)]
pub(super) async fn enrol(
    State(app): State<App>,
    body: Bytes,
) -> Result<Json<EnrolmentAnswer>, ApiError> {
    if !app.quotas.stranger() {
        return Err(ApiError::too_often());
    }
    let request = SignedRequest::open(&body)
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, "request", error.to_string()))?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&request.request().tenant).await?;
    let standing = ask(&transaction, &request).await?;
    transaction.commit().await?;
    let (state, certificate) = match standing {
        Standing::Waiting => ("waiting", None),
        Standing::Refused => ("refused", None),
        Standing::Approved(text) => ("approved", Some(text)),
    };
    Ok(Json(EnrolmentAnswer {
        state,
        certificate,
        operator: Base64::encode_string(&app.keys.operator_key().to_bytes()),
        witness: app.keys.witness_key().to_string(),
    }))
}
