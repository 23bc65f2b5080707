//! The interpreter, the sensors and the wires.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::host::Host;

struct Bench {
    folder: tempfile::TempDir,
    mechanism: Mechanism,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let mechanism = Mechanism::open(&PrinterConfig::default(), folder.path()).unwrap();
    Bench { folder, mechanism }
}

impl Bench {
    fn send(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.mechanism.take(bytes).unwrap()
    }

    fn words(&self) -> Vec<String> {
        self.mechanism
            .slips()
            .iter()
            .flat_map(|slip| slip.words.clone())
            .collect()
    }
}

/// Width, height and dots of a picture.
fn picture(path: &Path) -> (usize, usize, Vec<u8>) {
    let decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut dots = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut dots).unwrap();
    (info.width as usize, info.height as usize, dots)
}

/// A raster of `rows` all black rows, 8 bytes across.
fn black(rows: u8) -> Vec<u8> {
    let mut bytes = vec![0x1D, b'v', b'0', 0, 8, 0, rows, 0];
    bytes.extend(vec![0xFF; 8 * usize::from(rows)]);
    bytes
}

#[test]
fn a_receipt_is_printed_cut_and_drawn() {
    let mut bench = bench();
    bench.send(b"\x1B@\x1Ba\x01\x1BE\x01\x1D!\x11Receipt\n\x1D!\x00\x1BE\x00");
    bench.send(b"\x1Ba\x00Top-up 50.00\nThank you\n\x1Bt\x00\x1BR\x00\x1Bd\x03\x1DVA\x00");
    let slip = bench.mechanism.slips()[0].clone();
    assert_eq!(slip.words, ["Receipt", "Top-up 50.00", "Thank you"]);
    assert!(slip.whole);
    assert_eq!(slip.rows, 48 + 30 + 30 + 3 * 30);
    let (width, height, dots) = picture(&slip.png);
    assert_eq!((width, height), (576 + 64 + 24, slip.rows + 34));
    let ink = dots.iter().filter(|dot| **dot < 0x40).count();
    assert!(ink > 500, "{ink} dots of ink");
    assert_eq!(bench.mechanism.state().faults, [] as [&str; 0]);
}

#[test]
fn raster_dots_stand_where_they_belong() {
    let mut bench = bench();
    bench.send(&black(10));
    bench.send(b"\x1DV\x00");
    let slip = &bench.mechanism.slips()[0];
    let (width, _, dots) = picture(&slip.png);
    let row = |y: usize| &dots[(12 + 5 + y) * width + 12 + 32..][..576];
    assert!(row(0)[..64].iter().all(|dot| *dot < 0x40));
    assert!(row(9)[64..].iter().all(|dot| *dot > 0x40));
    assert_eq!(slip.rows, 10);
}

#[test]
fn a_qr_code_is_drawn_and_its_content_kept() {
    let mut bench = bench();
    bench.send(b"\x1D(k\x04\x001A2\x00\x1D(k\x03\x001C\x06\x1D(k\x03\x001E1");
    bench.send(b"\x1D(k\x08\x001P0HELLO\x1D(k\x03\x001Q0\x1DV\x00");
    let slip = &bench.mechanism.slips()[0];
    assert_eq!(slip.codes, ["HELLO"]);
    assert_eq!(slip.rows, 21 * 6);
    assert_eq!(bench.mechanism.state().faults, [] as [&str; 0]);
}

#[test]
fn columns_are_turned_into_rows() {
    let mut bench = bench();
    bench.send(b"\x1B*\x21\x02\x00\x80\x00\x01\x80\x00\x01\x1DV\x00");
    assert_eq!(bench.mechanism.slips()[0].rows, 24);
    assert_eq!(bench.mechanism.state().faults, [] as [&str; 0]);
}

#[test]
fn what_it_does_not_know_is_told() {
    let mut bench = bench();
    bench.send(b"\x1B\x7Fabc\xE4\n");
    let faults = bench.mechanism.state().faults;
    assert_eq!(faults, ["unknown 1b7f", "character E4 is not in the font"]);
}

#[test]
fn commands_in_single_bytes_are_the_same() {
    let mut bench = bench();
    let job = [b"Hi\n".as_slice(), &black(3), b"\x1DVB\x05"].concat();
    let answers: Vec<u8> = job.iter().flat_map(|byte| bench.send(&[*byte])).collect();
    assert!(answers.is_empty());
    assert_eq!(
        (bench.words(), bench.mechanism.slips()[0].rows),
        (vec!["Hi".to_owned()], 38)
    );
}

#[test]
fn status_bytes_of_each_condition() {
    let all = b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04";
    let mut bench = bench();
    assert_eq!(bench.send(all), [0x12, 0x12, 0x12, 0x12]);
    bench.mechanism.set_paper(PaperState::NearEnd).unwrap();
    assert_eq!(bench.send(all), [0x12, 0x12, 0x12, 0x1E]);
    bench.mechanism.set_paper(PaperState::Out).unwrap();
    assert_eq!(bench.send(all), [0x1A, 0x32, 0x12, 0x7E]);
    bench.mechanism.set_paper(PaperState::Ok).unwrap();
    bench.mechanism.fault(PrinterFault::CoverOpen).unwrap();
    assert_eq!(bench.send(all), [0x1A, 0x16, 0x12, 0x12]);
    bench.mechanism.fault(PrinterFault::CoverClosed).unwrap();
    bench.mechanism.fault(PrinterFault::CutterError).unwrap();
    assert_eq!(bench.send(all), [0x1A, 0x52, 0x1A, 0x12]);
}

#[test]
fn off_line_it_answers_at_once_and_holds_the_rest() {
    let mut bench = bench();
    bench.mechanism.fault(PrinterFault::CoverOpen).unwrap();
    assert_eq!(bench.send(b"Held\n\x1DV\x00\x10\x04\x01"), [0x1A]);
    assert_eq!(bench.mechanism.slips(), []);
    assert!(bench.mechanism.state().held_lines > 0);
    bench.mechanism.fault(PrinterFault::CoverClosed).unwrap();
    assert_eq!(bench.words(), ["Held"]);
}

#[test]
fn a_status_request_inside_raster_data_is_data() {
    let mut bench = bench();
    let mut job = vec![0x1D, b'v', b'0', 0, 3, 0, 1, 0];
    job.extend(b"\x10\x04\x01");
    assert!(bench.send(&job).is_empty());
    assert_eq!(bench.send(b"\x10\x04\x01"), [0x12]);
}

#[test]
fn paper_that_ends_in_the_middle_leaves_a_torn_piece_and_goes_on_after_refill() {
    let mut bench = bench();
    bench.mechanism.paper_ends_after(4);
    assert_eq!(bench.send(b"\x10\x04\x04"), [0x1E]);
    bench.send(&black(10));
    assert_eq!(bench.send(b"\x1DV\x00\x10\x04\x04"), [0x7E]);
    assert_eq!(bench.mechanism.slips(), []);
    assert_eq!(bench.mechanism.state().held_lines, 6);
    bench.mechanism.set_paper(PaperState::Ok).unwrap();
    let pieces: Vec<(usize, bool)> = bench
        .mechanism
        .slips()
        .iter()
        .map(|slip| (slip.rows, slip.whole))
        .collect();
    assert_eq!(pieces, [(4, false), (6, true)]);
}

#[test]
fn clearing_the_buffers_forgets_the_held_job() {
    let mut bench = bench();
    bench.mechanism.set_paper(PaperState::Out).unwrap();
    bench.send(b"Old\n\x1DV\x00\x10\x05\x02");
    bench.mechanism.set_paper(PaperState::Ok).unwrap();
    bench.send(b"New\n\x1DV\x00");
    assert_eq!(bench.words(), ["New"]);
}

#[test]
fn automatic_status_comes_at_once_and_on_every_change() {
    let mut bench = bench();
    assert_eq!(bench.send(b"\x1Da\xFF"), [0x10, 0, 0, 0]);
    assert_eq!(
        bench.mechanism.set_paper(PaperState::Out).unwrap(),
        [0x18, 0, 0x0F, 0]
    );
    assert_eq!(
        bench.mechanism.fault(PrinterFault::CoverOpen).unwrap(),
        [0x38, 0, 0x0F, 0]
    );
    bench.mechanism.fault(PrinterFault::CoverClosed).unwrap();
    bench.mechanism.set_paper(PaperState::NearEnd).unwrap();
    assert_eq!(bench.send(b"\x1Dr\x01"), [0x03]);
}

#[test]
fn power_off_loses_the_buffers_and_leaves_a_torn_piece() {
    let mut bench = bench();
    bench.send(b"Half\n");
    bench.mechanism.fault(PrinterFault::PowerOff).unwrap();
    assert!(bench.send(b"\x10\x04\x01").is_empty());
    bench.mechanism.fault(PrinterFault::PowerOn).unwrap();
    bench.send(b"Whole\n\x1DV\x00");
    let slips: Vec<bool> = bench
        .mechanism
        .slips()
        .iter()
        .map(|slip| slip.whole)
        .collect();
    assert_eq!(slips, [false, true]);
}

#[test]
fn slips_of_an_earlier_run_are_counted_on() {
    let mut bench = bench();
    bench.send(b"One\n\x1DV\x00");
    let mut again = Mechanism::open(&PrinterConfig::default(), bench.folder.path()).unwrap();
    again.take(b"Two\n\x1DV\x00").unwrap();
    let numbers: Vec<u32> = again.slips().iter().map(|slip| slip.number).collect();
    assert_eq!(numbers, [1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tcp_and_tty_lead_to_the_same_printer() {
    let folder = tempfile::tempdir().unwrap();
    let tty = folder.path().join("printer");
    let slips = folder.path().join("slips");
    let printer = Printer::start(PrinterConfig::default(), &tty, &slips)
        .await
        .unwrap();
    let mut network = TcpStream::connect(printer.address()).unwrap();
    network.write_all(b"Net\n\x1DV\x00\x10\x04\x01").unwrap();
    let mut status = [0; 1];
    network.read_exact(&mut status).unwrap();
    assert_eq!(status, [0x12]);
    let mut serial = Host::open(&tty);
    serial.write(b"Tty\n\x1DV\x00\x10\x04\x04");
    assert_eq!(serial.read(1), [0x12]);
    let words: Vec<String> = printer
        .slips()
        .into_iter()
        .flat_map(|slip| slip.words)
        .collect();
    assert_eq!(words, ["Net", "Tty"]);
    printer.fault(PrinterFault::PowerOff).unwrap();
    assert_eq!(
        network.read(&mut status).unwrap(),
        0,
        "the connection is closed"
    );
}

proptest! {
    #[test]
    fn noise_never_panics(noise in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut lexer = Lexer::default();
        lexer.feed(&noise);
        let commands = lexer.count();
        prop_assert!(commands <= noise.len());
    }
}
