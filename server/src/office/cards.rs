//! Cards: looked up, ordered at a desk, lost, found, made void, taken back, replaced. What happened to a card is in the trail.

use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use serde::Deserialize;

use super::act::act;
use super::desk::{Desk, fields};
use super::moment::moment;
use super::page::{Frame, PageError, done_at, shown};
use super::rights::{DECIDE, SEE_CARDS, WRITE_CARDS};
use crate::App;
use crate::audit;
use crate::cards::{self, Card, CardAct, CardKind, Job, NewCard};
use crate::database::DatabaseError;
use crate::directory::deny::renew;
use crate::staff::Staff;

/// Which cards.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    /// For whom one is to be ordered.
    #[serde(default)]
    account: String,
}

#[derive(Template)]
#[template(path = "cards.html")]
struct CardsPage {
    frame: Frame,
    q: String,
    account: String,
    cards: Vec<Card>,
    jobs: Vec<Job>,
    /// Whether this person may order staff cards, and at which desks.
    decides: bool,
    desks: Vec<String>,
}

/// The terminals, each of which may be a desk.
async fn terminals(
    transaction: &deadpool_postgres::Transaction<'_>,
) -> Result<Vec<String>, DatabaseError> {
    let rows = transaction
        .query("SELECT terminal FROM terminal ORDER BY terminal", &[])
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// The cards that fit, and what desks have to do.
pub(super) async fn look(
    State(app): State<App>,
    desk: Desk,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_CARDS)?;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let q = asked.q.trim();
    let found = match q {
        "" => cards::cards(&transaction, None).await,
        number => cards::search(&transaction, number).await,
    };
    shown(&CardsPage {
        cards: found.map_err(&trouble)?,
        jobs: cards::open_jobs(&transaction).await.map_err(&trouble)?,
        decides: DECIDE.contains(&staff.role),
        desks: terminals(&transaction).await.map_err(&trouble)?,
        q: asked.q,
        account: asked.account,
        frame: desk.frame(),
    })
}

#[derive(Template)]
#[template(path = "card.html")]
struct CardPage {
    frame: Frame,
    card: Card,
    /// The acts that its state allows, and that this person may do.
    acts: Vec<(&'static str, &'static str)>,
    replaces: bool,
    desks: Vec<String>,
    trail: Vec<audit::Line>,
}

impl CardPage {
    fn when(&self, line: &audit::Line) -> String {
        moment(self.frame.zone, Some(line.at))
    }
}

/// The acts of a form, their words for people and in the trail.
const ACTS: [(&str, CardAct, &str, &str); 4] = [
    (
        "lost",
        CardAct::ReportLost,
        "Its holder misses it",
        "card.lost",
    ),
    ("found", CardAct::Find, "It turned up", "card.found"),
    ("revoke", CardAct::Revoke, "Make it void", "card.revoke"),
    (
        "reclaim",
        CardAct::Reclaim,
        "It was handed in",
        "card.reclaim",
    ),
];

/// A staff card opens terminals: managers alone decide about those.
fn may(desk: &Desk, kind: CardKind) -> Result<&Staff, PageError> {
    match kind {
        CardKind::Resident => desk.allow(WRITE_CARDS),
        CardKind::Maintenance | CardKind::Clerk | CardKind::Manager => desk.allow(DECIDE),
    }
}

/// One card.
pub(super) async fn look_one(
    State(app): State<App>,
    desk: Desk,
    Path(number): Path<String>,
) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_CARDS)?;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let found = cards::find(&transaction, &staff.tenant, &number).await;
    let card = found
        .map_err(&trouble)?
        .ok_or(PageError::not_there(desk.words))?;
    let writes = match card.kind {
        CardKind::Resident => WRITE_CARDS,
        CardKind::Maintenance | CardKind::Clerk | CardKind::Manager => DECIDE,
    };
    let writes = writes.contains(&staff.role);
    let acts = ACTS.iter().filter(|(_, act, _, _)| {
        let found_again = *act == CardAct::Find && card.replaced_by.is_some();
        writes && card.state.after(*act).is_ok() && !found_again
    });
    let wanted = audit::Wanted {
        actor: "",
        object: &number,
        before: i64::MAX,
    };
    let trail = audit::list(&transaction, &wanted, 50).await;
    let trail = trail.map_err(&trouble)?;
    shown(&CardPage {
        acts: acts
            .map(|(form, _, words, _)| (*form, desk.words.t(words)))
            .collect(),
        replaces: writes && card.state.after(CardAct::Replace).is_ok(),
        desks: terminals(&transaction).await.map_err(&trouble)?,
        trail: trail
            .into_iter()
            .filter(|line| line.act.starts_with("card."))
            .collect(),
        card,
        frame: desk.frame(),
    })
}

/// The kind of a card, which never changes.
async fn kind_of(app: &App, desk: &Desk, number: &str) -> Result<CardKind, PageError> {
    let tenant = &desk.session.staff.tenant;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(tenant).await.map_err(&trouble)?;
    let found = cards::find(&transaction, tenant, number).await;
    let card = found
        .map_err(&trouble)?
        .ok_or(PageError::not_there(desk.words))?;
    Ok(card.kind)
}

#[derive(Deserialize)]
struct StepForm {
    act: String,
}

/// A step in its life. The list of cards to refuse goes out with it.
pub(super) async fn step(
    State(app): State<App>,
    desk: Desk,
    Path(number): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    desk.allow(WRITE_CARDS)?;
    let form: StepForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let Staff { tenant, name, .. } = may(&desk, kind_of(&app, &desk, &number).await?)?;
    let found = ACTS.iter().find(|(act, ..)| *act == form.act);
    let (_, card_act, _, word) = *found.ok_or(PageError::form(desk.words))?;
    act(&app, &desk, (word, &number), async |transaction| {
        cards::act(transaction, tenant, &number, card_act).await?;
        renew(transaction, &app.keys, tenant, name, (app.clock)()).await?;
        Ok(())
    })
    .await?;
    Ok(done_at(&format!("/cards/{number}")))
}

#[derive(Deserialize)]
struct DeskForm {
    terminal: String,
}

/// Another card takes its place, which a desk makes.
pub(super) async fn replace(
    State(app): State<App>,
    desk: Desk,
    Path(number): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    desk.allow(WRITE_CARDS)?;
    let form: DeskForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let Staff { tenant, name, .. } = may(&desk, kind_of(&app, &desk, &number).await?)?;
    let new = act(
        &app,
        &desk,
        ("card.replace", &number),
        async |transaction| {
            let (new, _) =
                cards::replace(transaction, tenant, &number, &form.terminal, name).await?;
            renew(transaction, &app.keys, tenant, name, (app.clock)()).await?;
            Ok(new)
        },
    )
    .await?;
    Ok(done_at(&format!("/cards/{new}")))
}

#[derive(Deserialize)]
struct OrderForm {
    terminal: String,
    /// For this account; empty for staff.
    #[serde(default)]
    account: String,
    /// Of staff.
    #[serde(default)]
    kind: String,
}

/// A new card, which a desk makes.
pub(super) async fn order(
    State(app): State<App>,
    desk: Desk,
    request: Request,
) -> Result<Response, PageError> {
    desk.allow(WRITE_CARDS)?;
    let form: OrderForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let account = Some(form.account.trim()).filter(|account| !account.is_empty());
    let kind = match account {
        Some(_) => CardKind::Resident,
        None => CardKind::parse(&form.kind)
            .filter(|kind| *kind != CardKind::Resident)
            .ok_or(PageError::form(desk.words))?,
    };
    let Staff { tenant, name, .. } = may(&desk, kind)?;
    let object = account.unwrap_or(kind.name());
    let number = act(&app, &desk, ("card.order", object), async |transaction| {
        let new = NewCard {
            account,
            kind,
            terminal: &form.terminal,
            by: name,
        };
        let (number, _) = cards::order(transaction, tenant, new).await?;
        Ok(number)
    })
    .await?;
    Ok(done_at(&format!("/cards/{number}")))
}
