//! The rules of payments without cash. One a sale, for all of it, and never beside notes.

use super::rules::{Changed, known, minus, plus, positive, still_open};
use super::{Books, BooksError};
use crate::event::{Event, SaleId};
use crate::limits::{LimitHit, Limits};
use crate::money::Money;
use crate::payment::{Means, Payment, PaymentEvidence, PaymentOutcome, PaymentState};
use crate::sale::Sale;

/// The sale as an event about its payment leaves it.
pub(super) fn pay(books: &Books, event: &Event) -> Changed {
    match event {
        Event::PaymentAsked {
            sale,
            means,
            amount,
        } => ask(books, *sale, means, *amount),
        Event::PaymentTaken { sale, evidence } => take(books, *sale, *evidence),
        Event::PaymentEnded { .. } => end(books, event),
        _ => Ok(None),
    }
}

fn ask(books: &Books, id: SaleId, means: &Means, amount: Money) -> Changed {
    let mut sale = still_open(books, id)?;
    // A note in doubt that is in the box after all is owed, and was never counted as paid.
    let nothing_came = [sale.paid, sale.in_doubt, sale.owed] == [Money::ZERO; 3];
    let untouched = nothing_came && sale.open_note.is_none();
    if !untouched || sale.payment.is_some() {
        return Err(BooksError::PaidOtherwise(id));
    }
    positive(amount)?;
    if amount != sale.target {
        return Err(BooksError::PaymentDiffers(id));
    }
    if let Means::Wallet(account) = means
        && !account.is_valid()
    {
        return Err(BooksError::AccountNumber);
    }
    sale.payment = Some(Payment {
        means: means.clone(),
        amount,
        state: PaymentState::Asked,
    });
    Ok(Some(sale))
}

fn take(books: &Books, id: SaleId, evidence: PaymentEvidence) -> Changed {
    let mut sale = still_open(books, id)?;
    let payment = sale.payment.as_mut().filter(|payment| payment.is_asked());
    let payment = payment.ok_or(BooksError::PaymentNotAsked(id))?;
    if evidence == PaymentEvidence::Offline && !payment.is_wallet() {
        return Err(BooksError::PaymentNotAsked(id));
    }
    payment.state = PaymentState::Taken(evidence);
    let amount = payment.amount;
    sale.paid = plus(sale.paid, amount)?;
    sale.suspense = plus(sale.suspense, amount)?;
    Ok(Some(sale))
}

fn end(books: &Books, event: &Event) -> Changed {
    let Event::PaymentEnded {
        sale: id,
        means,
        meter,
        amount,
        outcome,
        ..
    } = event
    else {
        return Ok(None);
    };
    let mut sale = known(books, *id)?;
    let (found, held) = (sale.meter.number == *meter, sale.suspense);
    let rest_is_there = sale.in_delivery == Money::ZERO && sale.credited == *amount;
    let Some(payment) = sale.payment.as_mut() else {
        return Err(BooksError::PaymentNotAsked(*id));
    };
    if !found || payment.means != *means || payment.amount != *amount {
        return Err(BooksError::PaymentDiffers(*id));
    }
    let fits = match outcome {
        PaymentOutcome::Refused => payment.is_asked(),
        PaymentOutcome::Returned => {
            payment.is_taken() && payment.is_wallet() && held == payment.amount
        }
        PaymentOutcome::Delivered => payment.is_taken() && held == Money::ZERO && rest_is_there,
    };
    if !fits {
        return Err(BooksError::PaymentOutcome(*id));
    }
    payment.state = PaymentState::Ended(*outcome);
    if *outcome == PaymentOutcome::Returned {
        sale.paid = minus(sale.paid, *amount)?;
        sale.suspense = minus(sale.suspense, *amount)?;
    }
    Ok(Some(sale))
}

/// A wallet's money goes to the meter as a whole or back as a whole: what became of it is one word to the server.
pub(super) fn whole(sale: &Sale, amount: Money) -> Result<(), BooksError> {
    let parted = |payment: &Payment| payment.is_wallet() && payment.amount != amount;
    match sale.payment.as_ref().is_some_and(parted) {
        true => Err(BooksError::PaymentDiffers(sale.id)),
        false => Ok(()),
    }
}

/// Whether nothing but notes pays for the sale.
pub(super) fn only_notes(sale: &Sale) -> Result<(), BooksError> {
    match sale.payment {
        Some(_) => Err(BooksError::PaidOtherwise(sale.id)),
        None => Ok(()),
    }
}

/// Whether a wallet may be trusted without the server. Only a card says whose it is, and nobody may run up a debt without bound, so there
/// have to be limits for a card's day and for all that is sold without contact.
pub(super) fn bounded(limits: Option<&Limits>, has_card: bool) -> Result<(), LimitHit> {
    let bounded = limits.is_some_and(|limits| {
        limits.per_card_day.is_some() && limits.since_contact_money.is_some()
    });
    match bounded && has_card {
        true => Ok(()),
        false => Err(LimitHit::WalletOffline),
    }
}
