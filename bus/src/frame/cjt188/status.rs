//! The status word ST.

use serde::Deserialize;

/// Two bytes at the end of most answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status(pub [u8; 2]);

/// Where a maker keeps the bits in the first byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusLayout {
    /// Valve in bits 0 and 1, battery in bit 2: the standard's.
    #[default]
    LowBits,
    /// Valve in bits 7 and 6, battery in bit 5.
    HighBits,
}

/// The state of the valve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Valve {
    /// Open.
    Open,
    /// Closed.
    Closed,
    /// A combination without meaning.
    Undefined,
    /// Broken.
    Fault,
}

impl Valve {
    /// The word for it in the JSON of `decode`.
    pub fn word(self) -> &'static str {
        match self {
            Valve::Open => "open",
            Valve::Closed => "closed",
            Valve::Undefined => "undefined",
            Valve::Fault => "fault",
        }
    }
}

impl Status {
    /// A status word that says this and nothing else.
    pub fn of(valve: Valve, battery_low: bool, layout: StatusLayout) -> Self {
        let bits = match valve {
            Valve::Open => 0,
            Valve::Closed => 1,
            Valve::Undefined => 2,
            Valve::Fault => 3,
        };
        Status(match layout {
            StatusLayout::LowBits => [bits | u8::from(battery_low) << 2, 0],
            StatusLayout::HighBits => [bits << 6 | u8::from(battery_low) << 5, 0],
        })
    }

    /// The valve's state.
    pub fn valve(self, layout: StatusLayout) -> Valve {
        let [first, _] = self.0;
        let bits = match layout {
            StatusLayout::LowBits => first & 3,
            StatusLayout::HighBits => first >> 6,
        };
        match bits {
            0 => Valve::Open,
            1 => Valve::Closed,
            3 => Valve::Fault,
            _ => Valve::Undefined,
        }
    }

    /// Whether the battery is low.
    pub fn battery_low(self, layout: StatusLayout) -> bool {
        let [first, _] = self.0;
        match layout {
            StatusLayout::LowBits => first & 0x04 != 0,
            StatusLayout::HighBits => first & 0x20 != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_layouts_read_different_bits() {
        let status = Status([0b0110_0001, 0]);
        assert_eq!(status.valve(StatusLayout::LowBits), Valve::Closed);
        assert_eq!(status.valve(StatusLayout::HighBits), Valve::Closed);
        assert!(!status.battery_low(StatusLayout::LowBits));
        assert!(status.battery_low(StatusLayout::HighBits));
        for layout in [StatusLayout::LowBits, StatusLayout::HighBits] {
            let closed = Status::of(Valve::Closed, true, layout);
            assert_eq!(
                (closed.valve(layout), closed.battery_low(layout)),
                (Valve::Closed, true)
            );
        }
        assert_eq!(Status([3, 0]).valve(StatusLayout::LowBits), Valve::Fault);
        assert_eq!(
            Status([2, 0]).valve(StatusLayout::LowBits),
            Valve::Undefined
        );
    }
}
