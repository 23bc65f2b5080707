//! The directory: the accounts of a terminal's district with their meters and cards.
//!
//! It comes whole (kind `directory`) and as a difference (kind `directory-changes`). A difference is from the whole copy that the
//! terminal keeps to now, never from the difference before: the terminal keeps one of each, and applying a difference anew is
//! the same as applying it once.

use serde::{Deserialize, Serialize};

use super::packed::{ContentError, pack, unpack};

/// The kind of a whole directory.
pub const DIRECTORY_KIND: &str = "directory";
/// The kind of a difference.
pub const CHANGES_KIND: &str = "directory-changes";

/// The owner of a meter whose purchases the server sends itself.
pub const OWNER_SERVER: &str = "server";

/// One account (户).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Its number.
    pub account: String,
    /// The holder's name, masked already: a terminal can be stolen.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Building and room.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Its meters.
    #[serde(default)]
    pub meters: Vec<MeterRecord>,
    /// The numbers of its cards that may be used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<String>,
}

/// One meter, as the terminal needs it to reach it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterRecord {
    /// The number residents type.
    pub number: String,
    /// `electricity`, `water`, `hot_water`, `gas` or `heat`.
    pub utility: String,
    /// The name of its profile.
    pub profile: String,
    /// Its address on the wire, decimal.
    pub address: String,
    /// The concentrator's port it hangs on.
    pub segment: u8,
    /// Baud of its wire; 2400 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baud: Option<u32>,
    /// Parity of its wire: `even`, `none` or `odd`; even where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parity: Option<String>,
    /// Its customer number, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// Building and room, where they are not the account's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Below this balance the screen says "low"; minor units.
    #[serde(default)]
    pub low_balance: i64,
    /// Who alone may send it the next purchase number: a terminal's id, or [`OWNER_SERVER`]; nobody where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The server keeps its money, and the meter has a valve or relay; otherwise the meter keeps it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_account: bool,
}

/// A whole directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// All accounts of the district.
    pub accounts: Vec<AccountRecord>,
}

/// A difference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryChanges {
    /// The version of the whole directory that it changes.
    pub base: u64,
    /// Accounts that are new or changed, each as a whole.
    pub accounts: Vec<AccountRecord>,
    /// Accounts that are not the district's any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<String>,
}

impl Directory {
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
    pub fn from_content(bytes: &[u8]) -> Result<Directory, ContentError> {
        unpack(bytes)
    }

    /// The directory after a difference to it.
    pub fn changed(mut self, changes: DirectoryChanges) -> Directory {
        let replaced: std::collections::HashSet<&str> = changes
            .accounts
            .iter()
            .map(|account| account.account.as_str())
            .chain(changes.gone.iter().map(String::as_str))
            .collect();
        self.accounts
            .retain(|account| !replaced.contains(account.account.as_str()));
        self.accounts.extend(changes.accounts);
        self
    }
}

impl DirectoryChanges {
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
    pub fn from_content(bytes: &[u8]) -> Result<DirectoryChanges, ContentError> {
        unpack(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn account(number: &str, place: &str) -> AccountRecord {
        AccountRecord {
            account: number.to_owned(),
            name: "王*".to_owned(),
            place: place.to_owned(),
            meters: vec![MeterRecord {
                number: format!("0000{number}"),
                utility: "water".to_owned(),
                profile: "cjt188-prepaid".to_owned(),
                address: "00000020260042".to_owned(),
                segment: 1,
                baud: None,
                parity: None,
                customer: None,
                place: String::new(),
                low_balance: 500,
                owner: Some("K1".to_owned()),
                on_account: false,
            }],
            cards: vec![format!("C{number}")],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let directory = Directory {
            accounts: vec![account("1", "A"), account("2", "B")],
        };
        let content = directory.to_content().unwrap();
        assert_eq!(Directory::from_content(&content).unwrap(), directory);
    }

    #[test]
    fn a_difference_applied_twice_is_applied_once() {
        let whole = Directory {
            accounts: vec![account("1", "A"), account("2", "B"), account("3", "C")],
        };
        let changes = DirectoryChanges {
            base: 1,
            accounts: vec![account("2", "moved"), account("4", "new")],
            gone: vec!["3".to_owned()],
        };
        let content = changes.to_content().unwrap();
        let read = DirectoryChanges::from_content(&content).unwrap();
        let once = whole.changed(read);
        let numbers: Vec<_> = once.accounts.iter().map(|a| a.account.as_str()).collect();
        assert_eq!(numbers, ["1", "2", "4"]);
        assert_eq!(once.accounts[1].place, "moved");
        assert_eq!(once.clone().changed(changes), once);
    }

    #[test]
    fn what_a_newer_server_says_besides_is_passed_over() {
        let content = pack(&serde_json::json!({
            "accounts": [{"account": "7", "since": "2026-01-01"}], "printed": true
        }));
        let read = Directory::from_content(&content.unwrap()).unwrap();
        assert_eq!(read.accounts[0].account, "7");
    }

    #[test]
    fn content_that_unpacks_without_end_is_refused() {
        let bomb = {
            use std::io::Write;
            let mut encoder =
                flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            let block = vec![b' '; 1 << 20];
            for _ in 0..65 {
                encoder.write_all(&block).unwrap();
            }
            encoder.finish().unwrap()
        };
        let refused = Directory::from_content(&bomb);
        assert!(
            matches!(refused, Err(ContentError::TooLarge)),
            "{refused:?}"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_at_all_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Directory::from_content(&bytes);
            let _ = DirectoryChanges::from_content(&bytes);
        }
    }
}
