use super::ear::Ear;
use super::scan::{self, Findings, Occupant};
use super::*;
use crate::emulate::EmulatedMeter;
use crate::emulate::mbus::{MbusMeter, MbusSetup, Structure, together};
use crate::frame::bytes::u64_to_bcd;
use crate::frame::mbus::{Address, BaudRate, Manufacturer, SecondaryAddress};
use crate::frame::wall_time::WallTime;
use crate::link::LinkError;
use proptest::prelude::*;

/// Emulated meters on one wire, each starting to answer a little later than the one before.
#[derive(Default)]
struct Emulated {
    meters: Vec<MbusMeter>,
    baud: u32,
    /// What the converter adds to every answer time, whoever is there.
    stray: Vec<u8>,
    /// Answers to be lost.
    lose: usize,
    /// From which request on they are lost; at once where it is not said. That one is lost even if `lose` is zero.
    lose_after: Option<usize>,
    sent: Vec<Vec<u8>>,
}

impl Emulated {
    fn of(meters: impl IntoIterator<Item = MbusMeter>) -> Self {
        Emulated {
            meters: meters.into_iter().collect(),
            baud: 2400,
            ..Emulated::default()
        }
    }
}

impl Wire for Emulated {
    async fn exchange(&mut self, request: &[u8]) -> Result<Heard, LinkError> {
        self.sent.push(request.to_vec());
        let now = WallTime::new(2026, 11, 25, 2, 40, 0).unwrap();
        let mut answers = Vec::new();
        for (place, meter) in self.meters.iter_mut().enumerate() {
            if meter.rate() == Some(self.baud)
                && let Some(answer) = meter.hear(request, now)
            {
                answers.push((place * 3, answer));
            }
        }
        let mut heard = together(&answers).unwrap_or_default();
        let reached = self.lose_after.is_none_or(|after| self.sent.len() >= after);
        if self.lose_after == Some(self.sent.len()) {
            heard.clear();
        } else if reached && self.lose > 0 && !heard.is_empty() {
            self.lose -= 1;
            heard.clear();
        }
        let mut ear = Ear::new(request);
        ear.hear(&self.stray);
        ear.hear(&heard);
        Ok(ear.finish())
    }

    fn set_baud(&mut self, baud: u32) -> Result<(), LinkError> {
        self.baud = baud;
        Ok(())
    }

    fn baud(&self) -> u32 {
        self.baud
    }
}

fn identity(number: u64, medium: u8) -> SecondaryAddress {
    SecondaryAddress {
        id: u64_to_bcd(number).unwrap(),
        manufacturer: Manufacturer::from_letters("MTP").unwrap(),
        version: 1,
        medium,
    }
}

fn meter(number: u64, medium: u8, primary: u8, structure: Structure) -> MbusMeter {
    MbusMeter::new(MbusSetup {
        meter: identity(number, medium),
        primary: Address(primary),
        structure,
        litres: 12_565,
        flow: 60,
    })
}

const ONE: Structure = Structure::Variable { telegrams: 1 };

async fn search(wire: Emulated) -> (Findings, Health) {
    let mut session = Session::new(wire);
    let findings = scan::secondary(&mut session, SecondarySearch::new(), &mut |_| {}).await;
    (findings.unwrap(), session.health())
}

#[tokio::test]
async fn telegrams_of_one_answer_are_joined_although_one_is_lost() {
    let mut wire = Emulated::of([meter(
        12_345_678,
        7,
        5,
        Structure::Variable { telegrams: 3 },
    )]);
    wire.lose = 1;
    let mut session = Session::new(wire);
    let reading = session.read(Address(5)).await.unwrap();
    assert_eq!(reading.telegrams.len(), 3);
    assert_eq!(reading.meter(), Some(identity(12_345_678, 7)));
    let stored: Vec<_> = reading
        .records()
        .map(|record| record.unwrap().storage)
        .collect();
    assert_eq!(stored.iter().max(), Some(&12));
    assert_eq!(session.health().repeated, 1);
    // The next reading goes on with the frame count, without a reset.
    let before = session.wire.sent.len();
    session.read(Address(5)).await.unwrap();
    assert_eq!(session.wire.sent.len(), before + 3);
}

#[tokio::test]
async fn a_meter_that_says_nothing_costs_three_requests() {
    let mut session = Session::new(Emulated::of([meter(1, 7, 5, ONE)]));
    let error = session.read(Address(6)).await.unwrap_err();
    assert!(matches!(error, MbusError::Silent(Address(6))), "{error}");
    assert_eq!(session.wire.sent.len(), 3);
}

#[tokio::test]
async fn two_meters_with_one_primary_address_are_seen_as_several() {
    let mut session = Session::new(Emulated::of([
        meter(11, 7, 5, ONE),
        meter(12, 7, 5, ONE),
        meter(13, 7, 8, Structure::Fixed),
    ]));
    let mut told = Vec::new();
    let found = scan::primary(&mut session, (0..=10).map(Address), &mut |progress| {
        told.push(progress)
    })
    .await
    .unwrap();
    let fixed = SecondaryAddress {
        manufacturer: Manufacturer(0xFFFF),
        version: 0xFF,
        medium: 0xFF,
        ..identity(13, 7)
    };
    assert_eq!(
        found,
        [
            (Address(5), Occupant::Several),
            (Address(8), Occupant::One(Some(fixed)))
        ]
    );
    assert_eq!(
        told.last()
            .map(|progress| (progress.tried, progress.left, progress.found)),
        Some((11, 0, 2))
    );
    let anybody = scan::occupant(&mut session, Address::TEST).await.unwrap();
    assert_eq!(anybody, Some(Occupant::Several));
}

#[tokio::test]
async fn a_stray_byte_after_every_request_is_noise_and_no_collision() {
    let mut wire = Emulated::of([meter(21, 7, 5, ONE), meter(98_765_432, 7, 6, ONE)]);
    wire.stray = vec![0xFD];
    let (findings, health) = search(wire).await;
    assert_eq!(findings.meters, [identity(21, 7), identity(98_765_432, 7)]);
    assert!(findings.unresolved.is_empty());
    assert!(findings.noisy > 0 && health.noise_bytes > 0);
    let mut empty = Emulated::of([]);
    empty.stray = vec![0xFE];
    let (findings, health) = search(empty).await;
    assert_eq!(
        findings,
        Findings {
            noisy: 1,
            ..Findings::default()
        }
    );
    assert_eq!(health.collisions, 0);
}

#[tokio::test]
async fn meters_with_the_same_number_are_told_apart_by_medium() {
    let same = 33_333_333;
    let (findings, _) = search(Emulated::of([
        meter(same, 7, 1, ONE),
        meter(same, 6, 2, ONE),
    ]))
    .await;
    assert_eq!(findings.meters, [identity(same, 6), identity(same, 7)]);
    let (findings, _) = search(Emulated::of([
        meter(same, 7, 1, ONE),
        meter(same, 7, 2, ONE),
    ]))
    .await;
    assert_eq!(
        findings.unresolved,
        ["33333333-FFFF-FF-07".parse().unwrap()]
    );
}

#[tokio::test]
async fn a_selection_that_another_meter_answers_is_refused() {
    let mut session = Session::new(Emulated::of([meter(41, 7, 5, ONE)]));
    let reading = session
        .read_selected("00000041".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(reading.meter(), Some(identity(41, 7)));
    let error = session
        .read_selected("00000042".parse().unwrap())
        .await
        .unwrap_err();
    assert!(matches!(error, MbusError::Silent(Address::SELECTED)));
}

#[tokio::test]
async fn an_address_is_written_once_and_judged_by_reading() {
    let writes = |wire: &Emulated| {
        wire.sent
            .iter()
            .filter(|frame| frame.get(6) == Some(&0x51))
            .count()
    };
    let mut wire = Emulated::of([meter(51, 7, 0, ONE), meter(52, 7, 9, ONE)]);
    let mut session = Session::new(std::mem::take(&mut wire));
    session.wire.baud = 2400;
    assert_eq!(
        session.set_address(Address(0), Address(5)).await.unwrap(),
        Change::Applied
    );
    assert_eq!(writes(&session.wire), 1);
    let taken = session
        .set_address(Address(5), Address(9))
        .await
        .unwrap_err();
    assert!(matches!(taken, MbusError::Refused(_)));
    assert_eq!(writes(&session.wire), 1);
    session.select("00000051".parse().unwrap()).await.unwrap();
    assert_eq!(
        session
            .set_address(Address::SELECTED, Address(6))
            .await
            .unwrap(),
        Change::Applied
    );
    assert!(session.set_address(Address(6), Address(251)).await.is_err());
}

#[tokio::test]
async fn a_rate_is_kept_where_the_meter_is_found_at_it() {
    let mut session = Session::new(Emulated::of([meter(61, 7, 5, ONE)]));
    assert_eq!(
        session.set_rate(Address(5), BaudRate::B9600).await.unwrap(),
        Change::Applied
    );
    assert_eq!(session.wire.baud(), 9600);
}

#[tokio::test]
async fn a_valve_and_a_clock_are_set_once_and_read_back() {
    let writes = |wire: &Emulated| {
        wire.sent
            .iter()
            .filter(|frame| frame.get(6) == Some(&0x51))
            .count()
    };
    for address in [Address(5), Address::SELECTED] {
        let mut session = Session::new(Emulated::of([meter(71, 7, 5, ONE), meter(72, 7, 6, ONE)]));
        if address == Address::SELECTED {
            session.select("00000071".parse().unwrap()).await.unwrap();
        }
        assert_eq!(
            session.set_output(address, 0).await.unwrap(),
            Change::Applied
        );
        let reading = session.read(address).await.unwrap();
        let output = reading
            .records()
            .flatten()
            .find(|record| record.quantity() == "digital_output");
        assert_eq!(output.unwrap().text().as_deref(), Some("0"));
        assert_eq!(
            session.set_output(address, 1).await.unwrap(),
            Change::Applied
        );
        let noon = WallTime::new(2026, 11, 25, 12, 0, 30).unwrap();
        assert_eq!(
            session.set_clock(address, noon).await.unwrap(),
            Change::Applied
        );
        assert_eq!(writes(&session.wire), 3);
    }
}

#[tokio::test]
async fn a_lost_acknowledgement_decides_nothing_and_a_meter_that_tells_no_output_is_not_switched() {
    let mut session = Session::new(Emulated::of([
        meter(73, 7, 5, ONE),
        meter(74, 7, 6, Structure::Fixed),
    ]));
    session.read(Address(5)).await.unwrap();
    session.read(Address(5)).await.unwrap();
    // The next answer that is lost is the acknowledgement of the write, for the reading before it is asked for again.
    let sent = session.wire.sent.len();
    session.wire.lose_after = Some(sent + 2);
    assert_eq!(
        session.set_output(Address(5), 0).await.unwrap(),
        Change::Applied
    );
    let writes = session
        .wire
        .sent
        .iter()
        .filter(|frame| frame.get(6) == Some(&0x51))
        .count();
    assert_eq!(writes, 1);
    let refused = session.set_output(Address(6), 0).await.unwrap_err();
    assert!(matches!(refused, MbusError::Refused(_)));
}

#[tokio::test]
async fn an_address_is_given_through_the_selection_and_a_meter_gone_is_unknown() {
    let mut session = Session::new(Emulated::of([meter(81, 7, 0, ONE)]));
    session.read(Address(0)).await.unwrap();
    // The meter hears the write and then nothing more is heard of it.
    session.wire.lose_after = Some(session.wire.sent.len() + 3);
    session.wire.lose = usize::MAX;
    let change = session.set_address(Address(0), Address(5)).await.unwrap();
    assert!(matches!(change, Change::Unknown(_)), "{change:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_walk_finds_every_meter(numbers in proptest::collection::btree_set(0u64..100_000_000, 0..12), narrow: bool) {
        // Neighbouring numbers share most digits: the walk must go deep.
        let numbers: Vec<u64> = numbers.into_iter().map(|n| if narrow { n % 200 } else { n }).collect();
        let unique: std::collections::BTreeSet<u64> = numbers.into_iter().collect();
        let meters = unique.iter().map(|&number| meter(number, 7, 1, ONE));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (findings, _) = runtime.block_on(search(Emulated::of(meters)));
        let expected: Vec<_> = unique.iter().map(|&number| identity(number, 7)).collect();
        prop_assert_eq!(findings.meters, expected);
        prop_assert!(findings.unresolved.is_empty());
    }
}
