//! An account's page: who and where, meters, cards, the wallet; and money paid in at the counter.

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use meterpost_ledger::Money;
use serde::Deserialize;

use super::accounts::LOOKING;
use super::desk::{Desk, fields};
use super::home::moment;
use super::page::{Frame, PageError, on_to, shown};
use crate::App;
use crate::api::ApiError;
use crate::audit;
use crate::cards;
use crate::directory::{AccountRow, one};
use crate::staff::Role;
use crate::wallet::{
    Balances, Means, StatementLine, TopUp, WalletError, balances, statement, top_up,
};

/// Who takes money.
const TAKING: [Role; 2] = [Role::Manager, Role::Clerk];

struct CardLine {
    number: String,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    account: AccountRow,
    cards: Vec<CardLine>,
    balances: Balances,
    lines: Vec<StatementLine>,
    /// Whether this person may take money; then the form's own name for it.
    takes: Option<String>,
}

impl AccountPage {
    fn when(&self, line: &StatementLine) -> String {
        moment(Some(line.at))
    }
}

/// The page.
pub(super) async fn look(
    State(app): State<App>,
    desk: Desk,
    Path(account): Path<String>,
) -> Result<Response, PageError> {
    let staff = desk.allow(&LOOKING)?;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let found = one(&transaction, &staff.tenant, &account).await;
    let found = found
        .map_err(&trouble)?
        .ok_or(PageError::not_there(desk.words))?;
    let cards = cards::cards(&transaction, Some(&account)).await;
    let line = |card: cards::Card| CardLine {
        number: card.number,
        state: card.state.name(),
    };
    let balances = balances(&transaction, &account).await.map_err(&trouble)?;
    let lines = statement(&transaction, &account).await.map_err(&trouble)?;
    let takes = match TAKING.contains(&staff.role) {
        true => Some(new_id().ok_or(PageError::trouble(desk.words))?),
        false => None,
    };
    shown(&AccountPage {
        frame: desk.frame(),
        account: found,
        cards: cards.map_err(&trouble)?.into_iter().map(line).collect(),
        balances,
        lines,
        takes,
    })
}

/// A name for a top-up that is given out with its form, so that a form sent twice takes the money once.
fn new_id() -> Option<String> {
    let mut random = [0; 16];
    meterpost_ledger::signing::system_entropy(&mut random).ok()?;
    Some(format!("desk-{}", hex::encode(random)))
}

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
    let staff = desk.allow(&TAKING)?;
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
    let trouble = PageError::database(words);
    let object = format!("{account} {amount} {} {}", form.means, form.id);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let (tenant, name) = (&staff.tenant, &staff.name);
    let noted = audit::begin(&mut connection, tenant, name, "wallet.top_up", &object).await;
    let noted = noted.map_err(&trouble)?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        top_up(&transaction, staff, &asked, (app.clock)()).await?;
        transaction.commit().await?;
        Ok::<_, WalletError>(())
    }
    .await;
    let answer = match &result {
        Ok(()) => Ok(()),
        Err(error) => Err(PageError::wallet(words, error)),
    };
    let outcome = result.map_err(ApiError::from);
    let ended = audit::end(&mut connection, tenant, noted, &outcome).await;
    ended.map_err(&trouble)?;
    answer?;
    Ok(on_to(&format!("/accounts/{account}#wallet")))
}

/// An amount as people type it: whole, or with two places; a comma is a point.
fn read_amount(text: &str) -> Option<Money> {
    let text = text.trim().replace(',', ".");
    let whole = text.bytes().all(|byte| byte.is_ascii_digit());
    let text = if whole { format!("{text}.00") } else { text };
    text.parse().ok().filter(|amount| *amount > Money::ZERO)
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
