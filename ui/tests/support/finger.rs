//! A finger on the glass.

use i_slint_backend_testing::ElementHandle;
use meterpost_ui::view::Intent;
use slint::LogicalPosition;
use slint::platform::{PointerEventButton, WindowEvent};

use super::{Bench, place, settle};

/// The middle of a control.
pub fn middle(control: &ElementHandle) -> LogicalPosition {
    let at = place(control);
    LogicalPosition::new(at.x + at.width / 2.0, at.y + at.height / 2.0)
}

pub fn press(bench: &Bench, position: LogicalPosition) {
    let button = PointerEventButton::Left;
    bench
        .terminal
        .window()
        .dispatch_event(WindowEvent::PointerPressed { position, button });
    settle();
}

pub fn release(bench: &Bench, position: LogicalPosition) {
    let button = PointerEventButton::Left;
    bench
        .terminal
        .window()
        .dispatch_event(WindowEvent::PointerReleased { position, button });
    settle();
}

/// Touches the control as a finger does.
pub fn touch(bench: &Bench, id: &str) -> Vec<Intent> {
    let position = middle(&bench.control(id));
    press(bench, position);
    release(bench, position);
    bench.intents()
}
