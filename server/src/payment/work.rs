//! The background task: whatever is due on a payment, after a restart too. A payment is leased for the length of a call in a
//! transaction of its own, so several servers on one database share the work, and what a dead one had begun is taken up when its
//! lease ends.

use std::sync::Arc;
use std::time::Duration;

use meterpost_ledger::signing::TenantId;
use tokio::sync::Semaphore;

use super::apply::{Acting, apply, take_in};
use super::error::PaymentError;
use super::merchant::{SignatureHeader, WireError};
use super::order::{self, Payment};
use super::provider::{Answer, Report};
use super::state::{Event, State};
use super::{Contract, Payments};

/// Payments of one tenant that are worked on at a time by one server.
const WORKERS: usize = 4;
/// Between two looks for something due.
const LOOK: Duration = Duration::from_millis(500);
/// After the database failed.
const REST: Duration = Duration::from_secs(3);

impl Payments {
    /// Starts the work for every tenant. It ends with the program; at any point that is a crash, and no harm.
    pub fn start(self: &Arc<Self>) {
        for tenant in self.contracts.keys() {
            let (payments, tenant) = (self.clone(), tenant.clone());
            tokio::spawn(async move { payments.work(&tenant).await });
        }
    }

    /// Looks for what is due, and has it done side by side.
    async fn work(self: &Arc<Self>, tenant: &TenantId) {
        let places = Arc::new(Semaphore::new(WORKERS));
        loop {
            let Ok(place) = places.clone().acquire_owned().await else {
                return;
            };
            match self.lease(tenant).await {
                Ok(Some(leased)) => {
                    let (payments, tenant) = (self.clone(), tenant.clone());
                    tokio::spawn(async move {
                        if let Err(error) = payments.finish(&tenant, &leased).await {
                            tracing::error!(%tenant, number = leased.number, %error, "work on a payment failed");
                        }
                        drop(place);
                    });
                }
                Ok(None) => tokio::time::sleep(LOOK).await,
                Err(error) => {
                    tracing::error!(%tenant, %error, "payments that are due cannot be found");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }

    async fn finish(&self, tenant: &TenantId, leased: &Payment) -> Result<(), PaymentError> {
        if let Some(answer) = self.ask_provider(tenant, leased).await? {
            self.settle(tenant, &leased.number, answer, "provider")
                .await?;
        }
        Ok(())
    }

    /// One payment on which something is due, leased, with what only the passing of time decides done already.
    ///
    /// # Errors
    /// [`PaymentError`].
    pub async fn lease(&self, tenant: &TenantId) -> Result<Option<Payment>, PaymentError> {
        let contract = self.contract(tenant)?;
        let mut connection = self.database.connection().await?;
        let transaction = connection.begin(tenant).await?;
        let now = (self.clock)();
        let Some(mut payment) = order::lock_due(&transaction, tenant, now).await? else {
            return Ok(None);
        };
        let acting = Acting {
            tenant,
            by: "server",
            now,
            schedule: &contract.schedule,
        };
        if let Some(event) = overdue(&payment, contract, now) {
            apply(&transaction, acting, &mut payment, event, None).await?;
        }
        payment.attempts = payment.attempts.saturating_add(1);
        payment.next_at = Some(now + contract.schedule.lease);
        payment.store(&transaction).await?;
        transaction.commit().await?;
        Ok(Some(payment))
    }

    /// Asks the provider what the payment's state calls for; `None` where there is nothing to ask.
    ///
    /// # Errors
    /// [`PaymentError::NoProvider`].
    pub async fn ask_provider(
        &self,
        tenant: &TenantId,
        payment: &Payment,
    ) -> Result<Option<Answer>, PaymentError> {
        let provider = &self.contract(tenant)?.provider;
        let order = payment.order();
        Ok(match payment.state {
            State::Created => {
                // Whatever became of the first request: the provider says whether it knows our number.
                let known = provider.query(&order).await;
                match known {
                    Answer::Report(Report::NoOrder) if (self.clock)() < order.expires_at => {
                        Some(provider.create(&order).await)
                    }
                    // That it tells us nothing does not say that it has not taken the order on.
                    Answer::Refused(why) => Some(Answer::Unknown(why)),
                    known => Some(known),
                }
            }
            State::Cancelling | State::Abandoned => Some(provider.cancel(&order).await),
            State::Waiting | State::Cancelled | State::Expired | State::Refused => {
                Some(provider.query(&order).await)
            }
            State::PaidLate | State::Refunding => match &payment.received {
                Some(received) => Some(provider.refund(&order, received.amount).await),
                None => None,
            },
            State::Paid | State::Taken | State::Refunded => None,
        })
    }

    /// Takes an answer in, whatever happened to the payment meanwhile.
    ///
    /// # Errors
    /// [`PaymentError`].
    pub async fn settle(
        &self,
        tenant: &TenantId,
        number: &str,
        answer: Answer,
        by: &str,
    ) -> Result<Payment, PaymentError> {
        let contract = self.contract(tenant)?;
        let acting = Acting {
            tenant,
            by,
            now: (self.clock)(),
            schedule: &contract.schedule,
        };
        match self.settle_once(acting, number, answer).await {
            // Nothing of it was stored; people have to see it, and it is tried again later.
            Err(error @ PaymentError::Transaction(_)) => {
                let answer = Answer::Unknown(error.to_string());
                self.settle_once(acting, number, answer).await
            }
            result => result,
        }
    }

    async fn settle_once(
        &self,
        acting: Acting<'_>,
        number: &str,
        answer: Answer,
    ) -> Result<Payment, PaymentError> {
        let mut connection = self.database.connection().await?;
        let transaction = connection.begin(acting.tenant).await?;
        let found = order::lock(&transaction, number).await?;
        let mut payment = found.ok_or_else(|| PaymentError::NoPayment(number.to_owned()))?;
        take_in(&transaction, acting, &mut payment, answer).await?;
        transaction.commit().await?;
        Ok(payment)
    }

    /// Takes in what the provider tells by itself. Told twice or late it changes nothing; where an amount is not the order's, nothing is
    /// believed and the provider is asked.
    ///
    /// # Errors
    /// [`PaymentError::Callback`] and [`PaymentError::Amount`]; nothing has changed then.
    pub async fn told(&self, header: &[u8], body: &[u8]) -> Result<(), PaymentError> {
        let merchant = SignatureHeader::parse(header)?.merchant;
        let tenant = self
            .merchants
            .get(&merchant)
            .ok_or(WireError::OtherMerchant)?;
        let told = self.contract(tenant)?.provider.told(header, body)?;
        let mut connection = self.database.connection().await?;
        let transaction = connection.begin(tenant).await?;
        let found = order::lock(&transaction, &told.number).await?;
        let mut payment = found.ok_or_else(|| PaymentError::NoPayment(told.number.clone()))?;
        let whole = match &told.report {
            Report::Paid(received) => received.amount == payment.amount,
            _ => true,
        };
        if told.amount != payment.amount || !whole {
            tracing::warn!(%tenant, number = payment.number, "a callback with another amount");
            if asks(payment.state) {
                payment.next_at = Some((self.clock)());
                payment.store(&transaction).await?;
                transaction.commit().await?;
            }
            return Err(PaymentError::Amount);
        }
        drop(transaction);
        drop(connection);
        let answer = Answer::Report(told.report);
        self.settle(tenant, &told.number, answer, "provider")
            .await?;
        Ok(())
    }

    /// How long everything waits for a tenant.
    ///
    /// # Errors
    /// [`PaymentError::NoProvider`].
    pub fn schedule(&self, tenant: &TenantId) -> Result<&super::Schedule, PaymentError> {
        Ok(&self.contract(tenant)?.schedule)
    }
}

/// Whether the provider's word can still change something.
fn asks(state: State) -> bool {
    !matches!(state, State::Paid | State::Taken | State::Refunded)
}

/// What the passing of time decides.
fn overdue(payment: &Payment, contract: &Contract, now: u64) -> Option<Event> {
    let schedule = &contract.schedule;
    match payment.state {
        State::Created | State::Waiting if now > payment.expires_at + schedule.grace => {
            Some(Event::Cancel)
        }
        State::Paid if now >= payment.changed_at + schedule.untaken => Some(Event::GiveBack),
        _ => None,
    }
}
