//! What meters were read.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::ApiError;
use super::staff_caller::StaffCall;
use crate::App;
use crate::head_end::{Kept, readings_of_meter as read_of_meter};
use crate::staff::Role;

/// Most readings in one answer.
const PAGE: i64 = 1000;

/// Which readings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadingQuery {
    /// `energy`, `quantity`, `books`, `day`, `month` or `now`.
    kind: String,
    /// From this time on, such as `2026-11-01T00:00`; by the readings' own time.
    from: Option<String>,
    /// Before this time.
    until: Option<String>,
    /// How many at most, up to 1000.
    limit: Option<i64>,
}

/// A reading.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadingAnswer {
    /// Its own time, local; of a day or month its first moment.
    at: String,
    /// What it is counted in.
    unit: String,
    /// The number without its point; none where it is not known.
    value: Option<i64>,
    /// Places behind the point.
    places: i16,
    /// What belongs to it.
    detail: serde_json::Value,
    /// How many other values came under the same time.
    conflicts: i64,
}

/// A page of readings.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadingsAnswer {
    /// Oldest first.
    readings: Vec<ReadingAnswer>,
    /// Go on with this as `from`; none where there are no more.
    next: Option<String>,
}

fn time(name: &str, text: Option<&str>, without: DateTime) -> Result<DateTime, ApiError> {
    let Some(text) = text else { return Ok(without) };
    text.parse().map_err(|_| {
        ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "time",
            format!("{name}: \"{text}\" is no time, such as 2026-11-01T00:00"),
        )
    })
}

/// A meter's readings
#[utoipa::path(
    get, path = "/api/v1/meters/{meter}/readings", tag = "people",
    params(("meter" = String, Path, description = "The meter's number"), ReadingQuery),
    responses(
        (status = 200, description = "Oldest first", body = ReadingsAnswer),
        (status = 400, description = "No kind", body = ApiError),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 422, description = "A time makes no sense", body = ApiError),
    )
)]
pub(super) async fn of_meter(
    State(app): State<App>,
    Path(meter): Path<String>,
    call: StaffCall,
    query: Result<Query<ReadingQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<ReadingsAnswer>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Clerk, Role::Maintenance, Role::Auditor])?;
    let Query(query) = query
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, "query", error.body_text()))?;
    // PostgreSQL's own range is larger than what meters can say.
    let from = time(
        "from",
        query.from.as_deref(),
        DateTime::constant(1970, 1, 1, 0, 0, 0, 0),
    )?;
    let until = time(
        "until",
        query.until.as_deref(),
        DateTime::constant(2200, 1, 1, 0, 0, 0, 0),
    )?;
    let limit = query.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let which = (meter.as_str(), query.kind.as_str());
    let found = read_of_meter(&transaction, &staff.tenant, which, (from, until), limit + 1).await?;
    let answer = |reading: Kept| ReadingAnswer {
        at: reading.at.to_string(),
        unit: reading.unit,
        value: reading.value,
        places: reading.places,
        detail: reading.detail,
        conflicts: reading.conflicts,
    };
    let mut readings: Vec<ReadingAnswer> = found.into_iter().map(answer).collect();
    let page = usize::try_from(limit).unwrap_or(usize::MAX);
    let next = readings.get(page).map(|reading| reading.at.clone());
    readings.truncate(page);
    Ok(Json(ReadingsAnswer { readings, next }))
}
