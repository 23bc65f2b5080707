//! What is wrong with a configuration, said so that it can be put right without looking anything up.

use std::fmt;
use std::path::PathBuf;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, counted from 1; `None` where something is missing from the whole file.
    pub line: Option<usize>,
    /// Where: `[terminal] id`, `[[meter]] number 2, baud`.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub right: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => writeln!(f, "  line {line}: {}", self.place)?,
            None => writeln!(f, "  {}", self.place)?,
        }
        write!(f, "    {}", self.what)?;
        if !self.right.is_empty() {
            write!(f, "\n    right would be: {}", self.right)?;
        }
        Ok(())
    }
}

/// Everything that is wrong, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors {
    /// The file.
    pub file: PathBuf,
    /// At least one.
    pub problems: Vec<Problem>,
}

impl ConfigErrors {
    pub(super) fn new(file: PathBuf, mut problems: Vec<Problem>) -> ConfigErrors {
        problems.sort_by_key(|p| p.line.unwrap_or(usize::MAX));
        ConfigErrors { file, problems }
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, noun) = (
            self.problems.len(),
            if self.problems.len() == 1 {
                "problem"
            } else {
                "problems"
            },
        );
        write!(f, "{}: {count} {noun}", self.file.display())?;
        for problem in &self.problems {
            write!(f, "\n\n{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}
