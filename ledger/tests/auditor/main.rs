//! The auditor's own tool, `scripts/audit.py`, against the library: it shares no code with it, and was written from
//! `docs/ledger.md`. Both must come to the same books, and the tool must refuse every export that was tampered with.
//!
//! It needs `python3`. Where that is missing the tests fail, unless `METERPOST_WITHOUT_PYTHON=1` says that this is meant.

#[path = "../day/mod.rs"]
mod day;
mod forged;
mod logs;
mod paper;

mod same_books;
mod same_rules;
mod same_verdicts;
mod tests_receipts;
mod tests_rules;
mod tests_tampering;
