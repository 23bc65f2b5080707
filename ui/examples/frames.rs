//! How long the renderer takes for a frame while notes are counted, and for each new screen: the same software renderer, with the same
//! drawing of only what has changed, that a panel without a graphics processor uses. `cargo run --release -p meterpost-ui --features frames --example frames`.

#[path = "../tests/support/mod.rs"]
mod support;

use std::rc::Rc;
use std::time::{Duration, Instant};

use meterpost_ui::view::{Language, Screen, View};
use meterpost_ui::{Terminal, scale_factor};
use slint::PhysicalSize;
use slint::platform::software_renderer::{
    MinimalSoftwareWindow, PremultipliedRgbaColor, RepaintBufferType,
};
use slint::platform::{Platform, WindowAdapter, WindowEvent};
use support::samples;

/// The panel: 10.1 inches.
const SIZE: (u32, u32) = (1280, 800);
const PPI: f32 = 149.4;
/// Notes counted.
const NOTES: u32 = 1000;

struct Panel {
    window: Rc<MinimalSoftwareWindow>,
    began: Instant,
}

impl Platform for Panel {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, slint::PlatformError> {
        Ok(self.window.clone())
    }

    fn duration_since_start(&self) -> Duration {
        self.began.elapsed()
    }
}

fn main() {
    let window = MinimalSoftwareWindow::new(RepaintBufferType::ReusedBuffer);
    let panel = Panel {
        window: window.clone(),
        began: Instant::now(),
    };
    slint::platform::set_platform(Box::new(panel)).expect("no platform was set before");
    let terminal = Terminal::new(|_| {}).expect("a window");
    let scale_factor = scale_factor(PPI);
    window.dispatch_event(WindowEvent::ScaleFactorChanged { scale_factor });
    window.set_size(PhysicalSize::new(SIZE.0, SIZE.1));
    terminal.window().show().expect("shown");
    let mut pixels = vec![PremultipliedRgbaColor::default(); (SIZE.0 * SIZE.1) as usize];
    let mut frame = |view: &View| {
        let from = Instant::now();
        terminal.show(view);
        slint::platform::update_timers_and_animations();
        window.draw_if_needed(|renderer| {
            renderer.render(&mut pixels, SIZE.0 as usize);
        });
        from.elapsed()
    };

    let views = samples::main(Language::Chinese);
    let screens: Vec<Duration> = (0..20)
        .flat_map(|_| {
            views
                .iter()
                .map(|(_, view)| frame(view))
                .collect::<Vec<_>>()
        })
        .collect();
    tell("a new screen", screens);

    let cash = views
        .iter()
        .find(|(_, view)| matches!(view.screen, Screen::Cash(_)));
    let mut view = cash.expect("a cash screen among the samples").1.clone();
    frame(&view);
    let mut counted = Vec::new();
    for note in 1..=NOTES {
        if let Screen::Cash(cash) = &mut view.screen {
            cash.inserted = format!("¥ {note}.00");
            cash.percent = note % 101;
            cash.can_finish = true;
        }
        counted.push(frame(&view));
    }
    tell("a note counted", counted);
}

/// Median, 99th percentile and maximum.
fn tell(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |percent: usize| {
        let rank = (times.len() * percent).div_ceil(100).saturating_sub(1);
        times[rank].as_secs_f64() * 1e3
    };
    println!(
        "{what}: median {:.2} ms, p99 {:.2} ms, longest {:.2} ms of {}",
        at(50),
        at(99),
        at(100),
        times.len()
    );
}
