//! Setting the meters' clocks once a day.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::clock::{DAY, LocalSeconds, wall_time_of};
use super::event::EventKind;
use super::node::{Node, stopped};
use super::roster::Known;
use super::segment::{Entrance, Priority};
use crate::meter::profile::Capability;
use crate::meter::{ClockOutcome, MeterDriver};

/// How long a meter's clock waits behind everything else on its wire.
const TURN: Duration = Duration::from_secs(300);
/// Clocks that are no further off than this are left alone, in seconds.
const GOOD: i64 = 10;
/// How often the time is looked at: the concentrator's clock may be set at any moment.
const LOOK: Duration = Duration::from_secs(30);

/// Sets clocks every day at this second, until the concentrator stops.
pub(super) async fn run(node: Arc<Node>, at: LocalSeconds, mut stop: watch::Receiver<bool>) {
    let mut done = node.station.clock.now().at.div_euclid(DAY);
    if node.station.clock.now().at.rem_euclid(DAY) < at {
        done -= 1;
    }
    let mut off = BTreeSet::new();
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut stop) => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        let now = node.station.clock.now();
        let today = now.at.div_euclid(DAY);
        if today == done || now.at.rem_euclid(DAY) < at {
            continue;
        }
        done = today;
        if !now.quality.trusted() {
            tracing::warn!("no clock is set: the concentrator's own cannot be trusted");
            continue;
        }
        tokio::select! {
            biased;
            () = stopped(&mut stop) => return,
            () = round(&node, &mut off) => {}
        }
    }
}

/// One round over all meters whose clock can be set. A clock that cannot be set right is told once, until it is right.
async fn round(node: &Node, off: &mut BTreeSet<u16>) {
    let config = node.config();
    for (point, known) in node.station.roster().points() {
        let segment = config
            .segments
            .iter()
            .find(|segment| segment.port == known.port);
        let (Some(segment), Some(running)) = (segment, node.segments.get(&known.port)) else {
            continue;
        };
        if !known.profile.can(Capability::Clock) {
            continue;
        }
        let baud = known.settings.unwrap_or(segment.serial.settings).baud;
        match set(node, known, running.entrance(), baud).await {
            Some(true) => {
                off.remove(&point);
            }
            Some(false) if off.insert(point) => node.station.tell(EventKind::ClockOff, point),
            Some(false) | None => {}
        }
    }
}

/// Whether the clock is right now; `None` = not known.
async fn set(node: &Node, known: &Known, entrance: &Entrance, baud: u32) -> Option<bool> {
    let driver = MeterDriver::new(known.profile.as_ref().clone(), known.address, baud).ok()?;
    let mut link = entrance
        .link(Priority::Clock, TURN)
        .with_settings(known.settings);
    let shown = driver.clock(&mut link).await.ok()?;
    let now = wall_time_of(node.station.clock.now().at)?;
    if shown.seconds_since(now).abs() <= GOOD {
        return Some(true);
    }
    match driver.set_clock(&mut link, now).await {
        ClockOutcome::Set { .. } => {
            tracing::info!(meter = %known.address, was = %shown, "clock set");
            Some(true)
        }
        ClockOutcome::NotSet { reason, .. } => {
            tracing::info!(meter = %known.address, reason, "clock not set");
            Some(false)
        }
        ClockOutcome::Unknown(why) => {
            tracing::info!(meter = %known.address, why, "clock not known");
            None
        }
    }
}
