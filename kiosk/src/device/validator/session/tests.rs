use std::collections::VecDeque;

use meterpost_ledger::{Money, NoteEvidence};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::mpsc;

use super::super::frame::{Found, Scanner, stuff};
use super::*;

/// Answers by a script: polls get the next scripted events, everything else F0. What was asked is written down.
async fn answer(mut port: DuplexStream, mut polls: VecDeque<Vec<u8>>, repeats: bool) -> Vec<u8> {
    let setup = {
        let mut data = vec![0xF0, 0x00];
        data.extend(b"0333CNY");
        data.extend([0, 0, 1, 2, 5, 10, 2, 2, 0, 0, 100, 8]);
        data.extend(b"CNYCNY");
        data.extend([5, 0, 0, 0, 10, 0, 0, 0]);
        data
    };
    let (mut scanner, mut asked, mut buffer) = (Scanner::default(), Vec::new(), [0; 64]);
    while let Ok(n @ 1..) = port.read(&mut buffer).await {
        for &byte in &buffer[..n] {
            let Some(Found::Packet(packet)) = scanner.push(byte) else {
                continue;
            };
            asked.push(packet.data[0]);
            let data = match packet.data[0] {
                0x05 => setup.clone(),
                0x0C => vec![0xF0, 0x00, 0x1C, 0x96, 0x2C],
                0x56 if !repeats => vec![0xF2],
                0x56 | 0x07 => match polls.pop_front() {
                    Some(events) => [vec![0xF0], events].concat(),
                    None => return asked,
                },
                _ => vec![0xF0],
            };
            let mut plain = vec![0x7F, packet.seq, u8::try_from(data.len()).unwrap()];
            plain.extend(data);
            plain.extend(ssp::crc::crc16(&plain[1..]).to_le_bytes());
            if port.write_all(&stuff(&plain)).await.is_err() {
                return asked;
            }
        }
    }
    asked
}

fn settings() -> ValidatorSettings {
    ValidatorSettings {
        device: "script".into(),
        currency: "CNY".into(),
        notes: vec![],
        serial: None,
    }
}

struct Run {
    asked: Vec<u8>,
    events: Vec<CashEvent>,
}

/// Runs one connection over a script. `decide` says what the caller answers to each event.
async fn play(
    polls: &[&[u8]],
    repeats: bool,
    decide: fn(&CashEvent) -> Option<CashCommand>,
) -> Run {
    let (near, far) = duplex(1024);
    let (command, commands) = mpsc::unbounded_channel();
    let (events, mut reported) = mpsc::unbounded_channel();
    let mut caller = Caller { commands, events };
    let mut memory = Memory {
        accepting: true,
        ..Memory::default()
    };
    let script = polls.iter().map(|p| p.to_vec()).collect();
    let host = async move {
        let mut line = Line::new(near, 0);
        run(&mut line, &settings(), &mut memory, &mut caller).await
    };
    let desk = async {
        let mut seen = Vec::new();
        while let Some(event) = reported.recv().await {
            if let Some(answer) = decide(&event) {
                command.send(answer).unwrap();
            }
            seen.push(event);
        }
        seen
    };
    let (_, events, asked) = tokio::join!(host, desk, answer(far, script, repeats));
    Run { asked, events }
}

fn money_events(run: &Run) -> Vec<&CashEvent> {
    run.events
        .iter()
        .filter(|e| !matches!(e, CashEvent::State(_)))
        .collect()
}

fn stack_and_acknowledge(event: &CashEvent) -> Option<CashCommand> {
    match event {
        CashEvent::Escrow(_) => Some(CashCommand::Stack),
        CashEvent::Stacked { .. } => Some(CashCommand::Acknowledge),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_note_is_held_before_it_is_reported_and_polled_only_after_the_order_to_stack() {
    let polls: [&[u8]; 5] = [&[], &[0xEF, 0x02], &[0xCC], &[0xEE, 0x02, 0xEB], &[]];
    let run = play(&polls, true, stack_and_acknowledge).await;
    let credit = CashEvent::Stacked {
        value: Money(1000),
        evidence: NoteEvidence::Credit,
    };
    assert_eq!(
        money_events(&run)[..3],
        [
            &CashEvent::Escrow(Money(1000)),
            &credit,
            &CashEvent::Acknowledged
        ]
    );
    let held = run.asked.iter().position(|&c| c == 0x18).unwrap();
    assert_eq!(
        run.asked[held - 1],
        0x56,
        "the hold follows the poll that reported the note at once"
    );
    assert_eq!(
        run.asked.iter().filter(|&&c| c == 0x57).count(),
        1,
        "one acknowledgement for one credit"
    );
}

#[tokio::test(start_paused = true)]
async fn before_the_first_poll_nothing_is_taken_and_a_note_left_in_escrow_goes_back() {
    let run = play(&[&[]], true, |_| None).await;
    let first_poll = run.asked.iter().position(|&c| c == 0x56).unwrap();
    assert_eq!(
        run.asked[..first_poll],
        [0x11, 0x11, 0x06, 0x05, 0x0C, 0x02, 0x09, 0x08, 0x02, 0x0A]
    );
}

#[tokio::test(start_paused = true)]
async fn a_note_nobody_decides_on_is_held_and_then_given_back_never_stacked() {
    let run = play(&[&[], &[0xEF, 0x01], &[0xED], &[0xEC], &[]], true, |_| None).await;
    assert_eq!(
        money_events(&run)[..2],
        [&CashEvent::Escrow(Money(500)), &CashEvent::Returned]
    );
    let held = run.asked.iter().position(|&c| c == 0x18).unwrap();
    let returned = held + run.asked[held..].iter().position(|&c| c == 0x08).unwrap();
    assert!(
        run.asked[held..returned].iter().all(|&c| c == 0x18),
        "{:x?}",
        run.asked
    );
}

#[tokio::test(start_paused = true)]
async fn an_older_validator_is_polled_plainly_and_its_silence_proves_nothing() {
    let quiet: [&[u8]; 8] = [&[]; 8];
    let run = play(&quiet, false, |_| None).await;
    assert_eq!(run.asked.iter().filter(|&&c| c == 0x56).count(), 1);
    assert_eq!(
        money_events(&run),
        [&CashEvent::NothingToReport {
            repeats_credits: false
        }]
    );
}

#[tokio::test(start_paused = true)]
async fn an_unconfirmed_credit_is_never_acknowledged() {
    let run = play(&[&[0xEE, 0x01], &[0xEE, 0x01], &[0xEE, 0x01]], true, |_| {
        None
    })
    .await;
    assert!(!run.asked.contains(&0x57));
    assert_eq!(money_events(&run).len(), 1);
}
