//! C=14 to C=1D.

use super::*;
use crate::frame::dlt645::freeze::FreezeTime;
use crate::frame::dlt645::heard::{Permit, Write};
use crate::frame::dlt645::password::Protected;
use crate::frame::dlt645::relay::{RelayCommand, RelayOrder, StatusWord3};

fn permit(class: u8) -> Permit {
    Permit {
        password: Password::of_class(class),
        operator: OPERATOR,
    }
}

fn write(di: u32, value: &[u8], class: u8) -> Frame {
    let write = Write {
        di,
        permit: permit(class),
        content: Protected::Plain(value),
    };
    request::write(address(), write).unwrap()
}

/// The error byte, or `None` when it was done.
fn error(meter: &mut ElectricityMeter, asked: &Frame, now: WallTime) -> Option<u8> {
    let frame = ask(meter, asked, now);
    match answer::parse(&frame).unwrap() {
        Answer::Done => None,
        Answer::Refused(error) => Some(error.0),
        other => panic!("{other:?}"),
    }
}

fn order(command: RelayCommand, delay: u8, until: WallTime) -> Frame {
    let order = RelayOrder {
        password: Password::of_class(2),
        operator: OPERATOR,
        command,
        delay,
        valid_until: until,
    };
    request::relay(address(), order)
}

fn relay_word(meter: &mut ElectricityMeter, now: WallTime) -> StatusWord3 {
    let word = read(meter, 0x0400_0503, now);
    StatusWord3(u16::from_le_bytes([word[0], word[1]]))
}

#[test]
fn a_parameter_is_written_and_read_back() {
    let mut meter = idle(MeterConfig::default());
    assert_eq!(
        error(&mut meter, &write(0x0400_1401, &[0x05, 0x00], 4), noon()),
        None
    );
    assert_eq!(number(&mut meter, 0x0400_1401, noon()), 5);
    assert_eq!(number(&mut meter, 0x0330_0000, noon()), 1, "it is counted");
    assert_eq!(
        error(
            &mut meter,
            &write(0x0400_1004, &[0x00, 0x50, 0, 0], 2),
            noon()
        ),
        None
    );
    let asked = request::top_up(address(), purchase(6_000, 1, "1234"));
    assert_eq!(
        refusal(&ask(&mut meter, &asked, noon())).unwrap().word,
        0x82
    );
}

#[test]
fn a_write_with_the_wrong_password_identifier_or_form_changes_nothing() {
    let mut meter = idle(MeterConfig::default());
    let mut wrong = permit(4);
    wrong.password.digits = [1, 0, 0];
    let stranger = Write {
        di: 0x0400_1401,
        permit: wrong,
        content: Protected::Plain(&[5, 0]),
    };
    let stranger = request::write(address(), stranger).unwrap();
    for (asked, code) in [
        (stranger, 0x04),
        (write(0x0400_1401, &[0x05, 0x00], 6), 0x04),
        (write(0x0400_0503, &[0, 0], 4), 0x02),
        (write(0x0400_0C03, &[0; 4], 4), 0x02),
        (write(0x0000_0000, &[0; 4], 4), 0x02),
        (write(0x0400_FFFF, &[0; 4], 4), 0x02),
        (write(0x0400_1401, &[0x05], 4), 0x01),
        (write(0x0400_1401, &[0x0A, 0x00], 4), 0x01),
        (write(0x0400_0102, &[0x00, 0x00, 0x24], 4), 0x01),
    ] {
        assert_eq!(error(&mut meter, &asked, noon()), Some(code), "{asked:?}");
    }
    assert_eq!(number(&mut meter, 0x0400_1401, noon()), 0);
    assert_eq!(number(&mut meter, 0x0330_0000, noon()), 0);
}

#[test]
fn writes_and_commands_to_a_wildcard_are_not_heard() {
    let mut meter = idle(MeterConfig {
        programming_key: true,
        ..MeterConfig::default()
    });
    let wild = Address::WILDCARD;
    let noon = noon();
    for asked in [
        request::change_rate(wild, 0x20),
        request::clear_demand(wild, permit(2)),
        request::clear_meter(wild, permit(2)),
        request::clear_events(wild, permit(2), u32::MAX),
    ] {
        silent(&mut meter, &asked, noon);
    }
    assert_eq!(meter.rate(), Some(2400));
}

#[test]
fn the_address_is_written_while_the_programming_key_is_pressed() {
    let mut meter = idle(MeterConfig::default());
    let new = Address::from_digits("000000000042").unwrap();
    let bytes = meter
        .hear(&request::write_address(new).encode(), noon())
        .unwrap();
    let frame = Frame::parse(&bytes).unwrap();
    assert_eq!(frame.control(), Control(0xD5));
    meter.set_programming_key(true);
    let bytes = meter
        .hear(&request::write_address(new).encode(), noon())
        .unwrap();
    let frame = Frame::parse(&bytes).unwrap();
    assert_eq!((frame.control(), frame.address()), (Control(0x95), new));
    let frame = ask(&mut meter, &request::read_address(), noon());
    assert_eq!(answer::parse(&frame), Ok(Answer::Address(new)));
    silent(&mut meter, &request::read(address(), 0x0000_0000), noon());
}

#[test]
fn the_rate_changes_after_the_answer_and_only_to_one_there_is() {
    let mut meter = idle(MeterConfig::default());
    let frame = ask(&mut meter, &request::change_rate(address(), 0x20), noon());
    assert_eq!(
        (frame.control(), frame.data()),
        (Control(0x97), &[0x20][..])
    );
    assert_eq!(meter.rate(), Some(9600));
    let asked = request::change_rate(address(), 0x21);
    assert_eq!(error(&mut meter, &asked, noon()), Some(0x08));
    assert_eq!(meter.rate(), Some(9600));
    let mut decimal = idle(MeterConfig {
        decimal_rates: true,
        ..MeterConfig::default()
    });
    ask(&mut decimal, &request::change_rate(address(), 0x32), noon());
    assert_eq!(decimal.rate(), Some(9600));
}

#[test]
fn a_password_is_changed_with_the_old_one() {
    let mut meter = idle(MeterConfig::default());
    let new = Password {
        class: 4,
        digits: [0x56, 0x34, 0x12],
    };
    let change =
        |old: Password, new: Password, di| request::change_password(address(), di, old, new);
    let weak = Password { class: 2, ..new };
    let asked = change(Password::of_class(4), weak, 0x0400_0C03);
    assert_eq!(
        error(&mut meter, &asked, noon()),
        Some(0x04),
        "class 04 cannot give class 02"
    );
    let frame = ask(
        &mut meter,
        &change(Password::of_class(2), new, 0x0400_0C05),
        noon(),
    );
    assert_eq!(
        (frame.control(), frame.data()),
        (Control(0x98), &new.to_wire()[..])
    );
    let asked = write(0x0400_1401, &[5, 0], 4);
    assert_eq!(
        error(&mut meter, &asked, noon()),
        Some(0x04),
        "the old one is gone"
    );
}

#[test]
fn clearing_needs_its_class_and_leaves_the_money() {
    let mut meter = ElectricityMeter::new(MeterConfig {
        balance: 10_000,
        purchase_count: 3,
        energy: 123_456,
        ..MeterConfig::default()
    })
    .unwrap();
    meter.hear(&[], noon());
    assert_ne!(read(&mut meter, 0x0101_0000, later(60)), [0; 8]);
    let clear_demand = request::clear_demand(address(), permit(4));
    assert_eq!(error(&mut meter, &clear_demand, later(60)), None);
    assert_eq!(read(&mut meter, 0x0101_0000, later(60)), [0; 8]);
    for asked in [
        request::clear_meter(address(), permit(4)),
        request::clear_events(address(), permit(4), u32::MAX),
    ] {
        assert_eq!(error(&mut meter, &asked, later(60)), Some(0x04));
    }
    let trip = order(RelayCommand::Trip, 0, later(600));
    assert_eq!(error(&mut meter, &trip, later(60)), None);
    assert_eq!(number(&mut meter, 0x1D00_0001, later(60)), 1);
    let clear = request::clear_events(address(), permit(2), 0x1D00_0001);
    assert_eq!(error(&mut meter, &clear, later(60)), None);
    assert_eq!(number(&mut meter, 0x1D00_0001, later(60)), 0);
    let balance = meter.balance();
    let clear = request::clear_meter(address(), permit(2));
    assert_eq!(error(&mut meter, &clear, later(60)), None);
    assert_eq!(number(&mut meter, 0x0000_0000, later(60)), 0);
    assert_eq!((meter.balance(), meter.purchase_count()), (balance, 3));
    for (di, count) in [(0x0330_0100, 1), (0x0330_0200, 1), (0x0330_0300, 1)] {
        assert_eq!(number(&mut meter, di, later(60)), count, "{di:08X}");
    }
}

#[test]
fn a_relay_order_is_obeyed_until_its_time_and_not_after() {
    let mut meter = idle(MeterConfig {
        balance: 100,
        ..MeterConfig::default()
    });
    let late = order(RelayCommand::Trip, 0, later(-1));
    assert_eq!(error(&mut meter, &late, noon()), Some(0x01));
    assert!(meter.supplies());
    let trip = order(RelayCommand::Trip, 0, noon());
    assert_eq!(error(&mut meter, &trip, noon()), None);
    let word = relay_word(&mut meter, noon());
    assert!(word.relay_open() && word.told_open());
    assert_eq!(read(&mut meter, 0x1D00_0101, noon()), noon().to_bcd());
    let close = order(RelayCommand::Close, 0, later(60));
    assert_eq!(error(&mut meter, &close, later(5)), None);
    assert!(!relay_word(&mut meter, later(5)).relay_open());
}

#[test]
fn a_trip_waits_for_its_delay_and_tells_so() {
    let mut meter = idle(MeterConfig {
        balance: 100_000,
        ..MeterConfig::default()
    });
    assert_eq!(
        error(&mut meter, &write(0x0400_1401, &[2, 0], 4), noon()),
        None
    );
    let trip = order(RelayCommand::Trip, 0, later(600));
    assert_eq!(error(&mut meter, &trip, noon()), None);
    let word = relay_word(&mut meter, later(119));
    assert!(!word.relay_open() && word.told_open() && word.about_to_trip());
    let word = relay_word(&mut meter, later(120));
    assert!(word.relay_open() && !word.about_to_trip());
}

#[test]
fn a_trip_that_recovers_closes_by_itself() {
    let mut meter = idle(MeterConfig {
        balance: 100,
        ..MeterConfig::default()
    });
    let trip = order(RelayCommand::TripAndRecover(0x1D), 2, later(600));
    assert_eq!(error(&mut meter, &trip, noon()), None);
    assert!(relay_word(&mut meter, later(599)).relay_open());
    assert!(!relay_word(&mut meter, later(600)).relay_open());
}

#[test]
fn allowing_to_close_waits_for_the_button_where_there_is_one() {
    let mut meter = idle(MeterConfig {
        balance: 100,
        button: true,
        ..MeterConfig::default()
    });
    let until = later(600);
    assert_eq!(
        error(&mut meter, &order(RelayCommand::Trip, 0, until), noon()),
        None
    );
    assert!(!meter.press_button(later(1)), "not allowed yet");
    let allow = order(RelayCommand::AllowClose, 0, until);
    assert_eq!(error(&mut meter, &allow, later(2)), None);
    assert!(relay_word(&mut meter, later(3)).relay_open());
    assert!(meter.press_button(later(4)));
}

#[test]
fn keep_power_ignores_trips_and_the_end_of_money() {
    let mut meter = ElectricityMeter::new(MeterConfig {
        balance: 100,
        overdraft_limit: 0,
        ..MeterConfig::default()
    })
    .unwrap();
    let until = later(600);
    assert_eq!(
        error(
            &mut meter,
            &order(RelayCommand::KeepPower, 0, until),
            noon()
        ),
        None
    );
    let trip = order(RelayCommand::Trip, 0, until);
    assert_eq!(error(&mut meter, &trip, noon()), Some(0x01));
    assert!(!relay_word(&mut meter, later(86_400)).relay_open());
    assert!(meter.balance() < 0);
    let off = order(RelayCommand::KeepPowerOff, 0, later(90_000));
    assert_eq!(error(&mut meter, &off, later(86_400)), None);
    assert!(relay_word(&mut meter, later(86_500)).relay_open());
}

#[test]
fn a_meter_may_refuse_a_trip_by_password_and_still_close() {
    let mut meter = idle(MeterConfig {
        balance: 100,
        password_trip: false,
        ..MeterConfig::default()
    });
    let until = later(600);
    let trip = order(RelayCommand::Trip, 0, until);
    assert_eq!(error(&mut meter, &trip, noon()), Some(0x04));
    for command in [
        RelayCommand::AllowClose,
        RelayCommand::Close,
        RelayCommand::Alarm,
    ] {
        assert_eq!(error(&mut meter, &order(command, 0, until), noon()), None);
    }
}

#[test]
fn a_freeze_at_once_a_daily_one_and_a_broadcast_one() {
    let mut meter = ElectricityMeter::new(MeterConfig {
        balance: 100_000,
        energy: 1_000,
        load_watts: 1_000,
        ..MeterConfig::default()
    })
    .unwrap();
    meter.hear(&[], noon());
    let asked = request::freeze(address(), FreezeTime::Now);
    assert_eq!(error(&mut meter, &asked, later(3600)), None);
    let frozen = read(&mut meter, 0x0501_0101, later(7200));
    assert_eq!(frozen[..4], [0x00, 0x11, 0x00, 0x00], "11.00 kWh");
    assert_eq!(
        read(&mut meter, 0x0501_0001, later(7200)),
        [0, 0x13, 0x25, 0x11, 0x26]
    );
    let daily = FreezeTime::Daily {
        hour: 14,
        minute: 30,
    };
    silent(
        &mut meter,
        &request::freeze(Address::BROADCAST, daily),
        later(7200),
    );
    let next_day = later(86_400 + 3 * 3600);
    assert_eq!(
        read(&mut meter, 0x0500_0001, next_day),
        [0x30, 0x14, 0x26, 0x11, 0x26]
    );
    assert_eq!(
        read(&mut meter, 0x0500_0002, next_day),
        [0x30, 0x14, 0x25, 0x11, 0x26]
    );
    let frozen = read(&mut meter, 0x0500_0102, next_day);
    assert_eq!(frozen[..4], [0x50, 0x12, 0x00, 0x00], "12.50 kWh");
}

#[test]
fn the_output_is_set_and_told_back() {
    let mut meter = idle(MeterConfig::default());
    let asked = request::output(address(), Output::DemandPeriod);
    let frame = ask(&mut meter, &asked, noon());
    assert_eq!((frame.control(), frame.data()), (Control(0x9D), &[1][..]));
    let nonsense = Frame::fixed(address(), Control(0x1D), [9]);
    assert_eq!(error(&mut meter, &nonsense, noon()), Some(0x01));
    let to_all = request::output(Address::BROADCAST, Output::TariffChange);
    silent(&mut meter, &to_all, noon());
    let told = Field::new("output", "tariff_change");
    assert!(meter.describe().state.contains(&told));
}

#[test]
fn a_request_of_the_wrong_length_is_refused_and_never_half_done() {
    let mut meter = idle(MeterConfig::default());
    for (control, length) in [(0x14, 11), (0x17, 2), (0x1A, 7), (0x1C, 6), (0x11, 3)] {
        let asked = Frame::new(address(), Control(control), vec![0; length]).unwrap();
        assert_eq!(
            error(&mut meter, &asked, noon()),
            Some(0x01),
            "C={control:02X}"
        );
    }
}
