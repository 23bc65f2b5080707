//! The part `[payment.<tenant>]` of the configuration: each operator has its own contract, and its money its own bank account.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use ureq::http::Uri;

use super::schedule::Schedule;

/// Beyond its expiry an order that nobody closed is closed by us, in seconds.
const GRACE: u64 = 60;
/// A closed order is watched for money that comes late, in seconds.
const WATCH: u64 = 3 * 86_400;

/// A tenant's contract with a payment provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentConfig {
    /// `https://host/path`; plain HTTP only on this machine.
    pub url: String,
    /// Our name at the provider: 1 to 64 letters, digits and `. _ : -`.
    pub merchant: String,
    /// Our key; `server init` makes it.
    pub key_file: PathBuf,
    /// The provider's public key: 64 hex digits.
    pub provider_key: String,
    /// PEM file of the authorities that may vouch for the provider; needed for https.
    pub ca: Option<PathBuf>,
    /// ISO 4217.
    #[serde(default = "currency")]
    pub currency: String,
    /// Where the provider reaches us: `https://…/api/v1/payments/callback`. Without it the server asks only.
    pub callback: Option<String>,
    /// Between two questions while somebody stands in front of a code, in seconds.
    #[serde(default = "poll")]
    pub poll_seconds: u64,
    /// A call is given up after so many seconds.
    #[serde(default = "timeout")]
    pub timeout_seconds: u64,
    /// Calls at a time.
    #[serde(default = "calls")]
    pub calls: usize,
    /// So many hours a terminal may leave a payment of its sale untaken, before the money goes back.
    #[serde(default = "untaken")]
    pub untaken_hours: u64,
}

fn currency() -> String {
    "CNY".into()
}

fn poll() -> u64 {
    3
}

fn timeout() -> u64 {
    10
}

fn calls() -> usize {
    8
}

fn untaken() -> u64 {
    24
}

impl PaymentConfig {
    /// How long everything waits.
    pub fn schedule(&self) -> Schedule {
        Schedule {
            poll: self.poll_seconds,
            // Two calls may follow one another, each of which waits for a place first.
            lease: self.timeout_seconds * 2 + 2,
            grace: GRACE,
            watch: WATCH,
            untaken: self.untaken_hours * 3600,
        }
    }

    /// A call is given up after so long.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }
}

/// Checks a contract and takes its relative paths from a folder.
///
/// # Errors
/// What makes no sense, for people.
pub fn check(config: &mut PaymentConfig, here: &Path) -> Result<(), String> {
    config.key_file = here.join(&config.key_file);
    if let Some(ca) = &mut config.ca {
        *ca = here.join(&*ca);
    }
    if !crate::wallet::is_id(&config.merchant) {
        return Err("merchant: 1 to 64 letters, digits and . _ : -".into());
    }
    let uri: Uri = config
        .url
        .parse()
        .map_err(|error| format!("url: {error}"))?;
    let host = uri.host().unwrap_or_default();
    let here = ["127.0.0.1", "[::1]", "localhost"].contains(&host);
    match uri.scheme_str() {
        Some("https") if config.ca.is_none() => {
            return Err("ca: say which authorities may vouch for the provider, such as /etc/ssl/certs/ca-certificates.crt".into());
        }
        Some("https") => {}
        Some("http") if here => {}
        _ => return Err("url: payments go over https".into()),
    }
    if !(1..=10).contains(&config.timeout_seconds) {
        return Err("timeout_seconds is 1 to 10".into());
    }
    if !(1..=60).contains(&config.poll_seconds) || !(1..=64).contains(&config.calls) {
        return Err("poll_seconds is 1 to 60 and calls 1 to 64".into());
    }
    if !(1..=720).contains(&config.untaken_hours) {
        return Err("untaken_hours is 1 to 720".into());
    }
    let currency = &config.currency;
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err("currency: three capital letters".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "url = \"https://pay.example/v1\"\nmerchant = \"east\"\nkey_file = \"payment.key\"\nprovider_key = \"00\"\nca = \"ca.pem\"\n";

    fn checked(text: &str) -> Result<PaymentConfig, String> {
        let mut config: PaymentConfig = toml::from_str(text).map_err(|error| error.to_string())?;
        check(&mut config, Path::new("/etc/meterpost"))?;
        Ok(config)
    }

    #[test]
    fn paths_are_taken_from_where_the_file_is() {
        let config = checked(GOOD).unwrap();
        assert_eq!(config.key_file, Path::new("/etc/meterpost/payment.key"));
        assert_eq!(
            config.ca.as_deref(),
            Some(Path::new("/etc/meterpost/ca.pem"))
        );
        assert!(config.schedule().lease > 2 * config.timeout_seconds);
    }

    #[test]
    fn payments_never_go_over_plain_http_beyond_this_machine() {
        for url in ["http://pay.example", "ftp://pay.example", "pay.example", ""] {
            assert!(
                checked(&GOOD.replace("https://pay.example/v1", url)).is_err(),
                "{url}"
            );
        }
        assert!(checked(&GOOD.replace("https://pay.example", "http://127.0.0.1:9")).is_ok());
        assert!(checked(&GOOD.replace("ca = \"ca.pem\"\n", "")).is_err());
    }

    #[test]
    fn numbers_that_make_no_sense_are_refused() {
        for more in [
            "timeout_seconds = 0",
            "timeout_seconds = 30",
            "poll_seconds = 0",
            "calls = 0",
            "untaken_hours = 0",
            "currency = \"yuan\"",
            "secret = \"x\"",
        ] {
            assert!(checked(&format!("{GOOD}{more}\n")).is_err(), "{more}");
        }
    }
}
