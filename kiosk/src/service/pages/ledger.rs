//! The ledger: how large, how far cosigned, checking and exporting it.

use meterpost_ui::view::{MenuList, MenuTone, Word};

use super::{Look, behind, fact, given, row};
use crate::service::acts::Act;

/// Hexadecimal digits of the root that are shown, as on slips.
const ROOT_DIGITS: usize = 16;

pub(super) fn page(look: &Look<'_, '_>) -> MenuList {
    let facts = &look.inside.facts;
    let root: String = facts.root.chars().take(ROOT_DIGITS).collect();
    let mut rows = vec![
        fact(Word::Entries, facts.size.to_string()),
        fact(Word::RootHash, root),
        fact(Word::VerifierKey, facts.vkey.clone()),
    ];
    match look.sight.books.last_contact() {
        Some(size) => {
            rows.push(fact(Word::LastCosigned, size.to_string()));
            let behind = behind(facts, look.sight).unwrap_or(0);
            rows.push(fact(Word::BehindTheServer, behind.to_string()));
        }
        None => rows.push(row(
            Word::LastCosigned,
            Word::NothingThere,
            MenuTone::Neutral,
        )),
    }
    if let Some(usb) = &look.sight.rules.service.usb {
        rows.push(row(
            Word::Export,
            given(usb.display().to_string()),
            MenuTone::Neutral,
        ));
    }
    let acts = [Act::VerifyLedger, Act::ExportLedger];
    let acts = acts.into_iter().map(|act| look.button(act)).collect();
    look.plain(Word::Ledger, rows, acts)
}
