//! The test rig of the screens: a window without a display, drawn by the software renderer, with mocked time.

// Every test binary uses its own part of this.
#![allow(dead_code, reason = "every file of tests takes what it needs")]

pub mod finger;
pub mod glass;
pub mod lints;
pub mod samples;
pub mod voice;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use i_slint_backend_testing::{
    AccessibleRole, ElementHandle, ElementQuery, TestingBackend, TestingBackendOptions,
};
use meterpost_ui::view::{Intent, View};
use meterpost_ui::{Appearance, Sheet, Terminal};
use slint::{PhysicalSize, Rgba8Pixel, SharedPixelBuffer};

/// A panel's canvas in logical pixels (1/160 inch).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canvas {
    pub name: &'static str,
    pub width: u32,
    pub height: u32,
}

/// 10.1 inch, 1280x800: the main one.
pub const LARGE: Canvas = Canvas {
    name: "10in",
    width: 1370,
    height: 856,
};
/// 7 inch, 1024x600.
pub const SMALL: Canvas = Canvas {
    name: "7in",
    width: 966,
    height: 566,
};

/// 10.1 inch upright, 800x1280.
pub const PORTRAIT: Canvas = Canvas {
    name: "10in-portrait",
    width: 856,
    height: 1370,
};
/// 15.6 inch, 1920x1080.
pub const WIDE: Canvas = Canvas {
    name: "15in",
    width: 2176,
    height: 1224,
};
pub const CANVASES: [Canvas; 4] = [LARGE, SMALL, PORTRAIT, WIDE];

/// A terminal on the test platform, with everything a person did on it.
pub struct Bench {
    pub terminal: Terminal,
    intents: Rc<RefCell<Vec<Intent>>>,
}

/// An element's place on the glass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Bench {
    pub fn new(canvas: Canvas) -> Self {
        let backend = TestingBackend::new(TestingBackendOptions {
            mock_time: true,
            threading: false,
            renderer_name: Some("software".into()),
        });
        // A second bench on the same thread uses the first one's platform.
        let _ = slint::platform::set_platform(Box::new(backend));
        let intents = Rc::new(RefCell::new(Vec::new()));
        let seen = Rc::clone(&intents);
        let terminal = Terminal::new(move |intent| seen.borrow_mut().push(intent)).unwrap();
        terminal
            .window()
            .set_size(PhysicalSize::new(canvas.width, canvas.height));
        settle();
        Self { terminal, intents }
    }

    pub fn show(&self, view: &View) {
        self.appear("", view, self.terminal.appearance());
    }

    /// The state of this name as a person sees it who chose this. The sheets are opened over their screens.
    pub fn appear(&self, state: &str, view: &View, appearance: Appearance) {
        self.terminal.open(Sheet::None);
        self.terminal.show(view);
        self.terminal.set_appearance(appearance);
        if state.starts_with("help") {
            self.terminal.open(Sheet::Help);
        } else if state.starts_with("voice") {
            self.terminal.open(Sheet::Voice);
        } else if state.starts_with("consumption") {
            self.terminal.open(Sheet::Consumption);
        }
        settle();
    }

    /// What was done since the last call.
    pub fn intents(&self) -> Vec<Intent> {
        std::mem::take(&mut self.intents.borrow_mut())
    }

    pub fn picture(&self) -> SharedPixelBuffer<Rgba8Pixel> {
        self.terminal.window().take_snapshot().unwrap()
    }

    /// Every element there is on the glass.
    pub fn elements(&self) -> Vec<ElementHandle> {
        ElementQuery::from_root(self.terminal.component())
            .match_descendants()
            .find_all()
    }

    /// The controls that can be used now.
    pub fn controls(&self) -> Vec<ElementHandle> {
        let is_control = |element: &ElementHandle| {
            element.accessible_role() == Some(AccessibleRole::Button)
                && element.accessible_enabled() != Some(false)
        };
        let mut controls: Vec<ElementHandle> = Vec::new();
        // A component built on others is found once for each of them.
        for control in self.elements().into_iter().filter(is_control) {
            if !controls
                .iter()
                .any(|known| name(known) == name(&control) && place(known) == place(&control))
            {
                controls.push(control);
            }
        }
        controls
    }

    /// The one control with this accessible id.
    pub fn control(&self, id: &str) -> ElementHandle {
        let mut found: Vec<_> = self
            .controls()
            .into_iter()
            .filter(|e| name(e) == id)
            .collect();
        assert_eq!(found.len(), 1, "controls named {id}");
        found.remove(0)
    }
}

/// Lets bindings, change handlers and short animations come to rest.
pub fn settle() {
    for _ in 0..4 {
        i_slint_backend_testing::mock_elapsed_time(Duration::from_millis(50));
    }
}

pub fn name(element: &ElementHandle) -> String {
    element.accessible_id().unwrap_or_default().to_string()
}

pub fn label(element: &ElementHandle) -> String {
    element.accessible_label().unwrap_or_default().to_string()
}

pub fn place(element: &ElementHandle) -> Place {
    let (at, size) = (element.absolute_position(), element.size());
    Place {
        x: at.x,
        y: at.y,
        width: size.width,
        height: size.height,
    }
}

/// Writes an indexed PNG: the 256 commonest colours, which a flat design hardly exceeds, and for the rest the nearest of them.
pub fn write_png(path: &Path, picture: &SharedPixelBuffer<Rgba8Pixel>) {
    // Runs of one colour, which a flat design is made of.
    let mut runs: Vec<([u8; 3], usize)> = Vec::new();
    for pixel in picture.as_slice() {
        let colour = [pixel.r, pixel.g, pixel.b];
        match runs.last_mut() {
            Some((last, count)) if *last == colour => *count += 1,
            _ => runs.push((colour, 1)),
        }
    }
    let mut counts: HashMap<[u8; 3], usize> = HashMap::new();
    for (colour, count) in &runs {
        *counts.entry(*colour).or_default() += count;
    }
    let mut palette: Vec<_> = counts.keys().copied().collect();
    palette.sort_by_key(|colour| (std::cmp::Reverse(counts[colour]), *colour));
    palette.truncate(256);
    let nearest = |colour: [u8; 3]| {
        let distance = |other: &[u8; 3]| -> u32 {
            colour
                .iter()
                .zip(other)
                .map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2))
                .sum()
        };
        (0..palette.len())
            .min_by_key(|index| distance(&palette[*index]))
            .unwrap() as u8
    };
    let index: HashMap<_, _> = counts
        .keys()
        .map(|colour| (*colour, nearest(*colour)))
        .collect();
    let pixels: Vec<u8> = runs
        .iter()
        .flat_map(|(colour, count)| std::iter::repeat_n(index[colour], *count))
        .collect();

    let file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.concat());
    encoder.set_compression(png::Compression::Balanced);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&pixels)
        .unwrap();
}
