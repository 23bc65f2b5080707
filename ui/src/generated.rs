//! What the Slint compiler makes of `ui/app.slint`.

#![allow(missing_docs, clippy::all, clippy::todo, clippy::unimplemented)]

slint::include_modules!();
