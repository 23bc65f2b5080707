//! A payment under way: what the server says, and what the clock says.

use meterpost_ledger::{Event, Money, PaymentEvidence, PaymentOutcome, SaleId};
use meterpost_ui::view::{PayProblem, UnpaidReason};

use super::{PayEvent, PayOrder, PayStep, WalletBalance};
use crate::flow::session::Session;
use crate::flow::{Effect, Flow};

impl Flow {
    /// The server is reached, or is not.
    pub(in crate::flow) fn on_server(&mut self, online: bool) {
        self.online = online;
    }

    pub(in crate::flow) fn on_paid(&mut self, event: PayEvent) {
        match event {
            PayEvent::Balance { account, balance } => self.on_balance(&account, balance),
            PayEvent::Held { sale } | PayEvent::Taken { sale } => {
                if self.waits_for(sale) {
                    self.take(sale, PaymentEvidence::Server);
                }
            }
            PayEvent::Code { sale, code, left } => {
                let until = self.now + left;
                if let Session::Paying { sale: of, step, .. } = &mut self.session
                    && *of == sale
                    && *step == PayStep::AskingCode
                {
                    *step = PayStep::Scan { code, until };
                    self.touched = self.now;
                }
            }
            PayEvent::Refused { sale, short, why } => {
                if self.waits_for(sale) {
                    self.nothing_came(sale, short, &why);
                }
            }
            PayEvent::NoAnswer { sale, why } => {
                if self.waits_for(sale) {
                    self.unanswered(sale, &why);
                }
            }
        }
    }

    /// Whether the resident waits for this sale's payment. An answer that comes later changes nothing: the log has said so already.
    fn waits_for(&self, sale: SaleId) -> bool {
        let open = self.books.sale(sale).and_then(|s| s.payment.as_ref());
        matches!(&self.session, Session::Paying { sale: of, .. } if *of == sale)
            && open.is_some_and(|payment| payment.is_asked())
    }

    fn on_balance(&mut self, account: &str, found: Option<Money>) {
        let now = match found {
            Some(money) => WalletBalance::Known(money),
            None => WalletBalance::Away,
        };
        let own = self.card.as_ref().and_then(|card| {
            let record = self.rules.told.directory.card(&card.0)?;
            Some(record.account == account)
        });
        if let Session::Pay { balance, .. } = &mut self.session
            && own == Some(true)
        {
            *balance = now;
        }
    }

    /// The money is the sale's: it is brought to the meter as cash is.
    pub(super) fn take(&mut self, sale: SaleId, evidence: PaymentEvidence) {
        if self.record(vec![Event::PaymentTaken { sale, evidence }]) {
            self.touched = self.now;
            self.session = Session::Delivering {
                sale,
                since: self.now,
                checking: false,
            };
        }
    }

    /// Nothing was paid: back to the ways to pay, with the reason.
    fn nothing_came(&mut self, sale: SaleId, short: bool, why: &str) {
        let Session::Paying { reading, step, .. } = &self.session else {
            return;
        };
        let (reading, step) = (reading.clone(), step.clone());
        let found = self.books.sale(sale);
        let Some((number, target)) = found.map(|s| (s.meter.number.clone(), s.target)) else {
            return;
        };
        if !self.give_up(sale, why) {
            return;
        }
        let problem = match &step {
            PayStep::Wallet if short => PayProblem::WalletShort,
            PayStep::Wallet => PayProblem::WalletAway,
            PayStep::AskingCode => PayProblem::CodeAway,
            PayStep::Scan { .. } | PayStep::Checking => PayProblem::CodeOver,
        };
        let balance = match problem {
            PayProblem::WalletAway => WalletBalance::Away,
            _ => self.ask_balance(&number),
        };
        self.touched = self.now;
        self.session = Session::Pay {
            number,
            reading,
            target,
            balance,
            problem: Some(problem),
        };
    }

    /// Nobody answers. A wallet is trusted within its limits; of a code nothing is known, and nothing is lost.
    fn unanswered(&mut self, sale: SaleId, why: &str) {
        let Session::Paying { step, .. } = &self.session else {
            return;
        };
        let step = step.clone();
        self.out.push(Effect::Pay(PayOrder::Forget { sale }));
        match step {
            PayStep::Wallet => {
                let asked = self.books.sale(sale).map(|s| (s.target, s.card.clone()));
                let trusted = asked.is_some_and(|(amount, card)| {
                    self.books.allows_offline(amount, card.as_ref()).is_ok()
                });
                match trusted {
                    true => self.take(sale, PaymentEvidence::Offline),
                    false => self.nothing_came(sale, false, why),
                }
            }
            PayStep::AskingCode => self.nothing_came(sale, false, why),
            PayStep::Scan { .. } | PayStep::Checking => {
                if self.give_up(sale, why) {
                    self.session = Session::Unpaid {
                        sale,
                        reason: UnpaidReason::NotConfirmed,
                        since: Some(self.now),
                    };
                }
            }
        }
    }

    /// Says in the log that nothing was taken and nothing will be, and closes the sale.
    fn give_up(&mut self, sale: SaleId, why: &str) -> bool {
        let ended = self.payment_ended(sale, PaymentOutcome::Refused, why);
        let events = ended.into_iter().chain([Event::SaleClosed { sale }]);
        self.record(events.collect())
    }

    /// A person does not want to pay after all. The code may have been paid in this very moment, so what became of it is asked.
    pub(in crate::flow) fn call_off(&mut self) {
        if let Session::Paying {
            sale, step, since, ..
        } = &mut self.session
            && matches!(step, PayStep::AskingCode | PayStep::Scan { .. })
        {
            let sale = *sale;
            *step = PayStep::Checking;
            *since = self.now;
            self.out.push(Effect::Pay(PayOrder::Cancel { sale }));
        }
    }

    pub(in crate::flow) fn paying_tick(&mut self) {
        let Session::Paying {
            sale, since, step, ..
        } = &self.session
        else {
            return;
        };
        let (sale, waited) = (*sale, self.now.saturating_sub(*since));
        let delays = &self.rules.delays;
        match step {
            PayStep::Wallet if waited >= delays.wallet => {
                self.unanswered(sale, "the wallet did not answer in time");
            }
            PayStep::AskingCode if waited >= delays.code_check => {
                self.unanswered(sale, "no code came in time");
            }
            PayStep::Checking if waited >= delays.code_check => {
                self.unanswered(sale, "whether it was paid is not answered in time");
            }
            PayStep::Scan { until, .. } if self.now >= *until => self.call_off(),
            _ => {}
        }
    }
}
