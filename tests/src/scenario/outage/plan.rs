//! The district of the scenario: five wires, a repeater, sixty meters of all kinds, three concentrators.
//!
//! ```text
//!  master ─┬─► k1 ──┐                         k1 and k2 have an uplink each; k1 speaks on wire a, k2 stands by
//!          └─► k2 ──┤
//!   ════════════════╪═══════╪═══ a            32 meters
//!             k2 ───┐   k3 ─┘
//!   ════════════════╪═══════╪═══ b ─ repeater ─ c     6 and 6 meters
//!                           k3
//!   ════════════════════════╪═══ d            16 meters, behind k3 alone
//!   ════════════════════════════ heat         4 M-Bus meters on a level converter of the master itself
//! ```

use std::path::Path;

use crate::district::{DistrictConfig, MeterConfig, RepeaterPlan, SegmentPlan};
use crate::meter::{Books, DiOrder, ElectricityConfig, ErrorForm, HeatConfig, VolumeConfig};
use crate::segment::SegmentConfig;

/// Bits per second of the wires with concentrators.
pub const BAUD: u32 = 9_600;
/// Area and terminal address that all three concentrators share: to their masters they are one station.
pub const AREA: u16 = 171;
/// See [`AREA`].
pub const TERMINAL: u16 = 2_082;
/// The customer of every electricity meter.
pub const CUSTOMER: &str = "000000001234";

/// What a wire is called, and by which port masters ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WirePlan {
    /// Name of the segment in the district.
    pub name: &'static str,
    /// Port of Q/GDW 376.1; 0 = not behind a concentrator.
    pub port: u8,
    /// Which concentrators hang there.
    pub nodes: &'static [&'static str],
    /// How many meters.
    pub meters: usize,
}

/// The wires.
pub const WIRES: [WirePlan; 5] = [
    WirePlan {
        name: "a",
        port: 1,
        nodes: &["k1", "k2", "k3"],
        meters: 32,
    },
    WirePlan {
        name: "b",
        port: 2,
        nodes: &["k2", "k3"],
        meters: 6,
    },
    // Behind the repeater: to its masters it is wire b.
    WirePlan {
        name: "c",
        port: 2,
        nodes: &[],
        meters: 6,
    },
    WirePlan {
        name: "d",
        port: 3,
        nodes: &["k3"],
        meters: 12,
    },
    WirePlan {
        name: "heat",
        port: 0,
        nodes: &[],
        meters: 4,
    },
];

/// The concentrators in the order in which they are numbered.
pub const NODES: [&str; 3] = ["k1", "k2", "k3"];
/// Those with an uplink, the preferred one first.
pub const ROOTS: [&str; 2] = ["k1", "k2"];
/// What the repeater adds in one direction, its pieces included.
const REPEATER_MS: u64 = 5;
const REPEATER_WITH_PIECES_MS: u64 = 20;

/// A meter of the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hanging {
    /// Its address as the rig prints it.
    pub address: String,
    /// What it is.
    pub kind: Kind,
    /// The wire.
    pub wire: &'static str,
    /// The port by which masters reach it; 0 = the master's own converter.
    pub port: u8,
}

/// The kinds of meters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// DL/T 645-2007 with one-byte errors or with error words.
    Electricity,
    /// CJ/T 188, T = 10h.
    Water,
    /// CJ/T 188, T = 11h.
    HotWater,
    /// CJ/T 188, T = 30h.
    Gas,
    /// M-Bus.
    Heat,
}

impl Kind {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Electricity => "electricity",
            Kind::Water => "water",
            Kind::HotWater => "hot_water",
            Kind::Gas => "gas",
            Kind::Heat => "heat",
        }
    }

    /// The meter-type byte of CJ/T 188.
    pub fn type_byte(self) -> u8 {
        match self {
            Kind::Gas => 0x30,
            Kind::HotWater => 0x11,
            Kind::Electricity | Kind::Water | Kind::Heat => 0x10,
        }
    }
}

/// All meters, wire by wire.
pub fn meters() -> Vec<Hanging> {
    let mut all = Vec::new();
    for wire in WIRES {
        for place in 0..wire.meters {
            let number = all.len() + 1;
            let kind = kind(wire, place);
            let address = match kind {
                Kind::Electricity => format!("2603055{number:05}"),
                Kind::Heat => format!("123456{number:02}"),
                Kind::Water | Kind::HotWater | Kind::Gas => format!("120220180{number:05}"),
            };
            all.push(Hanging {
                address,
                kind,
                wire: wire.name,
                port: wire.port,
            });
        }
    }
    all
}

fn kind(wire: WirePlan, place: usize) -> Kind {
    match (wire.port, place % 4) {
        (0, _) => Kind::Heat,
        (_, 0 | 2) => Kind::Electricity,
        (_, 1) => Kind::Water,
        _ if place % 8 == 3 => Kind::Gas,
        _ => Kind::HotWater,
    }
}

fn books() -> Books {
    Books {
        number: 3,
        balance: 1_000,
        cumulative: 30_000,
        customer: CUSTOMER.to_owned(),
        ..Books::default()
    }
}

fn configured(meter: &Hanging, place: usize) -> MeterConfig {
    match meter.kind {
        Kind::Electricity => MeterConfig::Dlt645(ElectricityConfig {
            address: meter.address.clone(),
            preamble: place % 5,
            errors: if place.is_multiple_of(4) {
                ErrorForm::OneByte
            } else {
                ErrorForm::Serr
            },
            first: books(),
            ..ElectricityConfig::default()
        }),
        Kind::Heat => MeterConfig::Mbus(HeatConfig {
            address: meter.address.clone(),
            primary: place as u8 + 1,
            ..HeatConfig::default()
        }),
        Kind::Water | Kind::HotWater | Kind::Gas => MeterConfig::Cjt188(VolumeConfig {
            address: meter.address.clone(),
            kind: meter.kind.type_byte(),
            di_order: DiOrder::AsAsked,
            preamble: place % 4,
            first: books(),
            ..VolumeConfig::default()
        }),
    }
}

/// The district in a folder.
pub fn district(folder: &Path) -> DistrictConfig {
    let all = meters();
    let segments = WIRES.iter().map(|wire| {
        let mut config = SegmentConfig {
            name: wire.name.to_owned(),
            ..SegmentConfig::default()
        };
        config.line.baud = if wire.port == 0 { 2_400 } else { BAUD };
        let hanging = all.iter().filter(|meter| meter.wire == wire.name);
        let meters = hanging.enumerate();
        SegmentPlan {
            wire: config,
            meters: meters
                .map(|(place, meter)| configured(meter, place))
                .collect(),
            hosts: wire.nodes.iter().map(|node| (*node).to_owned()).collect(),
        }
    });
    DistrictConfig {
        segments: segments.collect(),
        repeaters: vec![RepeaterPlan {
            between: ["b".to_owned(), "c".to_owned()],
            delay_ms: REPEATER_MS,
        }],
        ..DistrictConfig::in_dir(folder)
    }
}

/// A concentrator's file. `listen` is its uplink's TCP port; without one it listens where nobody calls.
pub fn concentrator_file(node: &str, folder: &Path, district: &Path, listen: u16) -> String {
    let number = node_number(node);
    let mut text = format!(
        "area = \"{AREA:04}\"\naddress = {TERMINAL}\nlisten = \"127.0.0.1:{listen}\"\nstate = \"{}\"\n",
        folder.join("state.db").display()
    );
    let on_it = || WIRES.iter().filter(|wire| wire.nodes.contains(&node));
    for wire in on_it() {
        let device = district.join(format!("{}-{node}", wire.name));
        text += &format!(
            "\n[[segment]]\nport = {}\ndevice = \"{}\"\nbaud = {BAUD}\n",
            wire.port,
            device.display()
        );
    }
    text += &format!("\n[cascade]\nnode = {number}\nrank = {}\n", number * 10);
    for wire in on_it() {
        let others = wire.nodes.iter().filter(|other| **other != node);
        let peers: Vec<String> = others.map(|other| node_number(other).to_string()).collect();
        let delay = if wire.name == "b" {
            REPEATER_WITH_PIECES_MS
        } else {
            0
        };
        text += &format!(
            "\n[[cascade.wire]]\nport = {port}\nsegment = {segment}\nrepeater_delay_ms = {delay}\npeers = [{}]\n",
            peers.join(", "),
            port = wire.port,
            segment = 10 + u16::from(wire.port),
        );
    }
    text
}

fn node_number(node: &str) -> usize {
    let place = NODES.iter().position(|known| *known == node);
    place.unwrap_or(NODES.len()) + 1
}
