//! The answer to the set-up request: which currency and which values the validator knows (GA138, "setup request").
//!
//! `F0, unit type, firmware (4), country (3), value multiplier (3), channels n, values (n), security (n), real value
//! multiplier (3), protocol version`, and from protocol version 6 on `countries (3n), values (4n, low byte first)`. The
//! multipliers stand high byte first. A value times the real multiplier is the amount in the currency's smallest unit.

use meterpost_ledger::Money;

/// Channels the inhibit mask can name.
const MOST_CHANNELS: usize = 16;

/// One channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// ISO 4217 letters.
    pub currency: String,
    /// The note's value.
    pub value: Money,
}

/// What the validator can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Four characters.
    pub firmware: String,
    /// In order: the first is channel 1.
    pub channels: Vec<Channel>,
}

impl Setup {
    /// Reads the data of a set-up answer, after its F0.
    ///
    /// # Errors
    /// In English, for staff: the answer is cut off or makes no sense.
    pub fn decode(data: &[u8]) -> Result<Setup, String> {
        let mut rest = Rest(data);
        let _unit = rest.take(1)?;
        let firmware = text(rest.take(4)?);
        let country = text(rest.take(3)?);
        let multiplier = big_endian(rest.take(3)?);
        let count = usize::from(rest.take(1)?[0]);
        if count == 0 || count > MOST_CHANNELS {
            return Err(format!(
                "the validator names {count} channels; 1 to {MOST_CHANNELS} can be used"
            ));
        }
        let short = rest.take(count)?;
        let _security = rest.take(count)?;
        let real = big_endian(rest.take(3)?);
        let version = rest.take(1)?[0];
        let channels = if version >= 6 {
            let countries = rest.take(3 * count)?.chunks_exact(3).map(text);
            let values = rest.take(4 * count)?.chunks_exact(4).map(little_endian);
            countries
                .zip(values)
                .map(|(currency, value)| channel(currency, value, real))
                .collect::<Result<_, _>>()?
        } else {
            short
                .iter()
                .map(|&v| channel(country.clone(), i64::from(v) * multiplier, real))
                .collect::<Result<_, _>>()?
        };
        Ok(Setup { firmware, channels })
    }

    /// The value of a channel (counted from 1) in this currency, or `None`.
    pub fn value(&self, channel: u8, currency: &str) -> Option<Money> {
        let index = usize::from(channel).checked_sub(1)?;
        self.channels
            .get(index)
            .filter(|c| c.currency == currency && c.value > Money::ZERO)
            .map(|c| c.value)
    }

    /// The inhibit mask that lets in notes of this currency, and of these values unless there are none.
    ///
    /// # Errors
    /// In English, for staff: no channel is left.
    pub fn mask(&self, currency: &str, notes: &[Money]) -> Result<u16, String> {
        let mut mask = 0;
        for number in 1..=u8::try_from(self.channels.len()).unwrap_or(u8::MAX) {
            let wanted = self
                .value(number, currency)
                .is_some_and(|v| notes.is_empty() || notes.contains(&v));
            if wanted {
                mask |= 1 << (number - 1);
            }
        }
        if mask != 0 {
            return Ok(mask);
        }
        let known: Vec<_> = self
            .channels
            .iter()
            .map(|c| format!("{} {}", c.currency, c.value))
            .collect();
        Err(format!(
            "the validator knows no note this terminal takes in {currency}; it knows {}",
            known.join(", ")
        ))
    }
}

fn channel(currency: String, value: i64, real: i64) -> Result<Channel, String> {
    let minor = value
        .checked_mul(real)
        .ok_or("a channel's value is too large")?;
    Ok(Channel {
        currency,
        value: Money(minor),
    })
}

fn text(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|&b| {
            if b.is_ascii_graphic() {
                char::from(b)
            } else {
                '?'
            }
        })
        .collect()
}

fn big_endian(bytes: &[u8]) -> i64 {
    bytes.iter().fold(0, |n, &b| n << 8 | i64::from(b))
}

fn little_endian(bytes: &[u8]) -> i64 {
    bytes.iter().rev().fold(0, |n, &b| n << 8 | i64::from(b))
}

/// What has not been read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], String> {
        let (head, tail) = self
            .0
            .split_at_checked(n)
            .ok_or("the validator's set-up answer is cut off")?;
        self.0 = tail;
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample(country: &[u8; 3], version: u8) -> Vec<u8> {
        let mut data = vec![0x00];
        data.extend(b"0333");
        data.extend(country);
        data.extend([0, 0, 1, 4, 5, 10, 20, 50, 2, 2, 2, 2, 0, 0, 100, version]);
        if version >= 6 {
            data.extend(country.repeat(4));
            for value in [5_u32, 10, 20, 50] {
                data.extend(value.to_le_bytes());
            }
        }
        data
    }

    #[test]
    fn values_are_in_minor_units_with_long_and_with_short_values() {
        for version in [5, 6, 8] {
            let setup = Setup::decode(&sample(b"CNY", version)).unwrap();
            assert_eq!(setup.firmware, "0333");
            let values: Vec<_> = (1..=5).map(|n| setup.value(n, "CNY")).collect();
            assert_eq!(
                values,
                [
                    Some(Money(500)),
                    Some(Money(1000)),
                    Some(Money(2000)),
                    Some(Money(5000)),
                    None
                ],
                "version {version}"
            );
            assert_eq!(setup.value(0, "CNY"), None);
        }
    }

    #[test]
    fn the_mask_names_the_notes_wanted() {
        let setup = Setup::decode(&sample(b"CNY", 8)).unwrap();
        assert_eq!(setup.mask("CNY", &[]), Ok(0b1111));
        assert_eq!(setup.mask("CNY", &[Money(1000), Money(5000)]), Ok(0b1010));
    }

    #[test]
    fn another_currency_is_named_and_never_taken() {
        let setup = Setup::decode(&sample(b"EUR", 8)).unwrap();
        let problem = setup.mask("CNY", &[]).unwrap_err();
        assert!(
            problem.contains("in CNY") && problem.contains("EUR 5.00"),
            "{problem}"
        );
        assert_eq!(setup.value(1, "CNY"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_without_panic(data in prop::collection::vec(any::<u8>(), 0..256)) {
            let _ = Setup::decode(&data);
        }

        #[test]
        fn a_cut_off_answer_is_an_error(cut in 0_usize..44) {
            let whole = sample(b"CNY", 8);
            prop_assert!(Setup::decode(&whole[..cut.min(whole.len() - 1)]).is_err());
        }
    }
}
