//! A resident with a card: the card authority, the reader of the machine, and what the server has to know.

use std::io::Write;

use serde_json::json;

use super::Failure;
use super::office::Office;
use super::stage::{ELECTRICITY, Stage, TERMINAL};
use crate::card::{CardAuthority, CardService, CardSlot, Holder, PivCard, VirtualCard};

/// The card's number.
pub const CARD: &str = "C-000042";
/// The resident's account.
pub const ACCOUNT: &str = "A-1201";
/// The district that the terminal serves.
const DISTRICT: &str = "east";

/// A resident whose card leads to the electricity meter.
#[derive(Debug)]
pub struct CardHolder {
    card: PivCard,
    _service: CardService,
}

impl CardHolder {
    /// Gives the stage's terminal a card reader, before it is started, and the resident a card.
    ///
    /// # Errors
    /// In the inner one what is missing on this machine for a card reader; the outer one is a fault.
    pub fn join(stage: &Stage, office: &Office) -> Result<Result<CardHolder, String>, Failure> {
        let service = match CardService::start() {
            Ok(service) => service,
            Err(why) => return Ok(Err(why)),
        };
        let authority = CardAuthority::new("East District cards");
        let file = stage.folder.join("cards.pem");
        std::fs::write(&file, authority.pem())?;
        let mut config = std::fs::File::options()
            .append(true)
            .open(stage.kiosk_config())?;
        writeln!(config, "\n[cards]\nca = \"{}\"", file.display())?;
        office.assign(TERMINAL, DISTRICT)?;
        office.put_accounts(&json!([{
            "account": ACCOUNT, "district": DISTRICT, "name": "王小明", "place": "3栋1单元1201",
            "meters": [{
                "number": ELECTRICITY, "utility": "electricity", "profile": "dlt645-plain", "address": ELECTRICITY,
                "segment": 1, "customer": "000000001234", "low_balance": "10.00", "owner": TERMINAL
            }],
            "cards": [CARD]
        }]))?;
        Ok(Ok(CardHolder {
            card: authority.issue(&Holder::resident(CARD)),
            _service: service,
        }))
    }

    /// Puts the card into the reader; it is taken out when this is dropped.
    ///
    /// # Errors
    /// When the reader does not take it.
    pub fn insert(&self) -> Result<VirtualCard, Failure> {
        VirtualCard::insert(CardSlot::First, self.card.clone())
            .map_err(|error| Failure::new(error.to_string()))
    }
}
