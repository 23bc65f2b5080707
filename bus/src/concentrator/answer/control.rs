//! AFN 05H: commands. F31 sets the clock; F240 is an order to one meter's relay or valve.
//!
//! F1 and F2 of the standard trip the terminal's own relays, of which a concentrator has none: they are refused.

use std::sync::Arc;
use std::time::Duration;

use super::super::clock::wall_time_of;
use super::super::event::EventKind;
use super::super::node::Node;
use super::super::record::SupplyState;
use super::super::reply::Reply;
use super::super::segment::Priority;
use super::super::told_time;
use super::{OTHER_ERROR, password_is_wrong};
use crate::frame::gdw376::confirm::{Verdict, switched};
use crate::frame::gdw376::item::Unit;
use crate::frame::gdw376::item::control::Switch;
use crate::frame::gdw376::{Frame, Item, afn};
use crate::frame::wall_time::WallTime;
use crate::meter::{MeterDriver, SwitchOutcome};

/// The master says what time it is.
const SET_CLOCK: u8 = 31;
/// A meter's relay or valve.
const SWITCH: u8 = 240;
/// How long each exchange of an order waits for its wire.
const TURN: Duration = Duration::from_secs(30);

pub(super) fn carry_out(node: &Arc<Node>, frame: &Frame, items: Vec<Item>, reply: Reply) {
    if password_is_wrong(node, frame) {
        tracing::warn!("a command with a wrong password was denied");
        return reply.deny();
    }
    let node = Arc::clone(node);
    // An order takes as long as its wire does; the connection goes on meanwhile.
    tokio::spawn(async move {
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            let error = match (item.point, item.function) {
                (0, SET_CLOCK) => set_clock(&node, &item.data).await,
                (point, SWITCH) if point != 0 && point != Item::ALL_POINTS => {
                    switch(&node, point, &item.data, &reply).await
                }
                _ => OTHER_ERROR,
            };
            verdicts.push(Verdict {
                point: item.point,
                function: item.function,
                error,
            });
        }
        reply.verdicts(afn::CONTROL, verdicts);
    });
}

async fn set_clock(node: &Node, unit: &[u8]) -> u8 {
    let Some(time) = told_time::decode(unit) else {
        return OTHER_ERROR;
    };
    if let Err(error) = node.station.set_clock(time).await {
        tracing::error!(%error, "the clock was set and will be forgotten at the next start");
    }
    tracing::info!(%time, offset = node.station.clock.offset(), "clock set by a master");
    0
}

/// Carries out an order once and says what the meter itself shows afterwards.
async fn switch(node: &Node, point: u16, unit: &[u8], reply: &Reply) -> u8 {
    let Ok(order) = Switch::decode(unit) else {
        return OTHER_ERROR;
    };
    if over(node, order.valid_until) {
        tracing::warn!(point, until = %order.valid_until, "an order came too late and was not carried out");
        return switched::TOO_LATE;
    }
    // Whoever ordered it is gone and cannot be told: better not begun.
    if !reply.is_wanted() {
        return switched::NOT_SENT;
    }
    let roster = node.station.roster();
    let Some(known) = roster.get(point) else {
        return switched::NO_SUCH_POINT;
    };
    let Some(segment) = node.segments.get(&known.port) else {
        return switched::NO_SUCH_POINT;
    };
    let baud = known.settings.unwrap_or(segment.settings()).baud;
    let Ok(driver) = MeterDriver::new(known.profile.as_ref().clone(), known.address, baud) else {
        return switched::NO_SUCH_POINT;
    };
    let wanted = if order.on {
        SupplyState::On
    } else {
        SupplyState::Off
    };
    node.station.expect(point, wanted);
    let link = segment.entrance().link(Priority::OnDemand, TURN);
    let mut link = link.with_settings(known.settings);
    match driver.switch(&mut link, order.on, order.valid_until).await {
        SwitchOutcome::Done(_) => {
            node.station.tell(EventKind::SupplySwitched, point);
            0
        }
        SwitchOutcome::Underway(now) => {
            tracing::info!(point, ?now, "an order is under way");
            node.station.tell(EventKind::SupplySwitched, point);
            switched::UNDER_WAY
        }
        SwitchOutcome::NotDone { reason, now } => {
            tracing::warn!(point, reason, ?now, "an order was not carried out");
            switched::NOT_DONE
        }
        SwitchOutcome::Unknown(why) => {
            tracing::warn!(point, why, "what became of an order is not known");
            switched::UNKNOWN
        }
    }
}

/// Whether the order's time is over, by a clock that can be believed.
fn over(node: &Node, until: WallTime) -> bool {
    let now = node.station.clock.now();
    let time = wall_time_of(now.at).filter(|_| now.quality.trusted());
    time.is_some_and(|time| time.seconds_since(until) > 0)
}
