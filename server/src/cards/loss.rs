//! A loss that a resident reports at a terminal. Whoever finds a card has its number and does not know whose meter it pays for; whoever
//! knows a neighbour's meter does not know the card's number: so both are asked for, and neither can be found out by trying.
//! It is undone at a desk by `found`.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::{LogOrigin, TenantId};

use super::life::{CardAct, CardKind, CardState};
use super::register::{locked, step};
use super::{Card, CardError};
use crate::database::DatabaseError;

/// The act's name in the trail of acts.
pub const ACT: &str = "card.loss";
/// Wrong tries for one meter in a day. Card numbers are handed out in order, so they could be counted through.
const TRIES_METER: i64 = 5;
/// Wrong tries at one terminal in a day.
const TRIES_TERMINAL: i64 = 30;
/// Longest number of a meter or a card that is looked for, in digits.
const LONGEST: usize = 32;

/// What the resident typed.
#[derive(Clone, Copy, Debug)]
pub struct Loss<'l> {
    /// The number of one of the account's meters.
    pub meter: &'l str,
    /// The card's number without what is not a digit: `000123` of C-000123.
    pub digits: &'l str,
}

impl Loss<'_> {
    /// Whether both can be numbers at all.
    pub fn is_plain(&self) -> bool {
        let plain = |text: &str| {
            (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        plain(self.meter) && plain(self.digits)
    }

    /// What the trail says it is about.
    pub fn object(&self) -> String {
        format!("meter {}", self.meter)
    }
}

/// The card that was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// Its number.
    pub number: String,
    /// Its state now: not valid.
    pub state: CardState,
    /// Whether it was valid until now.
    pub changed: bool,
}

/// Who reports, in the trail.
pub fn actor(origin: &LogOrigin) -> String {
    format!("terminal {}", origin.terminal())
}

/// Refuses where too many tries were wrong in the last day, for this meter or at this terminal.
///
/// # Errors
/// [`CardError::TooManyTries`], and the database's.
pub async fn allow(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    loss: &Loss<'_>,
) -> Result<(), CardError> {
    let wrong = |column| {
        format!(
            "SELECT count(*) FROM audit WHERE tenant = $1 AND {column} = $2 AND act = 'card.loss' \
             AND outcome = 'no_card' AND at > now() - interval '1 day'"
        )
    };
    let tenant = origin.tenant().as_str();
    for (column, value, most) in [
        ("object", loss.object(), TRIES_METER),
        ("actor", actor(origin), TRIES_TERMINAL),
    ] {
        let row = transaction
            .query_one(&wrong(column), &[&tenant, &value])
            .await?;
        if row.try_get::<_, i64>(0)? >= most {
            return Err(CardError::TooManyTries);
        }
    }
    Ok(())
}

/// The card is lost from now on; one that is not valid already stays as it is. Only a resident's card of the meter's own account, in the
/// terminal's district, is meant; nothing says which of these did not fit.
///
/// # Errors
/// [`CardError::NoCard`], and the database's.
pub async fn report(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    loss: &Loss<'_>,
) -> Result<Reported, CardError> {
    let tenant = origin.tenant();
    let number = meant(transaction, origin, loss).await?;
    let number = number.ok_or_else(|| CardError::NoCard(loss.digits.to_owned()))?;
    let card = locked(transaction, tenant, &number).await?;
    let state = lose(transaction, tenant, &card).await?;
    Ok(Reported {
        changed: state != card.state,
        number,
        state,
    })
}

async fn lose(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    card: &Card,
) -> Result<CardState, CardError> {
    match card.state {
        CardState::Issued => step(transaction, tenant, card, CardAct::ReportLost).await,
        CardState::Lost | CardState::Revoked | CardState::Reclaimed => Ok(card.state),
        // Nobody can have lost it yet.
        CardState::Ordered => Err(CardError::NoCard(card.number.clone())),
    }
}

async fn meant(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    loss: &Loss<'_>,
) -> Result<Option<String>, DatabaseError> {
    // Where two numbers have the same digits, the valid one is meant.
    let found = transaction
        .query_opt(
            "SELECT card.number FROM card JOIN account USING (tenant, account) JOIN meter USING (tenant, account) \
             JOIN terminal ON terminal.tenant = card.tenant AND terminal.district = account.district \
             WHERE card.tenant = $1 AND terminal.terminal = $2 AND meter.number = $3 AND card.kind = $4 \
             AND regexp_replace(card.number, '[^0-9]', '', 'g') = $5 \
             ORDER BY card.state <> 'issued', card.number LIMIT 1",
            &[
                &origin.tenant().as_str(),
                &origin.terminal().as_str(),
                &loss.meter,
                &CardKind::Resident.name(),
                &loss.digits,
            ],
        )
        .await?;
    Ok(found.map(|row| row.try_get(0)).transpose()?)
}
