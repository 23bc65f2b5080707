//! The words of the service menu. Each has its text in the catalogue.

/// A word or sentence of the service menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    /// "Maintenance", a role.
    Maintenance,
    /// "Clerk", a role.
    Clerk,
    /// "Manager", a role.
    Manager,
    /// "Works".
    Works,
    /// "Does not work".
    Broken,
}
