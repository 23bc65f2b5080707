//! What terminals were told, for people.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::ApiError;
use super::staff_caller::StaffCall;
use crate::App;
use crate::staff::Role;

/// A bulletin at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulletinAnswer {
    /// Its kind.
    kind: String,
    /// Its version.
    version: i64,
    /// One terminal; none for all.
    terminal: Option<String>,
    /// What it says.
    content: serde_json::Value,
    /// Who issued it.
    issued_by: String,
    /// When, in seconds since 1970.
    issued_at: i64,
}

/// What was issued
#[utoipa::path(
    get, path = "/api/v1/bulletins", tag = "people",
    responses(
        (status = 200, description = "Newest first", body = Vec<BulletinAnswer>),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
    )
)]
pub(super) async fn issued(
    State(app): State<App>,
    call: StaffCall,
) -> Result<Json<Vec<BulletinAnswer>>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Maintenance, Role::Auditor])?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let rows = transaction
        .query(
            "SELECT kind, version, terminal, content, issued_by, extract(epoch FROM issued_at)::bigint FROM bulletin \
             ORDER BY issued_at DESC, version DESC LIMIT 200",
            &[],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok::<_, tokio_postgres::Error>(BulletinAnswer {
            kind: row.try_get(0)?,
            version: row.try_get(1)?,
            terminal: row.try_get(2)?,
            content: row.try_get(3)?,
            issued_by: row.try_get(4)?,
            issued_at: row.try_get(5)?,
        })
    };
    let found: Result<Vec<_>, _> = rows.iter().map(read).collect();
    Ok(Json(found?))
}
