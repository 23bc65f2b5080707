//! Money paid in at the counter, and the receipt for it.

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use meterpost_ledger::Money;
use serde::Deserialize;

use super::act::act;
use super::desk::{Desk, fields};
use super::moment::moment;
use super::page::{Frame, PageError, on_to, shown};
use super::rights::{MOVE_MONEY, SEE_ACCOUNTS};
use crate::App;
use crate::directory::one;
use crate::typed::with_places;
use crate::wallet::{Means, Receipt, TopUp, receipt, top_up};

/// Money on the counter.
#[derive(Deserialize)]
struct TakeForm {
    id: String,
    amount: String,
    means: String,
    #[serde(default)]
    reference: String,
}

/// It goes into the wallet, once, and into the trail before and after.
pub(super) async fn take(
    State(app): State<App>,
    desk: Desk,
    Path(account): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let staff = desk.allow(MOVE_MONEY)?;
    let words = desk.words;
    let form: TakeForm = fields(&app, request, (words, &desk.session)).await?;
    let amount = read_amount(&form.amount);
    let amount = amount.ok_or(PageError::input(words, "50 / 50.00"))?;
    let means = Means::parse(&form.means).ok_or(PageError::form(words))?;
    let asked = TopUp {
        id: &form.id,
        account: &account,
        amount,
        means,
        reference: form.reference.trim(),
    };
    let object = format!("{account} {amount} {} {}", form.means, form.id);
    let posted = act(
        &app,
        &desk,
        ("wallet.top_up", &object),
        async |transaction| Ok(top_up(transaction, staff, &asked, (app.clock)()).await?),
    )
    .await?;
    Ok(on_to(&format!("/receipts/{}?done=1", posted.journal())))
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    frame: Frame,
    tenant: String,
    receipt: Receipt,
    /// Who lives there, as it is now.
    name: String,
    place: String,
}

impl ReceiptPage {
    fn when(&self) -> String {
        moment(self.frame.zone, Some(self.receipt.at))
    }
}

/// The receipt of a top-up, to be printed; it can be printed again.
pub(super) async fn receipt_of(
    State(app): State<App>,
    desk: Desk,
    Path(journal): Path<i64>,
) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_ACCOUNTS)?;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let found = receipt(&transaction, journal).await.map_err(&trouble)?;
    let receipt = found.ok_or(PageError::not_there(desk.words))?;
    let account = one(&transaction, &staff.tenant, &receipt.account).await;
    let (name, place) = account
        .map_err(&trouble)?
        .map_or_else(Default::default, |account| (account.name, account.place));
    shown(&ReceiptPage {
        frame: desk.frame(),
        tenant: staff.tenant.to_string(),
        receipt,
        name,
        place,
    })
}

/// An amount as people type it: whole, or with two places; a comma is a point.
pub(super) fn read_amount(text: &str) -> Option<Money> {
    let text = text.trim().replace(',', ".");
    with_places(&text)
        .parse()
        .ok()
        .filter(|amount| *amount > Money::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_type_them_and_never_guessed() {
        for (text, amount) in [
            ("50", Some(5000)),
            (" 50.00 ", Some(5000)),
            ("50,25", Some(5025)),
            ("0.01", Some(1)),
            ("0", None),
            ("-5", None),
            ("50.5", Some(5050)),
            ("50.505", None),
            ("1,000.00", None),
            ("1e3", None),
            ("", None),
        ] {
            assert_eq!(read_amount(text), amount.map(Money), "{text}");
        }
    }
}
