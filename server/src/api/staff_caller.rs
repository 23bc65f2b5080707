//! Who calls, for people: a bearer token (RFC 6750 §2.1) of which the hash is known.

use axum::body::Bytes;
use axum::extract::{FromRequestParts, Query};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use serde::de::DeserializeOwned;

use super::error::ApiError;
use crate::App;
use crate::staff::{self, Role, Staff};

/// A call by a person, believed.
#[derive(Debug)]
pub struct StaffCall(pub Staff);

impl StaffCall {
    /// Refuses everyone who has none of these roles.
    ///
    /// # Errors
    /// 403, which the log tells of.
    pub fn allow(&self, roles: &[Role]) -> Result<&Staff, ApiError> {
        let Staff { name, role, .. } = &self.0;
        if roles.contains(role) {
            return Ok(&self.0);
        }
        tracing::warn!(name, %role, "an act was refused: the role does not allow it");
        Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "role",
            format!("your role, {role}, does not allow this"),
        ))
    }
}

/// What a person's body says. It is read only after [`StaffCall::allow`], so that who may is settled before anything else.
///
/// # Errors
/// 422, with the place.
pub(super) fn said<T: DeserializeOwned>(body: &Bytes) -> Result<T, ApiError> {
    serde_json::from_slice(body)
        .map_err(|error| ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "body", error.to_string()))
}

/// What a person's query says, likewise.
///
/// # Errors
/// 400 where it is malformed.
pub(super) fn said_in_query<T: DeserializeOwned>(query: Option<String>) -> Result<T, ApiError> {
    let uri = format!("/?{}", query.unwrap_or_default());
    let wrong = |why: String| ApiError::new(StatusCode::BAD_REQUEST, "query", why);
    let uri: Uri = uri
        .parse()
        .map_err(|_| wrong("the query is malformed".to_owned()))?;
    let Query(found) = Query::try_from_uri(&uri).map_err(|error| wrong(error.body_text()))?;
    Ok(found)
}

impl FromRequestParts<App> for StaffCall {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<StaffCall, ApiError> {
        let refused = || {
            ApiError::new(
                StatusCode::UNAUTHORIZED,
                "token",
                "say who you are: `authorization: Bearer TOKEN`; `server staff add` makes tokens",
            )
        };
        let token = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
            .ok_or_else(refused)?;
        let tenant = staff::tenant_of(token).ok_or_else(refused)?;
        let mut connection = app.database.connection().await?;
        let transaction = connection.begin(&tenant).await?;
        let found = staff::find(&transaction, &tenant, token).await?;
        match found {
            Some(staff) if !app.quotas.person(&staff) => Err(ApiError::too_often()),
            Some(staff) => Ok(StaffCall(staff)),
            None if !app.quotas.refused() => Err(ApiError::too_often()),
            None => {
                tracing::warn!(%tenant, "a token is not known");
                Err(refused())
            }
        }
    }
}
