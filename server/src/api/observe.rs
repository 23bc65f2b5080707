//! How the server itself is, and by which key it is known.

use axum::Json;
use axum::extract::State;
use meterpost_ledger::signing::Rotation;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::ApiError;
use crate::App;

/// That all is well.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    state: &'static str,
    /// The program's version.
    version: &'static str,
}

/// Whether the server and its database answer
#[utoipa::path(
    get, path = "/healthz", tag = "operation",
    responses(
        (status = 200, description = "They do", body = Health),
        (status = 503, description = "The database does not", body = ApiError),
    )
)]
pub(super) async fn health(State(app): State<App>) -> Result<Json<Health>, ApiError> {
    app.database.check().await?;
    Ok(Json(Health {
        state: "ok",
        version: env!("CARGO_PKG_VERSION"),
    }))
}

/// By which key the server is known.
#[derive(Debug, Serialize, ToSchema)]
pub struct WitnessAnswer {
    /// The witness's key in use.
    witness: String,
    /// Every change of it, oldest first: old key, new key, and the signature of each, in hex.
    rotations: Vec<String>,
}

/// The witness's key
///
/// Each change is signed by the key before, so whoever knows one of them can believe the last.
#[utoipa::path(
    post, path = "/api/v1/witness", tag = "operation",
    responses((status = 200, description = "The key and its changes", body = WitnessAnswer))
)]
pub(super) async fn witness(State(app): State<App>) -> Json<WitnessAnswer> {
    let rotations = app.keys.rotations().iter();
    Json(WitnessAnswer {
        witness: app.keys.witness_key().to_string(),
        rotations: rotations.map(Rotation::to_line).collect(),
    })
}
