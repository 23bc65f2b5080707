//! What the Slint compiler makes of `ui/app.slint`.

#![allow(missing_docs, clippy::all)]

slint::include_modules!();
