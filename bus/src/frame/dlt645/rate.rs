//! The feature word of C=17 (change of transmission rate) and C=1D (multifunction output).

/// A transmission rate as one byte. Two codings are in the field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RateCoding {
    /// One bit a rate: bit 1 is 600 baud, bit 2 1200, up to bit 6, 19200 (DL/T 645-2007, annex C; a meter firmware).
    #[default]
    OneBit,
    /// The rate divided by 300 as two decimal digits: `08` is 2400 baud (a Python implementation).
    Hundreds,
}

const RATES: [u32; 6] = [600, 1200, 2400, 4800, 9600, 19200];

impl RateCoding {
    /// The byte of a rate in baud. `None` for rates that have none.
    pub fn code(self, baud: u32) -> Option<u8> {
        let place = RATES.iter().position(|&rate| rate == baud)?;
        match self {
            RateCoding::OneBit => Some(1 << (place + 1)),
            RateCoding::Hundreds => {
                let units = u8::try_from(baud / 300).ok()?;
                Some(((units / 10) << 4) | (units % 10))
            }
        }
    }

    /// The rate in baud of a byte. `None` where the byte is no rate.
    pub fn rate(self, code: u8) -> Option<u32> {
        RATES
            .into_iter()
            .find(|&baud| self.code(baud) == Some(code))
    }
}

/// What the multifunction terminal gives out (C=1D).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// One pulse a second from the clock.
    ClockSecond,
    /// A pulse at every demand period.
    DemandPeriod,
    /// A pulse at every change of tariff period.
    TariffChange,
}

impl Output {
    /// The output of a byte. `None` where the byte is none.
    pub fn of(code: u8) -> Option<Self> {
        Some(match code {
            0 => Output::ClockSecond,
            1 => Output::DemandPeriod,
            2 => Output::TariffChange,
            _ => return None,
        })
    }

    /// The byte on the wire.
    pub fn code(self) -> u8 {
        match self {
            Output::ClockSecond => 0,
            Output::DemandPeriod => 1,
            Output::TariffChange => 2,
        }
    }

    /// The word for it in the JSON of `decode`.
    pub fn word(self) -> &'static str {
        match self {
            Output::ClockSecond => "clock_second",
            Output::DemandPeriod => "demand_period",
            Output::TariffChange => "tariff_change",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_codings_of_a_rate_differ_and_come_back() {
        assert_eq!(RateCoding::OneBit.code(2400), Some(0x08));
        assert_eq!(RateCoding::OneBit.code(9600), Some(0x20));
        assert_eq!(RateCoding::Hundreds.code(9600), Some(0x32));
        for coding in [RateCoding::OneBit, RateCoding::Hundreds] {
            for baud in RATES {
                assert_eq!(coding.rate(coding.code(baud).unwrap()), Some(baud));
            }
            assert_eq!(coding.code(300), None);
            assert_eq!(coding.rate(0), None);
        }
        assert_eq!(RateCoding::OneBit.rate(0x06), None, "two bits are no rate");
    }

    #[test]
    fn outputs_come_back() {
        for code in 0..=u8::MAX {
            if let Some(output) = Output::of(code) {
                assert_eq!(output.code(), code);
            }
        }
    }
}
