//! A connected concentrator: four loops side by side while its connection lasts and its session is the newest.

use std::sync::Arc;
use std::time::Duration;

use meterpost_bus::master::{Allowance, Caller, Master, MasterConfig, MasterStatus};
use tokio::sync::Notify;

use super::HeadEnd;
use super::concentrator::{self, Known, log_in, log_out, touch};
use super::{carry_out, collect, events};
use crate::database::DatabaseError;
use crate::orders::Place;

/// How often it is looked whether the session is still the newest; with it the time of the last contact is kept.
const TOUCH: Duration = Duration::from_secs(20);
/// How long a login may take that was read once already.
const LOGIN: Duration = Duration::from_secs(15);
/// After a fault of the database.
const PAUSE: Duration = Duration::from_secs(2);
/// What a concentrator may say: the answers to all that it is asked, and a thousand reports of one midnight.
const ALLOWANCE: Allowance = Allowance {
    frames: 100,
    bytes: 65_536,
    burst_seconds: 10,
};
/// The concentrator's own queue, at most.
const QUEUE: Duration = Duration::from_secs(10);

/// What the loops of one connection share.
pub(super) struct Station {
    pub(super) head_end: Arc<HeadEnd>,
    pub(super) place: Place,
    pub(super) master: Master,
    /// Frozen values are there.
    pub(super) frozen: Notify,
}

/// Serves a concentrator until its connection ends.
pub(super) async fn serve(head_end: Arc<HeadEnd>, caller: Caller, known: Known) {
    let peer = caller.peer();
    let in_flight = head_end.config.in_flight_seconds;
    let place = match log_in(&head_end.database, &known, &peer.to_string(), in_flight).await {
        Ok(place) => place,
        Err(error) => {
            // It dials again.
            return tracing::error!(%peer, %known, %error, "a concentrator cannot be taken in");
        }
    };
    let replaced = head_end.hub.enter(&place);
    let why = match master(&head_end, &known, caller) {
        Ok(master) => {
            let station = Station {
                head_end: head_end.clone(),
                place: place.clone(),
                master,
                frozen: Notify::new(),
            };
            tracing::info!(%peer, %known, session = place.session, "concentrator connected");
            tokio::select! {
                why = station.run() => why,
                _ = replaced => "a newer connection has taken its place".to_owned(),
            }
        }
        Err(why) => why,
    };
    tracing::info!(%peer, %known, session = place.session, why, "concentrator disconnected");
    head_end.hub.leave(&place);
    if let Err(error) = log_out(&head_end.database, &place, in_flight).await {
        // The next login does the same for this session's orders.
        tracing::warn!(%known, %error, "its end cannot be noted");
    }
}

fn master(head_end: &HeadEnd, known: &Known, caller: Caller) -> Result<Master, String> {
    let mut config = MasterConfig::new(Vec::new(), known.area, known.address);
    config.password = known.password;
    config.queue = QUEUE;
    config.silence = Duration::from_secs(head_end.config.silence_seconds);
    Master::accepted(config, caller, ALLOWANCE).map_err(|error| error.to_string())
}

impl Station {
    async fn run(&self) -> String {
        let reports = self.master.reports();
        if let MasterStatus::NotConnected(why) = self.master.connected(LOGIN).await {
            return why;
        }
        tokio::select! {
            why = self.lost() => why,
            why = self.fenced() => why,
            why = carry_out::run(self) => why,
            () = collect::run(self) => "it cannot be asked".to_owned(),
            () = events::run(self, reports) => "its reports cannot be heard".to_owned(),
        }
    }

    async fn lost(&self) -> String {
        let mut status = self.master.status();
        let gone = |status: &MasterStatus| matches!(status, MasterStatus::NotConnected(_));
        match status.wait_for(gone).await.as_deref() {
            Ok(MasterStatus::NotConnected(why)) => why.clone(),
            Ok(MasterStatus::Connected { .. }) | Err(_) => "it is gone".to_owned(),
        }
    }

    async fn fenced(&self) -> String {
        loop {
            tokio::time::sleep(TOUCH).await;
            match touch(&self.head_end.database, &self.place).await {
                Ok(true) => {}
                Ok(false) => return "it has logged in at another server".to_owned(),
                Err(error) => tracing::warn!(%error, "a concentrator's row cannot be kept up"),
            }
        }
    }

    /// Tells the log, and waits a little.
    pub(super) async fn database_failed(&self, error: &DatabaseError) {
        tracing::error!(place = %self.name(), %error, "the database does not take what a concentrator says");
        tokio::time::sleep(PAUSE).await;
    }

    /// What is wrong with the concentrator, for the people who look after it.
    pub(super) async fn trouble(&self, what: Option<&str>) {
        if let Some(what) = what {
            tracing::warn!(place = %self.name(), what, "a concentrator is not as it should be");
        }
        if let Err(error) = concentrator::trouble(&self.head_end.database, &self.place, what).await
        {
            tracing::warn!(%error, "a concentrator's trouble cannot be noted");
        }
    }

    /// How it is called in the log.
    pub(super) fn name(&self) -> String {
        let Place {
            tenant,
            area,
            address,
            ..
        } = &self.place;
        format!("{area:04}-{address} of {tenant}")
    }
}
