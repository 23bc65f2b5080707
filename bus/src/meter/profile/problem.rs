//! What is wrong with a profile.

use std::cell::RefCell;
use std::fmt;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line in the text, counted from 1; `None` where the profile came without its text.
    pub line: Option<usize>,
    /// The key, with the tables it is in: `dialect.di_order`.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub right: String,
}

impl fmt::Display for Problem {
    /// `line 4: dialect.di_order: "middle" is not known; right would be "high_first" or "low_first"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}; right would be {}", self.what, self.right)
    }
}

/// Why a text is no profile: every mistake, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadProfile(pub Vec<Problem>);

impl fmt::Display for BadProfile {
    /// One line a mistake.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for BadProfile {}

/// Where mistakes are written down while a profile is read.
#[derive(Debug, Default)]
pub(super) struct Notes(RefCell<Vec<Problem>>);

impl Notes {
    pub(super) fn add(
        &self,
        line: Option<usize>,
        key: impl Into<String>,
        what: impl Into<String>,
        right: impl Into<String>,
    ) {
        self.0.borrow_mut().push(Problem {
            line,
            key: key.into(),
            what: what.into(),
            right: right.into(),
        });
    }

    /// Everything written down, by line.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.0.into_inner();
        problems.sort_by_key(|problem| problem.line);
        problems
    }
}
