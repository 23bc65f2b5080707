//! Whether controls can be hit and told apart.

use super::HAIR;
use crate::support::glass::{Control, Glass};
use crate::support::{Place, SMALL};

/// 12.7 mm.
const LEAST: f32 = 80.0;
/// A key of the keypad on the 7" panel (15 mm), and on larger ones.
const LEAST_KEY: (f32, f32) = (94.0, 118.0);
/// 2.5 mm.
const LEAST_GAP: f32 = 16.0;

fn too_small(control: &Control, least: f32) -> Option<String> {
    let at = control.at;
    let small = at.width < least - HAIR || at.height < least - HAIR;
    small.then(|| format!("{} is {} x {}", control.name, at.width, at.height))
}

pub fn targets(glass: &Glass) -> Vec<String> {
    let controls = glass.controls.iter();
    controls.filter_map(|each| too_small(each, LEAST)).collect()
}

pub fn keys(glass: &Glass) -> Vec<String> {
    let least = if glass.canvas == SMALL {
        LEAST_KEY.0
    } else {
        LEAST_KEY.1
    };
    let is_key = |each: &&Control| {
        // The service menu's keys too.
        let name = each.name.strip_prefix("menu-").unwrap_or(&each.name);
        name.starts_with("digit-") || ["clear", "delete"].contains(&name)
    };
    let keys = glass.controls.iter().filter(is_key);
    keys.filter_map(|each| too_small(each, least)).collect()
}

fn gap(a: Place, b: Place) -> f32 {
    let beside = (b.x - (a.x + a.width)).max(a.x - (b.x + b.width));
    let above = (b.y - (a.y + a.height)).max(a.y - (b.y + b.height));
    beside.max(above)
}

pub fn gaps(glass: &Glass) -> Vec<String> {
    let mut faults = Vec::new();
    let usable: Vec<_> = glass.controls.iter().filter(|each| each.enabled).collect();
    for (index, one) in usable.iter().enumerate() {
        for other in &usable[index + 1..] {
            let apart = gap(one.at, other.at);
            // The first screen's start area is the whole screen but the languages; a miss there starts. The fields of the touch test leave
            // no spot of the glass out, and a miss there is what it looks for.
            let field = |control: &Control| control.name.starts_with("menu-field-");
            let least =
                if one.name == "start" || other.name == "start" || (field(one) && field(other)) {
                    0.0
                } else {
                    LEAST_GAP
                };
            if apart < least - HAIR / 2.0 {
                faults.push(format!("{} and {} are {apart} apart", one.name, other.name));
            }
        }
    }
    faults
}

pub fn named(glass: &Glass) -> Vec<String> {
    let mut faults = Vec::new();
    for (index, control) in glass.controls.iter().enumerate() {
        if control.label.trim().is_empty() || control.name.is_empty() {
            faults.push(format!("a control {:?} {:?}", control.name, control.label));
        }
        // "End now" over a screen that has a cancel button of its own.
        let twice =
            |other: &Control| other.name == control.name && other.enabled == control.enabled;
        if glass.controls[index + 1..].iter().any(twice) {
            faults.push(format!("{} is there twice", control.name));
        }
    }
    faults
}
