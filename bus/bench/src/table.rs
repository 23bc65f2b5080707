//! The table that a run prints.

use std::fmt;

/// How a measurement stands to its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Ok,
    Over,
}

impl Mark {
    pub fn when(kept: bool) -> Mark {
        if kept { Mark::Ok } else { Mark::Over }
    }
}

struct Row {
    what: String,
    bound: String,
    measured: String,
    ratio: String,
    mark: Option<Mark>,
}

/// Rows in the order they were measured.
#[derive(Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// A measurement with a bound; `ratio` is what the bound is about, where it is one.
    pub fn row(
        &mut self,
        what: impl Into<String>,
        bound: impl Into<String>,
        measured: impl Into<String>,
        ratio: Option<f64>,
        mark: Mark,
    ) {
        self.0.push(Row {
            what: what.into(),
            bound: bound.into(),
            measured: measured.into(),
            ratio: ratio.map(|ratio| format!("{ratio:.3}")).unwrap_or_default(),
            mark: Some(mark),
        });
    }

    /// A measurement without a bound, so that the row above can be understood.
    pub fn info(&mut self, what: impl Into<String>, measured: impl Into<String>) {
        self.0.push(Row {
            what: format!("  {}", what.into()),
            bound: String::new(),
            measured: measured.into(),
            ratio: String::new(),
            mark: None,
        });
    }

    /// How many measurements are over their bound.
    pub fn over(&self) -> usize {
        let marks = self.0.iter().filter(|row| row.mark == Some(Mark::Over));
        marks.count()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["what", "bound", "measured", "ratio", ""].map(str::to_owned);
        let row = |row: &Row| {
            let mark = match row.mark {
                Some(Mark::Ok) => "ok",
                Some(Mark::Over) => "over",
                None => "",
            };
            [
                row.what.clone(),
                row.bound.clone(),
                row.measured.clone(),
                row.ratio.clone(),
                mark.to_owned(),
            ]
        };
        let mut lines = vec![head];
        lines.extend(self.0.iter().map(row));
        let widths: [usize; 5] = std::array::from_fn(|column| {
            let cells = lines.iter().map(|line| line[column].chars().count());
            cells.max().unwrap_or(0)
        });
        lines.insert(1, widths.map(|width| "-".repeat(width)));
        for line in &lines {
            let cells = line.iter().zip(widths);
            let text: Vec<String> = cells
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            writeln!(f, "{}", text.join("  ").trim_end())?;
        }
        Ok(())
    }
}
