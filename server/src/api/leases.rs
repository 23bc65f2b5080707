//! Leases: who alone may send a meter its next purchase number.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::ApiError;
use super::staff_caller::{StaffCall, said};
use crate::App;
use crate::audit;
use crate::lease::{self, Decision, Owner, Wanted};
use crate::orders::{Kind, NewOrder, create};
use crate::staff::{Role, Staff};

/// Most leases in one answer.
const PAGE: i64 = 1000;

/// From where on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct LeaseQuery {
    /// Meters behind this number.
    after: Option<String>,
}

/// A lease at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeaseAnswer {
    /// The meter's number.
    meter: String,
    /// `server`, or a terminal.
    owner: String,
    /// The terminal's epoch.
    epoch: Option<i64>,
    /// Rises with each move.
    version: i64,
    /// Who gets it when the owner has let go.
    next: Option<String>,
    /// The order that reads the meter before the server takes it from a dead terminal.
    fence: Option<String>,
    /// When it changed last, in seconds since 1970.
    changed_at: i64,
}

/// The leases
#[utoipa::path(
    get, path = "/api/v1/leases", tag = "people", params(LeaseQuery),
    responses(
        (status = 200, description = "By meter, 1000 at most", body = Vec<LeaseAnswer>),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
    )
)]
pub(super) async fn all(
    State(app): State<App>,
    call: StaffCall,
    Query(query): Query<LeaseQuery>,
) -> Result<Json<Vec<LeaseAnswer>>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Maintenance, Role::Auditor])?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let after = query.after.unwrap_or_default();
    let found = lease::list(&transaction, &staff.tenant, &after, PAGE).await?;
    let answer = |listed: lease::Listed| {
        let (next, fence) = match listed.lease.wanted {
            Some(Wanted::Handover(next)) => (Some(next.to_string()), None),
            Some(Wanted::Fence(order)) => (Some(lease::SERVER.to_owned()), Some(order)),
            None => (None, None),
        };
        LeaseAnswer {
            meter: listed.meter,
            epoch: match &listed.lease.owner {
                Owner::Terminal { epoch, .. } => Some(*epoch),
                Owner::Server => None,
            },
            owner: listed.lease.owner.to_string(),
            version: listed.lease.version,
            next,
            fence,
            changed_at: listed.changed_at,
        }
    };
    Ok(Json(found.into_iter().map(answer).collect()))
}

/// Who is to have it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HandBody {
    /// `server`, or a terminal.
    to: String,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct HandAnswer {
    /// Whether it has moved; else its owner is asked to let go.
    moved: bool,
}

fn handed(decision: &Decision) -> Json<HandAnswer> {
    Json(HandAnswer {
        moved: matches!(decision, Decision::Move(_)),
    })
}

/// Ask for a meter's lease to go to another owner
///
/// It moves at once where nobody has it or the server is at rest; a terminal lets go by an entry of its log.
#[utoipa::path(
    post, path = "/api/v1/meters/{meter}/lease", tag = "people", request_body = HandBody,
    params(("meter" = String, Path, description = "The meter's number")),
    responses(
        (status = 200, description = "It has moved, or will", body = HandAnswer),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 404, description = "No such meter or terminal", body = ApiError),
        (status = 409, description = "Not now", body = ApiError),
    )
)]
pub(super) async fn hand(
    State(app): State<App>,
    Path(meter): Path<String>,
    call: StaffCall,
    body: Bytes,
) -> Result<Json<HandAnswer>, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Manager])?;
    let body: HandBody = said(&body)?;
    let mut connection = app.database.connection().await?;
    let object = format!("{meter} {}", body.to);
    let noted = audit::begin(&mut connection, tenant, name, "lease.hand", &object).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let to = lease::owner_of(&transaction, tenant, &body.to).await?;
        let decision = lease::request_release(&transaction, tenant, &meter, &to).await?;
        transaction.commit().await?;
        Ok::<_, ApiError>(handed(&decision))
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result
}

/// The reading that a fence waits for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FenceBody {
    /// The id of the order that reads the meter, chosen by whoever asks.
    order: String,
}

/// Take a meter's lease from a dead terminal
///
/// Only from one whose log is held or whose epoch is over. The meter is read first; then the lease is the server's.
#[utoipa::path(
    post, path = "/api/v1/meters/{meter}/lease/fence", tag = "people", request_body = FenceBody,
    params(("meter" = String, Path, description = "The meter's number")),
    responses(
        (status = 200, description = "The meter will be read", body = HandAnswer),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 404, description = "No such meter, or nobody has its lease", body = ApiError),
        (status = 409, description = "The terminal may still sell, or the meter hangs on no concentrator", body = ApiError),
    )
)]
pub(super) async fn fence(
    State(app): State<App>,
    Path(meter): Path<String>,
    call: StaffCall,
    body: Bytes,
) -> Result<Json<HandAnswer>, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Manager])?;
    let body: FenceBody = said(&body)?;
    let order = NewOrder {
        tenant,
        id: super::orders::id(&body.order)?,
        meter: &meter,
        kind: Kind::Read,
        hours: Some(24),
        by: name,
    };
    let mut connection = app.database.connection().await?;
    let object = format!("{meter} {}", body.order);
    let noted = audit::begin(&mut connection, tenant, name, "lease.fence", &object).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let nudge = super::orders::place_of(&transaction, &order).await?;
        if create(&transaction, &order).await? == crate::orders::Ordered::Before {
            return Err(ApiError::new(
                StatusCode::CONFLICT,
                "order_taken",
                "this order was given before; a fence reads the meter anew, under an id of its own",
            ));
        }
        let decision = lease::fence(&transaction, tenant, &meter, &body.order).await?;
        transaction.commit().await?;
        Ok((nudge, decision))
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    let (nudge, decision) = result?;
    app.nudges.tell(nudge);
    Ok(handed(&decision))
}
