//! The QR code on the glass is the code given, module by module, sharp, and large enough to scan.

mod support;

use meterpost_ui::view::{PayingStep, QrCode, Screen};
use slint::platform::WindowEvent;
use slint::{LogicalSize, PhysicalSize, Rgba8Pixel, SharedPixelBuffer};
use support::{Bench, LARGE, SMALL, samples, settle};

/// 5 cm in logical pixels of 1/160 inch.
const LEAST: f32 = 50.0 / 25.4 * 160.0;
/// The light edge that readers need, in modules.
const QUIET: usize = 4;

fn show(bench: &Bench, step: PayingStep) -> SharedPixelBuffer<Rgba8Pixel> {
    let screen = Screen::Paying(samples::pay::paying(step));
    bench.show(&samples::view(samples::LANGUAGES[0], screen));
    bench.picture()
}

fn scan(code: QrCode) -> PayingStep {
    PayingStep::Scan { code, left: 60 }
}

/// Where the first black pixel is and how far the black ones reach, across and down. Nothing else on the screen is black.
fn black(picture: &SharedPixelBuffer<Rgba8Pixel>) -> Option<[usize; 4]> {
    let across = picture.width() as usize;
    let pixels = picture.as_slice().iter().enumerate();
    let places = pixels
        .filter(|(_, pixel)| (pixel.r, pixel.g, pixel.b, pixel.a) == (0, 0, 0, 255))
        .map(|(place, _)| (place % across, place / across));
    places.fold(None, |found, (x, y)| match found {
        None => Some([x, y, x, y]),
        Some([left, top, right, bottom]) => {
            Some([left.min(x), top.min(y), right.max(x), bottom.max(y)])
        }
    })
}

/// Holds every pixel of the code and its quiet zone against the modules; returns how wide the code is.
fn check(picture: &SharedPixelBuffer<Rgba8Pixel>, code: &QrCode) -> usize {
    let [left, top, right, bottom] = black(picture).expect("a code on the glass");
    let (wide, side) = (right + 1 - left, code.side as usize);
    assert_eq!(wide, bottom + 1 - top, "square");
    assert_eq!(wide % side, 0, "{wide} px for {side} modules");
    let module = wide / side;
    let across = picture.width() as usize;
    let edge = QUIET * module;
    for y in 0..wide + 2 * edge {
        for x in 0..wide + 2 * edge {
            let pixel = picture.as_slice()[(top - edge + y) * across + left - edge + x];
            let inside = (edge..edge + wide).contains(&x) && (edge..edge + wide).contains(&y);
            let dark = inside && code.dark[(y - edge) / module * side + (x - edge) / module];
            let wanted = if dark { 0 } else { 255 };
            assert_eq!([pixel.r, pixel.g, pixel.b], [wanted; 3], "at {x}, {y}");
        }
    }
    wide
}

#[test]
fn every_module_is_on_the_glass_with_a_quiet_zone_around() {
    for canvas in [LARGE, SMALL] {
        let bench = Bench::new(canvas);
        for code in [samples::pay::code(), samples::pay::fine_code()] {
            let picture = show(&bench, scan(code.clone()));
            let wide = check(&picture, &code) as f32;
            if canvas == LARGE {
                assert!(wide >= LEAST, "{wide} px are less than 5 cm");
            }
        }
    }
}

#[test]
fn modules_are_whole_pixels_of_the_panel_whatever_its_scale() {
    for (canvas, per_inch, size) in [
        (LARGE, 149.4, PhysicalSize::new(1280, 800)),
        (SMALL, 169.5, PhysicalSize::new(1024, 600)),
    ] {
        let bench = Bench::new(canvas);
        let scale_factor = meterpost_ui::scale_factor(per_inch);
        let window = bench.terminal.window();
        window.dispatch_event(WindowEvent::ScaleFactorChanged { scale_factor });
        window.set_size(size);
        // The test platform takes every size for a logical one.
        let logical = LogicalSize::new(canvas.width as f32, canvas.height as f32);
        window.dispatch_event(WindowEvent::Resized { size: logical });
        settle();
        let code = samples::pay::code();
        let picture = show(&bench, scan(code.clone()));
        assert_eq!(
            (picture.width(), picture.height()),
            (size.width, size.height)
        );
        let wide = check(&picture, &code) as f32;
        if canvas == LARGE {
            assert!(wide / per_inch * 25.4 >= 50.0, "{wide} px");
        }
    }
}

#[test]
fn no_code_is_left_on_the_glass_once_it_is_not_to_be_scanned() {
    let bench = Bench::new(LARGE);
    for after in [
        PayingStep::Wallet,
        PayingStep::AskingCode,
        PayingStep::Checking,
        scan(QrCode {
            side: 29,
            dark: vec![true; 7],
        }),
    ] {
        assert!(black(&show(&bench, scan(samples::pay::code()))).is_some());
        assert_eq!(black(&show(&bench, after.clone())), None, "{after:?}");
    }
}
