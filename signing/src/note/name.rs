//! The name of a key on a signed note, which for a log is its origin.

use std::fmt;

use thiserror::Error;

/// Why a text is no key name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// Empty.
    #[error("a name is not empty")]
    Empty,
    /// Longer than 255 bytes.
    #[error("a name has at most 255 bytes")]
    TooLong,
    /// A space, a plus sign or a control character.
    #[error("a name has no space, plus sign or control character")]
    Character,
}

/// A key's name: not empty, at most 255 bytes of UTF-8, without white space, `+` and control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// Takes a name.
    pub fn new(name: &str) -> Result<KeyName, NameError> {
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.len() > 255 {
            return Err(NameError::TooLong);
        }
        if name
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '+')
        {
            return Err(NameError::Character);
        }
        Ok(KeyName(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
