//! Which meters are read, and how: those of the configuration, and those that masters have put into the archive.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::config::{Config, MeterConfig};
use crate::frame::dlt645;
use crate::frame::gdw376::archive::Meter;
use crate::link::SerialSettings;
use crate::meter::{MeterAddress, Profile};

/// One meter that is read on schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The port of its wire.
    pub port: u8,
    /// Its address.
    pub address: MeterAddress,
    /// How it is spoken to.
    pub profile: Arc<Profile>,
    /// Rate and framing; `None` = the wire's own.
    pub settings: Option<SerialSettings>,
}

/// All of them, by measuring point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster(BTreeMap<u16, Known>);

/// DL/T 645-2007 in the archive's protocol byte.
const PROTOCOL_2007: u8 = 30;

impl Roster {
    /// Puts both together. A point of the configuration wins over the archive's.
    pub fn new<'a>(config: &Config, archive: impl IntoIterator<Item = &'a Meter>) -> Self {
        let mut known: BTreeMap<u16, Known> = BTreeMap::new();
        for meter in archive {
            known.extend(of_archive(config, meter).map(|entry| (meter.point, entry)));
        }
        for meter in &config.meters {
            known.insert(meter.point, of_config(meter));
        }
        Roster(known)
    }

    /// The meter at a point.
    pub fn get(&self, point: u16) -> Option<&Known> {
        self.0.get(&point)
    }

    /// The points on one wire.
    pub fn on_port(&self, port: u8) -> impl Iterator<Item = u16> {
        let found = move |(point, known): (&u16, &Known)| (known.port == port).then_some(*point);
        self.0.iter().filter_map(found)
    }

    /// All points.
    pub fn points(&self) -> impl Iterator<Item = (u16, &Known)> {
        self.0.iter().map(|(point, known)| (*point, known))
    }

    /// The point of an address on a wire.
    pub fn point_of(&self, port: u8, address: MeterAddress) -> Option<u16> {
        let is = |known: &Known| known.port == port && known.address == address;
        self.points()
            .find_map(|(point, known)| is(known).then_some(point))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn of_config(meter: &MeterConfig) -> Known {
    Known {
        port: meter.port,
        address: meter.address,
        profile: Arc::clone(&meter.profile),
        settings: meter.settings,
    }
}

/// An entry of the archive, where there is a wire for it and the configuration says how its protocol is spoken. Others are
/// kept and handed back to masters, and reached by forwarding only.
fn of_archive(config: &Config, meter: &Meter) -> Option<Known> {
    let segment = config
        .segments
        .iter()
        .find(|segment| segment.port == meter.port.port)?;
    let profile = config.schedule.archive_profile.as_ref()?;
    if meter.protocol != PROTOCOL_2007 {
        return None;
    }
    let address = dlt645::Address::from_wire(meter.address);
    if !address.is_single() {
        return None;
    }
    let settings = meter.port.baud().map(|baud| SerialSettings {
        baud,
        ..segment.serial.settings
    });
    Some(Known {
        port: meter.port.port,
        address: MeterAddress::Dlt645(address),
        profile: Arc::clone(profile),
        settings,
    })
}
