//! The task that keeps the scanner's port open and reads from it.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_serial::StopBits;

use super::code::Code;
use super::lines::Lines;
use super::repeats::Repeats;
use super::{ScanEvent, ScannerState};
use crate::device::backoff::Backoff;
use crate::device::serial;

/// A line that stops in the middle for so long is none: a scanner sends a code without a pause.
const PAUSE: Duration = Duration::from_millis(500);
/// A port that stayed open so long is no reason to wait long for it the next time.
const HELD: Duration = Duration::from_secs(10);

/// Which scanner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannerSettings {
    /// The serial line: `/dev/serial/by-id/…`.
    pub device: String,
    /// Its speed; a scanner at USB takes any.
    pub baud: u32,
}

/// Nobody listens any more.
struct Over;

/// Starts the task. It ends when nobody listens to `events` any more.
pub fn spawn(settings: ScannerSettings, events: UnboundedSender<ScanEvent>) -> JoinHandle<()> {
    tokio::spawn(async move {
        keep_open(&events, || {
            serial::open(&settings.device, settings.baud, StopBits::One)
        })
        .await;
    })
}

/// Opens the port, reads it to its end, and opens it again after a pause.
async fn keep_open<P: AsyncRead + Unpin>(
    events: &UnboundedSender<ScanEvent>,
    mut open: impl FnMut() -> Result<P, String>,
) {
    let mut backoff = Backoff::default();
    let mut told = ScannerState::Starting;
    let mut repeats = Repeats::default();
    let began = Instant::now();
    if tell(events, told.clone()).is_err() {
        return;
    }
    loop {
        let why = match open() {
            Err(why) => why,
            Ok(port) => {
                let opened = Instant::now();
                told = ScannerState::Ready;
                if tell(events, told.clone()).is_err() {
                    return;
                }
                let new = |code: &str| repeats.is_new(code, began.elapsed());
                let Ok(why) = read(port, events, new).await else {
                    return;
                };
                if opened.elapsed() > HELD {
                    backoff.reset();
                }
                why
            }
        };
        let state = ScannerState::Missing(why);
        if state != told {
            told = state;
            if tell(events, told.clone()).is_err() {
                return;
            }
        }
        tokio::select! {
            () = sleep(backoff.pause()) => {}
            () = events.closed() => return,
        }
    }
}

fn tell(events: &UnboundedSender<ScanEvent>, state: ScannerState) -> Result<(), Over> {
    events.send(ScanEvent::State(state)).map_err(|_| Over)
}

/// Reads a port until it breaks; why it did, in English, for staff.
async fn read<P: AsyncRead + Unpin>(
    mut port: P,
    events: &UnboundedSender<ScanEvent>,
    mut is_new: impl FnMut(&str) -> bool,
) -> Result<String, Over> {
    let mut lines = Lines::default();
    let mut buffer = [0; 512];
    loop {
        let patience = if lines.is_open() {
            PAUSE
        } else {
            Duration::MAX
        };
        let came = tokio::select! {
            came = timeout(patience, port.read(&mut buffer)) => came,
            () = events.closed() => return Err(Over),
        };
        match came {
            Err(_) => lines.forget(),
            Ok(Ok(0)) => return Ok("closed at the other end".to_owned()),
            Ok(Err(error)) => return Ok(format!("the line broke: {error}")),
            Ok(Ok(count)) => {
                for line in lines.take(&buffer[..count]) {
                    if is_new(&line) {
                        let scanned = ScanEvent::Scanned(Code::read(&line));
                        events.send(scanned).map_err(|_| Over)?;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use tokio::io::{AsyncWriteExt, DuplexStream, duplex};
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;

    /// Runs the task over ports that are there one after the other, and none afterwards.
    fn run(ports: Vec<DuplexStream>) -> UnboundedReceiver<ScanEvent> {
        let (events, heard) = unbounded_channel();
        let mut ports: VecDeque<_> = ports.into();
        tokio::spawn(async move {
            keep_open(&events, || {
                ports.pop_front().ok_or_else(|| "no such port".to_owned())
            })
            .await;
        });
        heard
    }

    async fn states(heard: &mut UnboundedReceiver<ScanEvent>, wanted: &[ScannerState]) {
        for state in wanted {
            assert_eq!(heard.recv().await, Some(ScanEvent::State(state.clone())));
        }
    }

    fn meter(number: &str) -> Option<ScanEvent> {
        Some(ScanEvent::Scanned(Code::Meter(number.into())))
    }

    #[tokio::test(start_paused = true)]
    async fn a_code_is_told_and_a_port_that_goes_away_is_opened_again() {
        use ScannerState::{Missing, Ready, Starting};
        let (near, mut far) = duplex(64);
        let (next, mut other) = duplex(64);
        let mut heard = run(vec![near, next]);
        states(&mut heard, &[Starting, Ready]).await;
        far.write_all(b"20260042\r\n").await.unwrap();
        assert_eq!(heard.recv().await, meter("20260042"));
        far.write_all(b"2026").await.unwrap();
        drop(far);
        let closed = Missing("closed at the other end".into());
        states(&mut heard, &[closed.clone(), Ready]).await;
        other.write_all(b"20260043\r").await.unwrap();
        assert_eq!(
            heard.recv().await,
            meter("20260043"),
            "nothing of the first port"
        );
        drop(other);
        states(&mut heard, &[closed, Missing("no such port".into())]).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_that_stops_in_the_middle_is_no_part_of_the_next() {
        let (near, mut far) = duplex(64);
        let mut heard = run(vec![near]);
        states(&mut heard, &[ScannerState::Starting, ScannerState::Ready]).await;
        far.write_all(b"99").await.unwrap();
        sleep(PAUSE * 2).await;
        far.write_all(b"20260042\r").await.unwrap();
        assert_eq!(heard.recv().await, meter("20260042"));
    }

    #[tokio::test(start_paused = true)]
    async fn what_lies_under_the_scanner_is_told_once() {
        let (near, mut far) = duplex(64);
        let mut heard = run(vec![near]);
        states(&mut heard, &[ScannerState::Starting, ScannerState::Ready]).await;
        for _ in 0..5 {
            far.write_all(b"20260042\r").await.unwrap();
            sleep(Duration::from_secs(1)).await;
        }
        far.write_all(b"20260043\r").await.unwrap();
        assert_eq!(heard.recv().await, meter("20260042"));
        assert_eq!(heard.recv().await, meter("20260043"));
    }

    #[tokio::test(start_paused = true)]
    async fn the_task_ends_with_its_listener() {
        let (near, far) = duplex(64);
        let (events, heard) = unbounded_channel();
        let mut near = Some(near);
        let task = tokio::spawn(async move {
            keep_open(&events, || near.take().ok_or_else(|| "gone".to_owned())).await;
        });
        drop(heard);
        task.await.unwrap();
        drop(far);
    }
}
