//! An account's page: who and where, meters, cards, the wallet, what is waiting, and its history.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::act::form_id;
use super::desk::Desk;
use super::moment::moment;
use super::page::{Frame, PageError, shown};
use super::rights::{MOVE_MONEY, REMOVE_ACCOUNTS, SEE_ACCOUNTS, WRITE_ACCOUNTS, WRITE_CARDS};
use crate::App;
use crate::cards;
use crate::directory::history::{Changed, history};
use crate::directory::pricing::{Pricing, pricing};
use crate::directory::removal::{Removal, removals};
use crate::directory::{AccountRow, one};
use crate::wallet::{Balances, StatementLine, balances, statement};

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
    history: Vec<Changed>,
    removals: Vec<Removal>,
    pricing: Pricing,
    /// For the forms that do something once.
    id: String,
    /// What this person may do.
    takes: bool,
    writes: bool,
    removes: bool,
    orders_cards: bool,
}

impl AccountPage {
    fn when(&self, at: i64) -> String {
        moment(self.frame.zone, Some(at))
    }

    /// What can be given back of a line, as a word for the form.
    fn gives_back(&self, line: &StatementLine) -> bool {
        let kinds = [
            "wallet.top_up",
            "meter.returned",
            "hold.captured",
            "hold.spent",
            "payment.received",
        ];
        self.takes && kinds.contains(&line.kind.as_str())
    }
}

/// The page.
pub(super) async fn look(
    State(app): State<App>,
    desk: Desk,
    Path(account): Path<String>,
) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_ACCOUNTS)?;
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
    let may = |roles: &[_]| roles.contains(&staff.role);
    shown(&AccountPage {
        account: found,
        cards: cards.map_err(&trouble)?.into_iter().map(line).collect(),
        balances: balances(&transaction, &account).await.map_err(&trouble)?,
        lines: statement(&transaction, &account).await.map_err(&trouble)?,
        history: history(&transaction, &account).await.map_err(&trouble)?,
        removals: removals(&transaction, Some(&account))
            .await
            .map_err(&trouble)?,
        pricing: pricing(&transaction, &account).await.map_err(&trouble)?,
        id: form_id().map_err(|_| PageError::trouble(desk.words))?,
        takes: may(MOVE_MONEY),
        writes: may(WRITE_ACCOUNTS),
        removes: may(REMOVE_ACCOUNTS),
        orders_cards: may(WRITE_CARDS),
        frame: desk.frame(),
    })
}
