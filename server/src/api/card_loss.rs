//! A card's loss, reported at a terminal.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::TerminalCall;
use super::error::ApiError;
use super::money::heard;
use crate::App;
use crate::audit;
use crate::cards::CardError;
use crate::cards::loss::{self, Loss};
use crate::directory::deny::renew;

/// What the resident typed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LossBody {
    /// The number of one of the account's meters, digits.
    meter: String,
    /// The digits of the card's number.
    card: String,
}

/// The card is blocked.
#[derive(Debug, Serialize, ToSchema)]
pub struct LossAnswer {
    /// The card's number.
    card: String,
    /// `lost`; or `revoked` or `reclaimed`, where it was void before.
    state: &'static str,
}

/// A resident misses their card
///
/// It is refused everywhere from the list on that goes out with this; a clerk finds it again. May be asked twice.
#[utoipa::path(
    post, path = "/api/v1/card-losses", tag = "terminals", request_body = LossBody,
    responses(
        (status = 200, description = "The card is blocked", body = LossAnswer),
        (status = 401, description = "Not signed by the log's key", body = ApiError),
        (status = 404, description = "Not a card of this meter's account in the terminal's district", body = ApiError),
        (status = 429, description = "Too many tries were wrong today: `tries`", body = ApiError),
    )
)]
pub(super) async fn report(
    State(app): State<App>,
    call: TerminalCall,
) -> Result<Json<LossAnswer>, ApiError> {
    let body: LossBody = heard(&call.body)?;
    let loss = Loss {
        meter: &body.meter,
        digits: &body.card,
    };
    if !loss.is_plain() {
        return Err(CardError::NoCard("this number".to_owned()).into());
    }
    let (tenant, actor) = (call.origin.tenant(), loss::actor(&call.origin));
    let mut connection = app.database.connection().await?;
    {
        let transaction = connection.begin(tenant).await?;
        loss::allow(&transaction, &call.origin, &loss).await?;
    }
    let noted = audit::begin(&mut connection, tenant, &actor, loss::ACT, &loss.object()).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let reported = loss::report(&transaction, &call.origin, &loss).await?;
        if reported.changed {
            renew(&transaction, &app.keys, tenant, &actor, (app.clock)()).await?;
        }
        transaction.commit().await?;
        Ok::<_, ApiError>(LossAnswer {
            card: reported.number,
            state: reported.state.name(),
        })
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result.map(Json)
}
