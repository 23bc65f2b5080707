//! The panels the screens are drawn for, and their canvas in the physical unit.

/// A panel: its pixels and how close together they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Panel {
    /// `10in`, in names of pictures.
    pub name: &'static str,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Pixels per inch.
    pub per_inch: f32,
}

/// 10.1 inch, 1280x800: the main one.
pub const TEN_INCH: Panel = Panel {
    name: "10in",
    width: 1280,
    height: 800,
    per_inch: 149.4,
};

/// 7 inch, 1024x600: the smallest.
pub const SEVEN_INCH: Panel = Panel {
    name: "7in",
    width: 1024,
    height: 600,
    per_inch: 169.5,
};

/// 10.1 inch upright, 800x1280.
pub const TEN_INCH_PORTRAIT: Panel = Panel {
    name: "10in-portrait",
    width: 800,
    height: 1280,
    per_inch: 149.4,
};

/// 15.6 inch, 1920x1080.
pub const FIFTEEN_INCH: Panel = Panel {
    name: "15in",
    width: 1920,
    height: 1080,
    per_inch: 141.2,
};

/// All of them. On others the screens are laid out for the one that is nearest in shape.
pub const PANELS: [Panel; 4] = [TEN_INCH, SEVEN_INCH, TEN_INCH_PORTRAIT, FIFTEEN_INCH];

impl Panel {
    /// The canvas in logical pixels of 1/160 inch, across and down, rounded to whole ones: 1370 x 856 for [`TEN_INCH`].
    #[must_use]
    pub fn canvas(&self) -> (u32, u32) {
        let logical = |pixels: u32| (pixels as f32 / scale_factor(self.per_inch)).round() as u32;
        // The longer side is divided; the other follows from the pixels, so that both are rounded alike.
        (logical(self.width), logical(self.height))
    }
}

/// The scale factor that makes a logical pixel 1/160 inch on a panel with so many pixels per inch.
#[must_use]
pub fn scale_factor(pixels_per_inch: f32) -> f32 {
    pixels_per_inch / 160.0
}

#[cfg(test)]
mod tests {
    use super::{FIFTEEN_INCH, SEVEN_INCH, TEN_INCH, TEN_INCH_PORTRAIT, scale_factor};

    #[test]
    fn a_logical_pixel_is_a_hundred_and_sixtieth_of_an_inch() {
        let near = |a: (u32, u32), b: (u32, u32)| a.0.abs_diff(b.0) <= 1 && a.1.abs_diff(b.1) <= 1;
        assert!(near(TEN_INCH.canvas(), (1370, 856)));
        assert!(near(TEN_INCH_PORTRAIT.canvas(), (856, 1370)));
        assert!(near(SEVEN_INCH.canvas(), (966, 566)));
        assert!(near(FIFTEEN_INCH.canvas(), (2176, 1224)));
        // 80 of them are 12.7 mm: half an inch of the panel's own pixels.
        let half_inch = 80.0 * scale_factor(149.4);
        assert!((half_inch - 149.4 / 2.0).abs() < 0.01);
    }
}
