//! What an authentication code is for.

use serde::{Deserialize, Serialize};

/// What a code covers. It decides which key and which command of the security module is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Amount and count of a purchase, 8 bytes: `070101FF`, `070102FF`.
    Purchase,
    /// The customer number, 6 bytes: `070101FF`, `070102FF`.
    Customer,
    /// The amount a wallet begins with, 4 bytes: `070103FF`.
    WalletAmount,
    /// The count a wallet begins with, 4 bytes: `070103FF`.
    WalletCount,
    /// The minutes an authentication lives, 2 bytes: `070001FF`.
    Lifetime,
    /// Keys with their information: `0702xxFF`, `070301FF`.
    Keys,
    /// Identifier and value of a parameter: C=14, class 98 and 99.
    Parameter,
    /// N1 to N8: C=1C, class 98 and 99.
    Control,
    /// The balance in an answer, 4 bytes: `078102FF`.
    Balance,
    /// The purchase count in an answer, 4 bytes: `078102FF`.
    Count,
    /// Data read back: `078001FF`.
    ReadBack,
}

impl Purpose {
    /// The word for it in configurations and in the protocol of the crypto machine.
    pub fn word(self) -> &'static str {
        match self {
            Purpose::Purchase => "purchase",
            Purpose::Customer => "customer",
            Purpose::WalletAmount => "wallet_amount",
            Purpose::WalletCount => "wallet_count",
            Purpose::Lifetime => "lifetime",
            Purpose::Keys => "keys",
            Purpose::Parameter => "parameter",
            Purpose::Control => "control",
            Purpose::Balance => "balance",
            Purpose::Count => "count",
            Purpose::ReadBack => "read_back",
        }
    }
}
