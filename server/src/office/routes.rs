//! All pages, with what holds on every one of them.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::{account, accounts, home, settlement, sign_in, tariffs};
use crate::App;

/// Longest form, in bytes.
const LONGEST_FORM: usize = 16 * 1024;
/// Nothing but our own style sheet and forms (ASVS 5.0 §3.4.3).
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const STYLE: &str = include_str!("../../assets/office.css");

/// The pages.
pub fn router() -> Router<App> {
    Router::new()
        .route("/", get(home::look))
        .route("/sign-in", get(sign_in::look).post(sign_in::name))
        .route("/sign-in/code", post(sign_in::code))
        .route("/sign-in/password", post(sign_in::password))
        .route("/sign-out", post(sign_in::leave))
        .route("/language", get(sign_in::language))
        .route("/accounts", get(accounts::look))
        .route("/accounts/{account}", get(account::look))
        .route("/accounts/{account}/top-ups", post(account::take))
        .route("/tariffs", get(tariffs::look).post(tariffs::draft))
        .route(
            "/tariffs/{utility}/{name}/{version}",
            get(tariffs::version).post(tariffs::decide),
        )
        .route("/settlement", get(settlement::look))
        .route("/settlement/registers", post(settlement::register))
        .route("/settlement/terms", post(settlement::terms))
        .route("/settlement/holidays", post(settlement::holiday))
        .route("/assets/office.css", get(style))
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
        .layer(from_fn(guard))
}

async fn style() -> Response {
    let css = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (css, STYLE).into_response()
}

/// What browsers are told with every page.
async fn guard(request: Request, next: Next) -> Response {
    let style = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let kept = match style {
        true => "public, max-age=3600",
        // What somebody saw is not shown to the next one at this machine.
        false => "no-store",
    };
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, kept),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let opener = header::HeaderName::from_static("cross-origin-opener-policy");
    headers.insert(opener, HeaderValue::from_static("same-origin"));
    response
}
