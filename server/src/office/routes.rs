//! All pages, with what holds on every one of them.

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::{
    account, account_meter, account_write, accounts, cards, check, concentrators, counter,
    exchange, home, inboxes, mains, meter, parameters, people, reports, requests, settlement,
    sign_in, tariff_form, tariffs, terminal, trail,
};
use crate::App;

/// Longest form, in bytes.
const LONGEST_FORM: usize = 16 * 1024;
/// Nothing but our own style sheet, pictures and forms (ASVS 5.0 §3.4.3).
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The same with our own script, which asks for nothing but our own pages.
const SCRIPTED_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";
/// Pages that have it.
const SCRIPTED: &[&str] = &["/accounts", "/cards", "/meters/{meter}"];
const STYLE: &str = include_str!("../../assets/office.css");
const SCRIPT: &str = include_str!("../../assets/office.js");
const ICON: &str = include_str!("../../assets/icon.svg");

/// All pages, once for the router and once for the test that asks for every one of them as every role.
macro_rules! pages {
    ($($path:literal => $route:expr,)*) => {
        /// Where the pages are.
        pub const PAGES: &[&str] = &[$($path),*];

        /// The pages.
        pub fn router() -> Router<App> {
            Router::new()
                $(.route($path, $route))*
                .layer(DefaultBodyLimit::max(LONGEST_FORM))
                .layer(from_fn(guard))
        }
    };
}

pages! {
    "/" => get(home::look),
    "/sign-in" => get(sign_in::look).post(sign_in::name),
    "/sign-in/code" => post(sign_in::code),
    "/sign-in/password" => post(sign_in::password),
    "/sign-out" => post(sign_in::leave),
    "/language" => get(sign_in::language),
    "/accounts" => get(accounts::look).post(account_write::create),
    "/new-account" => get(account_write::look_new),
    "/account-export" => get(exchange::export),
    "/account-import" => get(exchange::look)
        .post(exchange::dry_run)
        .layer(DefaultBodyLimit::max(exchange::LONGEST_FILE)),
    "/account-import/apply" => post(exchange::apply)
        .layer(DefaultBodyLimit::max(exchange::LONGEST_TRIED)),
    "/accounts/{account}" => get(account::look).post(account_write::correct),
    "/accounts/{account}/pricing" => post(account_write::pricing),
    "/accounts/{account}/holder" => post(account_write::holder),
    "/accounts/{account}/close" => post(account_write::close),
    "/accounts/{account}/meter" => get(account_meter::look).post(account_meter::put),
    "/accounts/{account}/meter-down" => post(account_meter::down),
    "/accounts/{account}/top-ups" => post(counter::take),
    "/receipts/{journal}" => get(counter::receipt_of),
    "/cards" => get(cards::look).post(cards::order),
    "/cards/{number}" => get(cards::look_one).post(cards::step),
    "/cards/{number}/replace" => post(cards::replace),
    "/requests" => get(requests::look).post(requests::ask),
    "/requests/{id}" => post(requests::decide),
    "/meter-returns/{id}" => post(requests::decide_meter),
    "/terminals/{terminal}" => get(terminal::look),
    "/terminals/{terminal}/commands" => post(terminal::command),
    "/terminals/{terminal}/parameters" => get(parameters::look).post(parameters::issue_them),
    "/terminals/{terminal}/service-code" => post(terminal::service_code),
    "/terminals/{terminal}/cancel" => post(terminal::cancel),
    "/terminals/{terminal}/commands/{version}/log" => get(terminal::log),
    "/meters/{meter}" => get(meter::look),
    "/meters/{meter}/orders" => post(meter::order),
    "/concentrators" => get(concentrators::look),
    "/concentrators/{area}/{address}" => get(concentrators::look_one),
    "/alerts" => get(inboxes::look_alerts),
    "/alerts/{id}" => post(inboxes::take_alert),
    "/events" => post(inboxes::take_event),
    "/enrolments" => get(inboxes::look_enrolments).post(inboxes::decide_enrolment),
    "/conflicts" => get(inboxes::look_conflicts),
    "/people" => get(people::look).post(people::add),
    "/people/role" => post(people::role),
    "/people/block" => post(people::block),
    "/people/password" => post(people::password),
    "/trail" => get(trail::look),
    "/reports" => get(reports::list),
    "/reports/{name}" => get(reports::look),
    "/reports/losses/mains" => post(mains::put),
    "/new-tariff" => get(tariff_form::look).post(tariff_form::take),
    "/tariffs" => get(tariffs::look).post(tariffs::draft),
    "/tariffs/{utility}/{name}/{version}" => get(tariffs::version).post(tariffs::decide),
    "/settlement" => get(settlement::look),
    "/settlement/registers" => post(settlement::register),
    "/settlement/terms" => post(settlement::terms),
    "/settlement/alarms" => post(settlement::alarms),
    "/settlement/holidays" => post(settlement::holiday),
    "/check" => get(check::look).post(check::take),
    "/assets/office.css" => get(|| asset("text/css; charset=utf-8", STYLE)),
    "/assets/office.js" => get(|| asset("text/javascript; charset=utf-8", SCRIPT)),
    "/assets/icon.svg" => get(|| asset("image/svg+xml", ICON)),
}

async fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// What browsers are told with every page.
async fn guard(request: Request, next: Next) -> Response {
    let asset = request.uri().path().starts_with("/assets/");
    let route = request.extensions().get::<MatchedPath>();
    let scripted = route.is_some_and(|route| SCRIPTED.contains(&route.as_str()));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let kept = match asset {
        true => "public, max-age=3600",
        // What somebody saw is not shown to the next one at this machine.
        false => "no-store",
    };
    let policy = if scripted { SCRIPTED_POLICY } else { POLICY };
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Browsers take it over TLS only (RFC 6797 §8.1).
        (
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=31536000; includeSubDomains",
        ),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, kept),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let opener = header::HeaderName::from_static("cross-origin-opener-policy");
    headers.insert(opener, HeaderValue::from_static("same-origin"));
    response
}
