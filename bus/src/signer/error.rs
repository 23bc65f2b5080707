//! Why there is no authentication code.

/// Why a signer gave no code. In every case nothing may be sent to the meter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// The configuration names no signer.
    #[error(
        "this meter has a security module and no signer is configured; name a crypto machine or a PSAM in the configuration"
    )]
    Missing,
    /// The crypto machine or the reader cannot be reached.
    #[error("the signer cannot be reached: {0}")]
    Unreachable(String),
    /// No answer in time.
    #[error("the signer did not answer within {0:?}")]
    Silent(std::time::Duration),
    /// It answered that it will not.
    #[error("the signer refuses: {0}")]
    Refused(String),
    /// What it answered is no answer to the question.
    #[error("the signer's answer cannot be used: {0}")]
    Malformed(String),
    /// The configuration has no template for this.
    #[error("the PSAM configuration has no template for {0}")]
    NoTemplate(String),
}
