//! The price table, `8102` (read) and `A010` (write).

use crate::frame::bytes::{array, bcd_to_u64, u64_to_bcd};

/// Three steps: the price up to a quantity, up to a second one, and above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    /// Prices per unit in hundredths of the currency.
    pub prices: [u32; 3],
    /// The quantities where the second and the third price begin, in whole units.
    pub steps: [u32; 2],
}

/// Bytes of the table.
pub const LENGTH: usize = 15;

impl Prices {
    /// Reads the table. `None` where it is not this layout.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let layout: [u8; LENGTH] = payload.try_into().ok()?;
        let part = |at| u32::try_from(bcd_to_u64(&array::<3>(&layout, at)?)?).ok();
        Some(Prices {
            prices: [part(0)?, part(6)?, part(12)?],
            steps: [part(3)?, part(9)?],
        })
    }

    /// The table. `None` where a number has more than six digits.
    pub fn to_payload(self) -> Option<[u8; LENGTH]> {
        let ([one, two, three], [second, third]) = (self.prices, self.steps);
        let mut payload = [0; LENGTH];
        let (chunks, _) = payload.as_chunks_mut::<3>();
        for (to, from) in chunks.iter_mut().zip([one, second, two, third, three]) {
            *to = u64_to_bcd(u64::from(from))?;
        }
        Some(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_and_steps_alternate() {
        let table = [
            0x50, 0x02, 0, 0x15, 0, 0, 0x75, 0x03, 0, 0x30, 0, 0, 0, 0x06, 0,
        ];
        let read = Prices::parse(&table).unwrap();
        assert_eq!(read.prices, [250, 375, 600]);
        assert_eq!(read.steps, [15, 30]);
        assert_eq!(read.to_payload(), Some(table));
        assert_eq!(Prices::parse(&table[1..]), None);
    }
}
