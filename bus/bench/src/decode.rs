//! What decoding costs, on one core, by the processor's time of this thread.

use std::hint::black_box;
use std::time::Duration;

use meterpost_bus::frame::Framing;
use meterpost_bus::frame::dlt645::{Dlt645, Frame, FrameView, answer};
use meterpost_bus::frame::mbus;
use meterpost_bus::frame::scan::{Found, Scanner};
use rustix::time::{ClockId, clock_gettime};

use crate::Outcome;
use crate::table::{Mark, Table};

/// The meters' frames of the collection that belong to a protocol, without preamble.
fn golden(protocols: &[&str]) -> Vec<Vec<u8>> {
    let rows = include_str!("../../tests/frames.tsv").lines();
    rows.filter_map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let wanted = protocols.contains(columns.first()?) && *columns.get(2)? == "OK";
        let bytes = hex::decode(columns.get(3)?).ok()?;
        let skip = bytes.iter().take_while(|byte| **byte == 0xFE).count();
        wanted.then(|| bytes[skip..].to_vec())
    })
    .collect()
}

fn processor() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// How many a second, in the best of five rounds of about so many.
fn rate(count: usize, rounds: usize, mut round: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..5 {
        let began = processor();
        for _ in 0..rounds {
            round();
        }
        best = best.min((processor() - began).as_secs_f64());
    }
    (count * rounds) as f64 / best
}

fn millions(rate: f64) -> String {
    format!("{:.2} million/s", rate / 1e6)
}

pub fn measure(rounds: usize, table: &mut Table) -> Outcome<()> {
    dlt645(rounds, table)?;
    mbus(rounds, table)
}

fn dlt645(rounds: usize, table: &mut Table) -> Outcome<()> {
    let frames = golden(&["645-2007", "645-1997"]);
    if frames.len() < 50 {
        return Err("the collection has shrunk".into());
    }
    let stream = frames.concat();
    let mut found = 0;
    let scanned = rate(frames.len(), rounds, || {
        let mut scanner = Scanner::new::<Dlt645>();
        found = 0;
        for chunk in stream.chunks(512) {
            for item in scanner.push(chunk) {
                if let Found::Frame { bytes, .. } = item
                    && let Ok(frame) = Frame::parse(&bytes)
                {
                    found += 1;
                    let _ = black_box(answer::parse(&frame));
                }
            }
        }
    });
    if found != frames.len() {
        return Err(format!("{found} of {} frames were found", frames.len()).into());
    }
    table.row(
        "DL/T 645: found in a stream, checked, copied out, read as an answer",
        "≥ 2 million/s",
        millions(scanned),
        Some(scanned / 2e6),
        Mark::when(scanned >= 2e6),
    );
    let parsed = rate(frames.len(), rounds, || {
        for bytes in &frames {
            if let Ok(frame) = Frame::parse(black_box(bytes)) {
                let _ = black_box(answer::parse(&frame));
            }
        }
    });
    table.info("one whole frame given, copied out", millions(parsed));
    let viewed = rate(frames.len(), rounds, || {
        for bytes in &frames {
            let _ = black_box(FrameView::parse(black_box(bytes)).map(|frame| frame.identifier()));
        }
    });
    table.info(
        "one whole frame given, read where it lies",
        millions(viewed),
    );
    Ok(())
}

/// Frames that both sides read: answers with records.
fn mbus(rounds: usize, table: &mut Table) -> Outcome<()> {
    let mut frames = golden(&["mbus"]);
    frames.retain(|bytes| ours(bytes) > 0 && theirs(bytes) > 0);
    if frames.is_empty() {
        return Err("no M-Bus frame is read by both".into());
    }
    let (mut mine, mut alone) = (0, 0);
    // Turn by turn, so that a busy machine disturbs both.
    let (mut our_rate, mut their_rate) = (0f64, 0f64);
    for _ in 0..3 {
        our_rate = our_rate.max(rate(frames.len(), rounds, || {
            mine = frames.iter().map(|bytes| ours(black_box(bytes))).sum();
        }));
        their_rate = their_rate.max(rate(frames.len(), rounds, || {
            alone = frames.iter().map(|bytes| theirs(black_box(bytes))).sum();
        }));
    }
    let ratio = our_rate / their_rate;
    table.row(
        format!(
            "M-Bus: {} telegrams of the collection, {mine} records",
            frames.len()
        ),
        "as m-bus-parser alone",
        millions(our_rate),
        Some(ratio),
        Mark::when(ratio >= 0.95),
    );
    table.info(
        format!("m-bus-parser alone, {alone} records"),
        millions(their_rate),
    );
    Ok(())
}

/// The records that our reading finds, each with its value.
fn ours(bytes: &[u8]) -> usize {
    debug_assert!(bytes.len() <= mbus::Mbus::LONGEST);
    let Ok(frame) = mbus::Frame::parse(bytes) else {
        return 0;
    };
    match mbus::answer::parse(&frame) {
        Ok(mbus::answer::Answer::Variable { records, .. }) => {
            records.flatten().map(black_box).count()
        }
        _ => 0,
    }
}

/// The records that the crate alone finds.
fn theirs(bytes: &[u8]) -> usize {
    let Ok(m_bus_parser::WiredFrame::LongFrame { data, .. }) =
        m_bus_parser::WiredFrame::try_from(bytes)
    else {
        return 0;
    };
    let Ok(layer) = m_bus_parser::user_data::parse_application_layer(data) else {
        return 0;
    };
    let records = layer.data_records();
    records.map_or(0, |records| records.flatten().map(black_box).count())
}
