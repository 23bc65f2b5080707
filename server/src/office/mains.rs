//! Which meter is behind which main meter, for the report of losses.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::desk::{Desk, fields};
use super::page::{PageError, on_to};
use super::rights::DECIDE;
use crate::App;
use crate::api::ApiError;
use crate::audit;
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
    let trouble = PageError::database(words);
    let (tenant, name) = (&staff.tenant, &staff.name);
    let object = format!("{meter} {main}");
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let noted = audit::begin(&mut connection, tenant, name, "meter.main", &object).await;
    let noted = noted.map_err(&trouble)?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let main = Some(main.as_str()).filter(|main| !main.is_empty());
        set_main(&transaction, tenant, &meter, main).await?;
        transaction.commit().await?;
        Ok::<_, MainError>(())
    }
    .await;
    let told = result.as_ref().map_err(outcome);
    let ended = audit::end(&mut connection, tenant, noted, &told).await;
    ended.map_err(&trouble)?;
    match result {
        Ok(()) => Ok(on_to("/reports/losses")),
        Err(MainError::Database(error)) => Err(trouble(error)),
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
