//! Cards that are to be refused though their certificates hold: lost, revoked or taken back, residents' and staff's. The list is always
//! whole.

use serde::{Deserialize, Serialize};

use super::packed::{ContentError, pack, unpack};

/// Its kind.
pub const DENY_KIND: &str = "deny";

/// The list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DenyList {
    /// Card numbers.
    pub cards: Vec<String>,
}

impl DenyList {
    /// The bulletin's content.
    ///
    /// # Errors
    /// The encoder's.
    pub fn to_content(&self) -> Result<Vec<u8>, ContentError> {
        pack(self)
    }

    /// Reads a bulletin's content.
    ///
    /// # Errors
    /// When it is none, or unpacks to too much.
    pub fn from_content(bytes: &[u8]) -> Result<DenyList, ContentError> {
        unpack(bytes)
    }
}
