//! Accounts as people write them: opened, corrected, handed to another holder, closed.

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::act::act;
use super::desk::{Desk, fields};
use super::page::{Frame, PageError, done_at, shown};
use super::rights::{REMOVE_ACCOUNTS, WRITE_ACCOUNTS};
use crate::App;
use crate::api::ApiError;
use crate::directory::edit::{edit, open};
use crate::directory::handover::{HandOver, hand_over};
use crate::directory::pricing::set_pricing;
use crate::directory::{NewAccount, change, one};

#[derive(Template)]
#[template(path = "account_new.html")]
struct NewPage {
    frame: Frame,
}

/// The form for a new account.
pub(super) async fn look_new(desk: Desk) -> Result<Response, PageError> {
    desk.allow(WRITE_ACCOUNTS)?;
    shown(&NewPage {
        frame: desk.frame(),
    })
}

#[derive(Deserialize)]
struct NewForm {
    account: String,
    district: String,
    name: String,
    place: String,
}

/// A new account.
pub(super) async fn create(
    State(app): State<App>,
    desk: Desk,
    request: Request,
) -> Result<Response, PageError> {
    let staff = desk.allow(WRITE_ACCOUNTS)?;
    let form: NewForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let account = form.account.trim().to_owned();
    let new = NewAccount {
        account: account.clone(),
        district: form.district.trim().to_owned(),
        name: form.name.trim().to_owned(),
        place: form.place.trim().to_owned(),
        meters: Vec::new(),
        cards: Vec::new(),
    };
    let by = desk.by(&app);
    act(
        &app,
        &desk,
        ("account.open", &account),
        async |transaction| Ok(open(transaction, &staff.tenant, by, new).await?),
    )
    .await?;
    Ok(done_at(&format!("/accounts/{account}")))
}

#[derive(Deserialize)]
struct EditForm {
    district: String,
    name: String,
    place: String,
}

/// Corrects where it is and how its holder is written.
pub(super) async fn correct(
    State(app): State<App>,
    desk: Desk,
    Path(account): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let staff = desk.allow(WRITE_ACCOUNTS)?;
    let form: EditForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let by = desk.by(&app);
    act(
        &app,
        &desk,
        ("account.correct", &account),
        async |transaction| {
            let work = |new: &mut NewAccount| {
                form.district.trim().clone_into(&mut new.district);
                form.name.trim().clone_into(&mut new.name);
                form.place.trim().clone_into(&mut new.place);
                Ok(())
            };
            Ok(edit(transaction, &staff.tenant, by, &account, work).await?)
        },
    )
    .await?;
    Ok(done_at(&format!("/accounts/{account}")))
}

#[derive(Deserialize)]
struct PricingForm {
    #[serde(default)]
    household: String,
    #[serde(default)]
    meter: String,
    #[serde(default)]
    tariff: String,
}

/// The people of the household, and the tariff of a meter.
pub(super) async fn pricing(
    State(app): State<App>,
    desk: Desk,
    Path(account): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let staff = desk.allow(WRITE_ACCOUNTS)?;
    let form: PricingForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let household = match form.household.trim() {
        "" => None,
        people => {
            let number = people.parse();
            Some(number.map_err(|_| PageError::input(desk.words, "1 – 100"))?)
        }
    };
    let some = |text: &'_ str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    let (meter, tariff) = (some(&form.meter), some(&form.tariff));
    let meter = meter.as_deref().map(|meter| (meter, tariff.as_deref()));
    let object = format!("{account} {household:?} {meter:?}");
    act(
        &app,
        &desk,
        ("account.pricing", &object),
        async |transaction| {
            Ok(set_pricing(transaction, &staff.tenant, &account, household, meter).await?)
        },
    )
    .await?;
    Ok(done_at(&format!("/accounts/{account}#pricing")))
}

#[derive(Deserialize)]
struct HolderForm {
    name: String,
    /// The wallet's money goes to the new holder.
    #[serde(default)]
    with_money: Option<String>,
}

/// Another holder: the old one's cards are void.
pub(super) async fn holder(
    State(app): State<App>,
    desk: Desk,
    Path(account): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let staff = desk.allow(WRITE_ACCOUNTS)?;
    let form: HolderForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let by = desk.by(&app);
    let wanted = HandOver {
        account: &account,
        name: form.name.trim(),
        with_money: form.with_money.is_some(),
    };
    act(
        &app,
        &desk,
        ("account.hand_over", &account),
        async |transaction| {
            Ok(hand_over(transaction, &app.keys, &staff.tenant, by, &wanted).await?)
        },
    )
    .await?;
    Ok(done_at(&format!("/accounts/{account}")))
}

/// Closes it: nothing of it may be open. What people know of its holder is forgotten, the books are not.
pub(super) async fn close(
    State(app): State<App>,
    desk: Desk,
    Path(account): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    #[derive(Deserialize)]
    struct Nothing {}
    let staff = desk.allow(REMOVE_ACCOUNTS)?;
    let Nothing {} = fields(&app, request, (desk.words, &desk.session)).await?;
    let by = desk.by(&app);
    act(
        &app,
        &desk,
        ("account.close", &account),
        async |transaction| {
            let found = one(transaction, &staff.tenant, &account).await?;
            if found.is_some_and(|found| !found.meters.is_empty()) {
                return Err(ApiError::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "meters",
                    "take its meters down first, so that what is left in them is not lost",
                ));
            }
            let gone = [account.clone()];
            change(transaction, &staff.tenant, by, &[], &gone).await?;
            Ok(())
        },
    )
    .await?;
    Ok(done_at("/accounts"))
}
