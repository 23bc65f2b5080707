//! `docs/ledger.md` and `docs/ledger.cddl` say what the program does: the worked example comes out of the library byte
//! for byte, events and accounts have the numbers and postings of the tables, and the grammar takes every entry.

#[path = "../day/mod.rs"]
mod day;

mod example;
mod grammar;
mod log;
mod tables;

const DOCUMENT: &str = include_str!("../../../docs/ledger.md");
const GRAMMAR: &str = include_str!("../../../docs/ledger.cddl");
const TABLE_TESTS: &str = include_str!("../../src/decide/tests.rs");
