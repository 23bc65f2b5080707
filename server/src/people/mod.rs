//! People who come by browser: a password, a second factor, a session (`docs/office.md`).
//!
//! | file | what |
//! |---|---|
//! | `password` | Argon2id, and what a password has to be |
//! | `factor` | one-time codes by time (RFC 6238), and their secrets sealed at rest |
//! | `secret` | what is kept of a person, and how wrong tries are slowed down |
//! | `session` | a browser's session: what is missing, how long it lasts |
//! | `register` | who there is, and what changes for them |
//! | `sign_in` | the steps from a name to a session that is in |

pub mod factor;
pub mod password;
pub mod register;
pub mod secret;
pub mod session;
pub mod sign_in;
