//! Whole-system scenarios: the shipping programs on the virtual district.

pub mod backlog;
pub mod bench;
pub mod boundary_watch;
pub mod card_holder;
pub mod companions;
pub mod demo;
pub mod demo_code;
pub mod demo_server;
pub mod demo_world;
pub mod desk;
pub mod film;
#[cfg(feature = "panel")]
pub mod glass;
pub mod json_socket;
pub mod kill;
pub mod month;
pub mod office;
pub mod outage;
pub mod programs;
pub mod speaker;
pub mod stage;
mod stage_config;
pub mod sync;
pub mod telephone;
pub mod teller;
pub mod topup;
pub mod touchscreen;

/// Why a scenario could not go on, for the person who runs it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    /// With these words.
    pub fn new(words: impl Into<String>) -> Failure {
        Failure(words.into())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure(error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Failure {
        Failure(format!("not the JSON expected: {error}"))
    }
}
