//! `[cards]`: without it the terminal has no card reader.

use std::path::PathBuf;

use super::CardsConfig;
use super::reader::Section;

const CA: &str = "the PEM file of the card authority: \"/etc/meterpost/cards.pem\"";
const READER: &str = "part of the reader's name as PC/SC shows it: \"ACR39U\"";

/// `Some(None)`: there is no such table.
pub fn read(s: Section) -> Option<Option<CardsConfig>> {
    if s.line().is_none() {
        return Some(None);
    }
    let ca = s.require("ca", s.text("ca", CA), CA);
    let reader = s.text("reader", READER);
    s.finish();
    Some(Some(CardsConfig {
        ca: PathBuf::from(ca?.value),
        reader: reader.map(|reader| reader.value),
    }))
}
