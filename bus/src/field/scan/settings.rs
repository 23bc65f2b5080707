//! The rates and framings that are tried.

use crate::link::{Parity, SerialSettings};

/// What meters are set to, the usual first.
pub(super) const RATES: [u32; 5] = [2400, 9600, 1200, 4800, 19_200];
/// Parities in the order of how often they are met.
pub(super) const PARITIES: [Parity; 2] = [Parity::Even, Parity::None];

/// All combinations, every rate with the first parity before any with the second.
pub(super) fn combinations(rates: &[u32], parities: &[Parity]) -> Vec<SerialSettings> {
    let mut all = Vec::new();
    for &parity in parities {
        for &baud in rates {
            let settings = SerialSettings {
                baud,
                parity,
                ..SerialSettings::default()
            };
            if !all.contains(&settings) {
                all.push(settings);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_settings_come_first_and_none_twice() {
        let all = combinations(&RATES, &PARITIES);
        assert_eq!(all.len(), 10);
        assert_eq!(all[0], SerialSettings::default());
        assert_eq!(combinations(&[2400, 2400], &[Parity::Even]).len(), 1);
    }
}
