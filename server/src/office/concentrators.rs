//! Concentrators, the tree of meters under each, and what could not be read.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use jiff::tz::TimeZone;

use super::desk::Desk;
use super::moment::moment;
use super::page::{Frame, PageError, shown};
use super::rights::SEE_FLEET;
use crate::App;
use crate::clock::local;
use crate::head_end::{self, Leaf, Listed, MissingPeriod};

#[derive(Template)]
#[template(path = "concentrators.html")]
struct ConcentratorsPage {
    frame: Frame,
    all: Vec<Listed>,
    missing: Vec<MissingPeriod>,
}

impl ConcentratorsPage {
    fn contact(&self, one: &Listed) -> String {
        moment(self.frame.zone, one.last_contact)
    }
}

/// All concentrators, and the readings that are missing.
pub(super) async fn look(State(app): State<App>, desk: Desk) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_FLEET)?;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let today = local(&TimeZone::fixed(desk.session.zone), (app.clock)());
    let missing = head_end::missing(&transaction, &staff.tenant, today).await;
    let all = head_end::list(&transaction, &staff.tenant).await;
    shown(&ConcentratorsPage {
        all: all.map_err(&trouble)?,
        missing: missing.map_err(&trouble)?,
        frame: desk.frame(),
    })
}

#[derive(Template)]
#[template(path = "concentrator.html")]
struct ConcentratorPage {
    frame: Frame,
    one: Listed,
    /// By segment.
    segments: Vec<(i16, Vec<Leaf>)>,
    lost: usize,
}

impl ConcentratorPage {
    fn read(&self, leaf: &Leaf) -> String {
        moment(self.frame.zone, leaf.read_at)
    }

    fn contact(&self) -> String {
        moment(self.frame.zone, self.one.last_contact)
    }
}

/// One concentrator with the meters on its segments.
pub(super) async fn look_one(
    State(app): State<App>,
    desk: Desk,
    Path((area, address)): Path<(i32, i32)>,
) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_FLEET)?;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let all = head_end::list(&transaction, &staff.tenant).await;
    let mut all = all.map_err(&trouble)?.into_iter();
    let one = all
        .find(|one| (one.area, one.address) == (area, address))
        .ok_or(PageError::not_there(desk.words))?;
    let leaves = head_end::leaves(&transaction, &staff.tenant, (area, address)).await;
    let leaves = leaves.map_err(&trouble)?;
    shown(&ConcentratorPage {
        one,
        lost: leaves.iter().filter(|leaf| leaf.lost).count(),
        segments: by_segment(leaves),
        frame: desk.frame(),
    })
}

/// Leaves that come by segment, a list for each.
fn by_segment(leaves: Vec<Leaf>) -> Vec<(i16, Vec<Leaf>)> {
    let mut segments: Vec<(i16, Vec<Leaf>)> = Vec::new();
    for leaf in leaves {
        match segments.last_mut() {
            Some((segment, list)) if *segment == leaf.segment => list.push(leaf),
            _ => segments.push((leaf.segment, vec![leaf])),
        }
    }
    segments
}
