//! The back office: pages for people at a desk (`docs/office.md`). Rendered on the server, with one style sheet and no script.
//!
//! | file | what |
//! |---|---|
//! | `routes` | all pages, with what holds on every one of them |
//! | `desk` | who looks at a page, and whether a form is the session's own |
//! | `cookies` | the session and the language, as a browser keeps them |
//! | `words` | the pages' texts in English and Chinese |
//! | `page` | what every page has around it, and the page that tells of an error |
//! | `sign_in` | name and password, the second factor, a new password, leaving |
//! | `home` | what is to be done now |
//! | `accounts` | searching for an account |
//! | `account` | an account's page, and money paid in at the counter |
//! | `settlement` | what stands still in the settlement, terms, holidays, changes of registers |
//! | `tariffs` | tariffs: versions, drafts, activation by another person, trying one on a history |

mod account;
mod accounts;
mod cookies;
mod desk;
mod home;
mod page;
mod routes;
mod settlement;
mod sign_in;
mod tariffs;
mod words;

pub use routes::router;
