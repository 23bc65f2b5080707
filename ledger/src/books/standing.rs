//! What holds beyond single sales: keys, bulletins, contact with the server, limits and the till.

use std::collections::BTreeMap;

use meterpost_signing::PublicKey;

use super::payments::bounded;
use super::{Books, BooksError};
use crate::bulletin::{COMMAND_KIND, LIMITS_KIND};
use crate::entry::Stamp;
use crate::event::{CardRef, Event};
use crate::limits::{LimitHit, Limits, SinceContact};
use crate::money::Money;
use crate::payment::PaymentEvidence;
use crate::sale::Sale;
use crate::till::Till;

/// Longest kind of a bulletin and longest number of a card, in bytes.
const MAX_NAME: usize = 32;

/// Under this name stands, beside the versions of bulletins, the last command that ended. No bulletin can have it as its kind.
const COMMAND_ENDED: &str = "command ended";

/// Everything that lasts longer than a sale.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// How many entries there are.
    pub(crate) entries: u64,
    /// When the last entry was written.
    pub(crate) last: Option<Stamp>,
    /// How long the terminal has been running, over all boots, in milliseconds.
    pub(crate) uptime_ms: u64,
    /// The last contact.
    pub(crate) contact: Option<ContactPoint>,
    /// Money stacked and sales opened since a witness last cosigned all of it.
    pub(crate) since: Since,
    /// The local day of `cards`.
    pub(crate) day: u64,
    /// What each card was used for on that day.
    pub(crate) cards: BTreeMap<CardRef, Money>,
    /// The limits in force.
    pub(crate) limits: Option<Limits>,
    /// The version of each kind of bulletin in force.
    pub(crate) bulletins: BTreeMap<String, u64>,
    /// The keys after the first, each with the first size it signs.
    pub(crate) keys: Vec<(u64, PublicKey)>,
    /// The cash box.
    pub(crate) till: Till,
}

/// When the server was last in touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContactPoint {
    /// The size it cosigned.
    pub(crate) size: u64,
    /// The wall clock then, in Unix milliseconds.
    pub(crate) wall: u64,
    /// The terminal's running time then.
    pub(crate) uptime_ms: u64,
}

/// What limits count since the last contact that covered all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Since {
    pub(crate) money: Money,
    pub(crate) sales: u32,
    /// The last entry counted.
    pub(crate) last: u64,
}

impl Standing {
    /// Moves the clock.
    pub(crate) fn pass(&mut self, stamp: &Stamp) {
        let passed = match self.last {
            Some(last) if last.boot == stamp.boot => {
                stamp.monotonic_ms.saturating_sub(last.monotonic_ms)
            }
            // A new boot: at least as long as it has been up.
            _ => stamp.monotonic_ms,
        };
        self.uptime_ms = self.uptime_ms.saturating_add(passed);
        self.last = Some(*stamp);
    }

    /// The command that was given and has not ended.
    pub(crate) fn open_command(&self) -> Option<u64> {
        let version = |kind: &str| self.bulletins.get(kind).copied().unwrap_or(0);
        let given = version(COMMAND_KIND);
        (given > version(COMMAND_ENDED)).then_some(given)
    }

    pub(super) fn wall(&self) -> u64 {
        self.last.map_or(0, |last| last.wall)
    }

    /// What limits count. Whichever clock counts more: a wall clock set back must not stretch the time allowed.
    pub(crate) fn since_contact(&self) -> SinceContact {
        let (wall, uptime) = self
            .contact
            .map_or((None, 0), |c| (Some(c.wall), c.uptime_ms));
        let by_wall = wall.map_or(0, |wall| self.wall().saturating_sub(wall));
        SinceContact {
            money: self.since.money,
            sales: self.since.sales,
            elapsed_ms: by_wall.max(self.uptime_ms.saturating_sub(uptime)),
        }
    }

    /// What the card was used for on the running day.
    pub(crate) fn card_today(&self, card: &CardRef) -> Money {
        match self.limits {
            Some(limits) if limits.day(self.wall()) == self.day => {
                self.cards.get(card).copied().unwrap_or_default()
            }
            _ => Money::ZERO,
        }
    }

    pub(crate) fn allow_sale(&self, target: Money, card: Option<&CardRef>) -> Result<(), LimitHit> {
        match self.limits {
            None => Ok(()),
            Some(limits) => limits.allow_sale(
                target,
                card.map(|card| self.card_today(card)),
                &self.since_contact(),
            ),
        }
    }

    /// Whether a wallet may be trusted with this amount without the server.
    pub(crate) fn allow_offline(
        &self,
        amount: Money,
        card: Option<&CardRef>,
    ) -> Result<(), LimitHit> {
        bounded(self.limits.as_ref(), card.is_some())?;
        self.allow_note(Money::ZERO, amount, card)
    }

    pub(crate) fn allow_note(
        &self,
        held: Money,
        value: Money,
        card: Option<&CardRef>,
    ) -> Result<(), LimitHit> {
        match self.limits {
            None => Ok(()),
            Some(limits) => limits.allow_note(
                held,
                value,
                card.map(|card| self.card_today(card)),
                &self.since_contact(),
            ),
        }
    }
}

/// What stands after the event, or the rule it breaks.
pub(super) fn changed_standing(books: &Books, event: &Event) -> Result<Standing, BooksError> {
    let mut after = books.standing.clone();
    let index = after.entries;
    after.entries = index.checked_add(1).ok_or(BooksError::Overflow)?;
    match event {
        Event::SaleOpened { target, card, .. } => {
            check_card(card.as_ref())?;
            after.allow_sale(*target, card.as_ref())?;
            after.since.sales = after.since.sales.saturating_add(1);
            after.since.last = index;
        }
        Event::NoteOffered { value, .. } => {
            if let Some(sale) = books.open_sale() {
                after.allow_note(sale.paid, *value, sale.card.as_ref())?;
            }
        }
        Event::NoteStacked { sale, value, .. } => {
            let card = sale.and_then(|id| books.sale(id)?.card.clone());
            take_note(&mut after, *value, card, index)?;
        }
        Event::DoubtEnded { .. } => {
            if let Some((_, value)) = books.doubted_note() {
                take_note(&mut after, value, None, index)?;
            }
        }
        Event::PaymentTaken { sale, evidence } => {
            take_payment(&mut after, books.sale(*sale), *evidence, index)?;
        }
        Event::BooksStated { digest } if *digest != books.digest() => {
            return Err(BooksError::StatementDiffers);
        }
        Event::Contact { size, .. } => take_contact(&mut after, *size, index)?,
        Event::BulletinApplied { .. } => take_bulletin(&mut after, event)?,
        Event::CommandEnded { version, .. } => end_command(&mut after, *version)?,
        Event::KeyRotated { old, new, .. } => take_key(&mut after, old, new, index)?,
        Event::Collected { period, notes, .. } => {
            let till = &after.till;
            if *period != till.period || *notes != till.notes() {
                return Err(BooksError::CollectionDiffers {
                    period: till.period,
                });
            }
            let emptied = std::mem::take(&mut after.till).collected();
            after.till = emptied.ok_or(BooksError::Overflow)?;
        }
        Event::CollectionCounted {
            period, counted, ..
        } => {
            let expected = after.till.uncounted.remove(period);
            expected.ok_or(BooksError::NothingToCount { period: *period })?;
            if *counted < Money::ZERO {
                return Err(BooksError::CountNegative(*counted));
            }
        }
        Event::ClockStepped { .. } => set_back(&mut after),
        _ => {}
    }
    Ok(after)
}

fn check_card(card: Option<&CardRef>) -> Result<(), BooksError> {
    let fits = |text: &str| {
        (1..=MAX_NAME).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    match card {
        Some(card) if !fits(&card.0) => Err(BooksError::CardNumber),
        _ => Ok(()),
    }
}

fn take_note(
    after: &mut Standing,
    value: Money,
    card: Option<CardRef>,
    index: u64,
) -> Result<(), BooksError> {
    let till = std::mem::take(&mut after.till).with_note(value);
    after.till = till.ok_or(BooksError::Overflow)?;
    count(after, value, card, index)
}

fn take_payment(
    after: &mut Standing,
    sale: Option<&Sale>,
    evidence: PaymentEvidence,
    index: u64,
) -> Result<(), BooksError> {
    let Some((sale, payment)) = sale.and_then(|sale| Some((sale, sale.payment.as_ref()?))) else {
        return Ok(());
    };
    if evidence == PaymentEvidence::Offline {
        after.allow_offline(payment.amount, sale.card.as_ref())?;
    }
    count(after, payment.amount, sale.card.clone(), index)
}

/// Counts what limits count.
fn count(
    after: &mut Standing,
    value: Money,
    card: Option<CardRef>,
    index: u64,
) -> Result<(), BooksError> {
    let plus = |a: Money| a.checked_add(value).ok_or(BooksError::Overflow);
    after.since.money = plus(after.since.money)?;
    after.since.last = index;
    if let (Some(card), Some(limits)) = (card, after.limits) {
        let day = limits.day(after.wall());
        if after.day != day {
            after.day = day;
            after.cards.clear();
        }
        let used = after.cards.entry(card).or_default();
        *used = plus(*used)?;
    }
    Ok(())
}

fn take_contact(after: &mut Standing, size: u64, index: u64) -> Result<(), BooksError> {
    let last = after.contact.map_or(0, |contact| contact.size);
    if size < last || size > index {
        return Err(BooksError::ContactSize { size, last });
    }
    // Only when the witness has seen all that is counted; else the next contact does it.
    if size > after.since.last {
        after.since = Since {
            last: after.since.last,
            ..Since::default()
        };
    }
    // The contact before is an entry itself, so a new one covers more. The same size again is the same word again, and
    // must not stretch the time allowed.
    if size > last {
        after.contact = Some(ContactPoint {
            size,
            wall: after.wall(),
            uptime_ms: after.uptime_ms,
        });
    }
    Ok(())
}

/// After the wall clock was set back, what was noted in the time that never was counts from now on: neither does a card
/// get its day anew, nor does an hour without contact go uncounted.
fn set_back(after: &mut Standing) {
    let wall = after.wall();
    if let Some(limits) = after.limits {
        after.day = after.day.min(limits.day(wall));
    }
    if let Some(contact) = &mut after.contact {
        contact.wall = contact.wall.min(wall);
    }
}

fn take_bulletin(after: &mut Standing, event: &Event) -> Result<(), BooksError> {
    let Event::BulletinApplied {
        kind,
        version,
        limits,
        ..
    } = event
    else {
        return Ok(());
    };
    let plain = (1..=MAX_NAME).contains(&kind.len())
        && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    if !plain || (limits.is_some() != (kind == LIMITS_KIND)) {
        return Err(BooksError::BulletinKind);
    }
    let applied = after.bulletins.get(kind).copied().unwrap_or(0);
    if *version <= applied {
        return Err(BooksError::BulletinOlder {
            version: *version,
            applied,
        });
    }
    if kind == COMMAND_KIND && after.open_command().is_some() {
        return Err(BooksError::CommandOpen);
    }
    after.bulletins.insert(kind.clone(), *version);
    if let Some(new) = limits {
        let today = |limits: &Limits| limits.day(after.wall());
        // Where the local day begins may change; what cards were used for today stays today's.
        if after
            .limits
            .is_some_and(|before| today(&before) == after.day)
        {
            after.day = today(new);
        }
        after.limits = Some(*new);
    }
    Ok(())
}

fn end_command(after: &mut Standing, version: u64) -> Result<(), BooksError> {
    if after.open_command() != Some(version) {
        return Err(BooksError::NoCommand { version });
    }
    after.bulletins.insert(COMMAND_ENDED.to_owned(), version);
    Ok(())
}

fn take_key(
    after: &mut Standing,
    old: &[u8; 32],
    new: &[u8; 32],
    index: u64,
) -> Result<(), BooksError> {
    let key = PublicKey::from_bytes(new).map_err(|_| BooksError::Key)?;
    let current = after.keys.last().map(|(_, key)| key.to_bytes());
    let used = after.keys.iter().any(|(_, used)| *used == key);
    // A key that was replaced never comes back.
    if current.is_some_and(|current| current != *old) || used || old == new {
        return Err(BooksError::Key);
    }
    after.keys.push((index.saturating_add(1), key));
    Ok(())
}
