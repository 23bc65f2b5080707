//! Whether things stand out from their ground: computed from the pixels, by the formula of WCAG 2.2.

use std::collections::HashMap;

use slint::{Rgba8Pixel, SharedPixelBuffer};

use crate::support::Place;
use crate::support::glass::Glass;

const TEXT: f32 = 7.0;
const PARTS: f32 = 3.0;

type Colour = [u8; 3];

/// Relative luminance.
fn luminance(colour: Colour) -> f32 {
    let [red, green, blue] = colour.map(|part| {
        let part = f32::from(part) / 255.0;
        if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

pub fn ratio(one: Colour, other: Colour) -> f32 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn at(picture: &SharedPixelBuffer<Rgba8Pixel>, x: f32, y: f32) -> Option<Colour> {
    let (across, down) = (picture.width() as usize, picture.height() as usize);
    if x < 0.0 || y < 0.0 {
        return None;
    }
    let (x, y) = (x as usize, y as usize);
    (x < across && y < down).then(|| {
        let pixel = picture.as_slice()[y * across + x];
        [pixel.r, pixel.g, pixel.b]
    })
}

/// The commonest colour of a place, and the contrast of what stands out most from it and is more than a stray pixel.
fn strongest(picture: &SharedPixelBuffer<Rgba8Pixel>, place: Place) -> Option<f32> {
    let mut counts: HashMap<Colour, usize> = HashMap::new();
    let (left, top) = (place.x.max(0.0) as usize, place.y.max(0.0) as usize);
    let across = picture.width() as usize;
    let right = (left + place.width as usize).min(across);
    for row in picture
        .as_slice()
        .chunks_exact(across)
        .skip(top)
        .take(place.height as usize)
    {
        // By runs of one colour, which a flat design is made of.
        let same = |a: &Rgba8Pixel, b: &Rgba8Pixel| a == b;
        for run in row.get(left..right).unwrap_or_default().chunk_by(same) {
            *counts.entry([run[0].r, run[0].g, run[0].b]).or_default() += run.len();
        }
    }
    let (ground, _) = counts.iter().max_by_key(|(_, count)| **count)?;
    let others = counts.iter().filter(|(_, count)| **count >= 4);
    others
        .map(|(colour, _)| ratio(*ground, *colour))
        .reduce(f32::max)
}

pub fn text(glass: &Glass) -> Vec<String> {
    let mut faults = Vec::new();
    let Some(picture) = glass.picture.as_ref().filter(|_| !glass.overlaid) else {
        return faults;
    };
    for shown in &glass.texts {
        if let Some(ratio) = strongest(picture, shown.at).filter(|ratio| *ratio < TEXT) {
            faults.push(format!("{:?} stands out {ratio:.1}:1", shown.text));
        }
    }
    faults
}

/// A control's edge, or its ground, against what is beside it.
pub fn parts(glass: &Glass) -> Vec<String> {
    let mut faults = Vec::new();
    let Some(picture) = glass.picture.as_ref().filter(|_| !glass.overlaid) else {
        return faults;
    };
    for control in &glass.controls {
        // The first screen is one control, whose band reaches from edge to edge.
        if control.name == "start" || !control.enabled {
            continue;
        }
        let y = control.at.y + control.at.height / 2.0;
        let Some(outside) = at(picture, control.at.x - 4.0, y) else {
            continue;
        };
        let edge = (0..6).filter_map(|step| at(picture, control.at.x + step as f32, y));
        let most = edge.map(|colour| ratio(outside, colour)).reduce(f32::max);
        if let Some(most) = most.filter(|most| *most < PARTS) {
            faults.push(format!("{} stands out {most:.1}:1", control.name));
        }
    }
    faults
}
