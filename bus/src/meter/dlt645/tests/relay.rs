use super::*;
use crate::frame::dlt645::relay::Password;
use crate::meter::SwitchOutcome;

#[test]
fn the_relay_is_where_the_status_word_says() {
    let until = WallTime::new(2099, 12, 31, 23, 59, 59).unwrap();
    let trip = |wire| {
        let password = Password {
            class: 2,
            digits: [0; 3],
        };
        let order = RelayOrder {
            password,
            operator: Operator([0x11, 0x22, 0x33, 0x44]),
            command: RelayCommand::Trip,
            delay: 0,
            valid_until: until,
        };
        let request = request::relay(meter(), order).encode();
        Step { request, wire }
    };
    let play = |steps: Vec<Step>| {
        let mut link = Script::new(steps);
        let outcome = run(driver(BooksSource::StatusQuery).switch(&mut link, false, until));
        link.finish();
        outcome
    };
    let closed = || says(known::STATUS_WORD_3, &[0x00, 0x00]);
    let open = || says(known::STATUS_WORD_3, &[0x50, 0x00]);
    let yes = || trip(Wire::Frames(vec![frame(0x9C, &[])]));
    assert_eq!(
        play(vec![yes(), closed(), open()]),
        SwitchOutcome::Done(Supply::Off)
    );
    assert_eq!(
        play(vec![yes(), closed(), closed(), closed()]),
        SwitchOutcome::Underway(Supply::On)
    );
    let no = trip(Wire::Frames(vec![frame(0xDC, &[0x04])]));
    let outcome = play(vec![no, closed(), closed(), closed()]);
    let SwitchOutcome::NotDone { reason, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(reason.contains("password"));
}
