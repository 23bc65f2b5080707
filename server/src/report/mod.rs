//! Reports (`docs/reports.md`): a table with a heading, rows that are streamed, and totals; the same on the screen, as CSV, XLSX and PDF.
//!
//! | file | what |
//! |---|---|
//! | `follow`, `said`, `catch_up` | terminals' logs read into rows |
//! | `table` | what a report is made of |
//! | `asked` | which report, of which days, narrowed to what |
//! | `catalog`, `moved`, `accounts` | every report: its columns and its statement |
//! | `summed` | sums of days that are over |
//! | `listed` | one page of a long report, without its other rows |
//! | `mains` | which meter measures what another one measures again |
//! | `run` | the rows of a report, as they come |
//! | `screen` | a page of rows |
//! | `links`, `words` | the page behind a figure, and words that rows hold |
//! | `write`, `csv`, `xlsx`, `pdf`, `sheet`, `harmless` | files |
//! | `config`, `schedule` | reports put into a folder after each day and month |

mod accounts;
mod asked;
mod catalog;
mod catch_up;
mod config;
mod csv;
mod follow;
mod harmless;
mod links;
mod listed;
mod mains;
mod moved;
mod pdf;
mod run;
mod said;
mod schedule;
mod screen;
mod sheet;
mod summed;
mod table;
mod words;
mod write;
mod xlsx;

pub use asked::{Asked, Name, Narrowed, Span, span};
pub use catch_up::catch_up;
pub use config::ReportsConfig;
pub use follow::follow;
pub use harmless::harmless;
pub use links::address;
pub use mains::{MainError, set_main};
pub use run::{ReportError, Sink, heading, run};
pub use schedule::start;
pub use screen::{Page, page};
pub use summed::sum_days;
pub use table::{Cell, Column, Heading, Kind, Language, Row, Said, Totals, Value};
pub use write::{Format, write};
