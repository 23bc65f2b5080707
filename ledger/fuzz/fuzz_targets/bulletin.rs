//! Bulletins, as what is signed and as what each kind says: bytes are refused, or are the one encoding of what they say.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meterpost_ledger::Bulletin;
use meterpost_ledger::bulletin::command::Command;
use meterpost_ledger::bulletin::deny::DenyList;
use meterpost_ledger::bulletin::directory::{Directory, DirectoryChanges};
use meterpost_ledger::bulletin::parameters::Parameters;
use meterpost_ledger::bulletin::tariffs::Tariffs;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(bulletin) = Bulletin::from_payload(bytes) {
        assert_eq!(bulletin.payload().expect("what was read can be written"), bytes);
    }
    let _ = Bulletin::peek(bytes);
    if let Ok(command) = Command::from_content(bytes) {
        let again = command.to_content().expect("what was read can be written");
        assert_eq!(Command::from_content(&again).expect("and read"), command);
    }
    if let Ok(parameters) = Parameters::from_content(bytes) {
        let again = parameters.to_content().expect("what was read can be written");
        assert_eq!(Parameters::from_content(&again).expect("and read"), parameters);
    }
    let _ = Directory::from_content(bytes);
    let _ = DirectoryChanges::from_content(bytes);
    let _ = DenyList::from_content(bytes);
    let _ = Tariffs::from_content(bytes);
});
