//! What help there is.

/// What the help sheet offers beside size, colours and language, which are the glass's own.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct HelpView {
    /// Whom to call, as configured; empty where nobody.
    pub phone: String,
    /// The terminal can speak.
    pub voice: bool,
}
