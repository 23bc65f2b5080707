//! What the concentrator answers a master beyond readings of the moment: frozen values, events, orders to relays, batches, direct
//! readings, reading schedules. Over real TCP, with an emulated meter on a wire in memory.

#[path = "common/virtual_wire.rs"]
mod virtual_wire;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use meterpost_bus::concentrator::clock::{ClockQuality, NodeClock, Stamp, seconds_of};
use meterpost_bus::concentrator::record::{Measured, Record, SupplyState};
use meterpost_bus::concentrator::segment::WireParts;
use meterpost_bus::concentrator::store::{Frozen, Period, Store, Write};
use meterpost_bus::concentrator::{Concentrator, Config, Parts};
use meterpost_bus::emulate::EmulatedMeter;
use meterpost_bus::emulate::dlt645::{ElectricityMeter, MeterConfig};
use meterpost_bus::frame::gdw376::confirm::switched;
use meterpost_bus::frame::gdw376::item::batch::{Status, Task};
use meterpost_bus::frame::gdw376::item::control::Switch;
use meterpost_bus::frame::gdw376::item::energy::{Forward, Totals};
use meterpost_bus::frame::gdw376::item::event::{Query, Report, erc};
use meterpost_bus::frame::gdw376::item::relayed::{Outcome, Reply, Request};
use meterpost_bus::frame::gdw376::item::schedule::Schedule;
use meterpost_bus::frame::gdw376::item::time::{Clock, Day, Month};
use meterpost_bus::frame::gdw376::item::{Unit, frozen};
use meterpost_bus::frame::gdw376::{
    Address, Confirm, Control, Frame, Gdw376, Item, Sequence, afn, units,
};
use meterpost_bus::frame::scan::{Found, Scanner};
use meterpost_bus::frame::wall_time::WallTime;
use meterpost_bus::link::{SerialSettings, Spoken};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use virtual_wire::VirtualWire;

const METER: &str = "260305510012";
/// The meter at point 2 is not there.
const NOBODY: &str = "260305510099";

fn now() -> WallTime {
    WallTime::new(2026, 11, 25, 10, 0, 0).unwrap()
}

/// One meter at point 1, none at point 2; the clock shows 2026-11-25 10:00.
async fn start(folder: &Path) -> Concentrator {
    let mut text = format!(
        "area = \"0171\"\naddress = 1\nlisten = \"127.0.0.1:0\"\nstate = \"{}/node.db\"\n[schedule]\nevery_minutes = 60\n[[segment]]\nport = 1\ndevice = \"none\"\nadapter_latency_ms = 0\n",
        folder.display()
    );
    for (point, address) in [(1, METER), (2, NOBODY)] {
        text += &format!(
            "[[meter]]\npoint = {point}\nport = 1\naddress = \"{address}\"\nprofile = \"dlt645-remote\"\n"
        );
    }
    let config = Config::parse(&text, "test.toml").unwrap();
    let wire = VirtualWire::new();
    let own = wire.port("master", false);
    let mut meter = ElectricityMeter::new(MeterConfig {
        address: METER.to_owned(),
        ..MeterConfig::default()
    })
    .unwrap();
    let script = move |request: &[u8]| {
        let answer = meter.hear(request, now());
        answer
            .into_iter()
            .map(|says| (Duration::from_millis(1), says))
            .collect()
    };
    wire.device(
        "meter",
        SerialSettings::default(),
        Spoken::default(),
        script,
    );
    let mut wire_parts = WireParts::of(&config.segments[0]);
    wire_parts.opener = Arc::new(own);
    let mut parts = Parts {
        clock: Some(NodeClock::simulated(now(), ClockQuality::Ntp)),
        ..Parts::default()
    };
    parts.wires.insert(1, wire_parts);
    Concentrator::start_with(config, parts).await.unwrap()
}

struct Master {
    stream: TcpStream,
    scanner: Scanner,
    number: u8,
}

impl Master {
    async fn connect(node: &Concentrator) -> Master {
        let stream = TcpStream::connect(node.local_addr().unwrap())
            .await
            .unwrap();
        let mut master = Master {
            stream,
            scanner: Scanner::new::<Gdw376>(),
            number: 0,
        };
        let login = master.hear().await;
        assert_eq!(login.afn, afn::LINK);
        let sequence = Sequence::single(login.sequence.number(), false);
        let item = Confirm::All.to_item().unwrap();
        master
            .say(Control::CONFIRM_DOWN, afn::CONFIRM, sequence, &[item])
            .await;
        master
    }

    async fn hear(&mut self) -> Frame {
        let mut chunk = [0; 1024];
        loop {
            let count = self.stream.read(&mut chunk).await.unwrap();
            assert!(count > 0, "the connection ended");
            for found in self.scanner.push(&chunk[..count]) {
                if let Found::Frame { bytes, .. } = found {
                    return Frame::decode(&bytes).unwrap();
                }
            }
        }
    }

    async fn say(&mut self, control: Control, function: u8, sequence: Sequence, items: &[Item]) {
        let commands = [afn::CONTROL, afn::SET, afn::FORWARD];
        let frame = Frame {
            protocol: 2,
            control,
            address: Address::of_terminal(171, 1).unwrap().with_station(5),
            afn: function,
            sequence,
            data: units::join(items).unwrap(),
            password: commands.contains(&function).then_some([0; 16]),
            events: None,
            time_tag: None,
        };
        self.stream
            .write_all(&frame.encode().unwrap())
            .await
            .unwrap();
    }

    /// Asks, and gives the items of the answer.
    async fn ask(&mut self, function: u8, items: &[Item]) -> (u8, Vec<Item>) {
        self.number = (self.number + 1) % 16;
        let number = self.number;
        self.say(
            Control::REQUEST,
            function,
            Sequence::single(number, false),
            items,
        )
        .await;
        loop {
            let frame = self.hear().await;
            if frame.sequence.number() == number && frame.afn != afn::LINK {
                let items = units::split(frame.afn, true, &frame.data).unwrap();
                return (frame.afn, items);
            }
        }
    }

    /// The verdicts on a setting or command.
    async fn verdicts(&mut self, function: u8, items: &[Item]) -> Confirm {
        let (afn, items) = self.ask(function, items).await;
        assert_eq!(afn, afn::CONFIRM);
        Confirm::from_items(&items).unwrap()
    }
}

fn item(point: u16, function: u8, data: Vec<u8>) -> Item {
    Item {
        point,
        function,
        data,
    }
}

fn errors(confirm: &Confirm) -> Vec<u8> {
    match confirm {
        Confirm::All => Vec::new(),
        Confirm::None => panic!("all denied"),
        Confirm::Each { verdicts, .. } => verdicts.iter().map(|verdict| verdict.error).collect(),
    }
}

async fn read(node: &Concentrator, point: u16) {
    while node.reading(point).is_none() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_order_to_a_relay_is_carried_out_once_and_its_outcome_told() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(folder.path()).await;
    let mut master = Master::connect(&node).await;
    read(&node, 1).await;
    let order = |on: bool, hour: u8| {
        let valid_until = WallTime::new(2026, 11, 25, hour, 0, 0).unwrap();
        Switch { on, valid_until }.encode().unwrap()
    };
    let done = master
        .verdicts(afn::CONTROL, &[item(1, 240, order(false, 23))])
        .await;
    assert_eq!(done, Confirm::All);
    // An order that is too late, one for a point that is not there, one for a meter that says nothing, a trip of a relay that a
    // concentrator does not have: each has its own verdict.
    let items = [
        item(1, 240, order(true, 9)),
        item(7, 240, order(true, 23)),
        item(2, 240, order(true, 23)),
        item(1, 1, vec![0]),
    ];
    let verdicts = master.verdicts(afn::CONTROL, &items).await;
    assert_eq!(
        errors(&verdicts),
        [
            switched::TOO_LATE,
            switched::NO_SUCH_POINT,
            switched::UNKNOWN,
            1
        ]
    );
    let events = node.status().await.events;
    let ordered = events
        .iter()
        .find(|(kind, _)| kind.words().contains("by order"));
    assert_eq!(ordered.unwrap().1, 1);
    node.stop().await;
}

#[tokio::test]
async fn frozen_values_are_told_as_they_were_kept_and_nothing_is_invented() {
    let folder = tempfile::tempdir().unwrap();
    {
        let mut store = Store::open(&folder.path().join("node.db"), None).unwrap();
        let read = Stamp {
            at: seconds_of(WallTime::new(2026, 11, 24, 0, 1, 0).unwrap()),
            quality: ClockQuality::Ntp,
        };
        let energy = Measured {
            number: 123_456,
            places: 2,
            unit: "kWh".to_owned(),
        };
        let record = Record {
            read,
            values: BTreeMap::from([("forward_active".to_owned(), energy)]),
            supply: SupplyState::On,
            troubles: Vec::new(),
        };
        let frozen = |period, value| Write::Frozen {
            point: 1,
            period,
            value,
            at: read.at,
        };
        let day = read.at / 86_400 - 1;
        store
            .write(&[
                frozen(Period::Day(day), Frozen::Read(record.clone())),
                frozen(Period::Day(day - 1), Frozen::Missed),
                frozen(Period::Month(2026 * 12 + 9), Frozen::BackFilled(record)),
            ])
            .unwrap();
    }
    let node = start(folder.path()).await;
    let mut master = Master::connect(&node).await;
    let of_day = |day| frozen::request(Day::new(2026, 11, day).unwrap());
    let (function, told) = master.ask(afn::CLASS_2, &[item(1, 1, of_day(23))]).await;
    assert_eq!(function, afn::CLASS_2);
    let kept = frozen::Frozen::<Day, Totals>::decode(&told[0].data).unwrap();
    assert_eq!(kept.of, Day::new(2026, 11, 23).unwrap());
    assert_eq!(kept.reading.active.total, Some(12_345_600));
    assert_eq!(kept.reading.reactive.total, None);
    let of_month = frozen::request(Month::new(2026, 10).unwrap());
    let (_, told) = master.ask(afn::CLASS_2, &[item(1, 17, of_month)]).await;
    let kept = frozen::Frozen::<Month, Totals>::decode(&told[0].data).unwrap();
    assert_eq!(kept.reading.active.total, Some(12_345_600));
    for day in [22, 20] {
        // Missed, and never known.
        let (function, _) = master.ask(afn::CLASS_2, &[item(1, 1, of_day(day))]).await;
        assert_eq!(function, afn::CONFIRM);
    }
    node.stop().await;
}

#[tokio::test]
async fn events_are_told_by_their_counters() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(folder.path()).await;
    let mut master = Master::connect(&node).await;
    let clock = Clock(WallTime::new(2026, 11, 25, 12, 0, 0).unwrap())
        .encode()
        .unwrap();
    let set = master
        .verdicts(afn::CONTROL, &[Item::of_terminal(31, clock)])
        .await;
    assert_eq!(set, Confirm::All);
    let query = |first, behind| Query { first, behind }.encode().unwrap();
    let (function, told) = master
        .ask(afn::EVENTS, &[Item::of_terminal(2, query(0, 9))])
        .await;
    assert_eq!(function, afn::EVENTS);
    let report = Report::decode(&told[0].data).unwrap();
    let codes: Vec<u8> = report.records.iter().map(|record| record.code).collect();
    assert_eq!(codes, [erc::STARTED, erc::CLOCK_SET]);
    assert_eq!((report.first, report.behind), (0, report.ordinary));
    let (_, told) = master
        .ask(afn::EVENTS, &[Item::of_terminal(2, query(1, 2))])
        .await;
    let report = Report::decode(&told[0].data).unwrap();
    assert_eq!(report.records.len(), 1);
    assert_eq!(report.records[0].code, erc::CLOCK_SET);
    node.stop().await;
}

#[tokio::test]
async fn a_batch_reads_each_point_once_and_tells_how_far_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(folder.path()).await;
    let mut master = Master::connect(&node).await;
    let task = Task {
        number: 77,
        points: vec![1, 2, 1, 9],
    };
    let begun = master
        .verdicts(
            afn::FORWARD,
            &[Item::of_terminal(12, task.encode().unwrap())],
        )
        .await;
    assert_eq!(begun, Confirm::All);
    let status = loop {
        let (_, told) = master
            .ask(afn::FORWARD, &[Item::of_terminal(13, vec![77, 0])])
            .await;
        let status = Status::decode(&told[0].data).unwrap();
        if status.ended() {
            break status;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!((status.points, status.read, status.failed), (3, 1, 2));
    let (function, told) = master.ask(afn::CLASS_1, &[item(1, 129, Vec::new())]).await;
    assert_eq!(function, afn::CLASS_1);
    assert!(
        Forward::decode(&told[0].data)
            .unwrap()
            .active
            .total
            .is_some()
    );
    let (function, _) = master
        .ask(afn::FORWARD, &[Item::of_terminal(13, vec![78, 0])])
        .await;
    assert_eq!(function, afn::CONFIRM, "an unknown task is denied");
    node.stop().await;
}

#[tokio::test]
async fn a_direct_reading_tells_read_from_silent_from_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(folder.path()).await;
    let mut master = Master::connect(&node).await;
    let request = |address: &str, port, relays| {
        let mut target: [u8; 6] = hex::decode(address).unwrap().try_into().unwrap();
        target.reverse();
        let request = Request {
            port,
            relays,
            target,
            kind: 1,
            identifier: [0, 0, 1, 0],
        };
        Item::of_terminal(9, request.encode().unwrap())
    };
    let mut outcomes = Vec::new();
    for asked in [
        request(METER, 1, Vec::new()),
        request(NOBODY, 1, Vec::new()),
        request(METER, 5, Vec::new()),
        request(METER, 1, vec![[1; 6]]),
    ] {
        let (function, told) = master.ask(afn::FORWARD, &[asked]).await;
        assert_eq!(function, afn::FORWARD);
        let reply = Reply::decode(&told[0].data).unwrap();
        assert_eq!(
            reply.data.len(),
            if reply.outcome == Outcome::Read { 4 } else { 0 }
        );
        outcomes.push(reply.outcome);
    }
    use Outcome::{NotSent, Read, Silent};
    assert_eq!(outcomes, [Read, Silent, NotSent, NotSent]);
    node.stop().await;
}

#[tokio::test]
async fn a_reading_schedule_is_set_told_and_kept_and_what_cannot_be_kept_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(folder.path()).await;
    let mut master = Master::connect(&node).await;
    async fn told(master: &mut Master) -> Schedule {
        let (function, told) = master
            .ask(afn::READ_PARAMETERS, &[Item::of_terminal(33, Vec::new())])
            .await;
        assert_eq!(function, afn::READ_PARAMETERS);
        Schedule::decode(&told[0].data).unwrap()
    }
    let mut schedule = told(&mut master).await;
    assert_eq!((schedule.0[0].port, schedule.0[0].interval), (1, 60));
    schedule.0[0].interval = 15;
    let good = Item::of_terminal(33, schedule.encode().unwrap());
    // Where masters are is the installer's business: its verdict does not take the other's with it.
    let masters = Item::of_terminal(3, vec![0; 28]);
    let verdicts = master.verdicts(afn::SET, &[good, masters]).await;
    assert_eq!(errors(&verdicts), [0, 1]);
    assert_eq!(told(&mut master).await, schedule);
    let mut forbidden = schedule.clone();
    forbidden.0[0].days = 1;
    let verdicts = master
        .verdicts(
            afn::SET,
            &[Item::of_terminal(33, forbidden.encode().unwrap())],
        )
        .await;
    assert_eq!(errors(&verdicts), [1]);
    drop(master);
    node.stop().await;
    let node = start(folder.path()).await;
    let mut master = Master::connect(&node).await;
    assert_eq!(told(&mut master).await, schedule, "it outlives a restart");
    node.stop().await;
}
