//! A resident's telephone: it reads the code off the glass and pays at the provider.

use std::path::Path;

use super::Failure;
use super::topup::PATIENCE;
use super::touchscreen::Touchscreen;
use crate::provider::Provider;

/// Scans the code on the screen; the order's number. The picture is left in the folder.
///
/// # Errors
/// When no code is shown, it cannot be read, or it is not the provider's.
pub fn scan(
    screen: &mut Touchscreen,
    provider: &Provider,
    picture: &Path,
) -> Result<String, Failure> {
    screen.wait_for(&["Paying"], &["Scan"], PATIENCE)?;
    screen.picture(picture)?;
    let text = read_code(picture)?;
    let number = provider.number_of(&text);
    number.ok_or_else(|| Failure::new(format!("the provider knows no such code: {text}")))
}

/// Scans the code and pays.
///
/// # Errors
/// As [`scan`], and when the order cannot be paid any more.
pub fn pay(
    screen: &mut Touchscreen,
    provider: &Provider,
    picture: &Path,
) -> Result<String, Failure> {
    let number = scan(screen, provider, picture)?;
    match provider.pay(&number) {
        true => Ok(number),
        false => Err(Failure::new(format!("order {number} cannot be paid"))),
    }
}

/// The text of the one QR code in a picture.
fn read_code(picture: &Path) -> Result<String, Failure> {
    let unreadable = |why: String| Failure::new(format!("{}: {why}", picture.display()));
    let file = std::io::BufReader::new(std::fs::File::open(picture)?);
    let mut reader = png::Decoder::new(file)
        .read_info()
        .map_err(|error| unreadable(error.to_string()))?;
    let size = reader.output_buffer_size();
    let mut bytes = vec![0; size.ok_or_else(|| unreadable("too large".to_owned()))?];
    let frame = reader
        .next_frame(&mut bytes)
        .map_err(|error| unreadable(error.to_string()))?;
    let (width, height) = (frame.width as usize, frame.height as usize);
    let samples = frame.color_type.samples();
    // Black on white: one channel says enough.
    let shade = |x: usize, y: usize| {
        let at = y * frame.line_size + x * samples;
        bytes.get(at).copied().unwrap_or(255)
    };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, shade);
    let grids = image.detect_grids();
    let [grid] = grids.as_slice() else {
        return Err(unreadable(format!("{} codes", grids.len())));
    };
    let (_, text) = grid
        .decode()
        .map_err(|error| unreadable(error.to_string()))?;
    Ok(text)
}
