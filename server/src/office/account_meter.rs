//! An account's meters as people write them: put up, corrected, replaced, taken down.

use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use meterpost_bus::meter::Profile;
use meterpost_ledger::Money;
use meterpost_ledger::bulletin::directory::MeterRecord;
use serde::Deserialize;

use super::act::{act, form_id};
use super::counter::read_amount;
use super::desk::{Desk, fields};
use super::page::{Frame, PageError, done_at, shown};
use super::rights::WRITE_ACCOUNTS;
use crate::App;
use crate::directory::edit::edit;
use crate::directory::removal::{TakeDown, take_down};
use crate::directory::{NewAccount, one};

const UTILITIES: [&str; 5] = ["electricity", "water", "hot_water", "gas", "heat"];

#[derive(Template)]
#[template(path = "account_meter.html")]
struct MeterPage {
    frame: Frame,
    account: String,
    is_new: bool,
    fields: Fields,
    utilities: [&'static str; 5],
    profiles: Vec<&'static str>,
    /// For what happens once.
    id: String,
}

/// What the form shows.
#[derive(Default)]
struct Fields {
    number: String,
    utility: String,
    profile: String,
    address: String,
    segment: u8,
    baud: String,
    parity: String,
    customer: String,
    place: String,
    low_balance: String,
    on_account: bool,
}

impl From<MeterRecord> for Fields {
    fn from(meter: MeterRecord) -> Fields {
        Fields {
            number: meter.number,
            utility: meter.utility,
            profile: meter.profile,
            address: meter.address,
            segment: meter.segment,
            baud: meter.baud.map_or_else(String::new, |baud| baud.to_string()),
            parity: meter.parity.unwrap_or_default(),
            customer: meter.customer.unwrap_or_default(),
            place: meter.place,
            low_balance: Money(meter.low_balance).to_string(),
            on_account: meter.on_account,
        }
    }
}

/// Which meter; none for a new one.
#[derive(Deserialize)]
pub(super) struct Which {
    meter: Option<String>,
}

/// The forms for a meter.
pub(super) async fn look(
    State(app): State<App>,
    desk: Desk,
    Path(account): Path<String>,
    Query(which): Query<Which>,
) -> Result<Response, PageError> {
    let staff = desk.allow(WRITE_ACCOUNTS)?;
    let trouble = PageError::database(desk.words);
    let not_there = || PageError::not_there(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let found = one(&transaction, &staff.tenant, &account).await;
    let found = found.map_err(&trouble)?.ok_or_else(not_there)?;
    let meter = match which.meter {
        None => None,
        Some(number) => {
            let mut all = found.meters.into_iter();
            let own = all.find(|meter| meter.number == number);
            Some(own.ok_or_else(not_there)?)
        }
    };
    shown(&MeterPage {
        frame: desk.frame(),
        account,
        is_new: meter.is_none(),
        fields: meter.map_or_else(
            || Fields {
                segment: 1,
                ..Fields::default()
            },
            Fields::from,
        ),
        utilities: UTILITIES,
        profiles: Profile::builtin_names().collect(),
        id: form_id().map_err(|_| PageError::trouble(desk.words))?,
    })
}

#[derive(Deserialize)]
struct MeterForm {
    number: String,
    utility: String,
    profile: String,
    address: String,
    segment: u8,
    #[serde(default)]
    baud: String,
    #[serde(default)]
    parity: String,
    #[serde(default)]
    customer: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    low_balance: String,
    #[serde(default)]
    on_account: Option<String>,
    /// It is a new one: none of this number may be there.
    #[serde(default)]
    new: Option<String>,
}

/// A text, or nothing where it is empty.
fn some(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

impl MeterForm {
    fn record(&self) -> Result<MeterRecord, &'static str> {
        let low_balance = match some(&self.low_balance) {
            None => Money::ZERO,
            Some(text) if text == "0" || text == "0.00" => Money::ZERO,
            Some(text) => {
                read_amount(&text).ok_or("the low balance is an amount such as 20 or 20.00")?
            }
        };
        let baud = some(&self.baud).map(|text| text.parse().map_err(|_| "baud is a number"));
        Ok(MeterRecord {
            number: self.number.trim().to_owned(),
            utility: self.utility.clone(),
            profile: self.profile.clone(),
            address: self.address.trim().to_owned(),
            segment: self.segment,
            baud: baud.transpose()?,
            parity: some(&self.parity),
            customer: some(&self.customer),
            place: self.place.trim().to_owned(),
            low_balance: low_balance.0,
            owner: None,
            on_account: self.on_account.is_some(),
        })
    }
}

/// Puts a meter up, or corrects it.
pub(super) async fn put(
    State(app): State<App>,
    desk: Desk,
    Path(account): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let staff = desk.allow(WRITE_ACCOUNTS)?;
    let form: MeterForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let record = form.record();
    let record = record.map_err(|why| PageError::input(desk.words, why))?;
    let object = format!("{account} {}", record.number);
    let by = desk.by(&app);
    let is_new = form.new.is_some();
    act(&app, &desk, ("meter.put", &object), async |transaction| {
        let work = |new: &mut NewAccount| {
            let own = |meter: &&mut MeterRecord| meter.number == record.number;
            match (new.meters.iter_mut().find(own), is_new) {
                (Some(_), true) => return Err("it has a meter with this number already"),
                (None, false) => return Err("the meter is not this account's any more"),
                (Some(old), false) => {
                    *old = MeterRecord {
                        owner: old.owner.clone(),
                        ..record.clone()
                    };
                }
                (None, true) => new.meters.push(record.clone()),
            }
            Ok(())
        };
        Ok(edit(transaction, &staff.tenant, by, &account, work).await?)
    })
    .await?;
    Ok(done_at(&format!("/accounts/{account}")))
}

#[derive(Deserialize)]
struct DownForm {
    id: String,
    meter: String,
    reading: String,
    balance: String,
    #[serde(default)]
    new_number: String,
    #[serde(default)]
    new_address: String,
    reason: String,
}

/// Takes a meter down, with or without another in its place.
pub(super) async fn down(
    State(app): State<App>,
    desk: Desk,
    Path(account): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let staff = desk.allow(WRITE_ACCOUNTS)?;
    let form: DownForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let balance = match form.balance.trim() {
        "0" | "0.00" => Money::ZERO,
        text => read_amount(text).ok_or(PageError::input(
            desk.words,
            "what is left in the meter is an amount such as 0, 12 or 12.50",
        ))?,
    };
    let replacement = match (form.new_number.trim(), form.new_address.trim()) {
        ("", "") => None,
        (number, address) if !number.is_empty() && !address.is_empty() => Some((number, address)),
        _ => {
            return Err(PageError::input(
                desk.words,
                "a new meter has a number and an address",
            ));
        }
    };
    let asked = TakeDown {
        id: &form.id,
        account: &account,
        meter: &form.meter,
        reading: form.reading.trim(),
        balance,
        replacement,
        reason: form.reason.trim(),
    };
    let by = desk.by(&app);
    let object = format!("{account} {} {balance} {}", form.meter, form.id);
    act(
        &app,
        &desk,
        ("meter.take_down", &object),
        async |transaction| Ok(take_down(transaction, &staff.tenant, by, &asked).await?),
    )
    .await?;
    Ok(done_at(&format!("/accounts/{account}")))
}
