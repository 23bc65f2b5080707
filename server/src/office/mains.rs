//! Which meter is behind which main meter, for the report of losses.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use deadpool_postgres::Transaction;
use serde::Deserialize;

use super::act::tried;
use super::desk::{Desk, fields};
use super::page::{PageError, on_to};
use super::rights::DECIDE;
use crate::App;
use crate::api::ApiError;
use crate::database::storable;
use crate::report::{MainError, set_main};

#[derive(Deserialize)]
struct MainForm {
    meter: String,
    /// Empty: behind none.
    #[serde(default)]
    main: String,
}

/// Puts a meter behind another one, into the trail before and after.
pub(super) async fn put(
    State(app): State<App>,
    desk: Desk,
    request: Request,
) -> Result<Response, PageError> {
    let staff = desk.allow(DECIDE)?;
    let words = desk.words;
    let form: MainForm = fields(&app, request, (words, &desk.session)).await?;
    let (meter, main) = (storable(form.meter.trim()), storable(form.main.trim()));
    let object = format!("{meter} {main}");
    let work = async |transaction: &Transaction<'_>| {
        let main = Some(main.as_str()).filter(|main| !main.is_empty());
        set_main(transaction, &staff.tenant, &meter, main).await
    };
    match tried(&app, &desk, ("meter.main", &object), work, outcome).await? {
        Ok(()) => Ok(on_to("/reports/losses")),
        Err(MainError::Database(error)) => Err(PageError::database(words)(error)),
        Err(MainError::NoMeter(_)) => Err(PageError::input(words, "123456789012")),
        Err(MainError::Unfit) => Err(PageError::input(words, "A \u{2260} B")),
    }
}

/// As the trail has it.
fn outcome(error: &MainError) -> ApiError {
    let (status, code) = match error {
        MainError::Database(_) => (StatusCode::INTERNAL_SERVER_ERROR, "failed"),
        MainError::NoMeter(_) => (StatusCode::NOT_FOUND, "no_meter"),
        MainError::Unfit => (StatusCode::UNPROCESSABLE_ENTITY, "unfit"),
    };
    ApiError::new(status, code, error.to_string())
}
