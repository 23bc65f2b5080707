//! The physical unit of the screens: a logical pixel is 1/160 inch on every panel.

/// The scale factor that makes a logical pixel 1/160 inch on a panel with so many pixels per inch.
#[must_use]
pub fn scale_factor(pixels_per_inch: f32) -> f32 {
    pixels_per_inch / 160.0
}

#[cfg(test)]
mod tests {
    use super::scale_factor;

    #[test]
    fn eighty_logical_pixels_are_half_an_inch() {
        let half_inch = 80.0 * scale_factor(149.4);
        assert!((half_inch - 149.4 / 2.0).abs() < 0.01);
    }
}
