//! The concentrator's file: a configuration, or the reasons why it is none, each with a line of the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meterpost_bus::concentrator::Config;

fuzz_target!(|text: &str| {
    if let Err(error) = Config::parse(text, "file") {
        let error = error.to_string();
        assert!(!error.is_empty());
        assert!(
            error
                .lines()
                .next()
                .is_some_and(|line| line.starts_with("file"))
        );
    }
});
