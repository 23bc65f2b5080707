//! How the server itself is.

use axum::Json;
use axum::extract::State;
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
