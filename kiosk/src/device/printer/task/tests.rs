use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::mpsc::unbounded_channel;

use super::*;
use crate::receipt::Raster;

const READY: [u8; 4] = [0x12; 4];
const PAPER_OUT: [u8; 4] = [0x1A, 0x32, 0x12, 0x72];

fn desk(link: Link) -> Desk {
    desk_heard(link).0
}

fn desk_heard(link: Link) -> (Desk, UnboundedReceiver<PrinterEvent>) {
    let (events, heard) = unbounded_channel();
    let address = PrinterAddress::Tcp("127.0.0.1:1".into());
    let desk = Desk {
        settings: PrinterSettings { address },
        link: Some(link),
        backoff: Backoff::default(),
        events,
        shown: None,
    };
    (desk, heard)
}

fn slip() -> PrintJob {
    PrintJob {
        raster: Raster::new(576, 40),
    }
}

/// Answers `rounds` of four questions each, then falls silent. Between the rounds it swallows `job_at` bytes of a job.
async fn printer(
    mut port: DuplexStream,
    rounds: &[[u8; 4]],
    job_after: usize,
    job: usize,
) -> Vec<u8> {
    for (i, answers) in rounds.iter().enumerate() {
        for answer in answers {
            let mut question = [0; 3];
            if port.read_exact(&mut question).await.is_err() {
                return vec![];
            }
            assert_eq!(question[..2], [0x10, 0x04]);
            port.write_all(&[*answer]).await.unwrap();
        }
        if i + 1 == job_after {
            let mut bytes = vec![0; job];
            if port.read_exact(&mut bytes).await.is_err() {
                return vec![];
            }
        }
    }
    let mut rest = Vec::new();
    let _ = timeout(Duration::from_secs(1), port.read_to_end(&mut rest)).await;
    rest
}

#[tokio::test(start_paused = true)]
async fn a_slip_is_printed_when_the_printer_is_ready_before_and_after() {
    let (near, far) = duplex(1 << 16);
    let length = job::encode(&slip().raster).unwrap().len();
    let mut desk = desk(Link::over(near));
    let job = slip();
    let (outcome, _) = tokio::join!(
        desk.print(&job),
        printer(far, &[READY, READY, READY], 1, length)
    );
    assert_eq!(outcome, PrintOutcome::Printed);
}

#[tokio::test(start_paused = true)]
async fn without_paper_nothing_is_sent() {
    let (near, far) = duplex(1 << 16);
    let mut desk = desk(Link::over(near));
    let job = slip();
    let (outcome, rest) = tokio::join!(desk.print(&job), printer(far, &[PAPER_OUT], 9, 0));
    assert_eq!(outcome, PrintOutcome::NotPrinted("no paper".into()));
    assert_eq!(rest, [0_u8; 0]);
}

#[tokio::test(start_paused = true)]
async fn paper_that_ends_in_the_middle_is_not_printed_and_the_rest_is_cleared() {
    let (near, far) = duplex(1 << 16);
    let length = job::encode(&slip().raster).unwrap().len();
    let mut desk = desk(Link::over(near));
    let job = slip();
    let (outcome, rest) = tokio::join!(
        desk.print(&job),
        printer(far, &[READY, READY, PAPER_OUT], 1, length)
    );
    assert_eq!(
        outcome,
        PrintOutcome::NotPrinted("stopped in the middle: no paper".into())
    );
    assert_eq!(rest, CLEAR);
}

#[tokio::test(start_paused = true)]
async fn the_state_is_told_before_the_slip_that_it_stopped() {
    let (near, far) = duplex(1 << 16);
    let length = job::encode(&slip().raster).unwrap().len();
    let (mut desk, mut heard) = desk_heard(Link::over(near));
    let job = slip();
    tokio::join!(
        desk.print(&job),
        printer(far, &[READY, PAPER_OUT], 1, length)
    );
    let mut states = Vec::new();
    while let Ok(PrinterEvent::State(state)) = heard.try_recv() {
        states.push(state);
    }
    let ready = PrinterState::Ready { paper_low: false };
    assert_eq!(states, [ready, PrinterState::PaperOut]);
}

#[tokio::test(start_paused = true)]
async fn a_printer_that_falls_silent_after_the_job_leaves_it_open() {
    let (near, far) = duplex(1 << 16);
    let length = job::encode(&slip().raster).unwrap().len();
    let mut desk = desk(Link::over(near));
    let job = slip();
    let (outcome, _) = tokio::join!(desk.print(&job), printer(far, &[READY], 1, length));
    assert!(matches!(outcome, PrintOutcome::Unknown(_)), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn a_line_that_breaks_in_the_middle_leaves_it_open() {
    let (near, far) = duplex(256);
    let mut desk = desk(Link::over(near));
    let job = slip();
    let (outcome, _) = tokio::join!(desk.print(&job), async {
        printer(far, &[READY], 1, 400).await;
    });
    assert!(matches!(outcome, PrintOutcome::Unknown(_)), "{outcome:?}");
}

/// A printer as Epson's are: a question within an image is part of the image.
async fn printer_within_an_image(listener: tokio::net::TcpListener, mut missing: usize) {
    loop {
        let Ok((mut port, _)) = listener.accept().await else {
            return;
        };
        let mut byte = [0];
        let mut seen = Vec::new();
        while let Ok(1) = port.read(&mut byte).await {
            if missing > 0 {
                missing -= 1;
                continue;
            }
            seen.push(byte[0]);
            if seen.ends_with(&[0x10, 0x04, 1])
                || seen.ends_with(&[0x10, 0x04, 2])
                || seen.ends_with(&[0x10, 0x04, 3])
                || seen.ends_with(&[0x10, 0x04, 4])
            {
                port.write_all(&READY[..1]).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_printer_that_waits_for_the_rest_of_an_image_is_given_it_and_answers_again() {
    for missing in [1, 3, 72 * 128, 72 * 128 + 5] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let printer = tokio::spawn(printer_within_an_image(listener, missing));
        let (near, _) = duplex(1);
        let mut desk = desk(Link::over(near));
        desk.link = None;
        desk.settings.address = PrinterAddress::Tcp(address);
        let state = desk.check().await;
        assert_eq!(
            state,
            PrinterState::Ready { paper_low: false },
            "{missing} bytes were missing"
        );
        printer.abort();
    }
}
