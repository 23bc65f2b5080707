//! The devices of the terminal. Each is one task that owns its line; the rest of the program holds a channel to it and
//! another one from it. What a device says is decoded by pure functions; only the task touches the world.

pub mod backoff;
pub mod card;
pub mod printer;
pub mod scanner;
pub mod serial;
pub mod speech;
pub mod validator;
