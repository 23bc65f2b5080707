//! What terminals ask for: to make a payment, how it stands, to close it, to take its money over. All of it may be asked twice.
//! What became of it then, their logs say (`follow`).

use meterpost_ledger::Money;
use meterpost_ledger::signing::LogOrigin;
use sha2::{Digest, Sha256};

use super::apply::{Acting, apply, is_payable};
use super::error::PaymentError;
use super::order::{self, Payment};
use super::state::{Event, State, Step};
use super::{Contract, Payments};
use crate::wallet::{Caller, WalletError, caller, is_id};

/// What a payment is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A sale at the terminal, for a meter.
    Sale {
        /// The terminal's number of the sale.
        sale: String,
        /// The meter's number.
        meter: String,
    },
    /// An account's wallet.
    Wallet {
        /// Whose.
        account: String,
    },
}

/// A payment that is asked for.
#[derive(Clone, Debug)]
pub struct PaymentAsk<'p> {
    /// Chosen by the terminal, and written down there, before it asks.
    pub payment: &'p str,
    /// What for.
    pub purpose: Purpose,
    /// How much.
    pub amount: Money,
    /// What the payer sees: up to 64 characters.
    pub description: &'p str,
    /// Seconds in which it can be paid: 30 to 900.
    pub valid_seconds: u64,
}

/// Our number at the provider follows from the terminal's name for the payment, so that there cannot be a second one for it.
fn number(origin: &LogOrigin, payment: &str) -> String {
    let text = format!("{}\0{}\0{payment}", origin.tenant(), origin.terminal());
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}

fn check(asked: &PaymentAsk<'_>) -> Result<(), WalletError> {
    let named = match &asked.purpose {
        Purpose::Sale { sale, meter } => is_id(sale) && is_id(meter),
        Purpose::Wallet { .. } => true,
    };
    if !is_id(asked.payment) || !named {
        return Err(WalletError::Malformed(
            "payment, sale and meter are 1 to 64 letters, digits and . _ : -",
        ));
    }
    if !is_payable(asked.amount) {
        return Err(WalletError::Malformed(
            "an amount is above zero and at most 100000000.00",
        ));
    }
    let plain = asked.description.chars().all(|c| !c.is_control());
    if !plain || !(1..=64).contains(&asked.description.chars().count()) {
        return Err(WalletError::Malformed(
            "a description has 1 to 64 characters",
        ));
    }
    match (30..=900).contains(&asked.valid_seconds) {
        true => Ok(()),
        false => Err(WalletError::Malformed("valid_seconds is 30 to 900")),
    }
}

impl Payments {
    /// Makes a payment, and waits a little for its code. Asked again, tells how it stands.
    ///
    /// # Errors
    /// [`PaymentError`].
    pub async fn create(
        &self,
        origin: &LogOrigin,
        asked: &PaymentAsk<'_>,
    ) -> Result<Payment, PaymentError> {
        let contract = self.contract(origin.tenant())?;
        check(asked)?;
        let mut connection = self.database.connection().await?;
        let transaction = connection.begin(origin.tenant()).await?;
        let caller = caller(&transaction, origin).await?;
        let terminal = origin.terminal().as_str();
        if let Some(found) = order::find_named(&transaction, terminal, asked.payment).await? {
            return same(found, asked);
        }
        if let Purpose::Wallet { account } = &asked.purpose {
            caller.serves(&transaction, account).await?;
        }
        let payment = self.written(contract, origin, asked);
        let new = payment
            .insert(&transaction, origin.tenant(), origin.epoch())
            .await?;
        if !new {
            let found = order::find_named(&transaction, terminal, asked.payment).await?;
            let gone = || PaymentError::NoPayment(asked.payment.to_owned());
            return same(found.ok_or_else(gone)?, asked);
        }
        transaction.commit().await?;
        // No connection is held while the provider thinks.
        drop(connection);
        let answer = contract.provider.create(&payment.order()).await;
        self.settle(origin.tenant(), &payment.number, answer, "provider")
            .await
    }

    /// The intent, as it is written before the provider hears of it.
    fn written(&self, contract: &Contract, origin: &LogOrigin, asked: &PaymentAsk<'_>) -> Payment {
        let now = (self.clock)();
        Payment {
            number: number(origin, asked.payment),
            terminal: origin.terminal().to_string(),
            payment: asked.payment.to_owned(),
            purpose: asked.purpose.clone(),
            amount: asked.amount,
            description: asked.description.to_owned(),
            state: State::Created,
            code: None,
            received: None,
            made_at: now,
            expires_at: now + asked.valid_seconds,
            changed_at: now,
            next_at: Some(now + contract.schedule.lease),
            attempts: 0,
            trouble: None,
        }
    }

    /// How a terminal's payment stands.
    ///
    /// # Errors
    /// [`PaymentError`].
    pub async fn find(&self, origin: &LogOrigin, payment: &str) -> Result<Payment, PaymentError> {
        let mut connection = self.database.connection().await?;
        let transaction = connection.begin(origin.tenant()).await?;
        let terminal = origin.terminal().as_str();
        let found = order::find_named(&transaction, terminal, payment).await?;
        found.ok_or_else(|| PaymentError::NoPayment(payment.to_owned()))
    }

    /// Closes a payment, and waits a little for the provider's word. Who finds it paid can take the money, or say in its log that it does not.
    ///
    /// # Errors
    /// [`PaymentError`].
    pub async fn cancel(&self, origin: &LogOrigin, payment: &str) -> Result<Payment, PaymentError> {
        let contract = self.contract(origin.tenant())?;
        let (found, _) = self.by_terminal(origin, payment, Event::Cancel).await?;
        if found.state != State::Cancelling {
            return Ok(found);
        }
        let answer = contract.provider.cancel(&found.order()).await;
        self.settle(origin.tenant(), &found.number, answer, "provider")
            .await
    }

    /// Hands the money to the terminal's sale, which delivers only after this. From then on it goes back by the terminal's log or by two
    /// people only.
    ///
    /// # Errors
    /// [`PaymentError::NotNow`] where the money is not here, or on its way back.
    pub async fn take(&self, origin: &LogOrigin, payment: &str) -> Result<Payment, PaymentError> {
        match self.by_terminal(origin, payment, Event::Take).await? {
            (found, Step::Wrong) => Err(PaymentError::NotNow(found.state.name())),
            (found, Step::Stay | Step::Go(_)) => Ok(found),
        }
    }

    async fn by_terminal(
        &self,
        origin: &LogOrigin,
        payment: &str,
        event: Event,
    ) -> Result<(Payment, Step), PaymentError> {
        let contract = self.contract(origin.tenant())?;
        let mut connection = self.database.connection().await?;
        let transaction = connection.begin(origin.tenant()).await?;
        let caller: Caller<'_> = caller(&transaction, origin).await?;
        let terminal = origin.terminal().as_str();
        let found = order::lock_named(&transaction, terminal, payment).await?;
        let mut found = found.ok_or_else(|| PaymentError::NoPayment(payment.to_owned()))?;
        let name = caller.name();
        let acting = Acting {
            tenant: origin.tenant(),
            by: &name,
            now: (self.clock)(),
            schedule: &contract.schedule,
        };
        let step = apply(&transaction, acting, &mut found, event, None).await?;
        transaction.commit().await?;
        Ok((found, step))
    }
}

fn same(found: Payment, asked: &PaymentAsk<'_>) -> Result<Payment, PaymentError> {
    match found.purpose == asked.purpose && found.amount == asked.amount {
        true => Ok(found),
        false => Err(WalletError::Differs(asked.payment.to_owned()).into()),
    }
}
