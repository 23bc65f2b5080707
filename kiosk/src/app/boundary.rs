//! Places where the outside world changes: between an intent and its act, between an act and its outcome.
//!
//! The flow's promise is that the power may go at any of them. The test rig takes that literally: it stops the program at
//! each one in turn and kills it. In a release nothing listens, and passing a boundary costs one call.

use std::sync::Arc;

/// Called with the boundary's name each time one is passed; may block.
pub type Boundary = Arc<dyn Fn(&str) + Send + Sync>;

/// Nobody listens.
pub fn unwatched() -> Boundary {
    Arc::new(|_| {})
}
