//! What people see at the terminal: Slint screens, their components, translations and fonts.
//!
//! The program above hands over plain values ([`view::View`]) and gets back what a person did ([`view::Intent`]). No rule and
//! no state of the sale lives here: a screen shows what it is given.
//!
//! Sizes are physical: one logical pixel is 1/160 inch. The program sets the window's scale factor to the panel's pixels per
//! inch divided by 160 ([`scale_factor`]).

#![warn(missing_docs)]

mod appearance;
mod filled;
mod fit;
mod generated;
mod group;
mod keys;
mod language;
pub mod locale;
mod measure;
pub mod panel;
mod qr;
mod show;
mod speech;
mod terminal;
pub mod view;

pub use appearance::{Appearance, Sheet, TextSize};
pub use keys::{Key, Keys};
pub use panel::scale_factor;
pub use speech::{Phrase, Speaker, Utterance};
pub use terminal::{Remote, Terminal};

/// The embedded font in its regular weight, an OpenType font with CFF outlines. It holds GB 2312 level 1, Big5
/// level 1, ASCII, Latin-1 and the usual Chinese punctuation.
pub const FONT_REGULAR: &[u8] = include_bytes!("../fonts/MeterpostSans-Regular.otf");

/// The embedded font in bold, with the same characters as [`FONT_REGULAR`].
pub const FONT_BOLD: &[u8] = include_bytes!("../fonts/MeterpostSans-Bold.otf");

/// The family name inside [`FONT_REGULAR`] and [`FONT_BOLD`].
pub const FONT_FAMILY: &str = "Meterpost Sans";
