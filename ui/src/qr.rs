//! A QR code as a picture: one pixel a module, then enlarged by a whole number.

use slint::{Image, Rgb8Pixel, SharedPixelBuffer};

use crate::view::QrCode;

/// The light edge that readers need around a code, in modules (ISO/IEC 18004).
const QUIET: usize = 4;
/// No panel has room for larger modules.
const MOST: u32 = 64;
const DARK: Rgb8Pixel = Rgb8Pixel { r: 0, g: 0, b: 0 };
const LIGHT: Rgb8Pixel = Rgb8Pixel {
    r: 255,
    g: 255,
    b: 255,
};

/// The code with its quiet zone; `None` where the modules are not a square of the side told.
pub(crate) fn picture(code: &QrCode) -> Option<Image> {
    pixels(code).map(Image::from_rgb8)
}

fn pixels(code: &QrCode) -> Option<SharedPixelBuffer<Rgb8Pixel>> {
    let side = usize::try_from(code.side).ok()?;
    if side == 0 || side.checked_mul(side)? != code.dark.len() {
        return None;
    }
    let whole = u32::try_from(side.checked_add(2 * QUIET)?).ok()?;
    let mut buffer = SharedPixelBuffer::new(whole, whole);
    let pixels = buffer.make_mut_slice();
    pixels.fill(LIGHT);
    let rows = pixels.chunks_exact_mut(side + 2 * QUIET).skip(QUIET);
    for (row, modules) in rows.zip(code.dark.chunks_exact(side)) {
        for (pixel, dark) in row[QUIET..].iter_mut().zip(modules) {
            if *dark {
                *pixel = DARK;
            }
        }
    }
    Some(buffer)
}

/// The picture with every pixel `times` times as wide and as high. A picture that is not [`picture`]'s stays as it is.
pub(crate) fn enlarged(image: &Image, times: i32) -> Image {
    match (image.to_rgb8(), u32::try_from(times)) {
        (Some(small), Ok(times @ 1..=MOST)) => Image::from_rgb8(repeated(&small, times)),
        _ => image.clone(),
    }
}

fn repeated(small: &SharedPixelBuffer<Rgb8Pixel>, times: u32) -> SharedPixelBuffer<Rgb8Pixel> {
    let mut large = SharedPixelBuffer::new(small.width() * times, small.height() * times);
    let (across, step) = (small.width() as usize, times as usize);
    for (place, pixel) in large.make_mut_slice().iter_mut().enumerate() {
        let (x, y) = (place % (across * step), place / (across * step));
        *pixel = small.as_slice()[y / step * across + x / step];
    }
    large
}

#[cfg(test)]
mod tests {
    use super::{DARK, LIGHT, QUIET, enlarged, picture, pixels};
    use crate::view::QrCode;

    /// Three by three, dark where the pattern says so.
    fn small(dark: &[usize]) -> QrCode {
        QrCode {
            side: 3,
            dark: (0..9).map(|place| dark.contains(&place)).collect(),
        }
    }

    #[test]
    fn each_dark_module_is_one_black_pixel_at_its_place() {
        for (x, y) in [(0, 0), (2, 0), (1, 1), (0, 2)] {
            let buffer = pixels(&small(&[y * 3 + x])).unwrap();
            assert_eq!((buffer.width(), buffer.height()), (11, 11));
            for (place, pixel) in buffer.as_slice().iter().enumerate() {
                let here = (place % 11, place / 11) == (x + QUIET, y + QUIET);
                assert_eq!(*pixel, if here { DARK } else { LIGHT }, "pixel {place}");
            }
        }
    }

    #[test]
    fn the_quiet_zone_is_four_white_modules_on_every_side() {
        let buffer = pixels(&small(&[0, 1, 2, 3, 4, 5, 6, 7, 8])).unwrap();
        let inside = QUIET..QUIET + 3;
        for (place, pixel) in buffer.as_slice().iter().enumerate() {
            let code = inside.contains(&(place % 11)) && inside.contains(&(place / 11));
            assert_eq!(*pixel, if code { DARK } else { LIGHT }, "pixel {place}");
        }
    }

    #[test]
    fn modules_that_are_no_square_of_the_side_show_no_code() {
        for (side, count) in [(3, 8), (3, 10), (3, 0), (0, 0), (0, 1), (u32::MAX, 9)] {
            let code = QrCode {
                side,
                dark: vec![true; count],
            };
            assert!(picture(&code).is_none(), "{side} and {count} modules");
        }
        assert!(picture(&small(&[4])).is_some());
    }

    #[test]
    fn an_enlarged_code_has_squares_for_pixels() {
        let code = small(&[0, 4, 5]);
        let (once, image) = (pixels(&code).unwrap(), picture(&code).unwrap());
        let thrice = enlarged(&image, 3).to_rgb8().unwrap();
        assert_eq!((thrice.width(), thrice.height()), (33, 33));
        for (place, pixel) in thrice.as_slice().iter().enumerate() {
            let (x, y) = (place % 33 / 3, place / 33 / 3);
            assert_eq!(*pixel, once.as_slice()[y * 11 + x], "pixel {place}");
        }
        for times in [i32::MIN, -1, 0, 1, i32::MAX] {
            assert_eq!(enlarged(&image, times).size(), image.size(), "{times}");
        }
        let none = slint::Image::default();
        assert_eq!(enlarged(&none, 3).size(), none.size());
    }
}
