//! Events on their way to a master: each told until it is confirmed, then never again, over real TCP.

mod concentrator_rig;

use concentrator_rig::{Wire, config, plug, run, silent};
use meterpost_bus::concentrator::Concentrator;
use meterpost_bus::frame::gdw376::item::event::erc;
use meterpost_bus::frame::gdw376::{
    Address, Confirm, Control, Frame, Gdw376, Item, Sequence, afn, units,
};
use meterpost_bus::frame::scan::{Found, Scanner};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const EVENTS: u8 = 0x0E;
const POWER_UP: u8 = erc::STARTED;
const CLOCK_SET: u8 = erc::CLOCK_SET;

struct Master {
    stream: TcpStream,
    scanner: Scanner,
    frames: Vec<Frame>,
}

impl Master {
    /// Connects and confirms the login.
    async fn connect(node: &Concentrator) -> Master {
        let mut master = Master {
            stream: TcpStream::connect(node.local_addr().unwrap())
                .await
                .unwrap(),
            scanner: Scanner::new::<Gdw376>(),
            frames: Vec::new(),
        };
        let login = master.hear(afn::LINK).await;
        master.confirm(&login).await;
        master
    }

    /// The next frame of this function.
    async fn hear(&mut self, function: u8) -> Frame {
        let mut chunk = [0; 1024];
        loop {
            while self.frames.is_empty() {
                let count = self.stream.read(&mut chunk).await.unwrap();
                assert!(count > 0, "the connection ended");
                for found in self.scanner.push(&chunk[..count]) {
                    if let Found::Frame { bytes, .. } = found {
                        self.frames.push(Frame::decode(&bytes).unwrap());
                    }
                }
            }
            let frame = self.frames.remove(0);
            if frame.afn == function {
                return frame;
            }
        }
    }

    async fn say(&mut self, control: Control, function: u8, sequence: Sequence, item: Item) {
        let frame = Frame {
            protocol: 2,
            control,
            address: Address::of_terminal(171, 2082).unwrap().with_station(5),
            afn: function,
            sequence,
            data: units::join(&[item]).unwrap(),
            // A command carries one, whatever it is.
            password: (function == afn::CONTROL).then_some([0; 16]),
            events: None,
            time_tag: None,
        };
        let bytes = frame.encode().unwrap();
        self.stream.write_all(&bytes).await.unwrap();
    }

    async fn confirm(&mut self, frame: &Frame) {
        assert!(frame.sequence.wants_confirm());
        let sequence = Sequence::single(frame.sequence.number(), false);
        let item = Confirm::All.to_item().unwrap();
        self.say(Control::CONFIRM_DOWN, afn::CONFIRM, sequence, item)
            .await;
    }

    /// The next event: its frame, and the number of its record.
    async fn event(&mut self) -> (Frame, u8) {
        let frame = self.hear(EVENTS).await;
        let items = units::split(EVENTS, true, &frame.data).unwrap();
        let record = items[0].data[4];
        (frame, record)
    }
}

#[tokio::test]
async fn an_event_is_told_until_it_is_confirmed_and_never_again_after() {
    let folder = tempfile::tempdir().unwrap();
    let wire = Wire::new(silent);
    plug(folder.path(), &wire);
    let text = config(folder.path(), "reports = true");
    let node = run(&text).await;
    let mut master = Master::connect(&node).await;
    let (frame, record) = master.event().await;
    assert_eq!(record, POWER_UP);
    master.confirm(&frame).await;

    // 2026-11-25 12:00:00, a Wednesday.
    let time = Item::of_terminal(31, vec![0x00, 0x00, 0x12, 0x25, 0x71, 0x26]);
    master
        .say(
            Control::COMMAND,
            afn::CONTROL,
            Sequence::single(9, true),
            time,
        )
        .await;
    let (_, record) = master.event().await;
    assert_eq!(record, CLOCK_SET);

    // The connection ends before the confirm: whoever comes next is told again.
    drop(master);
    let mut master = Master::connect(&node).await;
    let (frame, record) = master.event().await;
    assert_eq!(record, CLOCK_SET);
    master.confirm(&frame).await;
    // A question and its answer behind the confirm: it has been taken.
    let clock = Item::of_terminal(2, Vec::new());
    master
        .say(
            Control::REQUEST,
            afn::CLASS_1,
            Sequence::single(3, false),
            clock,
        )
        .await;
    let answer = master.hear(afn::CLASS_1).await;
    assert_eq!(answer.data[6..10], [0x12, 0x25, 0x71, 0x26]);
    drop(master);
    node.stop().await;

    // After a restart only what is new.
    let node = run(&text).await;
    let mut master = Master::connect(&node).await;
    let (frame, record) = master.event().await;
    assert_eq!(record, POWER_UP);
    master.confirm(&frame).await;
    assert_eq!(node.status().await.events.len(), 2);
    node.stop().await;
}

#[tokio::test]
async fn without_a_store_wires_and_uplinks_work_and_the_status_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let wire = Wire::new(concentrator_rig::honest);
    plug(folder.path(), &wire);
    std::fs::write(
        folder.path().join("state.db"),
        "this is no database, and it is long enough to be taken for one at first sight",
    )
    .unwrap();
    let node = run(&config(folder.path(), "")).await;
    let status = node.status().await;
    assert_eq!(status.store.bytes, None);
    assert!(status.store.error.is_some());
    let master = concentrator_rig::master_of(&[node.local_addr().unwrap().to_string()]).await;
    let (request, answer) = (concentrator_rig::READ_BALANCE, concentrator_rig::BALANCE);
    let heard = concentrator_rig::ask(&master, 2, request, answer).await;
    assert_eq!(heard.unwrap(), answer);
}
