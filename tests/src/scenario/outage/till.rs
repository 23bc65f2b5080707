//! The owner of the orders: reads meters and credits them through the product's own master client, as a kiosk does.

use std::time::{Duration, Instant};

use meterpost_bus::amount::Amount;
use meterpost_bus::frame::{cjt188, dlt645};
use meterpost_bus::link::{Link, SerialSettings};
use meterpost_bus::master::{ForwardLink, Master, MasterConfig, MasterStatus};
use meterpost_bus::mbus::{PortWire, Session, Timing};
use meterpost_bus::meter::{CreditOrder, MeterAddress, MeterDriver, Outcome, Profile, Reading};

use super::plan::{AREA, BAUD, CUSTOMER, Hanging, Kind, TERMINAL};
use crate::scenario::Failure;

/// How long a meter may take, from the request's last byte to the answer's.
const PATIENCE: Duration = Duration::from_millis(700);
/// How often a read is tried before the meter counts as unreached: a read changes nothing.
const TRIES: usize = 90;
/// The pause before the next try.
const PAUSE: Duration = Duration::from_millis(500);
/// How long an order may take.
const ORDER: Duration = Duration::from_secs(40);

/// A master and its connections.
#[derive(Clone)]
pub struct Till {
    master: Master,
    preferred: String,
}

/// What reading one meter took.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    /// Whether it answered in the end.
    pub reached: bool,
    /// Requests sent.
    pub tries: usize,
    /// When it was over.
    pub at: Instant,
}

/// What became of an order.
#[derive(Clone, Debug)]
pub struct Order {
    /// The meter.
    pub meter: String,
    /// Its purchase number.
    pub number: u32,
    /// In fen.
    pub amount: i64,
    /// The meter's books show it.
    pub applied: bool,
    /// How long it took.
    pub took: Duration,
    /// How often its outcome was unknown for a while.
    pub unknown: usize,
}

fn failed(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(error.to_string())
}

impl Till {
    /// Connects to the concentrators that have an uplink.
    ///
    /// # Errors
    /// When the endpoints make no master.
    pub fn open(endpoints: Vec<String>) -> Result<Till, Failure> {
        let preferred = endpoints.first().cloned().unwrap_or_default();
        let mut config = MasterConfig::new(endpoints, AREA, TERMINAL);
        // Beside the queue, the way through the cascade.
        config.queue = Duration::from_secs(7);
        let master = Master::new(config).map_err(|error| failed(&error))?;
        Ok(Till { master, preferred })
    }

    /// Waits until the preferred concentrator is connected (again).
    ///
    /// # Errors
    /// When it is not in time.
    pub async fn prefers_first(&self) -> Result<(), Failure> {
        let mut status = self.master.status();
        let connected = status.wait_for(|status| {
            matches!(status, MasterStatus::Connected { endpoint } if *endpoint == self.preferred)
        });
        match tokio::time::timeout(ORDER, connected).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Failure::new(
                "the preferred concentrator does not come back",
            )),
        }
    }

    fn link(&self, port: u8) -> ForwardLink {
        let settings = SerialSettings {
            baud: BAUD,
            ..SerialSettings::default()
        };
        self.master.link(port, settings)
    }

    /// Reads what a meter has counted, once.
    pub async fn ask(&self, meter: &Hanging) -> Result<(), Failure> {
        let mut link = self.link(meter.port);
        let answer = match request(meter)? {
            Request::Electricity(request) => {
                let belongs = |frame: &[u8]| dlt645::answer::belongs(&request, frame);
                link.exchange(&request.encode(), &belongs, PATIENCE).await
            }
            Request::Volume(request) => {
                let belongs = |frame: &[u8]| cjt188::answer::belongs(&request, frame);
                link.exchange(&request.encode(), &belongs, PATIENCE).await
            }
        };
        answer.map(drop).map_err(|error| failed(&error))
    }

    /// Reads what a meter has counted, again and again until it answers.
    pub async fn read(&self, meter: &Hanging) -> Read {
        let mut tries = 0;
        loop {
            tries += 1;
            let reached = self.ask(meter).await.is_ok();
            if reached || tries >= TRIES {
                return Read {
                    reached,
                    tries,
                    at: Instant::now(),
                };
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// What the meter's books say, as before a sale.
    ///
    /// # Errors
    /// When it does not answer in several tries.
    pub async fn books(&self, meter: &Hanging) -> Result<Reading, Failure> {
        let driver = driver(meter)?;
        let mut link = self.link(meter.port);
        let mut last = String::new();
        for _ in 0..TRIES {
            match driver.read(&mut link).await {
                Ok(reading) => return Ok(reading),
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(Failure::new(format!("{}: {last}", meter.address)))
    }

    /// Brings an order to its end: written once, and where its outcome is not known, read back until it is. What was
    /// certainly lost is written again under the same number.
    ///
    /// # Errors
    /// When the profile does not fit.
    pub async fn credit(
        &self,
        meter: &Hanging,
        before: Reading,
        fen: i64,
    ) -> Result<Order, Failure> {
        let driver = driver(meter)?;
        let mut link = self.link(meter.port);
        let order = CreditOrder {
            number: before.purchase_number + 1,
            amount: Amount(fen),
            before,
        };
        let began = Instant::now();
        let mut unknown = 0;
        let mut outcome = driver.credit(&mut link, &order).await;
        let applied = loop {
            if began.elapsed() > ORDER {
                break false;
            }
            outcome = match outcome {
                Outcome::Applied(_) => break true,
                Outcome::NotApplied { .. } => {
                    tokio::time::sleep(PAUSE).await;
                    driver.credit(&mut link, &order).await
                }
                Outcome::Unknown(_) => {
                    unknown += 1;
                    tokio::time::sleep(PAUSE).await;
                    driver.resolve(&mut link, &order).await
                }
            };
        };
        Ok(Order {
            meter: meter.address.clone(),
            number: order.number,
            amount: fen,
            applied,
            took: began.elapsed(),
            unknown,
        })
    }
}

/// Reads the M-Bus meters over a level converter of the master's own; how many answered.
///
/// # Errors
/// When the tty is not there.
pub async fn read_heat(tty: &std::path::Path, meters: usize) -> usize {
    let port = meterpost_bus::link::SerialPortConfig::new(tty);
    let mut session = Session::new(PortWire::new(port.opener(), Timing::usual()));
    let mut reached = 0;
    for primary in 1..=meters {
        let address = meterpost_bus::frame::mbus::Address(primary as u8);
        reached += usize::from(session.read(address).await.is_ok());
    }
    reached
}

enum Request {
    Electricity(dlt645::Frame),
    Volume(cjt188::Frame),
}

fn address(meter: &Hanging) -> Result<MeterAddress, Failure> {
    let text = match meter.kind {
        Kind::Electricity => meter.address.clone(),
        kind => format!("{:02X}-{}", kind.type_byte(), meter.address),
    };
    text.parse().map_err(|error| failed(&error))
}

/// Forward energy in total, or the metering data.
fn request(meter: &Hanging) -> Result<Request, Failure> {
    match address(meter)? {
        MeterAddress::Dlt645(address) => {
            let data = 0u32.to_le_bytes().to_vec();
            let frame = dlt645::Frame::new(address, dlt645::Control(0x11), data);
            frame
                .map(Request::Electricity)
                .map_err(|error| failed(&error))
        }
        MeterAddress::Cjt188(address) => {
            let frame = cjt188::Frame::new(address, cjt188::Control(0x01), vec![0x90, 0x1F, 0x07]);
            frame.map(Request::Volume).map_err(|error| failed(&error))
        }
        other => Err(Failure::new(format!(
            "{other} is not read through concentrators"
        ))),
    }
}

fn driver(meter: &Hanging) -> Result<MeterDriver, Failure> {
    let profile = match meter.kind {
        Kind::Electricity => {
            format!("kind = \"dlt645_plain\"\ncustomer_number = \"{CUSTOMER}\"\n")
        }
        _ => "kind = \"cjt188_prepaid\"\n".to_owned(),
    };
    let profile = Profile::parse(&profile).map_err(|error| failed(&error))?;
    MeterDriver::new(profile, address(meter)?, BAUD).map_err(|error| failed(&error))
}
