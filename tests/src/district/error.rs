//! What can go wrong with a district.

/// Why a district does not start or does not obey.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DistrictError {
    /// The operating system refused.
    #[error(transparent)]
    System(#[from] std::io::Error),
    /// The configuration file is wrong.
    #[error("the configuration is wrong: {0}")]
    Config(String),
    /// No meter has this address.
    #[error("there is no meter {0}")]
    NoMeter(String),
    /// No segment has this name.
    #[error("there is no segment {0}")]
    NoSegment(String),
    /// A command on the control socket makes no sense.
    #[error("not a command: {0}")]
    Command(String),
    /// The district answered a command with an error.
    #[error("the district refused: {0}")]
    Refused(String),
}
