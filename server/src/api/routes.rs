//! All routes, with the limits that hold on every one of them.

use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::{
    alert, bulletin, card, card_job, card_loss, command, directory, enrolment, head_end, issue,
    leases, log, manage, observe, orders, payment, payment_desk, readings, reversal, status,
    wallet, wallet_desk,
};
use crate::App;
use crate::metrics::Answered;
use crate::office;

/// Longest body read, in bytes, as it travels.
pub const MAX_BODY_BYTES: usize = 1024 * 1024 + 64 * 1024;
/// How long a request may take.
const LONGEST: Duration = Duration::from_secs(30);

#[derive(OpenApi)]
#[openapi(info(
    title = "Meterpost",
    description = "What terminals and people ask the server. Terminals sign each call (docs/server.md).",
    license(name = "MIT OR Apache-2.0")
))]
struct Document;

fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(observe::health))
        .routes(routes!(observe::witness))
        .routes(routes!(enrolment::enrol))
        .routes(routes!(log::entries))
        .routes(routes!(log::add_checkpoint))
        .routes(routes!(manage::waiting))
        .routes(routes!(manage::approve_one))
        .routes(routes!(manage::refuse_one))
        .routes(routes!(manage::heads))
        .routes(routes!(manage::conflicts))
        .routes(routes!(issue::limits))
        .routes(routes!(issue::parameters))
        .routes(routes!(issue::tariffs))
        .routes(routes!(bulletin::issued))
        .routes(routes!(status::report))
        .routes(routes!(command::give, command::list))
        .routes(routes!(command::cancel))
        .routes(routes!(command::read_log))
        .routes(routes!(command::bring_log))
        .routes(routes!(alert::list))
        .routes(routes!(alert::take))
        .routes(routes!(directory::put, directory::list))
        .routes(routes!(directory::assign))
        .routes(routes!(directory::fetch))
        .routes(routes!(wallet::balance))
        .routes(routes!(wallet::put_aside))
        .routes(routes!(payment::create, payment_desk::listed))
        .routes(routes!(payment::state))
        .routes(routes!(payment::cancel))
        .routes(routes!(payment::take))
        .routes(routes!(payment::callback))
        .routes(routes!(payment_desk::refund))
        .routes(routes!(wallet_desk::pay_in))
        .routes(routes!(wallet_desk::look))
        .routes(routes!(wallet_desk::open_holds))
        .routes(routes!(wallet_desk::open_disputes))
        .routes(routes!(wallet_desk::end_one))
        .routes(routes!(reversal::request, reversal::requested))
        .routes(routes!(reversal::approve))
        .routes(routes!(reversal::refuse))
        .routes(routes!(card::list, card::order))
        .routes(routes!(card::lost))
        .routes(routes!(card::found))
        .routes(routes!(card::revoke))
        .routes(routes!(card::reclaim))
        .routes(routes!(card::replace))
        .routes(routes!(card::make))
        .routes(routes!(card_loss::report))
        .routes(routes!(card_job::list))
        .routes(routes!(card_job::next))
        .routes(routes!(card_job::certify))
        .routes(routes!(card_job::done))
        .routes(routes!(card_job::failed))
        .routes(routes!(head_end::add, head_end::all))
        .routes(routes!(head_end::point))
        .routes(routes!(orders::give, orders::given))
        .routes(routes!(orders::settle))
        .routes(routes!(readings::of_meter))
        .routes(routes!(leases::all))
        .routes(routes!(leases::hand))
        .routes(routes!(leases::fence))
}

/// The description of all routes (OpenAPI 3.1).
pub fn openapi() -> utoipa::openapi::OpenApi {
    described().split_for_parts().1
}

/// All routes.
pub fn router(app: App) -> Router {
    let (routes, document) = described().split_for_parts();
    routes
        .merge(office::router())
        .route(
            "/api/v1/openapi.json",
            axum::routing::get(|| async move { axum::Json(document) }),
        )
        .fallback(|| async {
            ApiError::new(
                StatusCode::NOT_FOUND,
                "no_route",
                "there is nothing under this address",
            )
        })
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            LONGEST,
        ))
        .layer(from_fn_with_state(app.clone(), count))
        .with_state(app)
}

async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let began = Instant::now();
    let response = next.run(request).await;
    app.metrics.seconds.observe(began.elapsed().as_secs_f64());
    let status = response.status().as_u16();
    app.metrics
        .requests
        .get_or_create(&Answered { route, status })
        .inc();
    response
}
