//! What each event moves between the accounts.

use super::{Books, BooksError};
use crate::account::{Account, Posting};
use crate::event::Event;
use crate::money::Money;
use crate::payment::{Means, PaymentOutcome};

/// The postings of an event, given the books before it. They always sum to zero (invariant 1).
pub fn postings(event: &Event, books: &Books) -> Result<Vec<Posting>, BooksError> {
    use Account::{
        CashBox, CashDifference, CashInDoubt, Collected, Credited, InDelivery, Owed, OwedInDoubt,
        Suspense,
    };
    match event {
        Event::NoteStacked {
            sale: Some(_),
            value,
            ..
        } => transfer(*value, CashBox, Suspense),
        Event::NoteStacked {
            sale: None, value, ..
        } => transfer(*value, CashBox, OwedInDoubt),
        Event::NoteInDoubt { note } => match books.open_note() {
            Some((open, value)) if open == *note => transfer(value, CashInDoubt, OwedInDoubt),
            _ => Err(BooksError::NoteNeverOffered(*note)),
        },
        Event::DoubtEnded { note, .. } => match books.doubted_note() {
            Some((doubted, value)) if doubted == *note => Ok([
                transfer(value, CashBox, CashInDoubt)?,
                transfer(value, OwedInDoubt, Owed)?,
            ]
            .concat()),
            _ => Err(BooksError::NoteNotInDoubt(*note)),
        },
        Event::PaymentTaken { sale, .. } => {
            let payment = books.sale(*sale).and_then(|sale| sale.payment.as_ref());
            let payment = payment.ok_or(BooksError::PaymentNotAsked(*sale))?;
            transfer(payment.amount, asset(&payment.means), Suspense)
        }
        Event::PaymentEnded {
            means,
            amount,
            outcome: PaymentOutcome::Returned,
            ..
        } => transfer(*amount, Suspense, asset(means)),
        Event::DeliveryIntended { amount, .. } => transfer(*amount, Suspense, InDelivery),
        Event::DeliveryApplied { sale, number, .. } => {
            transfer(sent(books, *sale, *number)?, InDelivery, Credited)
        }
        Event::DeliveryVoided { sale, number, .. } => {
            transfer(sent(books, *sale, *number)?, InDelivery, Suspense)
        }
        Event::ClaimIssued { amount, .. } => transfer(*amount, Suspense, Owed),
        Event::Collected { .. } => match books.till().total() {
            Some(Money::ZERO) => Ok(Vec::new()),
            Some(worth) => transfer(worth, Collected, CashBox),
            None => Err(BooksError::Overflow),
        },
        Event::CollectionCounted {
            period, counted, ..
        } => {
            let expected = books.till().uncounted().find(|(p, _)| p == period);
            let (_, expected) = expected.ok_or(BooksError::NothingToCount { period: *period })?;
            let missing = expected.checked_sub(*counted).ok_or(BooksError::Overflow)?;
            match missing {
                Money::ZERO => Ok(Vec::new()),
                missing => transfer(missing, CashDifference, Collected),
            }
        }
        Event::LogCreated { .. }
        | Event::Started { .. }
        | Event::SaleOpened { .. }
        | Event::NoteOffered { .. }
        | Event::NoteAcknowledged
        | Event::NoteReturned { .. }
        | Event::PaymentAsked { .. }
        | Event::PaymentEnded { .. }
        | Event::DeliveryUnknown { .. }
        | Event::SlipIntended { .. }
        | Event::SlipDone { .. }
        | Event::SaleClosed { .. }
        | Event::DeviceChanged { .. }
        | Event::CashBoxRemoved
        | Event::CashBoxReplaced
        | Event::BooksStated { .. }
        | Event::Contact { .. }
        | Event::BulletinApplied { .. }
        | Event::KeyRotated { .. }
        | Event::CommandEnded { .. }
        | Event::StaffActed { .. }
        | Event::ClockStepped { .. } => Ok(Vec::new()),
    }
}

/// Where money paid so is.
fn asset(means: &Means) -> Account {
    match means {
        Means::Wallet(_) => Account::Wallets,
        Means::Code => Account::Provider,
    }
}

/// The amount of the sale's last delivery, which has this number.
fn sent(books: &Books, sale: crate::event::SaleId, number: u32) -> Result<Money, BooksError> {
    books
        .sale(sale)
        .ok_or(BooksError::NoSuchSale(sale))?
        .last_delivery()
        .filter(|delivery| delivery.number == number)
        .map(|delivery| delivery.amount)
        .ok_or(BooksError::DeliveryNeverIntended { sale, number })
}

fn transfer(amount: Money, plus: Account, minus: Account) -> Result<Vec<Posting>, BooksError> {
    let negated = Money::ZERO
        .checked_sub(amount)
        .ok_or(BooksError::Overflow)?;
    Ok(vec![
        Posting {
            account: plus,
            amount,
        },
        Posting {
            account: minus,
            amount: negated,
        },
    ])
}
