//! Parameters that a manager sets from afar. Each may be left out; then the terminal's own configuration holds. The set is always whole:
//! what a newer one leaves out is as configured again.

use serde::{Deserialize, Serialize};

use super::packed::ContentError;

/// Their kind.
pub const PARAMETERS_KIND: &str = "parameters";

/// The parameters. A terminal that does not know one of them refuses all: nobody should think that it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The operator's name, on the screen and on slips.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Whom residents call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The language a session starts with: `zh` or `en`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The highest sum of one sale, in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub highest_sale: Option<i64>,
    /// The amounts offered, one to six, rising, in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amounts: Option<Vec<i64>>,
    /// Seconds without a touch until the screen asks "still there?".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle: Option<u32>,
    /// Seconds that it asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<u32>,
    /// Seconds after the last note until the terminal finishes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_after_note: Option<u32>,
}

/// Longest text, in characters.
const MOST_TEXT: usize = 60;

impl Parameters {
    /// The bulletin's content: JSON.
    ///
    /// # Errors
    /// When a parameter makes no sense.
    pub fn to_content(&self) -> Result<Vec<u8>, ContentError> {
        self.check()?;
        Ok(serde_json::to_vec(self)?)
    }

    /// Reads a bulletin's content.
    ///
    /// # Errors
    /// When it names a parameter that this program does not know, or one makes no sense.
    pub fn from_content(bytes: &[u8]) -> Result<Parameters, ContentError> {
        let parameters: Parameters = serde_json::from_slice(bytes)?;
        parameters.check()?;
        Ok(parameters)
    }

    /// Every parameter by itself, and those that depend on each other.
    fn check(&self) -> Result<(), ContentError> {
        let wrong = |why: &str| Err(ContentError::Senseless(why.to_owned()));
        for text in [&self.place, &self.phone].into_iter().flatten() {
            if !(1..=MOST_TEXT).contains(&text.chars().count())
                || text.chars().any(char::is_control)
            {
                return wrong("place and phone are 1 to 60 characters");
            }
        }
        if self
            .language
            .as_ref()
            .is_some_and(|l| l != "zh" && l != "en")
        {
            return wrong("language is zh or en");
        }
        if self
            .highest_sale
            .is_some_and(|most| !(100..=100_000_000).contains(&most))
        {
            return wrong("highest_sale is 1.00 to 1,000,000.00");
        }
        if let Some(amounts) = &self.amounts {
            let rising = amounts.windows(2).all(|pair| pair[0] < pair[1]);
            let first = amounts.first().copied().unwrap_or(0);
            if !(1..=6).contains(&amounts.len()) || !rising || first <= 0 {
                return wrong("amounts are one to six, above 0 and rising");
            }
            if let (Some(most), Some(last)) = (self.highest_sale, amounts.last())
                && *last > most
            {
                return wrong("no amount is above highest_sale");
            }
        }
        // Bounds as in the configuration file.
        let within =
            |value: Option<u32>, low, high| value.is_none_or(|v| (low..=high).contains(&v));
        if !within(self.idle, 10, 600)
            || !within(self.warning, 5, 120)
            || !within(self.finish_after_note, 20, 900)
        {
            return wrong(
                "idle is 10 to 600 seconds, warning 5 to 120, finish_after_note 20 to 900",
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_as_they_were_written() {
        let parameters = Parameters {
            place: Some("东区物业服务中心".into()),
            amounts: Some(vec![1000, 5000]),
            highest_sale: Some(10_000),
            idle: Some(60),
            ..Parameters::default()
        };
        let content = parameters.to_content().unwrap();
        assert_eq!(Parameters::from_content(&content).unwrap(), parameters);
        assert_eq!(
            Parameters::from_content(b"{}").unwrap(),
            Parameters::default()
        );
    }

    #[test]
    fn what_makes_no_sense_or_is_not_known_is_refused() {
        for text in [
            r#"{"place":""}"#,
            r#"{"phone":"1\n2"}"#,
            r#"{"language":"xx"}"#,
            r#"{"highest_sale":-1}"#,
            r#"{"amounts":[]}"#,
            r#"{"amounts":[2000,1000]}"#,
            r#"{"amounts":[0]}"#,
            r#"{"amounts":[1000,2000],"highest_sale":1500}"#,
            r#"{"idle":1}"#,
            r#"{"warning":4}"#,
            r#"{"colour":"red"}"#,
            "7",
        ] {
            assert!(Parameters::from_content(text.as_bytes()).is_err(), "{text}");
        }
    }
}
