//! The largest size of words that a screen has room for.
//!
//! Nothing on the glass is cut, scrolled or elided. What a person chose is tried first; where a screen would need more room than
//! the panel has, the next smaller step is tried, down to [`STEPS`]' last. A long name of an operator or a long translation so
//! makes words smaller instead of hiding some of them.

use i_slint_core::window::WindowInner;
use slint::{ComponentHandle, Global};

use crate::appearance::TextSize;
use crate::generated::{AppWindow, FrameAdapter, HelpAdapter, Metrics, ScreenName};

/// The steps tried, the largest first.
const STEPS: [f32; 15] = [
    1.75, 1.67, 1.58, 1.5, 1.42, 1.33, 1.25, 1.18, 1.12, 1.06, 1.0, 0.93, 0.86, 0.8, 0.75,
];

/// Starts from what the person chose: for another screen, language, canvas or choice.
pub(crate) fn anew(app: &AppWindow) {
    let chosen = match FrameAdapter::get(app).get_screen() {
        // Staff choose no size, and their menu has room for the usual one.
        ScreenName::Menu => TextSize::Usual,
        _ => TextSize::at(HelpAdapter::get(app).get_text_size()),
    };
    from(app, chosen.factor());
}

/// Starts from what is on the glass, so that a screen whose figures change is not set anew each time.
pub(crate) fn again(app: &AppWindow) {
    from(app, Metrics::get(app).get_text_scale());
}

fn from(app: &AppWindow, largest: f32) {
    let metrics = Metrics::get(app);
    for step in STEPS.into_iter().filter(|step| *step <= largest + 0.001) {
        metrics.set_text_scale(step);
        // What the screen shows on conditions comes into being before it is measured; there is no other way to ask for that.
        WindowInner::from_pub(app.window()).ensure_tree_instantiated();
        if app.get_fits() {
            return;
        }
    }
}
