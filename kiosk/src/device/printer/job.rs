//! The bytes of a slip, built with the `escpos` crate.

use std::cell::RefCell;
use std::rc::Rc;

use escpos::driver::Driver;
use escpos::errors::{PrinterError, Result};
use escpos::printer::Printer;
use escpos::utils::Protocol;

use crate::receipt::{Raster, WIDE};

/// Rows of one raster command. Cheap printers hold no more than a few kilobytes of one image.
const BAND_ROWS: usize = 128;
/// Bytes of `GS v 0` before its dots.
const RASTER_HEAD: usize = 8;
/// Lines fed so that the last row passes the cutter.
const FEED_LINES: u8 = 3;

/// Clears what the printer still holds: `DLE ENQ 2` recovers from an error and clears the buffers, `ESC @` resets.
pub const CLEAR: [u8; 5] = [0x10, 0x05, 0x02, 0x1B, 0x40];

/// Ends a command that a broken line or a power cut left unfinished, and clears. A printer that waits for the rest of an image takes
/// everything for that rest, questions too, until it has it; white rows are the harmless rest. To a printer that waits for
/// nothing a NUL is nothing (Epson ESC/POS: undefined control codes are ignored).
pub fn end_unfinished() -> Vec<u8> {
    let longest = RASTER_HEAD + WIDE.div_ceil(8) * BAND_ROWS;
    let mut bytes = vec![0; longest];
    bytes.extend_from_slice(&CLEAR);
    bytes
}

/// Collects what would be sent.
#[derive(Clone, Default)]
struct Collect(Rc<RefCell<Vec<u8>>>);

impl Driver for Collect {
    fn name(&self) -> String {
        "buffer".into()
    }

    fn write(&self, data: &[u8]) -> Result<()> {
        self.0
            .try_borrow_mut()
            .map_err(PrinterError::from)?
            .extend_from_slice(data);
        Ok(())
    }

    fn read(&self, _buf: &mut [u8]) -> Result<usize> {
        Ok(0)
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }
}

/// The whole job: reset, the raster in bands (`GS v 0`), feed, partial cut.
///
/// # Errors
/// In English, for staff: the slip cannot be put into bytes.
pub fn encode(raster: &Raster) -> std::result::Result<Vec<u8>, String> {
    let collect = Collect::default();
    let mut printer = Printer::new(collect.clone(), Protocol::default(), None);
    build(&mut printer, raster).map_err(|e| e.to_string())?;
    Ok(collect.0.take())
}

fn build(printer: &mut Printer<Collect>, raster: &Raster) -> Result<()> {
    printer.init()?;
    let row_bytes = raster.row_bytes();
    for band in raster.bits().chunks(row_bytes * BAND_ROWS) {
        printer.custom(&raster_command(row_bytes, band)?)?;
    }
    printer.feeds(FEED_LINES)?.partial_cut()?.print()?;
    Ok(())
}

/// `GS v 0 m xL xH yL yH data`: width in bytes, height in dots.
fn raster_command(row_bytes: usize, band: &[u8]) -> Result<Vec<u8>> {
    let width = u16::try_from(row_bytes)?.to_le_bytes();
    let height = u16::try_from(band.len() / row_bytes)?.to_le_bytes();
    let mut command = vec![
        0x1D, b'v', b'0', 0, width[0], width[1], height[0], height[1],
    ];
    command.extend_from_slice(band);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_reset_bands_feed_and_cut() {
        let mut raster = Raster::new(576, 300);
        raster.set(0, 0);
        raster.set(575, 299);
        let bytes = encode(&raster).unwrap();
        assert_eq!(bytes[..2], [0x1B, 0x40]);
        assert_eq!(bytes[2..10], [0x1D, b'v', b'0', 0, 72, 0, 128, 0]);
        assert_eq!(bytes[10], 0x80);
        let second = 10 + 72 * 128;
        assert_eq!(
            bytes[second..second + 8],
            [0x1D, b'v', b'0', 0, 72, 0, 128, 0]
        );
        let third = second + 8 + 72 * 128;
        assert_eq!(bytes[third..third + 8], [0x1D, b'v', b'0', 0, 72, 0, 44, 0]);
        let end = third + 8 + 72 * 44;
        assert_eq!(bytes[end - 1], 0x01);
        assert_eq!(bytes[end..], [0x1B, b'd', 3, 0x1D, b'V', b'A', 1]);
    }
}
