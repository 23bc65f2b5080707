//! The task that talks to meters: one exchange at a time, through the master concentrator.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use meterpost_bus::link::{Link, LinkError};
use meterpost_bus::master::Master;
use meterpost_bus::meter::{CreditOrder, Outcome, Reading};
use tokio::sync::mpsc::UnboundedReceiver;

use super::boundary::Boundary;
use super::clock::SystemClock;
use super::machine::date_time;
use super::wire::{Spoken, WireLog};
use crate::flow::{DirectoryMeter, Input, UseRead};
use crate::service::Served;

/// What the flow wants of a meter.
#[derive(Clone, Debug)]
pub enum MeterJob {
    /// Read it.
    Read(String),
    /// Send a credit and read it back.
    Credit(String, CreditOrder),
    /// Read it back only.
    Judge(String, CreditOrder),
    /// Read it for the service menu.
    Look(String),
    /// Read its use, until it is called off.
    Use(String),
}

/// What the task needs of the machine.
pub struct MeterWorld {
    /// Who listens at the boundaries.
    pub boundary: Boundary,
    /// Set while a use that is being read is called off.
    pub use_called_off: Arc<AtomicBool>,
    /// The time of day.
    pub clock: SystemClock,
    /// Where the frames are noted.
    pub wires: WireLog,
}

/// A job with its meter, where the terminal knows one of that number.
pub type MeterTask = (Option<DirectoryMeter>, MeterJob);

impl MeterJob {
    /// Which meter.
    pub fn number(&self) -> &str {
        match self {
            MeterJob::Read(number)
            | MeterJob::Credit(number, _)
            | MeterJob::Judge(number, _)
            | MeterJob::Look(number)
            | MeterJob::Use(number) => number,
        }
    }
}

/// Takes jobs until the channel closes, and reports each one's end.
pub async fn run(
    master: Master,
    mut jobs: UnboundedReceiver<MeterTask>,
    world: MeterWorld,
    report: impl Fn(Input) + Send,
) {
    while let Some((meter, job)) = jobs.recv().await {
        let input = match &meter {
            Some(meter) if matches!(job, MeterJob::Use(_)) => {
                let mut link = CalledOff {
                    inner: master.link(meter.segment, meter.serial),
                    called_off: world.use_called_off.clone(),
                };
                carry_out(meter, &mut link, &job, &world).await
            }
            Some(meter) => {
                let mut link = Watched {
                    inner: master.link(meter.segment, meter.serial),
                    world: &world,
                    to: Spoken {
                        meter: &meter.number,
                        segment: meter.segment,
                        secret: matches!(job, MeterJob::Credit(..)),
                    },
                };
                carry_out(meter, &mut link, &job, &world).await
            }
            None => not_in_directory(&job),
        };
        report(input);
    }
}

async fn carry_out<L: Link>(
    meter: &DirectoryMeter,
    link: &mut L,
    job: &MeterJob,
    world: &MeterWorld,
) -> Input {
    match job {
        MeterJob::Use(number) => {
            let settlements = meter.driver.settlements(link).await;
            let read = settlements.map(|settlements| UseRead {
                settlements,
                at: world.clock.local(),
            });
            Input::UseRead(number.clone(), read.map_err(|error| error.to_string()))
        }
        MeterJob::Read(_) => {
            let reading: Result<Reading, _> = meter.driver.read(link).await;
            Input::MeterRead(reading.map_err(|e| e.to_string()))
        }
        MeterJob::Look(number) => {
            let reading: Result<Reading, _> = meter.driver.read(link).await;
            let reading = reading.map_err(|e| e.to_string());
            Input::Served(Served::MeterRead(number.clone(), reading))
        }
        MeterJob::Credit(_, order) => Input::Credited(meter.driver.credit(link, order).await),
        MeterJob::Judge(_, order) => Input::Credited(meter.driver.resolve(link, order).await),
    }
}

/// A sale of a meter that neither configuration nor directory names any more: what was sent cannot be asked about.
fn not_in_directory(job: &MeterJob) -> Input {
    let why = "the meter is not one of this terminal's any more".to_owned();
    match job {
        MeterJob::Read(_) => Input::MeterRead(Err(why)),
        MeterJob::Look(number) => Input::Served(Served::MeterRead(number.clone(), Err(why))),
        MeterJob::Use(number) => Input::UseRead(number.clone(), Err(why)),
        MeterJob::Credit(..) | MeterJob::Judge(..) => Input::Credited(Outcome::Unknown(why)),
    }
}

/// A link for what gives way to everything else: nothing more is sent once it is called off.
struct CalledOff<L> {
    inner: L,
    called_off: Arc<AtomicBool>,
}

impl<L: Link> Link for CalledOff<L> {
    async fn exchange(
        &mut self,
        request: &[u8],
        belongs: &(dyn Fn(&[u8]) -> bool + Sync),
        patience: Duration,
    ) -> Result<Vec<u8>, LinkError> {
        if self.called_off.load(Ordering::Acquire) {
            let why = "called off: the bus is wanted for something else";
            return Err(LinkError::NotConnected(why.to_owned()));
        }
        self.inner.exchange(request, belongs, patience).await
    }
}

/// A link whose every exchange is a boundary: the power may go between a request and its answer.
struct Watched<'w, L> {
    inner: L,
    world: &'w MeterWorld,
    to: Spoken<'w>,
}

impl<L: Link> Link for Watched<'_, L> {
    async fn exchange(
        &mut self,
        request: &[u8],
        belongs: &(dyn Fn(&[u8]) -> bool + Sync),
        patience: Duration,
    ) -> Result<Vec<u8>, LinkError> {
        let world = self.world;
        let now = || date_time(world.clock.stamp().wall);
        (world.boundary)("before an exchange with a meter");
        world.wires.sent(self.to, now(), request);
        let answer = self.inner.exchange(request, belongs, patience).await;
        world.wires.came(self.to, now(), &answer);
        (world.boundary)("after an exchange with a meter");
        answer
    }
}
