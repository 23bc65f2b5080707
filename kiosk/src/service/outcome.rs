//! What an act that runs by itself led to: slips, the ledger, the server, and what the flow's own table did.

use std::time::Duration;

use meterpost_ledger::{DeliveryState, SaleId, SlipOutcome, StaffOutcome};
use meterpost_ui::view::Word;

use super::acts::Act;
use super::begin::COPIES;
use super::doing::Step;
use super::facts::{Served, ServiceJob, Unexported, Unverified};
use super::inside::Inside;
use super::{Hands, Order, said};
use crate::device::printer::PrintOutcome;

/// So long after it took the last entries, a stick takes no more.
const STALLED: Duration = Duration::from_secs(120);

/// Whether this is something of an act that runs by itself.
fn ends(act: Act, served: &Served) -> bool {
    match served {
        Served::Verifying(..) | Served::Verified(_) => act == Act::VerifyLedger,
        Served::Exporting(..) | Served::Exported(_) => act == Act::ExportLedger,
        Served::Synced(_) => act == Act::SyncNow,
        Served::NotPowered(_) => matches!(act, Act::Restart | Act::Reboot | Act::ShutDown),
        Served::MeterRead(..)
        | Served::Software(_)
        | Served::Installing(_)
        | Served::Installed(_)
        | Served::Facts(_)
        | Served::Door(_)
        | Served::Pin(_)
        | Served::Code(_) => false,
    }
}

impl Inside {
    pub(super) fn slip_ended(
        &mut self,
        hands: &mut Hands<'_, '_>,
        act: Act,
        more: u32,
        outcome: &PrintOutcome,
    ) {
        match outcome {
            PrintOutcome::Printed if act == Act::TestPrinter => {
                if let Some(doing) = &mut self.doing {
                    doing.step = Step::Judging(Word::PageLooksRight);
                }
            }
            PrintOutcome::Printed if more > 0 => {
                if let Act::PrintCollection(period) = act {
                    let text = self.collection_slip(hands.sight, period, COPIES + 1 - more);
                    hands.out.push(Order::Job(ServiceJob::Print(text)));
                }
                if let Some(doing) = &mut self.doing {
                    doing.step = Step::Printing(more - 1);
                }
            }
            PrintOutcome::Printed => self.end(
                hands,
                StaffOutcome::Done,
                "the printer confirmed it",
                Word::SlipCameOut.into(),
            ),
            PrintOutcome::NotPrinted(why) => {
                self.end(
                    hands,
                    StaffOutcome::Failed,
                    why,
                    Word::SlipDidNotComeOut.into(),
                );
            }
            PrintOutcome::Unknown(why) => {
                self.end(hands, StaffOutcome::Unknown, why, Word::SlipNotKnown.into());
            }
        }
    }

    pub(super) fn served(&mut self, hands: &mut Hands<'_, '_>, served: &Served) {
        // What comes late of an act that was given up is nothing of the one that runs now.
        if !self
            .doing
            .as_ref()
            .is_some_and(|doing| ends(doing.act, served))
        {
            return;
        }
        match served {
            Served::Verifying(done, of) | Served::Exporting(done, of) => {
                if let Some(doing) = &mut self.doing {
                    doing.step = Step::Running(Some((*done, *of)));
                    doing.since = hands.sight.now;
                }
            }
            Served::Verified(Ok(entries)) => {
                let shown = said(Word::LedgerSound, &[&entries.to_string()]);
                let words = format!("{entries} entries are sound");
                self.end(hands, StaffOutcome::Done, &words, shown);
            }
            Served::Verified(Err(Unverified::Unsound(why))) => {
                let shown = said(Word::LedgerUnsound, &[why]);
                self.end(hands, StaffOutcome::Failed, why, shown);
            }
            Served::Verified(Err(Unverified::NotChecked(why))) => {
                let shown = said(Word::NotDone, &[why]);
                self.end(hands, StaffOutcome::Unknown, why, shown);
            }
            Served::Exported(Ok(place)) => {
                self.end(
                    hands,
                    StaffOutcome::Done,
                    place,
                    said(Word::ExportedTo, &[place]),
                );
            }
            Served::Exported(Err(Unexported::StickPulledOut)) => {
                let words = "the stick was pulled out";
                let shown = Word::StickPulledOut.into();
                self.end(hands, StaffOutcome::Failed, words, shown);
            }
            Served::Exported(Err(Unexported::NotWritten(why))) => {
                self.end(
                    hands,
                    StaffOutcome::Failed,
                    why,
                    said(Word::NotExported, &[why]),
                );
            }
            Served::Synced(Ok(())) => {
                let words = "the server has everything";
                self.end(hands, StaffOutcome::Done, words, Word::SyncDone.into());
            }
            Served::Synced(Err(why)) => {
                self.end(
                    hands,
                    StaffOutcome::Failed,
                    why,
                    said(Word::SyncFailed, &[why]),
                );
            }
            Served::NotPowered(why) => {
                self.end(
                    hands,
                    StaffOutcome::Failed,
                    why,
                    said(Word::NotDone, &[why]),
                );
            }
            // No act's that runs by itself ([`ends`]).
            _ => {}
        }
    }

    /// What the flow's own table was asked to do has ended when the books say so; a stick that takes nothing any more keeps nobody here.
    pub(super) fn look_at_books(&mut self, hands: &mut Hands<'_, '_>, act: Act) {
        let since = self
            .doing
            .as_ref()
            .map_or(hands.sight.now, |doing| doing.since);
        match act {
            Act::ExportLedger if hands.sight.now.saturating_sub(since) >= STALLED => {
                let words = "the stick took nothing for two minutes";
                let shown = said(Word::NotExported, &[words]);
                self.end(hands, StaffOutcome::Unknown, words, shown);
            }
            Act::LookAgain(sale) if hands.sight.settling != Some(sale) => {
                self.looked_again(hands, sale);
            }
            Act::PrintClaim(sale) if !hands.sight.busy => self.claim_printed(hands, sale),
            _ => {}
        }
    }

    fn looked_again(&mut self, hands: &mut Hands<'_, '_>, sale: SaleId) {
        let sale = hands.sight.books.sale(sale);
        let state = sale
            .and_then(|sale| sale.last_delivery())
            .map(|d| d.state.clone());
        match state {
            // Sales that are forgotten were settled.
            None | Some(DeliveryState::Applied(_)) => {
                let words = "the meter has it";
                self.end(hands, StaffOutcome::Done, words, Word::AtTheMeter.into());
            }
            Some(DeliveryState::Voided(why)) => {
                let words = format!("the meter does not have it: {why}");
                self.end(
                    hands,
                    StaffOutcome::Done,
                    &words,
                    Word::NotAtTheMeter.into(),
                );
            }
            Some(DeliveryState::Unknown(_) | DeliveryState::Intended) => {
                let words = "the meter did not say; it stays unknown";
                self.end(
                    hands,
                    StaffOutcome::Unknown,
                    words,
                    Word::NoNewOutcome.into(),
                );
            }
        }
    }

    fn claim_printed(&mut self, hands: &mut Hands<'_, '_>, sale: SaleId) {
        let slips = hands.sight.books.sale(sale).map(|sale| &sale.slips);
        let last = slips
            .and_then(|slips| slips.last())
            .and_then(|slip| slip.outcome.clone());
        let (outcome, words, shown) = match last {
            Some(SlipOutcome::Printed) => (
                StaffOutcome::Done,
                "the printer confirmed it".to_owned(),
                Word::SlipCameOut,
            ),
            Some(SlipOutcome::NotPrinted(why)) => {
                (StaffOutcome::Failed, why, Word::SlipDidNotComeOut)
            }
            Some(SlipOutcome::Unknown(why)) => (StaffOutcome::Unknown, why, Word::SlipNotKnown),
            None => (
                StaffOutcome::Failed,
                "it was not printed".to_owned(),
                Word::SlipDidNotComeOut,
            ),
        };
        self.end(hands, outcome, &words, shown.into());
    }
}
