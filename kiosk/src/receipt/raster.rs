//! A black and white picture, one bit a dot.

/// Rows from the top; in each byte the highest bit is the leftmost dot; 1 is black.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raster {
    width: usize,
    height: usize,
    bits: Vec<u8>,
}

impl Raster {
    /// All white.
    pub fn new(width: usize, height: usize) -> Raster {
        Raster {
            width,
            height,
            bits: vec![0; width.div_ceil(8) * height],
        }
    }

    /// Dots across.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Dots down.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Bytes of one row.
    pub fn row_bytes(&self) -> usize {
        self.width.div_ceil(8)
    }

    /// All rows, one after another.
    pub fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// Makes it at least so high; what is new is white.
    pub fn grow(&mut self, height: usize) {
        if height > self.height {
            self.height = height;
            self.bits.resize(self.row_bytes() * height, 0);
        }
    }

    /// Blackens a dot; outside the picture nothing happens.
    pub fn set(&mut self, x: usize, y: usize) {
        if x < self.width && y < self.height {
            let row = self.row_bytes();
            self.bits[y * row + x / 8] |= 0x80 >> (x % 8);
        }
    }

    /// Turns a dot over; outside the picture nothing happens.
    pub fn flip(&mut self, x: usize, y: usize) {
        if x < self.width && y < self.height {
            let row = self.row_bytes();
            self.bits[y * row + x / 8] ^= 0x80 >> (x % 8);
        }
    }

    /// Whether a dot is black; outside the picture everything is white.
    pub fn get(&self, x: usize, y: usize) -> bool {
        x < self.width
            && y < self.height
            && self.bits[y * self.row_bytes() + x / 8] & (0x80 >> (x % 8)) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_packed_from_the_highest_bit_and_stay_inside() {
        let mut raster = Raster::new(10, 2);
        raster.set(0, 0);
        raster.set(9, 1);
        raster.set(10, 0);
        raster.set(0, 2);
        assert_eq!(raster.bits(), [0x80, 0x00, 0x00, 0x40]);
        assert!(raster.get(9, 1) && !raster.get(10, 0));
        raster.flip(9, 1);
        raster.grow(3);
        assert_eq!(raster.bits(), [0x80, 0, 0, 0, 0, 0]);
    }
}
