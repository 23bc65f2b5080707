//! The key of a meter and its version: `8106`, `A014`.
//!
//! The edition of 2004 sends a key in the clear; how the edition of 2018 protects it is not public, so no key of that edition
//! is sent.

/// The payload of `A014`: a version and eight bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NewKey {
    /// The version the meter tells from then on.
    pub version: u8,
    /// The key, in the order of the wire.
    pub key: [u8; 8],
}

impl NewKey {
    /// The payload.
    pub fn to_payload(self) -> [u8; 9] {
        let [a, b, c, d, e, f, g, h] = self.key;
        [self.version, a, b, c, d, e, f, g, h]
    }

    /// Reads the payload. `None` where it is not this layout.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [version, a, b, c, d, e, f, g, h] = payload.try_into().ok()?;
        Some(NewKey {
            version,
            key: [a, b, c, d, e, f, g, h],
        })
    }
}

impl std::fmt::Debug for NewKey {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewKey")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
