//! The rules: what each event needs to have happened before, and what it makes of its sale.

use super::payments::{only_notes, pay, whole};
use super::{Books, BooksError, Doubted, LastNote};
use crate::event::{Event, MeterPurse, NoteId, SaleId, Slip};
use crate::money::Money;
use crate::payment::Payment;
use crate::sale::{Delivery, DeliveryState, Sale, SlipRecord};

pub(super) type Changed = Result<Option<Sale>, BooksError>;

/// The sale as the event leaves it, or the rule it breaks; `None` where it touches no sale.
pub(super) fn changed_sale(books: &Books, event: &Event) -> Changed {
    match (event, books.created) {
        (Event::LogCreated { .. }, true) => return Err(BooksError::CreatedAlready),
        (Event::LogCreated { .. }, false) => return Ok(None),
        (_, false) => return Err(BooksError::NotCreated),
        (_, true) => {}
    }
    match event {
        Event::SaleOpened { .. } => open_sale(books, event),
        Event::NoteOffered { sale, note, value } => offer_note(books, *sale, *note, *value),
        Event::NoteStacked {
            sale, note, value, ..
        } => stack_note(books, *sale, *note, *value),
        Event::NoteReturned { note, .. } => end_note(books, *note).map(|(sale, _)| Some(sale)),
        Event::NoteInDoubt { note } => {
            let (mut sale, value) = end_note(books, *note)?;
            sale.in_doubt = plus(sale.in_doubt, value)?;
            Ok(Some(sale))
        }
        Event::DoubtEnded { note, .. } => end_doubt(books, *note),
        Event::NoteAcknowledged => match books.last_note {
            Some(last) if !last.acknowledged => Ok(None),
            _ => Err(BooksError::NothingToAcknowledge),
        },
        Event::PaymentAsked { .. } | Event::PaymentTaken { .. } | Event::PaymentEnded { .. } => {
            pay(books, event)
        }
        Event::DeliveryIntended { .. }
        | Event::DeliveryApplied { .. }
        | Event::DeliveryVoided { .. }
        | Event::DeliveryUnknown { .. } => deliver(books, event),
        Event::ClaimIssued { sale, amount, .. } => issue_claim(books, *sale, *amount),
        Event::SlipIntended {
            sale,
            slip,
            copy,
            amount,
        } => intend_slip(books, *sale, *slip, *copy, *amount),
        Event::SlipDone { .. } => end_slip(books, event),
        Event::SaleClosed { sale } => close_sale(books, *sale),
        Event::LogCreated { .. }
        | Event::Started { .. }
        | Event::DeviceChanged { .. }
        | Event::CashBoxRemoved
        | Event::CashBoxReplaced
        | Event::BooksStated { .. }
        | Event::Contact { .. }
        | Event::BulletinApplied { .. }
        | Event::KeyRotated { .. }
        | Event::Collected { .. }
        | Event::CollectionCounted { .. }
        | Event::CommandEnded { .. }
        | Event::StaffActed { .. }
        | Event::ClockStepped { .. } => Ok(None),
    }
}

fn deliver(books: &Books, event: &Event) -> Changed {
    match event {
        Event::DeliveryIntended {
            sale,
            number,
            amount,
            before,
        } => intend_delivery(books, *sale, *number, *amount, before),
        Event::DeliveryApplied {
            sale,
            number,
            after,
        } => end_delivery(books, *sale, *number, DeliveryState::Applied(*after)),
        Event::DeliveryVoided {
            sale,
            number,
            reason,
        } => end_delivery(books, *sale, *number, DeliveryState::Voided(reason.clone())),
        Event::DeliveryUnknown {
            sale,
            number,
            reason,
        } => end_delivery(
            books,
            *sale,
            *number,
            DeliveryState::Unknown(reason.clone()),
        ),
        _ => Ok(None),
    }
}

/// The next sale's and the next note's number after the event.
pub(super) fn next_numbers(books: &Books, event: &Event) -> Result<(SaleId, NoteId), BooksError> {
    let after = |number: u64| number.checked_add(1).ok_or(BooksError::Overflow);
    match event {
        Event::SaleOpened { sale, .. } => Ok((SaleId(after(sale.0)?), books.next_note)),
        Event::NoteOffered { note, .. } => Ok((books.next_sale, NoteId(after(note.0)?))),
        _ => Ok((books.next_sale, books.next_note)),
    }
}

/// The note stacked last and the note in doubt, after the event.
pub(super) fn notes(books: &Books, event: &Event) -> (Option<LastNote>, Option<Doubted>) {
    let doubted = match (event, books.open_sale(), books.open_note()) {
        (Event::NoteInDoubt { note }, Some(sale), Some((_, value))) => Some(Doubted {
            note: *note,
            sale: sale.id,
            value,
        }),
        // Once the validator takes another note, its word on the last one is over.
        (Event::DoubtEnded { .. } | Event::NoteOffered { .. }, _, _) => None,
        _ => books.doubted,
    };
    let last = match (event, books.doubted) {
        (Event::DoubtEnded { evidence, .. }, Some(doubted)) => Some(LastNote {
            note: Some(doubted.note),
            sale: Some(doubted.sale),
            value: doubted.value,
            evidence: *evidence,
            acknowledged: false,
        }),
        _ => last_note(books.last_note, event),
    };
    (last, doubted)
}

fn last_note(last: Option<LastNote>, event: &Event) -> Option<LastNote> {
    match event {
        Event::NoteStacked {
            sale,
            note,
            value,
            evidence,
        } => Some(LastNote {
            note: *note,
            sale: *sale,
            value: *value,
            evidence: *evidence,
            acknowledged: false,
        }),
        Event::NoteAcknowledged => last.map(|last| LastNote {
            acknowledged: true,
            ..last
        }),
        _ => last,
    }
}

fn open_sale(books: &Books, event: &Event) -> Changed {
    let Event::SaleOpened {
        sale,
        meter,
        target,
        before,
        card,
    } = event
    else {
        return Ok(None);
    };
    if let Some(open) = books.open_sale() {
        return Err(BooksError::SaleOpenAlready(open.id));
    }
    if *sale != books.next_sale {
        return Err(BooksError::SaleNumber {
            expected: books.next_sale,
            found: *sale,
        });
    }
    positive(*target)?;
    Ok(Some(Sale {
        id: *sale,
        meter: meter.clone(),
        target: *target,
        before: *before,
        card: card.clone(),
        paid: Money::ZERO,
        notes: Vec::new(),
        suspense: Money::ZERO,
        in_delivery: Money::ZERO,
        credited: Money::ZERO,
        owed: Money::ZERO,
        open_note: None,
        in_doubt: Money::ZERO,
        deliveries: Vec::new(),
        slips: Vec::new(),
        closed: false,
        payment: None,
    }))
}

fn offer_note(books: &Books, sale: SaleId, note: NoteId, value: Money) -> Changed {
    let mut sale = still_open(books, sale)?;
    only_notes(&sale)?;
    if let Some((open, _)) = books.open_note() {
        return Err(BooksError::NoteOpenAlready(open));
    }
    if note != books.next_note {
        return Err(BooksError::NoteNumber {
            expected: books.next_note,
            found: note,
        });
    }
    positive(value)?;
    sale.open_note = Some((note, value));
    Ok(Some(sale))
}

fn stack_note(books: &Books, sale: Option<SaleId>, note: Option<NoteId>, value: Money) -> Changed {
    positive(value)?;
    let mut paid_for = match (note, sale) {
        // Money found with no sale open belongs to none.
        (None, None) => return Ok(None),
        (None, Some(sale)) => still_open(books, sale)?,
        (Some(note), sale) => {
            let (offered_for, _) = end_note(books, note)?;
            if sale != Some(offered_for.id) {
                return Err(BooksError::NoteOfOtherSale {
                    note,
                    sale: offered_for.id,
                });
            }
            offered_for
        }
    };
    only_notes(&paid_for)?;
    // The value may differ from the one offered: the validator's credit is the last word.
    paid_for.paid = plus(paid_for.paid, value)?;
    paid_for.notes.push(value);
    paid_for.suspense = plus(paid_for.suspense, value)?;
    Ok(Some(paid_for))
}

/// The sale without its open note, and the note's value.
fn end_note(books: &Books, note: NoteId) -> Result<(Sale, Money), BooksError> {
    match (books.open_sale(), books.open_note()) {
        (Some(sale), Some((open, value))) if open == note => {
            let mut sale = sale.clone();
            sale.open_note = None;
            Ok((sale, value))
        }
        _ if note.0 > 0 && note < books.next_note => Err(BooksError::NoteDecided(note)),
        _ => Err(BooksError::NoteNeverOffered(note)),
    }
}

/// The sale without its doubt: the note is in the box, and owed for certain.
fn end_doubt(books: &Books, note: NoteId) -> Changed {
    let doubted = books
        .doubted
        .filter(|doubted| doubted.note == note)
        .ok_or(BooksError::NoteNotInDoubt(note))?;
    let mut sale = known(books, doubted.sale)?;
    sale.in_doubt = minus(sale.in_doubt, doubted.value)?;
    sale.owed = plus(sale.owed, doubted.value)?;
    Ok(Some(sale))
}

fn intend_delivery(
    books: &Books,
    sale: SaleId,
    number: u32,
    amount: Money,
    before: &MeterPurse,
) -> Changed {
    let mut sale = still_open(books, sale)?;
    // Over all sales: a delivery left unknown by an earlier one holds its purchase number.
    if let Some(other) = books.pending_for_meter(&sale.meter.number) {
        return Err(BooksError::DeliveryOpenAlready {
            sale: other.id,
            number: other.last_delivery().map_or(0, |d| d.number),
        });
    }
    if before.purchase_number.checked_add(1) != Some(number) {
        return Err(BooksError::DeliveryNumber {
            number,
            last: before.purchase_number,
        });
    }
    take_from_suspense(&mut sale, amount)?;
    whole(&sale, amount)?;
    sale.in_delivery = plus(sale.in_delivery, amount)?;
    sale.deliveries.push(Delivery {
        number,
        amount,
        before: *before,
        state: DeliveryState::Intended,
    });
    Ok(Some(sale))
}

fn end_delivery(books: &Books, id: SaleId, number: u32, state: DeliveryState) -> Changed {
    let mut sale = known(books, id)?;
    let open = sale.delivery_open();
    let sent = sale.deliveries.iter().any(|d| d.number == number);
    let delivery = match sale.deliveries.last_mut() {
        Some(delivery) if open && delivery.number == number => delivery,
        _ if sent => return Err(BooksError::DeliveryDecided { sale: id, number }),
        _ => return Err(BooksError::DeliveryNeverIntended { sale: id, number }),
    };
    let amount = delivery.amount;
    delivery.state = state.clone();
    match state {
        DeliveryState::Applied(_) => {
            sale.in_delivery = minus(sale.in_delivery, amount)?;
            sale.credited = plus(sale.credited, amount)?;
        }
        DeliveryState::Voided(_) => {
            sale.in_delivery = minus(sale.in_delivery, amount)?;
            sale.suspense = plus(sale.suspense, amount)?;
        }
        DeliveryState::Unknown(_) | DeliveryState::Intended => {}
    }
    Ok(Some(sale))
}

fn issue_claim(books: &Books, sale: SaleId, amount: Money) -> Changed {
    let mut sale = known(books, sale)?;
    if sale.payment.as_ref().is_some_and(Payment::is_wallet) {
        return Err(BooksError::PaymentOutcome(sale.id));
    }
    take_from_suspense(&mut sale, amount)?;
    sale.owed = plus(sale.owed, amount)?;
    Ok(Some(sale))
}

fn intend_slip(
    books: &Books,
    sale: SaleId,
    slip: Slip,
    copy: u32,
    amount: Option<Money>,
) -> Changed {
    let mut sale = known(books, sale)?;
    let says = sale.slip_amount(slip);
    if let Some(amount) = amount.filter(|amount| *amount != says) {
        return Err(BooksError::SlipAmount { amount, says });
    }
    if let Some(open) = sale.slips.last().filter(|slip| slip.outcome.is_none()) {
        return Err(BooksError::SlipOpenAlready {
            sale: sale.id,
            slip: open.slip,
        });
    }
    sale.slips.push(SlipRecord {
        slip,
        copy,
        outcome: None,
    });
    Ok(Some(sale))
}

fn end_slip(books: &Books, event: &Event) -> Changed {
    let Event::SlipDone {
        sale: id,
        slip,
        outcome,
    } = event
    else {
        return Ok(None);
    };
    let mut sale = known(books, *id)?;
    match sale.slips.last_mut() {
        Some(open) if open.outcome.is_none() && open.slip == *slip => {
            open.outcome = Some(outcome.clone());
            Ok(Some(sale))
        }
        _ => Err(BooksError::SlipNotOpen {
            sale: *id,
            slip: *slip,
        }),
    }
}

fn close_sale(books: &Books, id: SaleId) -> Changed {
    let mut sale = still_open(books, id)?;
    if let Some((note, _)) = sale.open_note {
        return Err(BooksError::ClosingWithNote { sale: id, note });
    }
    if sale.payment.as_ref().is_some_and(Payment::is_asked) {
        return Err(BooksError::ClosingWithPayment(id));
    }
    if sale.suspense != Money::ZERO {
        return Err(BooksError::ClosingWithMoney {
            sale: id,
            suspense: sale.suspense,
        });
    }
    if let Some(delivery) = sale.last_delivery()
        && delivery.state == DeliveryState::Intended
    {
        return Err(BooksError::ClosingWithDelivery {
            sale: id,
            number: delivery.number,
        });
    }
    sale.closed = true;
    Ok(Some(sale))
}

fn take_from_suspense(sale: &mut Sale, amount: Money) -> Result<(), BooksError> {
    positive(amount)?;
    if amount > sale.suspense {
        return Err(BooksError::MoreThanSuspense {
            sale: sale.id,
            asked: amount,
            suspense: sale.suspense,
        });
    }
    sale.suspense = minus(sale.suspense, amount)?;
    Ok(())
}

pub(super) fn known(books: &Books, id: SaleId) -> Result<Sale, BooksError> {
    books.sale(id).cloned().ok_or(BooksError::NoSuchSale(id))
}

pub(super) fn still_open(books: &Books, id: SaleId) -> Result<Sale, BooksError> {
    let sale = known(books, id)?;
    if sale.closed {
        return Err(BooksError::SaleClosed(id));
    }
    Ok(sale)
}

pub(super) fn positive(amount: Money) -> Result<(), BooksError> {
    if amount > Money::ZERO {
        Ok(())
    } else {
        Err(BooksError::AmountNotPositive(amount))
    }
}

pub(super) fn plus(a: Money, b: Money) -> Result<Money, BooksError> {
    a.checked_add(b).ok_or(BooksError::Overflow)
}

pub(super) fn minus(a: Money, b: Money) -> Result<Money, BooksError> {
    a.checked_sub(b).ok_or(BooksError::Overflow)
}
