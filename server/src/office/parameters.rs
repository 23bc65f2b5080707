//! What a terminal is told of its screen and its sales: shown as it is in force, and issued anew, for one terminal or for all.

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use meterpost_ledger::bulletin::parameters::PARAMETERS_KIND;
use meterpost_ledger::signing::TerminalId;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::act::act;
use super::desk::{Desk, fields};
use super::page::{Frame, PageError, done_at, shown};
use super::rights::{DECIDE, SEE_FLEET};
use crate::App;
use crate::api::parameters_content;
use crate::bulletins::{NewBulletin, issue};
use crate::staff::Staff;
use crate::typed::with_places;

/// Days in which terminals may begin to apply them.
const VALID_DAYS: u64 = 366;

#[derive(Template)]
#[template(path = "parameters.html")]
struct ParametersPage {
    frame: Frame,
    terminal: String,
    /// As they are in force; empty where nothing was ever issued.
    now: Value,
    /// They are for this terminal alone.
    own: bool,
    issues: bool,
}

impl ParametersPage {
    /// One of them, as it is written.
    fn value(&self, name: &str) -> String {
        match self.now.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(all)) => {
                let all: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
                all.join(" ")
            }
            Some(other) => other.to_string(),
        }
    }

    fn speaks(&self, language: &str) -> bool {
        self.value("language") == language
    }
}

/// The page.
pub(super) async fn look(
    State(app): State<App>,
    desk: Desk,
    Path(terminal): Path<String>,
) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_FLEET)?;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let row = transaction
        .query_opt(
            "SELECT content, terminal IS NOT NULL FROM bulletin WHERE tenant = $1 AND kind = $2 \
             AND (terminal IS NULL OR terminal = $3) ORDER BY version DESC LIMIT 1",
            &[&staff.tenant.as_str(), &PARAMETERS_KIND, &terminal],
        )
        .await
        .map_err(|error| trouble(error.into()))?;
    let (now, own) = match row {
        Some(row) => (
            row.try_get(0).map_err(|error| trouble(error.into()))?,
            row.try_get(1).map_err(|error| trouble(error.into()))?,
        ),
        None => (Value::Null, false),
    };
    shown(&ParametersPage {
        terminal,
        now,
        own,
        issues: DECIDE.contains(&staff.role),
        frame: desk.frame(),
    })
}

#[derive(Deserialize)]
struct ParametersForm {
    /// `one` or `all`.
    whose: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    highest_sale: String,
    #[serde(default)]
    amounts: String,
    #[serde(default)]
    idle: String,
    #[serde(default)]
    warning: String,
    #[serde(default)]
    finish_after_note: String,
}

impl ParametersForm {
    /// As a call of a program has it. What makes no sense is told by whoever reads it.
    fn written(&self, terminal: &str) -> Value {
        let mut written = Map::new();
        let mut put = |name: &str, value: Value| written.insert(name.to_owned(), value);
        for (name, text) in [
            ("place", &self.place),
            ("phone", &self.phone),
            ("language", &self.language),
        ] {
            if !text.trim().is_empty() {
                put(name, json!(text.trim()));
            }
        }
        if !self.highest_sale.trim().is_empty() {
            put("highest_sale", json!(with_places(self.highest_sale.trim())));
        }
        let amounts = self.amounts.split_whitespace();
        let amounts: Vec<_> = amounts.map(with_places).collect();
        if !amounts.is_empty() {
            put("amounts", json!(amounts));
        }
        for (name, text) in [
            ("idle", &self.idle),
            ("warning", &self.warning),
            ("finish_after_note", &self.finish_after_note),
        ] {
            let text = text.trim();
            if !text.is_empty() {
                let number = text
                    .parse::<u32>()
                    .map_or(json!(text), |number| json!(number));
                put(name, number);
            }
        }
        if self.whose == "one" {
            put("terminal", json!(terminal));
        }
        put("valid_days", json!(VALID_DAYS));
        Value::Object(written)
    }
}

/// Issues them: they take the place of those before, all of them.
pub(super) async fn issue_them(
    State(app): State<App>,
    desk: Desk,
    Path(terminal): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let Staff { tenant, name, .. } = desk.allow(DECIDE)?;
    let form: ParametersForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let one = match form.whose.as_str() {
        "one" => Some(TerminalId::new(&terminal).map_err(|_| PageError::not_there(desk.words))?),
        "all" => None,
        _ => return Err(PageError::form(desk.words)),
    };
    let written = form.written(&terminal);
    let object = written.to_string();
    act(
        &app,
        &desk,
        ("bulletin.parameters", &object),
        async |transaction| {
            let new = NewBulletin {
                tenant,
                terminal: one,
                content: parameters_content(&written)?,
                shown: written.clone(),
                valid_for: VALID_DAYS * 86_400,
                by: name,
            };
            issue(transaction, &app.keys, new, (app.clock)()).await?;
            Ok(())
        },
    )
    .await?;
    Ok(done_at(&format!("/terminals/{terminal}/parameters")))
}
