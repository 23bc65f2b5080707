//! A note's life, power cuts and faults; first without a wire, then through a real pseudo-terminal.

use std::path::PathBuf;

use super::*;
use crate::host::{Host, bytes};

const POLL: &[u8] = &[0x07];
const POLL_WITH_ACK: &[u8] = &[0x56];
const EVENT_ACK: &[u8] = &[0x57];

fn config() -> ValidatorConfig {
    ValidatorConfig {
        read_ms: 100,
        stack_ms: 100,
        reject_ms: 100,
        ..ValidatorConfig::default()
    }
}

/// A validator in service at time 0: reset told, all channels allowed, enabled, polled.
fn in_service(config: ValidatorConfig) -> Machine {
    let mut machine = Machine::power_up(config, ValidatorState::default());
    assert_eq!(machine.command(POLL, 0), [0xF0, 0xF1, 0xE8]);
    open_for_notes(&mut machine, 0);
    machine
}

fn open_for_notes(machine: &mut Machine, now: u64) {
    assert_eq!(machine.command(&[0x02, 0xFF, 0xFF], now), [0xF0]);
    assert_eq!(machine.command(&[0x0A], now), [0xF0]);
    machine.command(POLL, now);
}

/// Brings a note of 50 into escrow; the host knows at 200.
fn in_escrow(config: ValidatorConfig) -> Machine {
    let mut machine = in_service(config);
    assert_eq!(machine.insert(50, 10), Insertion::Taken);
    assert_eq!(machine.command(POLL, 20), [0xF0, 0xEF, 0]);
    assert_eq!(machine.command(POLL, 200), [0xF0, 0xEF, 4]);
    machine
}

#[test]
fn a_note_is_read_held_stacked_and_credited_once() {
    let mut machine = in_escrow(config());
    assert_eq!(machine.command(POLL, 210), [0xF0, 0xCC]);
    assert_eq!(machine.box_total(), 0);
    assert_eq!(machine.command(POLL, 400), [0xF0, 0xEE, 4, 0xEB]);
    assert_eq!(machine.box_total(), 50);
    assert_eq!(machine.command(POLL, 410), [0xF0]);
}

#[test]
fn hold_keeps_the_note_and_reject_returns_it() {
    let mut machine = in_escrow(config());
    for now in [3_000, 6_000, 9_000, 12_000] {
        assert_eq!(machine.command(&[0x18], now), [0xF0]);
    }
    assert_eq!(machine.command(&[0x08], 12_100), [0xF0]);
    assert_eq!(machine.command(POLL, 12_110), [0xF0, 0xED]);
    assert_eq!(machine.command(POLL, 12_300), [0xF0, 0xEC]);
    assert_eq!(machine.command(&[0x17], 12_310), [0xF0, 0x08]);
    assert_eq!((machine.box_total(), machine.state().returned), (0, 1));
    assert_eq!(machine.command(&[0x18], 12_320), [0xF8], "nothing to hold");
}

#[test]
fn a_note_nobody_decides_about_goes_back() {
    let mut machine = in_escrow(config());
    machine.tick(5_200);
    assert_eq!(machine.command(POLL, 5_210), [0xF0, 0xED]);
    assert_eq!(machine.command(&[0x17], 5_220), [0xF0, 0x13]);
}

#[test]
fn a_credit_repeats_until_acknowledged_and_blocks_the_mouth() {
    let mut machine = in_escrow(config());
    assert_eq!(machine.command(POLL_WITH_ACK, 210), [0xF0, 0xCC]);
    assert_eq!(machine.command(EVENT_ACK, 220), [0xF5], "nothing reported");
    assert_eq!(machine.command(POLL_WITH_ACK, 400), [0xF0, 0xEE, 4, 0xEB]);
    assert_eq!(machine.command(POLL_WITH_ACK, 410), [0xF0, 0xEE, 4]);
    assert_eq!(machine.insert(10, 420), Insertion::Refused);
    assert_eq!(machine.command(EVENT_ACK, 430), [0xF0]);
    assert_eq!(machine.command(POLL_WITH_ACK, 440), [0xF0]);
    assert_eq!(machine.insert(10, 450), Insertion::Taken);
}

#[test]
fn an_unacknowledged_credit_survives_power_and_is_no_second_note() {
    let mut machine = in_escrow(config());
    machine.command(POLL_WITH_ACK, 210);
    machine.command(POLL_WITH_ACK, 400);
    let kept = machine.state().clone();
    let mut machine = Machine::power_up(config(), kept);
    assert_eq!(
        machine.command(POLL_WITH_ACK, 0),
        [0xF0, 0xF1, 0xEE, 4, 0xE8]
    );
    assert_eq!(machine.box_total(), 50);
    machine.command(EVENT_ACK, 10);
    assert_eq!(machine.command(POLL_WITH_ACK, 20), [0xF0]);
}

#[test]
fn without_poll_with_ack_both_commands_are_unknown() {
    let mut machine = in_service(ValidatorConfig {
        poll_with_ack: false,
        ..config()
    });
    assert_eq!(machine.command(POLL_WITH_ACK, 10), [0xF2]);
    assert_eq!(machine.command(EVENT_ACK, 10), [0xF2]);
}

#[test]
fn power_cut_with_a_note_on_its_way_into_the_box() {
    let mut machine = in_escrow(config());
    machine.command(POLL, 210);
    machine.power_cycle(NoteGoes::Box);
    assert_eq!(machine.box_total(), 50);
    assert_eq!(machine.command(POLL, 300), [0xF0, 0xF1, 0xE2, 4, 0xE8]);
    assert_eq!(
        machine.insert(50, 310),
        Insertion::Refused,
        "disabled after power-up"
    );
}

#[test]
fn power_cut_with_a_note_returned() {
    let mut machine = in_escrow(config());
    machine.power_cycle(NoteGoes::Front);
    assert_eq!((machine.box_total(), machine.state().returned), (0, 1));
    assert_eq!(
        machine.command(POLL_WITH_ACK, 300),
        [0xF0, 0xF1, 0xE1, 4, 0xE8]
    );
    assert_eq!(machine.command(POLL_WITH_ACK, 310), [0xF0, 0xE1, 4]);
}

#[test]
fn a_note_not_read_yet_never_goes_into_the_box() {
    let mut machine = in_service(config());
    machine.insert(50, 10);
    machine.power_cycle(NoteGoes::Box);
    assert_eq!(machine.box_total(), 0);
    assert_eq!(machine.command(POLL, 300), [0xF0, 0xF1, 0xE1, 0, 0xE8]);
}

#[test]
fn disabled_inhibited_busy_or_unpolled_refuses_at_the_mouth() {
    let mut machine = Machine::power_up(config(), ValidatorState::default());
    assert_eq!(machine.insert(10, 0), Insertion::Refused, "disabled");
    open_for_notes(&mut machine, 10);
    assert_eq!(machine.insert(3, 10), Insertion::Unknown);
    machine.command(&[0x02, 0b0000_1000, 0], 20);
    assert_eq!(machine.insert(10, 30), Insertion::Refused, "inhibited");
    assert_eq!(machine.command(&[0x17], 30), [0xF0, 0x0C]);
    assert_eq!(machine.insert(50, 40), Insertion::Taken);
    assert_eq!(machine.insert(50, 50), Insertion::Refused, "busy");
    let mut machine = in_service(config());
    assert_eq!(
        machine.insert(50, 10_001),
        Insertion::Refused,
        "nobody polls"
    );
}

#[test]
fn disable_returns_a_note_in_escrow_and_lets_a_stacking_one_go_on() {
    let mut machine = in_escrow(config());
    machine.command(&[0x09], 210);
    assert_eq!(machine.command(POLL, 220), [0xF0, 0xE8, 0xED]);
    let mut machine = in_escrow(config());
    machine.command(POLL, 210);
    machine.command(&[0x09], 220);
    assert_eq!(machine.command(POLL, 400), [0xF0, 0xE8, 0xEE, 4, 0xEB]);
    assert_eq!(machine.box_total(), 50);
}

#[test]
fn jam_stands_until_cleared_and_the_note_goes_on() {
    let mut machine = in_escrow(config());
    machine.command(POLL, 210);
    machine.fault(ValidatorFault::Jam);
    assert_eq!(machine.command(POLL, 900), [0xF0, 0xE9, 0xCC]);
    assert_eq!(machine.command(POLL, 910), [0xF0, 0xE9, 0xCC]);
    assert_eq!(machine.command(&[0x0A], 920), [0xF5]);
    machine.fault(ValidatorFault::JamCleared);
    assert_eq!(machine.command(POLL, 930), [0xF0, 0xEE, 4, 0xEB]);
}

#[test]
fn box_removed_full_and_fraud() {
    let mut machine = in_escrow(config());
    machine.command(POLL, 210);
    machine.command(POLL, 400);
    machine.fault(ValidatorFault::BoxRemoved);
    assert_eq!(machine.command(POLL, 410), [0xF0, 0xE3]);
    assert_eq!(machine.command(POLL, 420), [0xF0, 0xE3]);
    assert_eq!(machine.insert(50, 430), Insertion::Refused);
    assert_eq!(
        (machine.box_total(), machine.state().collected.len()),
        (0, 1)
    );
    machine.fault(ValidatorFault::BoxReplaced);
    assert_eq!(machine.command(POLL, 440), [0xF0, 0xE4]);
    machine.fault(ValidatorFault::StackerFull);
    assert_eq!(machine.command(POLL, 450), [0xF0, 0xE7]);
    assert_eq!(machine.insert(50, 460), Insertion::Refused);
    machine.fault(ValidatorFault::StackerEmptied);
    assert_eq!(machine.insert(50, 470), Insertion::Taken);
    machine.fault(ValidatorFault::Fraud { channel: 2 });
    assert_eq!(machine.command(POLL, 480), [0xF0, 0xE6, 2, 0xEF, 0]);
}

#[test]
fn setup_is_laid_out_as_the_manual_says() {
    let mut machine = in_service(config());
    assert_eq!(machine.command(&[0x06, 9], 0), [0xF8]);
    assert_eq!(machine.command(&[0x06, 8], 0), [0xF0]);
    let expected = bytes(
        "F0 00 30333333 434E59 000001 05 050A143264 0202020202 000064 08
         434E59434E59434E59434E59434E59 050000000A000000140000003200000064000000",
    );
    assert_eq!(machine.command(&[0x05], 0), expected);
    assert_eq!(machine.command(&[0x0C], 0), bytes("F0001C962C"));
    assert_eq!(machine.command(&[0x0F], 0), bytes("F0050202020202"));
    assert_eq!(machine.command(&[0x06], 0), [0xF3]);
    assert_eq!(machine.command(&[0xCB], 0), [0xF2]);
}

struct Bench {
    _folder: tempfile::TempDir,
    validator: Validator,
    file: PathBuf,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("validator.json");
    let config = ValidatorConfig {
        scale: 0.0,
        ..ValidatorConfig::default()
    };
    let validator =
        Validator::start(config, &folder.path().join("validator"), file.clone()).unwrap();
    Bench {
        _folder: folder,
        validator,
        file,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn golden_frames_through_the_tty() {
    let bench = bench();
    let mut host = Host::open(bench.validator.tty());
    host.exchange("7F 80 01 11 65 82", "7F 80 01 F0 23 80");
    // The manual's examples all carry flag 1; a SYNC before each makes the validator expect a new packet.
    for (request, answer) in [
        ("06 08", "7F 00 01 F0 20 0A"),
        ("06 09", "7F 00 01 F8 13 8A"),
    ] {
        host.exchange("7F 80 01 11 65 82", "7F 80 01 F0 23 80");
        let packet = Packet {
            sequence_and_address: 0,
            data: bytes(request),
        };
        host.exchange(&hex::encode(packet.encode()), answer);
    }
    host.exchange("7F 80 01 0C 2B 82", "7F 80 05 F0 00 1C 96 2C D4 97");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_flag_repeats_the_answer_and_does_nothing() {
    let bench = bench();
    let mut host = Host::open(bench.validator.tty());
    host.exchange("7F 80 01 11 65 82", "7F 80 01 F0 23 80");
    let poll = Packet {
        sequence_and_address: 0,
        data: vec![0x07],
    }
    .encode();
    let told = Packet {
        sequence_and_address: 0,
        data: vec![0xF0, 0xF1, 0xE8],
    }
    .encode();
    bench
        .validator
        .fault(ValidatorFault::LoseReplies { count: 1 });
    host.write(&poll);
    assert!(host.stays_silent(), "the answer is lost");
    host.exchange(&hex::encode(&poll), &hex::encode(&told));
    host.exchange(&hex::encode(&poll), &hex::encode(&told));
    host.exchange("7F 80 01 07 12 02", "7F 80 01 F0 23 80");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_checks_other_addresses_and_a_dead_validator_stay_silent() {
    let bench = bench();
    let mut host = Host::open(bench.validator.tty());
    host.write(&bytes("7F 80 01 11 65 83"));
    host.write(
        &Packet {
            sequence_and_address: 0x81,
            data: vec![0x11],
        }
        .encode(),
    );
    assert!(host.stays_silent());
    bench.validator.fault(ValidatorFault::Silent);
    host.write(&bytes("7F 80 01 11 65 82"));
    assert!(host.stays_silent());
    bench.validator.fault(ValidatorFault::Answering);
    host.exchange("7F 80 01 11 65 82", "7F 80 01 F0 23 80");
}

/// Asks again and again until an answer holds `event`.
fn poll_until(host: &mut Host, flag: &mut u8, event: u8) -> Vec<u8> {
    for _ in 0..1_000 {
        let answer = ask(host, flag, &[0x56]);
        if answer.contains(&event) {
            return answer;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("event {event:02X} never came");
}

fn ask(host: &mut Host, flag: &mut u8, data: &[u8]) -> Vec<u8> {
    host.write(
        &Packet {
            sequence_and_address: *flag,
            data: data.to_vec(),
        }
        .encode(),
    );
    *flag ^= 0x80;
    let mut scanner = Scanner::default();
    loop {
        if let Some(packet) = scanner.take(host.read(1)[0]) {
            return packet.data;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn money_in_the_box_is_on_disk_before_the_host_hears_of_it() {
    let bench = bench();
    let mut host = Host::open(bench.validator.tty());
    let mut flag = 0x80;
    ask(&mut host, &mut flag, &[0x11]);
    ask(&mut host, &mut flag, &[0x02, 0xFF, 0xFF]);
    ask(&mut host, &mut flag, &[0x0A]);
    ask(&mut host, &mut flag, &[0x56]);
    assert_eq!(bench.validator.insert(20), Insertion::Taken);
    poll_until(&mut host, &mut flag, 0xEF);
    poll_until(&mut host, &mut flag, 0xEE);
    let kept: ValidatorState = crate::store::load(&bench.file).unwrap().unwrap();
    assert_eq!(kept.in_box, [Boxed { value: 20 }]);
    assert_eq!(kept.pending, [PendingEvent::Credit(3)]);
}
