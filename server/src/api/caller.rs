//! Who calls, for terminals: the call is signed by the key in use of a log that is known, and comes after every one before it.

use std::io::Read;

use axum::body::Bytes;
use axum::extract::{FromRequest, Query, Request};
use axum::http::header::CONTENT_ENCODING;
use axum::http::{HeaderMap, StatusCode, Uri};
use flate2::read::GzDecoder;
use meterpost_ledger::signing::{CALL_HEADER, LogOrigin, SignedCall};
use serde::de::DeserializeOwned;

use super::error::ApiError;
use crate::App;
use crate::witness::{self, LogRow};

/// How large a compressed body may become.
const MOST_UNPACKED: u64 = 2 * 1024 * 1024;

/// A call by a terminal, believed.
#[derive(Debug)]
pub struct TerminalCall {
    /// Whose.
    pub origin: LogOrigin,
    /// What it brought, unpacked.
    pub body: Vec<u8>,
    uri: Uri,
}

impl TerminalCall {
    /// What the query says. It is read only here, so that who calls is settled before anything else.
    ///
    /// # Errors
    /// 400 where it is malformed.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let query = Query::try_from_uri(&self.uri);
        let Query(found) = query
            .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, "query", error.body_text()))?;
        Ok(found)
    }
}

impl FromRequest<App> for TerminalCall {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<TerminalCall, ApiError> {
        let signed = signature(request.headers())?;
        let packed = packed(request.headers())?;
        let uri = request.uri().clone();
        let method = request.method().to_string();
        let target = uri
            .path_and_query()
            .map(ToString::to_string)
            .unwrap_or_default();
        let body = Bytes::from_request(request, app)
            .await
            .map_err(|error| ApiError::new(error.status(), "body", error.body_text()))?;
        let mut connection = app.database.connection().await?;
        let transaction = connection.begin(signed.origin.tenant()).await?;
        let log = witness::find(&transaction, &signed.origin)
            .await?
            .ok_or_else(ApiError::unknown_log)?;
        if let Err(refusal) = check_key(&log, &signed, &method, &target, &body) {
            return Err(match app.quotas.refused() {
                true => refusal,
                false => ApiError::too_often(),
            });
        }
        if !app.quotas.terminal(&signed.origin) {
            return Err(ApiError::too_often());
        }
        if !witness::count_call(&transaction, &signed.origin, signed.counter).await? {
            return Err(replayed(&log));
        }
        transaction.commit().await?;
        Ok(TerminalCall {
            origin: signed.origin,
            uri,
            body: if packed { unpack(&body)? } else { body.into() },
        })
    }
}

fn signature(headers: &HeaderMap) -> Result<SignedCall, ApiError> {
    let refused = |message: String| ApiError::new(StatusCode::UNAUTHORIZED, "unsigned", message);
    let mut values = headers.get_all(CALL_HEADER).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => {
            SignedCall::parse(value.as_bytes()).map_err(|error| refused(error.to_string()))
        }
        (None, _) => Err(refused(format!(
            "the header `{CALL_HEADER}` is missing: only enrolled terminals may call this"
        ))),
        (Some(_), Some(_)) => Err(refused(format!(
            "the header `{CALL_HEADER}` is there twice"
        ))),
    }
}

fn packed(headers: &HeaderMap) -> Result<bool, ApiError> {
    match headers.get(CONTENT_ENCODING).map(|value| value.as_bytes()) {
        None | Some(b"identity") => Ok(false),
        Some(b"gzip") => Ok(true),
        Some(_) => Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "encoding",
            "bodies are plain or packed with gzip",
        )),
    }
}

fn unpack(body: &[u8]) -> Result<Vec<u8>, ApiError> {
    let mut plain = Vec::new();
    let read = GzDecoder::new(body)
        .take(MOST_UNPACKED + 1)
        .read_to_end(&mut plain);
    match read {
        Ok(length) if length as u64 <= MOST_UNPACKED => Ok(plain),
        Ok(_) => Err(ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body",
            format!("the body unpacks to more than {MOST_UNPACKED} bytes"),
        )),
        Err(error) => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "body",
            format!("the body cannot be unpacked: {error}"),
        )),
    }
}

/// Only the key in use signs calls.
fn check_key(
    log: &LogRow,
    signed: &SignedCall,
    method: &str,
    target: &str,
    body: &[u8],
) -> Result<(), ApiError> {
    let in_use = log.memory.keys.last().filter(|key| key.until.is_none());
    let believed =
        in_use.is_some_and(|known| signed.verify(&known.key, method, target, body).is_ok());
    if believed {
        return Ok(());
    }
    tracing::warn!(log = %signed.origin, "a call is not signed by the log's key in use");
    Err(ApiError::new(
        StatusCode::UNAUTHORIZED,
        "not_signed_by_log",
        "the call is not signed by the log's key in use",
    ))
}

fn replayed(log: &LogRow) -> ApiError {
    ApiError::new(
        StatusCode::CONFLICT,
        "replayed",
        "the call's counter is not above the last one's: it came late or twice, or another machine has the terminal's key",
    )
    .with_counter(log.counter)
}
