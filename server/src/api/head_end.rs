//! Concentrators: registered, looked at, and which meters hang on them.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::ApiError;
use super::staff_caller::{StaffCall, said};
use crate::App;
use crate::audit;
use crate::head_end::{Registered, list, register};
use crate::staff::{Role, Staff};

fn wrong(code: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}

/// A concentrator to register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConcentratorBody {
    /// Its area code, 0 to 9999.
    area: i32,
    /// Its terminal address, 1 to 65534.
    address: i32,
    /// The name in its certificate, `<name>.<tenant>.<domain>`.
    certificate: String,
    /// The 32 hex digits that its commands have to carry, where it asks for a password.
    password: Option<String>,
    /// Where it is.
    #[serde(default)]
    place: String,
}

/// Register a concentrator
///
/// From now on whoever shows a certificate with this name of the operator's authority is this concentrator. Registered again, it gets
/// another certificate, password or place.
#[utoipa::path(
    post, path = "/api/v1/concentrators", tag = "people", request_body = ConcentratorBody,
    responses(
        (status = 204, description = "It may dial in"),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 409, description = "Another concentrator has this certificate", body = ApiError),
        (status = 422, description = "A number or a name makes no sense", body = ApiError),
    )
)]
pub(super) async fn add(
    State(app): State<App>,
    call: StaffCall,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Manager, Role::Maintenance])?;
    let body: ConcentratorBody = said(&body)?;
    if !(0..=9999).contains(&body.area) || !(1..=65_534).contains(&body.address) {
        return Err(wrong("address", "area is 0 to 9999, address is 1 to 65534"));
    }
    let password = body.password.as_deref().map(|text| {
        let bytes = hex::decode(text).ok().filter(|bytes| bytes.len() == 16);
        bytes.ok_or_else(|| wrong("password", "a password has 32 hex digits"))
    });
    let password = password.transpose()?;
    let mut connection = app.database.connection().await?;
    let object = format!("{:04}-{} {}", body.area, body.address, body.certificate);
    let noted = audit::begin(
        &mut connection,
        tenant,
        name,
        "concentrator.register",
        &object,
    )
    .await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let key = (body.area, body.address);
        let password = password.as_deref();
        let done = register(&transaction, tenant, key, &body.certificate, password, &body.place).await?;
        match done {
            Registered::Yes => {}
            Registered::Name => {
                return Err(wrong(
                    "certificate",
                    format!("the certificate's name is <name>.{tenant}.<domain>, such as c1.{tenant}.example"),
                ));
            }
            Registered::Taken => {
                return Err(ApiError::new(
                    StatusCode::CONFLICT,
                    "taken",
                    "another concentrator has this certificate; issue one for each",
                ));
            }
        }
        transaction.commit().await?;
        Ok(StatusCode::NO_CONTENT)
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result
}

/// A concentrator at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConcentratorAnswer {
    /// Its area code.
    area: i32,
    /// Its terminal address.
    address: i32,
    /// The name in its certificate.
    certificate: String,
    /// Where it is.
    place: String,
    /// Whether it is connected.
    connected: bool,
    /// When it was heard last, in seconds since 1970.
    last_contact: Option<i64>,
    /// What is wrong with it.
    trouble: Option<String>,
    /// Meters that hang on it.
    meters: i64,
    /// When its archive was last as the directory has it, in seconds since 1970.
    archive_at: Option<i64>,
}

/// The concentrators
#[utoipa::path(
    get, path = "/api/v1/concentrators", tag = "people",
    responses(
        (status = 200, description = "By address", body = Vec<ConcentratorAnswer>),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
    )
)]
pub(super) async fn all(
    State(app): State<App>,
    call: StaffCall,
) -> Result<Json<Vec<ConcentratorAnswer>>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Maintenance, Role::Auditor])?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let answer = |listed: crate::head_end::Listed| ConcentratorAnswer {
        area: listed.area,
        address: listed.address,
        certificate: listed.certificate,
        place: listed.place,
        connected: listed.connected,
        last_contact: listed.last_contact,
        trouble: listed.trouble,
        meters: listed.meters,
        archive_at: listed.archive_at,
    };
    let found = list(&transaction, &staff.tenant).await?;
    Ok(Json(found.into_iter().map(answer).collect()))
}

/// Where a meter hangs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PointBody {
    /// The concentrator's area code.
    area: i32,
    /// The concentrator's terminal address.
    address: i32,
    /// The measuring point, 1 to 2040; once on a concentrator.
    point: i32,
    /// Days and months are asked for from here on, such as `2026-11-01`; today where it is left out.
    since: Option<String>,
}

/// Say which concentrator a meter hangs on
#[utoipa::path(
    post, path = "/api/v1/meters/{meter}/point", tag = "people", request_body = PointBody,
    params(("meter" = String, Path, description = "The meter's number")),
    responses(
        (status = 204, description = "Its concentrator is told with the next cycle"),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 404, description = "No such meter or concentrator", body = ApiError),
        (status = 409, description = "The point is another meter's, or an order is under way", body = ApiError),
        (status = 422, description = "A number makes no sense", body = ApiError),
    )
)]
pub(super) async fn point(
    State(app): State<App>,
    Path(meter): Path<String>,
    call: StaffCall,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Manager, Role::Maintenance])?;
    let body: PointBody = said(&body)?;
    if !(1..=2040).contains(&body.point) {
        return Err(wrong("point", "a measuring point is 1 to 2040"));
    }
    let since = body.since.as_deref().map(str::parse::<jiff::civil::Date>);
    let since = since
        .transpose()
        .map_err(|_| wrong("since", "since is a day, such as 2026-11-01"))?;
    let mut connection = app.database.connection().await?;
    let object = format!("{meter} {:04}-{} p{}", body.area, body.address, body.point);
    let noted = audit::begin(&mut connection, tenant, name, "meter.point", &object).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        set_point(&transaction, tenant.as_str(), &meter, &body, since).await?;
        transaction.commit().await?;
        Ok::<_, ApiError>(StatusCode::NO_CONTENT)
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result
}

async fn set_point(
    transaction: &deadpool_postgres::Transaction<'_>,
    tenant: &str,
    meter: &str,
    body: &PointBody,
    since: Option<jiff::civil::Date>,
) -> Result<(), ApiError> {
    let row = transaction
        .query_one(
            "SELECT EXISTS (SELECT FROM meter WHERE tenant = $1 AND number = $2), \
                    EXISTS (SELECT FROM concentrator WHERE tenant = $1 AND area = $3 AND address = $4), \
                    EXISTS (SELECT FROM meter_point WHERE tenant = $1 AND area = $3 AND address = $4 AND point = $5 AND meter <> $2), \
                    EXISTS (SELECT FROM meter_order WHERE tenant = $1 AND meter = $2 AND state IN ('sent', 'unknown'))",
            &[&tenant, &meter, &body.area, &body.address, &body.point],
        )
        .await?;
    let refused = |status, code, message: &str| Err(ApiError::new(status, code, message));
    match (
        row.try_get(0)?,
        row.try_get(1)?,
        row.try_get(2)?,
        row.try_get(3)?,
    ) {
        (false, _, _, _) => refused(StatusCode::NOT_FOUND, "no_meter", "there is no such meter"),
        (_, false, _, _) => refused(
            StatusCode::NOT_FOUND,
            "no_concentrator",
            "there is no such concentrator; register it first",
        ),
        (_, _, true, _) => refused(
            StatusCode::CONFLICT,
            "point_taken",
            "another meter has this measuring point",
        ),
        (_, _, _, true) => refused(
            StatusCode::CONFLICT,
            "under_way",
            "an order to this meter is under way; wait for its outcome",
        ),
        (true, true, false, false) => {
            transaction
                .execute(
                    "INSERT INTO meter_point (tenant, meter, area, address, point, since) \
                     VALUES ($1, $2, $3, $4, $5, coalesce($6, current_date)) \
                     ON CONFLICT (tenant, meter) DO UPDATE SET area = $3, address = $4, point = $5, \
                     since = coalesce($6, meter_point.since)",
                    &[&tenant, &meter, &body.area, &body.address, &body.point, &since],
                )
                .await?;
            Ok(())
        }
    }
}
