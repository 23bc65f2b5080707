//! A meter's profile: a profile, or the reason why it is none.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meterpost_bus::meter::Profile;

fuzz_target!(|text: &str| {
    if let Err(error) = toml::from_str::<Profile>(text) {
        assert!(!error.to_string().is_empty());
    }
});
