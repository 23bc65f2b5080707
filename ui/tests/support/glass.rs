//! What a screen shows, as plain records that lints look at.

use i_slint_backend_testing::{AccessibleRole, ElementHandle};
use slint::{Rgba8Pixel, SharedPixelBuffer};

use super::{Bench, Canvas, Place, label, name, place};

/// The kinds of text there are (`ui/components/text.slint`).
const KINDS: [&str; 9] = [
    "BlockText",
    "KeyText",
    "BodyText",
    "LabelText",
    "TitleText",
    "AmountText",
    "ChromeText",
    "FigureText",
    "FittedText",
];

/// Something that can be touched.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    pub name: String,
    pub label: String,
    pub enabled: bool,
    pub at: Place,
}

/// A text.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub kind: String,
    pub text: String,
    pub at: Place,
}

/// A screen as shown.
pub struct Glass {
    pub state: String,
    pub canvas: Canvas,
    /// How large words are.
    pub scale: f32,
    /// Lies over another screen on purpose.
    pub overlaid: bool,
    pub controls: Vec<Control>,
    pub texts: Vec<Shown>,
    pub picture: Option<SharedPixelBuffer<Rgba8Pixel>>,
}

impl Glass {
    pub fn of(bench: &Bench, canvas: Canvas, state: &str, pictured: bool) -> Self {
        let mut glass = Self {
            state: state.to_owned(),
            canvas,
            scale: bench.terminal.text_scale(),
            overlaid: state.starts_with("still-there") || state.starts_with("menu-asks"),
            controls: Vec::new(),
            texts: Vec::new(),
            picture: pictured.then(|| bench.picture()),
        };
        // A component built on others is found once for each of them.
        for element in bench.elements() {
            if let Some(control) = control(&element) {
                if !glass.controls.contains(&control) {
                    glass.controls.push(control);
                }
            } else if let Some(text) = text(&element) {
                let known = |other: &Shown| other.text == text.text && other.at == text.at;
                if !text.text.is_empty() && !glass.texts.iter().any(known) {
                    glass.texts.push(text);
                }
            }
        }
        glass
    }
}

fn control(element: &ElementHandle) -> Option<Control> {
    (element.accessible_role() == Some(AccessibleRole::Button)).then(|| Control {
        name: name(element),
        label: label(element),
        enabled: element.accessible_enabled() != Some(false),
        at: place(element),
    })
}

fn text(element: &ElementHandle) -> Option<Shown> {
    let own = element.type_name().into_iter();
    let mut kinds = own.chain(element.bases().into_iter().flatten());
    let kind = kinds.find(|kind| KINDS.contains(&kind.as_str()))?;
    // A text without a role of its own says the label of the control it is in.
    Some(Shown {
        kind: kind.to_string(),
        text: element.accessible_label()?.to_string(),
        at: place(element),
    })
}
