//! A PSAM through the real PC/SC: the library, the daemon, the driver of a virtual reader, and a card behind it. Skipped, and
//! said so, where no daemon can be started.
#![cfg(feature = "psam")]

#[path = "common/virtual_card.rs"]
mod virtual_card;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use meterpost_bus::signer::psam::pcsc::PcscCard;
use meterpost_bus::signer::psam::{Psam, PsamConfig};
use meterpost_bus::signer::{Signer, SignerError};
use virtual_card::VirtualCard;

const METER: [u8; 6] = [0x12, 0x00, 0x51, 0x05, 0x03, 0x26];

/// A made-up card: one command selects, one gives a random number, one enciphers it.
const CONFIG: &str = r#"
reader = "Virtual PCD"
[prepare]
steps = [{ apdu = "00A4000002 DF01" }]
[identity]
steps = [
    { apdu = "0084000008", keep = { random = "0..8" } },
    { apdu = "80FA000008 {random}", keep = { cipher = "0..8" } },
]
result = { random = "{random:reversed}", cipher = "{cipher:reversed}" }
"#;

fn psam() -> Psam<PcscCard> {
    let config: PsamConfig = toml::from_str(CONFIG).unwrap();
    let card = PcscCard::new(config.reader.clone());
    Psam::new(config, card).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_comes_from_the_card_in_the_reader() {
    let heard = Arc::<Mutex<Vec<String>>>::default();
    let log = Arc::clone(&heard);
    let answers = BTreeMap::from([
        ("00A4000002DF01", "9000"),
        ("0084000008", "11121314151617189000"),
        ("80FA0000081112131415161718", "21222324252627289000"),
    ]);
    let card = VirtualCard::insert(move |command| {
        let command = hex::encode_upper(command);
        let answer = answers.get(command.as_str()).copied().unwrap_or("6D00");
        log.lock().unwrap().push(command);
        hex::decode(answer).unwrap()
    });
    let Some(card) = card else { return };
    let mut psam = psam();
    // Some commands of the daemon's own may come first; the card knows none of them.
    let identity = retry(&mut psam).await;
    assert_eq!(hex::encode(identity.0), "1817161514131211");
    assert_eq!(hex::encode(identity.1), "2827262524232221");
    let selected = |heard: &[String]| heard.iter().filter(|said| said.starts_with("00A4")).count();
    assert_eq!(selected(&heard.lock().unwrap()), 1);
    psam.identity(METER).await.unwrap();
    assert_eq!(selected(&heard.lock().unwrap()), 1, "it is prepared once");
    // The card is pulled: an error, and nothing made up.
    drop(card);
    let gone = psam.identity(METER).await.unwrap_err();
    assert!(matches!(gone, SignerError::Unreachable(_)), "{gone:?}");
}

/// The daemon looks for cards a few times a second.
async fn retry(psam: &mut Psam<PcscCard>) -> ([u8; 8], [u8; 8]) {
    for _ in 0..100 {
        match psam.identity(METER).await {
            Ok(identity) => return (identity.random, identity.cipher),
            Err(SignerError::Unreachable(_)) => {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the card is not seen: {:?}", psam.identity(METER).await);
}
