//! The back office: pages for people at a desk (`docs/office.md`). Rendered on the server, with one style sheet and no script.
//!
//! | file | what |
//! |---|---|
//! | `routes` | all pages, with what holds on every one of them |
//! | `desk` | who looks at a page, and whether a form is the session's own |
//! | `cookies` | the session and the language, as a browser keeps them |
//! | `words` | the pages' texts in English and Chinese |
//! | `words_desk`, `words_data` | more of them; words of the database |
//! | `page` | what every page has around it, and the page that tells of an error |
//! | `sign_in` | name and password, the second factor, a new password, leaving |
//! | `rights` | who may see and do what |
//! | `act` | an act: noted, done, noted again |
//! | `moment` | moments as people read them |
//! | `check` | a slip's code checked, for anybody |
//! | `home` | what is to be done now |
//! | `accounts` | searching for an account |
//! | `account` | an account's page |
//! | `account_write` | accounts opened, corrected, handed over, closed |
//! | `account_meter` | meters put up, corrected, replaced, taken down |
//! | `exchange` | accounts as files: taken along, and taken in after a dry run |
//! | `counter` | money paid in at the counter, and its receipt |
//! | `cards` | cards and what happens to them |
//! | `requests` | what one person asks for and another decides |
//! | `terminal` | one terminal and its commands |
//! | `parameters` | what a terminal is told of its screen and its sales |
//! | `concentrators` | concentrators and the tree of meters under each |
//! | `meter`, `chart` | one meter: what it used, its readings and orders |
//! | `inboxes` | alerts, events, enrolments and conflicts to be worked off |
//! | `people` | persons and what they may do |
//! | `trail` | who did what |
//! | `reports` | reports, on the screen and as files |
//! | `mains` | which meter is behind which main meter |
//! | `settlement` | what stands still in the settlement, terms, holidays, changes of registers |
//! | `tariffs` | tariffs: versions, drafts, activation by another person, trying one on a history |

mod account;
mod account_meter;
mod account_write;
mod accounts;
mod act;
mod cards;
mod chart;
mod check;
mod concentrators;
mod cookies;
mod counter;
mod desk;
mod exchange;
mod home;
mod inboxes;
mod mains;
mod meter;
mod meter_clock;
mod moment;
mod page;
mod parameters;
mod people;
mod reports;
mod requests;
mod rights;
mod routes;
mod settlement;
mod sign_in;
mod tariff_form;
mod tariff_sheet;
mod tariffs;
mod terminal;
mod trail;
mod words;
mod words_data;
mod words_desk;

pub use routes::{PAGES, router};
