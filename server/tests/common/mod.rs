//! A server on a database of its own, and terminals that call it over HTTP.
#![allow(dead_code, reason = "each test uses its part")]

pub mod books;
pub mod browser;
pub mod cash;
pub mod cluster;
pub mod database;
pub mod pay;
pub mod provider;
pub mod purse;
pub mod sale;
pub mod server;
pub mod slip;
pub mod terminal;
pub mod utility;
