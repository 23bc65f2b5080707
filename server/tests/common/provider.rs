//! The rig's payment provider, for a server of these tests.

use std::path::Path;

use meterpost_ledger::signing::KeyStore;
use meterpost_tests::provider::Provider;

/// Starts it.
pub fn start(clock: fn() -> u64) -> Provider {
    Provider::start(clock).expect("a provider")
}

/// It gets to know the key by which the merchant signs.
pub fn register(provider: &Provider, key_file: &Path) {
    let key = KeyStore::public_key_in(key_file).expect("the merchant's key");
    provider.register(key.to_bytes());
}
