//! The books: everything the entries add up to. They are only ever the fold of the log, never stored beside it.

mod error;
mod payments;
mod postings;
mod rules;
mod snapshot;
mod standing;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::account::Posting;
use crate::balances::Balances;
use crate::entry::Stamp;
use crate::event::{CardRef, Event, NoteEvidence, NoteId, SaleId};
use crate::limits::{LimitHit, Limits};
use crate::money::Money;
use crate::sale::Sale;
use crate::till::Till;
pub use error::BooksError;
use meterpost_signing::PublicKey;
pub use postings::postings;
use standing::Standing;

/// How many sales are kept in memory. Beyond that the oldest settled ones are forgotten; a sale whose money or claim is
/// not settled is kept however old it is.
pub const SALES_KEPT: usize = 256;

/// The note stacked last, to recognise a credit that the validator repeats because it was not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastNote {
    /// The intent it answered, if any.
    pub note: Option<NoteId>,
    /// The sale it paid for, if any.
    pub sale: Option<SaleId>,
    /// Its value.
    pub value: Money,
    /// How it is known to be in the cash box.
    pub evidence: NoteEvidence,
    /// Whether the validator has been told.
    pub acknowledged: bool,
}

/// The fold of all entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Books {
    created: bool,
    balances: Balances,
    /// Shared, because every commit works on a copy of the books until it is durable.
    sales: BTreeMap<SaleId, Arc<Sale>>,
    open_sale: Option<SaleId>,
    next_sale: SaleId,
    next_note: NoteId,
    last_note: Option<LastNote>,
    doubted: Option<Doubted>,
    standing: Standing,
}

/// A note whose whereabouts are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Doubted {
    note: NoteId,
    sale: SaleId,
    value: Money,
}

impl Default for Books {
    fn default() -> Books {
        Books {
            created: false,
            balances: Balances::default(),
            sales: BTreeMap::new(),
            open_sale: None,
            next_sale: SaleId(1),
            next_note: NoteId(1),
            last_note: None,
            doubted: None,
            standing: Standing::default(),
        }
    }
}

impl Books {
    /// Books without any entry.
    pub fn new() -> Books {
        Books::default()
    }

    /// Takes an event in and gives its postings, or says which rule it breaks and stays as it was.
    pub fn apply(&mut self, event: &Event) -> Result<Vec<Posting>, BooksError> {
        let changed = rules::changed_sale(self, event)?;
        let standing = standing::changed_standing(self, event)?;
        let postings = postings(event, self)?;
        let balances = self
            .balances
            .posted(&postings)
            .ok_or(BooksError::Overflow)?;
        let (next_sale, next_note) = rules::next_numbers(self, event)?;
        let (last_note, doubted) = rules::notes(self, event);
        // Nothing below can fail.
        self.created = true;
        self.balances = balances;
        self.next_sale = next_sale;
        self.next_note = next_note;
        self.last_note = last_note;
        self.doubted = doubted;
        self.standing = standing;
        if let Some(sale) = changed {
            self.keep(sale);
        }
        Ok(postings)
    }

    fn keep(&mut self, sale: Sale) {
        if !sale.closed {
            self.open_sale = Some(sale.id);
        } else if self.open_sale == Some(sale.id) {
            self.open_sale = None;
        }
        self.sales.insert(sale.id, Arc::new(sale));
        if self.sales.len() > SALES_KEPT {
            // The validator may still account for a note in doubt; its sale is needed then.
            let doubted = self.doubted.map(|doubted| doubted.sale);
            let mut settled = self.sales.values().filter(|sale| sale.settled());
            let oldest = settled.find(|sale| Some(sale.id) != doubted);
            if let Some(id) = oldest.map(|sale| sale.id) {
                self.sales.remove(&id);
            }
        }
    }

    /// Moves the books' clock. To be called with each entry's stamp before its event is applied; limits count time by it.
    pub fn pass(&mut self, stamp: &Stamp) {
        self.standing.pass(stamp);
    }

    /// How many entries they add up.
    #[cfg(test)]
    pub(crate) fn size(&self) -> u64 {
        self.standing.entries
    }

    /// When the last entry was written.
    pub fn last_stamp(&self) -> Option<Stamp> {
        self.standing.last
    }

    /// The keys after the log's first, each with the first size it signs.
    pub fn keys(&self) -> &[(u64, PublicKey)] {
        &self.standing.keys
    }

    /// The key that signs now, where it is not the log's first.
    pub fn current_key(&self) -> Option<PublicKey> {
        self.standing.keys.last().map(|(_, key)| *key)
    }

    /// The limits in force, if any were set.
    pub fn limits(&self) -> Option<&Limits> {
        self.standing.limits.as_ref()
    }

    /// Whether the limits in force let a sale of this amount begin now.
    pub fn allows_sale(&self, target: Money, card: Option<&CardRef>) -> Result<(), LimitHit> {
        self.standing.allow_sale(target, card)
    }

    /// Whether the limits in force let the open sale take a note of this value.
    pub fn allows_note(&self, value: Money) -> Result<(), LimitHit> {
        match self.open_sale() {
            Some(sale) => self
                .standing
                .allow_note(sale.paid, value, sale.card.as_ref()),
            None => Ok(()),
        }
    }

    /// Whether the open sale, paid from a wallet, may go on without the server.
    pub fn allows_offline(&self, amount: Money, card: Option<&CardRef>) -> Result<(), LimitHit> {
        self.standing.allow_offline(amount, card)
    }

    /// The wall clock of the last entry, in Unix milliseconds; 0 before the first.
    pub fn last_wall(&self) -> u64 {
        self.standing.wall()
    }

    /// The version of the bulletin of this kind in force.
    pub fn bulletin_version(&self, kind: &str) -> Option<u64> {
        self.standing.bulletins.get(kind).copied()
    }

    /// The version of the command that was given and has not ended.
    pub fn open_command(&self) -> Option<u64> {
        self.standing.open_command()
    }

    /// The size that a witness cosigned last.
    pub fn last_contact(&self) -> Option<u64> {
        self.standing.contact.map(|contact| contact.size)
    }

    /// The terminal's own count of its cash box.
    pub fn till(&self) -> &Till {
        &self.standing.till
    }

    /// The balance of every account.
    pub fn balances(&self) -> &Balances {
        &self.balances
    }

    /// A sale, while it is kept.
    pub fn sale(&self, id: SaleId) -> Option<&Sale> {
        self.sales.get(&id).map(Arc::as_ref)
    }

    /// Every sale kept, oldest first.
    pub fn sales(&self) -> impl DoubleEndedIterator<Item = &Sale> {
        self.sales.values().map(Arc::as_ref)
    }

    /// The sale a resident is at, if any.
    pub fn open_sale(&self) -> Option<&Sale> {
        self.open_sale.and_then(|id| self.sale(id))
    }

    /// The note whose outcome is not recorded, with its value. It belongs to the open sale.
    pub fn open_note(&self) -> Option<(NoteId, Money)> {
        self.open_sale()?.open_note
    }

    /// The note that is in doubt, with its value: the latest one, which the validator may still account for.
    pub fn doubted_note(&self) -> Option<(NoteId, Money)> {
        self.doubted.map(|doubted| (doubted.note, doubted.value))
    }

    /// Sales with something left to do, oldest first: open, with an open delivery, holding money, or with a slip due.
    pub fn unfinished(&self) -> impl Iterator<Item = &Sale> {
        self.sales().filter(|sale| !sale.finished())
    }

    /// The sale whose delivery to this meter is open, if any; there is at most one.
    pub fn pending_for_meter(&self, number: &str) -> Option<&Sale> {
        self.sales()
            .find(|sale| sale.meter.number == number && sale.delivery_open())
    }

    /// The latest sale for this meter, while it is kept.
    pub fn last_sale_of_meter(&self, number: &str) -> Option<&Sale> {
        self.sales().rev().find(|sale| sale.meter.number == number)
    }

    /// The number the next sale must have.
    pub fn next_sale(&self) -> SaleId {
        self.next_sale
    }

    /// The number the next note must have.
    pub fn next_note(&self) -> NoteId {
        self.next_note
    }

    /// The note stacked last.
    pub fn last_note(&self) -> Option<&LastNote> {
        self.last_note.as_ref()
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
pub(crate) mod testing_time;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_limits;
#[cfg(test)]
mod tests_limits_hours;
#[cfg(test)]
mod tests_many;
#[cfg(test)]
mod tests_payments;
#[cfg(test)]
mod tests_properties;
#[cfg(test)]
mod tests_rules;
