//! Money at the server: asking for it, and what the answers mean. Which call comes next is decided here; who makes it is the thread's.
//!
//! | what | calls |
//! |---|---|
//! | a wallet's balance | `wallet/balance`, once |
//! | a wallet's money for a sale | `wallet/hold` until it is answered or its time is over |
//! | a QR code | `payments` until there is a code, `payments/state` until it is paid, `payments/take` until that is answered |
//!
//! A lost answer is asked for again under the same name. What became of it is not told here: the server follows the log.

use std::time::{Duration, Instant};

use meterpost_ledger::{Money, SaleId};
use meterpost_ui::view::QrCode;
use serde_json::{Value, json};

use super::line::Answered;
use crate::flow::{PayEvent, PayOrder};
use crate::receipt::Modules;

/// The pause before an unanswered call is made again, and between two questions about a code.
const AGAIN: Duration = Duration::from_secs(1);
/// A wallet that has not answered for so long is asked no more; the flow has its own patience.
const HOLD_PATIENCE: Duration = Duration::from_secs(60);

/// A call to make: its target and body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PayCall {
    pub(super) target: String,
    pub(super) body: Vec<u8>,
}

#[derive(Debug)]
enum Stage {
    /// Make it; until it is answered.
    Create,
    /// Is it paid?
    Watch,
    /// Close it, and ask what became of it.
    Close,
    /// It is paid: take it.
    Take,
}

#[derive(Debug)]
enum What {
    Balance {
        account: String,
    },
    Hold {
        sale: SaleId,
        account: String,
        meter: String,
        amount: Money,
        until: Instant,
    },
    Code {
        sale: SaleId,
        reference: String,
        meter: String,
        amount: Money,
        description: String,
        valid: Duration,
        stage: Stage,
        shown: bool,
    },
}

#[derive(Debug)]
struct Job {
    what: What,
    due: Instant,
}

/// What is being asked for.
#[derive(Debug, Default)]
pub(super) struct Payments {
    epoch: u32,
    jobs: Vec<Job>,
}

impl Payments {
    /// For the log of this epoch, which is part of every name.
    pub(super) fn new(epoch: u32) -> Payments {
        Payments {
            epoch,
            jobs: Vec::new(),
        }
    }

    /// Takes an order.
    pub(super) fn take(&mut self, order: PayOrder, now: Instant) {
        let what = match order {
            PayOrder::Balance { account } => What::Balance { account },
            PayOrder::Hold {
                sale,
                account,
                meter,
                amount,
            } => What::Hold {
                sale,
                account,
                meter,
                amount,
                until: now + HOLD_PATIENCE,
            },
            PayOrder::Code {
                sale,
                reference,
                meter,
                amount,
                description,
                valid,
            } => What::Code {
                sale,
                reference,
                meter,
                amount,
                description,
                valid,
                stage: Stage::Create,
                shown: false,
            },
            PayOrder::Cancel { sale } => return self.close(sale, now),
            PayOrder::Forget { sale } => {
                self.jobs.retain(|job| job.what.sale() != Some(sale));
                return;
            }
        };
        self.jobs.push(Job { what, due: now });
    }

    fn close(&mut self, sale: SaleId, now: Instant) {
        for job in &mut self.jobs {
            if job.what.sale() == Some(sale)
                && let What::Code { stage, .. } = &mut job.what
                // What is paid already is taken: the server would only say so.
                && !matches!(stage, Stage::Take)
            {
                *stage = Stage::Close;
                job.due = now;
            }
        }
    }

    /// How long until something is to be asked; `None`: nothing is.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        let next = self.jobs.iter().map(|job| job.due).min()?;
        Some(next.saturating_duration_since(now))
    }

    /// The call that is due, by its place.
    pub(super) fn next(&self, now: Instant) -> Option<(usize, PayCall)> {
        let place = self.jobs.iter().position(|job| job.due <= now)?;
        Some((place, self.call(&self.jobs[place].what)))
    }

    fn name(&self, sale: SaleId) -> String {
        format!("{}-{}", self.epoch, sale.0)
    }

    fn call(&self, what: &What) -> PayCall {
        let (target, body) = match what {
            What::Balance { account } => ("wallet/balance", json!({ "account": account })),
            What::Hold {
                sale,
                account,
                meter,
                amount,
                ..
            } => (
                "wallet/hold",
                json!({
                    "hold": self.name(*sale), "account": account, "meter": meter, "amount": amount.to_string(),
                }),
            ),
            What::Code { sale, stage, .. } => match stage {
                Stage::Create => ("payments", self.creation(what)),
                Stage::Watch => ("payments/state", json!({ "payment": self.name(*sale) })),
                Stage::Close => ("payments/cancel", json!({ "payment": self.name(*sale) })),
                Stage::Take => ("payments/take", json!({ "payment": self.name(*sale) })),
            },
        };
        PayCall {
            target: format!("/api/v1/{target}"),
            body: body.to_string().into_bytes(),
        }
    }

    fn creation(&self, what: &What) -> Value {
        let What::Code {
            sale,
            reference,
            meter,
            amount,
            description,
            valid,
            ..
        } = what
        else {
            return Value::Null;
        };
        json!({
            "payment": self.name(*sale),
            "sale": reference,
            "meter": meter,
            "amount": amount.to_string(),
            "description": description,
            "valid_seconds": valid.as_secs(),
        })
    }

    /// What the answer to the call at this place means. `Err`: there was none.
    pub(super) fn answered(
        &mut self,
        place: usize,
        answer: Result<&Answered, String>,
        now: Instant,
    ) -> Option<PayEvent> {
        let job = self.jobs.get_mut(place)?;
        let (done, event) = match answer {
            Ok(answered) => job.what.hears(answered),
            Err(why) => job.what.hears_nothing(why, now),
        };
        match done {
            true => {
                self.jobs.remove(place);
            }
            false => job.due = now + AGAIN,
        }
        event
    }
}

impl What {
    fn sale(&self) -> Option<SaleId> {
        match self {
            What::Balance { .. } => None,
            What::Hold { sale, .. } | What::Code { sale, .. } => Some(*sale),
        }
    }

    /// Whether it is over, and what is to be told.
    fn hears_nothing(&mut self, why: String, now: Instant) -> (bool, Option<PayEvent>) {
        match self {
            What::Balance { account } => (
                true,
                Some(PayEvent::Balance {
                    account: account.clone(),
                    balance: None,
                }),
            ),
            What::Hold { sale, until, .. } if now >= *until => {
                (true, Some(PayEvent::NoAnswer { sale: *sale, why }))
            }
            What::Hold { .. } | What::Code { .. } => (false, None),
        }
    }

    fn hears(&mut self, answered: &Answered) -> (bool, Option<PayEvent>) {
        match self {
            What::Balance { account } => (
                true,
                Some(PayEvent::Balance {
                    account: account.clone(),
                    balance: amount(answered, "balance"),
                }),
            ),
            What::Hold { sale, .. } => (true, Some(hold_answer(*sale, answered))),
            What::Code { .. } => self.hears_of_code(answered),
        }
    }

    fn hears_of_code(&mut self, answered: &Answered) -> (bool, Option<PayEvent>) {
        let What::Code {
            sale,
            stage,
            shown,
            valid,
            ..
        } = self
        else {
            return (true, None);
        };
        let sale = *sale;
        let state = answered.text("state");
        match (answered.status, state.as_deref()) {
            (200, Some("taken")) => (true, Some(PayEvent::Taken { sale })),
            (200, Some("paid")) => {
                *stage = Stage::Take;
                (false, None)
            }
            (200, Some("created" | "waiting" | "cancelling" | "abandoned")) => {
                if matches!(stage, Stage::Create) {
                    *stage = Stage::Watch;
                }
                let code = answered.text("code").filter(|_| !*shown);
                let modules = code.and_then(|text| screen_code(&text));
                *shown |= modules.is_some();
                let show = |code| PayEvent::Code {
                    sale,
                    code,
                    left: *valid,
                };
                (false, modules.map(show))
            }
            (200, Some(over)) => (true, Some(refused(sale, over))),
            // Two servers, or an answer that was overtaken: what it is now is asked for.
            (409, _) if matches!(stage, Stage::Take) => {
                *stage = Stage::Watch;
                (false, None)
            }
            (status, _) if temporary(status) => (false, None),
            _ => (true, Some(refused(sale, &words(answered)))),
        }
    }
}

fn hold_answer(sale: SaleId, answered: &Answered) -> PayEvent {
    let state = answered.text("state");
    match (answered.status, state.as_deref()) {
        (200, Some("pending" | "captured")) => PayEvent::Held { sale },
        (409, _) if answered.text("code").as_deref() == Some("insufficient") => PayEvent::Refused {
            sale,
            short: true,
            why: words(answered),
        },
        (status, _) if temporary(status) => PayEvent::NoAnswer {
            sale,
            why: words(answered),
        },
        _ => refused(sale, &words(answered)),
    }
}

fn refused(sale: SaleId, why: &str) -> PayEvent {
    PayEvent::Refused {
        sale,
        short: false,
        why: why.to_owned(),
    }
}

/// The code as the screen shows it; `None` where the text does not fit in one.
fn screen_code(text: &str) -> Option<QrCode> {
    Modules::encode(text).ok()?.for_screen()
}

/// Whether the answer says nothing of the matter: too many calls, or a server or a proxy that cannot just now.
fn temporary(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..)
}

fn words(answered: &Answered) -> String {
    let words = answered.text("message");
    words.unwrap_or_else(|| format!("HTTP {}", answered.status))
}

fn amount(answered: &Answered, name: &str) -> Option<Money> {
    answered.text(name)?.parse().ok()
}

#[cfg(test)]
mod tests;
