//! Alerts, for people.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::ApiError;
use super::staff_caller::StaffCall;
use crate::App;
use crate::audit;
use crate::staff::{Role, Staff};
use crate::status::alerts;

/// An alert.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertAnswer {
    /// Its number.
    id: i64,
    /// What it is about: terminal, concentrator, meter or account.
    about: &'static str,
    /// Its name: of a terminal in most of them.
    terminal: String,
    /// A word for programs.
    kind: String,
    /// A sentence for people.
    words: String,
    /// Since when, in seconds since 1970.
    since: i64,
    /// Until when; none while it goes on.
    ended_at: Option<i64>,
    /// How often people were told.
    told: i32,
    /// Who took it up.
    taken_by: Option<String>,
}

/// Alerts
#[utoipa::path(
    get, path = "/api/v1/alerts", tag = "people",
    responses(
        (status = 200, description = "Those that go on, then the newest 200 that ended", body = Vec<AlertAnswer>),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    call: StaffCall,
) -> Result<Json<Vec<AlertAnswer>>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Maintenance, Role::Auditor])?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let found = alerts::list(&transaction, alerts::Most::ALL).await?;
    let answer = |alert: alerts::Listed| AlertAnswer {
        id: alert.id,
        about: alert.about.name(),
        terminal: alert.terminal,
        kind: alert.kind,
        words: alert.words,
        since: alert.since,
        ended_at: alert.ended_at,
        told: alert.told,
        taken_by: alert.taken_by,
    };
    Ok(Json(found.into_iter().map(answer).collect()))
}

/// Take an alert up
///
/// It goes on until its cause ends, and is not told again.
#[utoipa::path(
    post, path = "/api/v1/alerts/{id}/take", tag = "people",
    params(("id" = i64, Path, description = "Which alert")),
    responses(
        (status = 204, description = "It is yours"),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 404, description = "No such alert goes on", body = ApiError),
    )
)]
pub(super) async fn take(
    State(app): State<App>,
    Path(id): Path<i64>,
    call: StaffCall,
) -> Result<StatusCode, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Manager, Role::Maintenance])?;
    let mut connection = app.database.connection().await?;
    let noted = audit::begin(&mut connection, tenant, name, "alert.take", &id.to_string()).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        if !alerts::take(&transaction, tenant, id, name).await? {
            let message = "no alert with this number goes on";
            return Err(ApiError::new(StatusCode::NOT_FOUND, "no_alert", message));
        }
        transaction.commit().await?;
        Ok(StatusCode::NO_CONTENT)
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result
}
