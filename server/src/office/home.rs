//! The wall of terminals: how each is, how its log stands, and how full its cash box is.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::desk::Desk;
use super::moment::moment;
use super::page::{Frame, PageError, shown};
use super::rights::{ALL, SEE_FLEET};
use crate::App;
use crate::status::heads::{Head, heads};
use crate::status::{CashBox, Report, Session};

/// Seconds without a sign of life after which a terminal is lost: as alerts have it where the configuration says nothing else.
const LOST: i64 = 180;

/// A terminal on the wall.
pub(super) struct OnWall {
    pub(super) head: Head,
    pub(super) report: Option<Report>,
    /// Nothing was heard for a while.
    pub(super) lost: bool,
}

impl OnWall {
    /// A head, as it looks now.
    pub(super) fn of(head: Head, now: u64) -> OnWall {
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let report = head.status.clone();
        OnWall {
            report: report.and_then(|status| serde_json::from_value(status).ok()),
            lost: head.last_contact.is_none_or(|at| now - at > LOST),
            head,
        }
    }

    /// What it is doing, in a word of the database.
    pub(super) fn doing(&self) -> &'static str {
        match self.report.as_ref().map(|report| report.session) {
            None => "",
            Some(Session::Starting) => "starting",
            Some(Session::Free) => "free",
            Some(Session::Busy) => "busy",
            Some(Session::OutOfService) => "out_of_service",
            Some(Session::Locked) => "locked",
        }
    }

    /// The devices that are not as they should be.
    pub(super) fn ailing(&self) -> Vec<(&str, &str)> {
        let all = self.report.iter().flat_map(|report| &report.devices);
        all.filter(|(_, state)| *state != "ok")
            .map(|(name, state)| (name.as_str(), state.as_str()))
            .collect()
    }

    /// How full its cash box is, in percent; none where it does not know how much goes in.
    pub(super) fn fill(&self) -> Option<u64> {
        let CashBox {
            notes, capacity, ..
        } = self.report.as_ref()?.cash_box;
        notes.saturating_mul(100).checked_div(capacity)
    }

    pub(super) fn contact(&self, frame: &Frame) -> String {
        moment(frame.zone, self.head.last_contact)
    }
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    terminals: Vec<OnWall>,
    /// Whether this person may look closer.
    looks: bool,
}

/// The first page.
pub(super) async fn look(State(app): State<App>, desk: Desk) -> Result<Response, PageError> {
    let staff = desk.allow(ALL)?;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let mut found = heads(&transaction, None).await.map_err(&trouble)?;
    // The newest epoch of each: the list is by terminal and epoch.
    found.reverse();
    found.dedup_by(|older, newer| older.terminal == newer.terminal);
    found.reverse();
    let now = (app.clock)();
    shown(&HomePage {
        terminals: found
            .into_iter()
            .map(|head| OnWall::of(head, now))
            .collect(),
        looks: SEE_FLEET.contains(&staff.role),
        frame: desk.frame(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn head(status: serde_json::Value, contact: Option<i64>) -> Head {
        Head {
            terminal: "k1".into(),
            epoch: 1,
            claimed: 0,
            stored: 0,
            cosigned: 0,
            last_contact: contact,
            state: "in_sync".into(),
            status: Some(status),
            status_at: None,
            clock_offset: None,
        }
    }

    #[test]
    fn a_terminal_shows_what_ails_it_and_a_word_that_is_none_breaks_nothing() {
        let status = json!({
            "wall": 0, "clock": "ntp", "software": "1", "uptime": 1, "session": "free", "session_for": 1,
            "devices": {"printer": "no paper", "cash": "ok"}, "cash_box": {"notes": 150, "money": 1, "capacity": 600},
            "unknown_deliveries": 0, "owed": 0
        });
        let on = OnWall::of(head(status, Some(1000)), 1100);
        assert_eq!(on.ailing(), [("printer", "no paper")]);
        assert_eq!((on.fill(), on.doing(), on.lost), (Some(25), "free", false));
        let on = OnWall::of(head(json!({"of another": "program"}), Some(1000)), 1181);
        assert_eq!((on.fill(), on.doing(), on.lost), (None, "", true));
        assert!(OnWall::of(head(json!(null), None), 0).lost);
    }
}
