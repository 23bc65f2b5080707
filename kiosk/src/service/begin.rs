//! Beginning an act: the entry before it, and what it asks for.

use meterpost_ledger::{Money, StaffOutcome};

use super::acts::Act;
use super::doing::{Doing, FIELDS, Step};
use super::facts::{Power, ServiceJob, SlipText};
use super::inside::{Closed, Inside, expected};
use super::installing::Installing;
use super::{Hands, Order, Sight, slip};
use crate::device::validator::CashCommand;

/// Slips of a collection: one for the money, one for the books.
pub(super) const COPIES: u32 = 2;

impl Inside {
    /// Begins an act that speaks nothing against.
    pub(super) fn begin(&mut self, hands: &mut Hands<'_, '_>, act: Act) {
        // It is typed first, and then recorded as a whole.
        if let Act::Count(_) = act {
            return;
        }
        self.said = None;
        if let Act::UpdateFromUsb(_) = act {
            return self.begin_installation(hands, act);
        }
        let words = self.intent(hands.sight, act);
        hands.record(&self.who, &act.name(), StaffOutcome::Begun, &words);
        let step = match act {
            Act::TestTouch => Step::Touching(vec![false; FIELDS.0 * FIELDS.1]),
            Act::TestColours => Step::Colour(0),
            Act::TestPrinter => {
                let text = slip::test_page(hands.sight, &self.facts, &self.who);
                hands.job(ServiceJob::Print(text));
                Step::Printing(0)
            }
            Act::PrintReadiness => {
                let checks = super::pages::checks(self, hands.sight);
                let text = slip::readiness(hands.sight, &self.facts, &self.who, &checks);
                hands.job(ServiceJob::Print(text));
                Step::Printing(0)
            }
            Act::PrintCollection(period) => {
                let text = self.collection_slip(hands.sight, period, 1);
                hands.job(ServiceJob::Print(text));
                Step::Printing(COPIES - 1)
            }
            Act::TestCard => Step::AwaitCard,
            Act::TestScanner => Step::AwaitCode,
            Act::TestValidator => {
                hands.out.push(Order::Cash(CashCommand::Accept));
                Step::AwaitNote
            }
            Act::Collect => Step::AwaitBoxOut,
            Act::LookAgain(sale) => {
                hands.out.push(Order::LookAgain(sale));
                Step::Running(None)
            }
            Act::PrintClaim(sale) => {
                hands.out.push(Order::PrintClaim(sale));
                Step::Running(None)
            }
            Act::VerifyLedger => hands.runs(ServiceJob::Verify),
            Act::ExportLedger => hands.runs(ServiceJob::Export),
            Act::ReadMeter | Act::AskEveryMeter => self.begin_on_bus(hands, act),
            Act::SyncNow => hands.runs(ServiceJob::Sync),
            Act::Restart => hands.runs(ServiceJob::Power(Power::Restart)),
            Act::Reboot => hands.runs(ServiceJob::Power(Power::Reboot)),
            Act::ShutDown => hands.runs(ServiceJob::Power(Power::ShutDown)),
            Act::Count(_) | Act::UpdateFromUsb(_) => return,
        };
        self.doing = Some(Doing {
            act,
            since: hands.sight.now,
            step,
        });
    }

    /// It goes on by itself, so nothing is being done here.
    fn begin_installation(&mut self, hands: &mut Hands<'_, '_>, act: Act) {
        let Some(bundle) = self.chosen.take() else {
            return;
        };
        hands.record(&self.who, &act.name(), StaffOutcome::Begun, &bundle);
        hands.out.push(Order::Install(Installing {
            who: self.who.clone(),
            act: act.name(),
            bundle,
            since: hands.sight.now,
            words: String::new(),
        }));
    }

    /// What the entry before the act says.
    fn intent(&self, sight: &Sight<'_>, act: Act) -> String {
        match act {
            Act::Collect => {
                let till = sight.books.till();
                let worth = till.total().unwrap_or(Money::ZERO);
                format!("period {}, {worth} by the terminal's count", till.period())
            }
            Act::TestValidator => "a note is recognised and given back; it is no money".to_owned(),
            Act::LookAgain(sale) | Act::PrintClaim(sale) => sight.reference(sale),
            Act::ReadMeter | Act::AskEveryMeter => self.bus_intent(act),
            _ => String::new(),
        }
    }

    /// Whether there is anything to print of this collection: it is not counted yet, or was made during this visit.
    pub(super) fn knows_collection(&self, sight: &Sight<'_>, period: u64) -> bool {
        let made = self.closed.as_ref();
        made.is_some_and(|closed| closed.period == period) || expected(sight, period).is_some()
    }

    pub(super) fn collection_slip(&self, sight: &Sight<'_>, period: u64, copy: u32) -> SlipText {
        let closed = self.closed.clone().filter(|closed| closed.period == period);
        let closed = closed.unwrap_or_else(|| Closed {
            period,
            notes: Vec::new(),
            expected: expected(sight, period).unwrap_or(Money::ZERO),
            counted: None,
        });
        slip::collection(sight, &self.facts, &self.who, &closed, copy)
    }
}
