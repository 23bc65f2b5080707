//! A connected concentrator: four loops side by side while its connection lasts and its session is the newest.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use meterpost_bus::master::{Allowance, Caller, Master, MasterConfig, MasterStatus, Told};
use tokio::sync::{Notify, mpsc};

use super::HeadEnd;
use super::concentrator::{self, Known, is_vacant, log_in, log_out, touch};
use super::{carry_out, collect, events};
use crate::clock;
use crate::database::DatabaseError;
use crate::orders::Place;
use crate::zones;

/// How often it is looked whether the session is still the newest; with it the time of the last contact is kept.
const TOUCH: Duration = Duration::from_secs(20);
/// How often a connection that stands by looks whether anybody commands the meters.
const VACANT: Duration = Duration::from_secs(5);
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
    /// The tenant's, as of the last round.
    zone: RwLock<TimeZone>,
}

/// Why a station no longer commands its meters.
enum Ended {
    /// There is no connection any more.
    Lost(String),
    /// The concentrator has logged in anew, at another server: this connection may still be good.
    Fenced,
}

/// Serves a concentrator until its connection ends. Where it has logged in at another server too, this one stands by and takes
/// over when the other has nothing to do with it any more.
pub(super) async fn serve(head_end: Arc<HeadEnd>, caller: Caller, known: Known) {
    let peer = caller.peer();
    let master = match master(&head_end, &known, caller) {
        Ok(master) => master,
        Err(why) => return tracing::warn!(%peer, %known, why, "concentrator refused"),
    };
    // From the first one on: what nobody takes is told again only after a while.
    let mut reports = master.reports();
    if let MasterStatus::NotConnected(why) = master.connected(LOGIN).await {
        return tracing::info!(%peer, %known, why, "a concentrator did not stay");
    }
    loop {
        let server = format!("{peer} {}", std::process::id());
        let in_flight = head_end.config.in_flight_seconds;
        let place = match log_in(&head_end.database, &known, &server, in_flight).await {
            Ok(place) => place,
            // It dials again.
            Err(error) => {
                return tracing::error!(%peer, %known, %error, "a concentrator cannot be taken in");
            }
        };
        let zone = match zones::of_tenant(&head_end.database, &place.tenant).await {
            Ok(zone) => RwLock::new(zone),
            Err(error) => {
                return tracing::error!(%peer, %known, %error, "a concentrator's time cannot be told");
            }
        };
        let mut replaced = head_end.hub.enter(&place);
        let station = Station {
            head_end: head_end.clone(),
            place,
            master: master.clone(),
            frozen: Notify::new(),
            zone,
        };
        let session = station.place.session;
        tracing::info!(%peer, %known, session, "concentrator connected");
        let ended = tokio::select! {
            ended = station.command(&mut reports) => ended,
            _ = &mut replaced => Ended::Lost(REPLACED.to_owned()),
        };
        let ended = match ended {
            Ended::Lost(why) => Ended::Lost(why),
            Ended::Fenced => {
                tracing::info!(%peer, %known, session, "standing by: it has logged in at another server");
                tokio::select! {
                    ended = station.stand_by(&mut reports) => ended,
                    _ = &mut replaced => Ended::Lost(REPLACED.to_owned()),
                }
            }
        };
        head_end.hub.leave(&station.place);
        if let Err(error) = log_out(&head_end.database, &station.place, in_flight).await {
            // The next login does the same for this session's orders.
            tracing::warn!(%known, %error, "its end cannot be noted");
        }
        if let Ended::Lost(why) = ended {
            return tracing::info!(%peer, %known, session, why, "concentrator disconnected");
        }
    }
}

const REPLACED: &str = "a newer connection has taken its place";

fn master(head_end: &HeadEnd, known: &Known, caller: Caller) -> Result<Master, String> {
    let mut config = MasterConfig::new(Vec::new(), known.area, known.address);
    config.password = known.password;
    config.queue = QUEUE;
    config.silence = Duration::from_secs(head_end.config.silence_seconds);
    Master::accepted(config, caller, ALLOWANCE).map_err(|error| error.to_string())
}

impl Station {
    /// Commands its meters while this session is the newest.
    async fn command(&self, reports: &mut mpsc::Receiver<Told>) -> Ended {
        tokio::select! {
            why = self.lost() => Ended::Lost(why),
            () = self.fenced() => Ended::Fenced,
            () = carry_out::run(self) => Ended::Fenced,
            () = collect::run(self) => Ended::Fenced,
            () = events::run(self, reports) => Ended::Lost("its reports cannot be heard".to_owned()),
        }
    }

    /// Only listens, until nobody else commands its meters.
    async fn stand_by(&self, reports: &mut mpsc::Receiver<Told>) -> Ended {
        tokio::select! {
            why = self.lost() => Ended::Lost(why),
            () = self.vacant() => Ended::Fenced,
            () = events::run(self, reports) => Ended::Lost("its reports cannot be heard".to_owned()),
        }
    }

    async fn vacant(&self) {
        loop {
            tokio::time::sleep(VACANT).await;
            match is_vacant(&self.head_end.database, &self.place).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "a concentrator's row cannot be read"),
            }
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

    async fn fenced(&self) {
        loop {
            tokio::time::sleep(TOUCH).await;
            match touch(&self.head_end.database, &self.place).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(%error, "a concentrator's row cannot be kept up"),
            }
        }
    }

    /// What time it is in the tenant's zone, as its concentrators and meters have it.
    pub(super) fn local(&self) -> DateTime {
        let zone = self.zone.read().unwrap_or_else(PoisonError::into_inner);
        clock::local(&zone, (self.head_end.clock)())
    }

    /// Looks at the tenant's zone anew: somebody may have set another one.
    pub(super) async fn look_at_zone(&self) -> Result<(), DatabaseError> {
        let zone = zones::of_tenant(&self.head_end.database, &self.place.tenant).await?;
        *self.zone.write().unwrap_or_else(PoisonError::into_inner) = zone;
        Ok(())
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
