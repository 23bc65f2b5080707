//! A slip's code checked, for anybody: no session, nothing personal. Whoever checks is measured by their address.

use askama::Template;
use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::tz::Offset;
use meterpost_ledger::Money;
use serde::Deserialize;

use super::cookies;
use super::moment::moment;
use super::page::{Frame, PageError, shown};
use super::words::Language;
use crate::App;
use crate::peer::Peer;
use crate::receipts::{Checked, Kind, ShownSlip, Verdict, check};

/// A code, pasted or scanned; in an address as well, for whoever makes links of it.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    code: String,
}

#[derive(Template)]
#[template(path = "check.html")]
struct CheckPage {
    frame: Frame,
    too_often: bool,
    told: Option<Told>,
}

/// A verdict in words.
struct Told {
    /// How it looks: `good`, `wait` or `wrong`.
    look: &'static str,
    says: &'static str,
    /// What to do next.
    next: &'static str,
    slip: Option<SlipLines>,
}

struct SlipLines {
    kind: &'static str,
    amount: Option<Money>,
    utility: Option<&'static str>,
    meter: Option<String>,
    when: String,
    clock_set: bool,
    terminal: String,
    place: Option<String>,
    entry: u64,
}

/// The page, and the verdict where a code is in the address.
pub(super) async fn look(
    State(app): State<App>,
    from: ConnectInfo<Peer>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, PageError> {
    let Query(asked) = asked.unwrap_or_default();
    match asked.code.trim().is_empty() {
        true => page(cookies::language(&headers), false, None),
        false => told(&app, from, &headers, &asked.code).await,
    }
}

/// The verdict.
pub(super) async fn take(
    State(app): State<App>,
    from: ConnectInfo<Peer>,
    headers: HeaderMap,
    form: Result<Form<Asked>, FormRejection>,
) -> Result<Response, PageError> {
    // What is no form, or longer than any code, is no code either.
    let Form(asked) = form.unwrap_or_default();
    told(&app, from, &headers, &asked.code).await
}

async fn told(
    app: &App,
    ConnectInfo(from): ConnectInfo<Peer>,
    headers: &HeaderMap,
    code: &str,
) -> Result<Response, PageError> {
    let words = cookies::language(headers);
    if !app.quotas.check(from) {
        let page = page(words, true, None)?;
        return Ok((StatusCode::TOO_MANY_REQUESTS, page).into_response());
    }
    let checked = check(&app.database, code).await;
    let checked = checked.map_err(PageError::witness(words))?;
    page(words, false, Some(in_words(words, checked)))
}

fn page(words: Language, too_often: bool, told: Option<Told>) -> Result<Response, PageError> {
    shown(&CheckPage {
        frame: Frame::outside(words),
        too_often,
        told,
    })
}

fn in_words(words: Language, checked: Checked) -> Told {
    let t = |text| words.t(text);
    let (look, says, next) = match checked.verdict {
        Verdict::OnRecord => (
            "good",
            t("Genuine and on record"),
            t(
                "A terminal printed this, and the server has it on record. There is nothing to do; keep the slip.",
            ),
        ),
        Verdict::NotYet => (
            "wait",
            t("Genuine, not yet on record"),
            t(
                "A terminal signed this, but has not brought it to the server yet, as while it has no network. Keep the slip and check it again tomorrow. If it is still not on record then, bring it to the office.",
            ),
        ),
        Verdict::Contradicted => (
            "wrong",
            t("Warning: signed by the terminal, but the record says something else"),
            t(
                "Something is wrong with this terminal, or the slip was made with a stolen key. The operator has been told. Bring the slip to the office; do not pay or hand out anything for it before.",
            ),
        ),
        Verdict::NotGenuine => (
            "wrong",
            t("Not genuine"),
            t(
                "No terminal of this operator signed this. Nothing on such a slip counts. If a terminal printed it for you, bring it to the office and say which terminal.",
            ),
        ),
        Verdict::Unreadable => (
            "wait",
            t("Unreadable"),
            t(
                "This is not the whole text of a slip's code. Scan it again in good light, flat, and copy all of the text from MP1: to its end.",
            ),
        ),
    };
    Told {
        look,
        says,
        next,
        slip: checked.slip.map(|slip| lines(words, slip)),
    }
}

fn lines(words: Language, slip: ShownSlip) -> SlipLines {
    let t = |text| words.t(text);
    let kind = match slip.kind {
        Kind::Receipt => t("Receipt: the credit is at the meter"),
        Kind::Claim => t("Claim: the terminal owes this money"),
        Kind::Pending => t("Pending: it is not known yet whether the credit reached the meter"),
        Kind::Other => t("A slip printed long after its sale; its code does not say more"),
    };
    let utility = slip.utility.as_deref().and_then(|utility| match utility {
        "electricity" => Some(t("Electricity")),
        "water" => Some(t("Water")),
        "hot_water" => Some(t("Hot water")),
        "gas" => Some(t("Gas")),
        "heat" => Some(t("Heat")),
        _ => None,
    });
    SlipLines {
        kind,
        amount: slip.amount,
        utility,
        meter: slip.meter,
        when: moment(Offset::UTC, Some(slip.at)),
        clock_set: slip.clock_set,
        terminal: format!("{} ({})", slip.terminal, slip.tenant),
        place: slip.place,
        entry: slip.entry,
    }
}
