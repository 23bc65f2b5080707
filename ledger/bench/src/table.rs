//! The table that a run prints.

use std::fmt;

/// How a measurement stands to its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Ok,
    Over,
    /// Not bounded: printed so that the row above it can be understood.
    Info,
}

impl Mark {
    /// Whether the measurement is at most the bound.
    pub fn at_most(measured: f64, bound: f64) -> Mark {
        if measured <= bound {
            Mark::Ok
        } else {
            Mark::Over
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Mark::Ok => "ok",
            Mark::Over => "over",
            Mark::Info => "",
        })
    }
}

struct Row {
    what: String,
    measured: String,
    bound: String,
    mark: Mark,
}

/// Rows in the order they were measured.
#[derive(Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// A measurement with a bound.
    pub fn row(
        &mut self,
        what: impl Into<String>,
        measured: impl Into<String>,
        bound: impl Into<String>,
        mark: Mark,
    ) {
        self.0.push(Row {
            what: what.into(),
            measured: measured.into(),
            bound: bound.into(),
            mark,
        });
    }

    /// A measurement without one.
    pub fn info(&mut self, what: impl Into<String>, measured: impl Into<String>) {
        self.row(format!("  {}", what.into()), measured, "", Mark::Info);
    }

    /// How many measurements are over their bound.
    pub fn over(&self) -> usize {
        self.0.iter().filter(|row| row.mark == Mark::Over).count()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |of: fn(&Row) -> &str, heading: &str| {
            let widths = self.0.iter().map(|row| of(row).chars().count());
            widths.max().unwrap_or(0).max(heading.chars().count())
        };
        let what = width(|row| &row.what, "what");
        let measured = width(|row| &row.measured, "measured");
        let bound = width(|row| &row.bound, "bound");
        let rule = |n| "-".repeat(n);
        writeln!(
            f,
            "{:what$}  {:measured$}  {:bound$}",
            "what", "measured", "bound"
        )?;
        writeln!(
            f,
            "{}  {}  {}  ----",
            rule(what),
            rule(measured),
            rule(bound)
        )?;
        for row in &self.0 {
            let line = format!(
                "{:what$}  {:measured$}  {:bound$}  {}",
                row.what, row.measured, row.bound, row.mark
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
