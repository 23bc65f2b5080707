//! The books as bytes: one encoding, deterministic CBOR like the entries', so that an entry can state their digest.

use std::collections::BTreeMap;
use std::sync::Arc;

use meterpost_signing::PublicKey;
use minicbor::Encoder;
use sha2::{Digest, Sha256};

use super::standing::{ContactPoint, Since, Standing};
use super::{Books, Doubted, LastNote};
use crate::account::Account;
use crate::balances::Balances;
use crate::entry::DecodeError;
use crate::entry::decode::{Reader, stamp as read_stamp, unknown};
use crate::entry::encode::{Writer, Written, stamp as write_stamp};
use crate::entry::event_decode as read;
use crate::entry::event_encode as write;
use crate::entry::kept_decode::{limits as read_limits, note_counts as read_counts};
use crate::entry::kept_encode::{note_counts as write_counts, optional_limits};
use crate::entry::payment;
use crate::event::{CardRef, NoteId, SaleId};
use crate::sale::{Delivery, DeliveryState, Sale, SlipRecord};
use crate::till::Till;

/// The encoding's version, its first item: 2 has room for payments without cash. It is written only where there was one, so that books stated
/// before there were any keep their digest.
const VERSIONS: [u8; 2] = [1, 2];

/// How many accounts version 1 lists.
const FIRST_ACCOUNTS: usize = 9;

/// Room for most books.
const USUAL_BYTES: usize = 65_536;

impl Books {
    /// The one encoding of everything in the books.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Encoder::new(Vec::with_capacity(USUAL_BYTES));
        // Writing to memory cannot fail; were it to, the shorter bytes would have another digest and be refused.
        let _ = books(&mut w, self);
        w.into_writer()
    }

    /// SHA-256 over the encoding.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.encode()).into()
    }

    /// Reads the encoding, strictly.
    pub fn decode(bytes: &[u8]) -> Result<Books, DecodeError> {
        let mut r = Reader::new(bytes);
        let books = read_books(&mut r)?;
        if r.position() < bytes.len() {
            return Err(DecodeError::Trailing(bytes.len() - r.position()));
        }
        if books.encode() != bytes {
            return Err(DecodeError::NotCanonical);
        }
        Ok(books)
    }
}

fn accounts(version: u8) -> usize {
    match version {
        1 => FIRST_ACCOUNTS,
        _ => Account::ALL.len(),
    }
}

/// How many items a sale has.
fn sale_items(version: u8) -> u64 {
    match version {
        1 => 16,
        _ => 17,
    }
}

fn books(w: &mut Writer, books: &Books) -> Written {
    let first = books.balances.fits(FIRST_ACCOUNTS)
        && books.sales.values().all(|sale| sale.payment.is_none());
    let version = VERSIONS[usize::from(!first)];
    w.array(10)?.u8(version)?.bool(books.created)?;
    let listed = &books.balances.0[..accounts(version)];
    w.array(listed.len() as u64)?;
    for balance in listed {
        w.i64(balance.0)?;
    }
    w.array(books.sales.len() as u64)?;
    for one in books.sales.values() {
        sale(w, one, version)?;
    }
    write::optional_number(w, books.open_sale.map(|id| id.0))?;
    w.u64(books.next_sale.0)?.u64(books.next_note.0)?;
    match &books.last_note {
        None => w.null()?.ok()?,
        Some(last) => {
            w.array(5)?;
            write::optional_number(w, last.note.map(|id| id.0))?;
            write::optional_number(w, last.sale.map(|id| id.0))?;
            w.i64(last.value.0)?;
            w.u8(write::evidence_code(last.evidence))?;
            w.bool(last.acknowledged)?;
        }
    }
    match &books.doubted {
        None => w.null()?.ok()?,
        Some(doubted) => {
            w.array(3)?.u64(doubted.note.0)?.u64(doubted.sale.0)?;
            w.i64(doubted.value.0)?;
        }
    }
    standing(w, &books.standing)
}

fn read_books(r: &mut Reader) -> Result<Books, DecodeError> {
    r.array_of(10)?;
    let version = r.u8()?;
    if !VERSIONS.contains(&version) {
        return Err(DecodeError::Version(version));
    }
    let created = r.bool()?;
    let mut balances = Balances::default();
    let listed = accounts(version);
    r.array_of(listed as u64)?;
    for balance in &mut balances.0[..listed] {
        *balance = r.money()?;
    }
    let mut sales = BTreeMap::new();
    for _ in 0..r.array()? {
        let sale = read_sale(r, version)?;
        sales.insert(sale.id, Arc::new(sale));
    }
    Ok(Books {
        created,
        balances,
        sales,
        open_sale: r.optional(read::sale)?,
        next_sale: read::sale(r)?,
        next_note: read::note(r)?,
        last_note: r.optional(read_last_note)?,
        doubted: r.optional(|r| {
            r.array_of(3)?;
            Ok(Doubted {
                note: read::note(r)?,
                sale: read::sale(r)?,
                value: r.money()?,
            })
        })?,
        standing: read_standing(r)?,
    })
}

fn read_last_note(r: &mut Reader) -> Result<LastNote, DecodeError> {
    r.array_of(5)?;
    Ok(LastNote {
        note: r.optional(|r| r.u64().map(NoteId))?,
        sale: r.optional(|r| r.u64().map(SaleId))?,
        value: r.money()?,
        evidence: read::evidence(r)?,
        acknowledged: r.bool()?,
    })
}

fn sale(w: &mut Writer, sale: &Sale, version: u8) -> Written {
    w.array(sale_items(version))?.u64(sale.id.0)?;
    write::meter_ref(w, &sale.meter)?;
    w.i64(sale.target.0)?;
    write::purse(w, &sale.before)?;
    match &sale.card {
        Some(card) => w.str(&card.0)?.ok()?,
        None => w.null()?.ok()?,
    }
    w.i64(sale.paid.0)?.array(sale.notes.len() as u64)?;
    for note in &sale.notes {
        w.i64(note.0)?;
    }
    for money in [sale.suspense, sale.in_delivery, sale.credited, sale.owed] {
        w.i64(money.0)?;
    }
    match sale.open_note {
        Some((note, value)) => w.array(2)?.u64(note.0)?.i64(value.0)?.ok()?,
        None => w.null()?.ok()?,
    }
    w.i64(sale.in_doubt.0)?;
    w.array(sale.deliveries.len() as u64)?;
    for delivery in &sale.deliveries {
        w.array(4)?.u32(delivery.number)?.i64(delivery.amount.0)?;
        write::purse(w, &delivery.before)?;
        delivery_state(w, &delivery.state)?;
    }
    w.array(sale.slips.len() as u64)?;
    for slip in &sale.slips {
        w.array(3)?
            .u8(write::slip_code(slip.slip))?
            .u32(slip.copy)?;
        match &slip.outcome {
            Some(outcome) => write::slip_outcome(w, outcome)?,
            None => w.null()?.ok()?,
        }
    }
    w.bool(sale.closed)?;
    match (&sale.payment, version) {
        (_, 1) => Ok(()),
        (Some(payment), _) => payment::write_payment(w, payment),
        (None, _) => w.null()?.ok(),
    }
}

fn delivery_state(w: &mut Writer, state: &DeliveryState) -> Written {
    match state {
        DeliveryState::Intended => w.array(1)?.u8(0)?.ok(),
        DeliveryState::Applied(after) => {
            w.array(2)?.u8(1)?;
            write::purse(w, after)
        }
        DeliveryState::Voided(why) => w.array(2)?.u8(2)?.str(why)?.ok(),
        DeliveryState::Unknown(why) => w.array(2)?.u8(3)?.str(why)?.ok(),
    }
}

fn read_sale(r: &mut Reader, version: u8) -> Result<Sale, DecodeError> {
    r.array_of(sale_items(version))?;
    Ok(Sale {
        id: read::sale(r)?,
        meter: read::meter_ref(r)?,
        target: r.money()?,
        before: read::purse(r)?,
        card: r.optional(|r| r.text().map(CardRef))?,
        paid: r.money()?,
        notes: list(r, Reader::money)?,
        suspense: r.money()?,
        in_delivery: r.money()?,
        credited: r.money()?,
        owed: r.money()?,
        open_note: r.optional(|r| {
            r.array_of(2)?;
            Ok((read::note(r)?, r.money()?))
        })?,
        in_doubt: r.money()?,
        deliveries: list(r, |r| {
            r.array_of(4)?;
            Ok(Delivery {
                number: r.u32()?,
                amount: r.money()?,
                before: read::purse(r)?,
                state: read_delivery_state(r)?,
            })
        })?,
        slips: list(r, |r| {
            r.array_of(3)?;
            Ok(SlipRecord {
                slip: read::slip(r)?,
                copy: r.u32()?,
                outcome: r.optional(read::slip_outcome)?,
            })
        })?,
        closed: r.bool()?,
        payment: match version {
            1 => None,
            _ => r.optional(payment::read_payment)?,
        },
    })
}

fn read_delivery_state(r: &mut Reader) -> Result<DeliveryState, DecodeError> {
    r.array()?;
    match r.u8()? {
        0 => Ok(DeliveryState::Intended),
        1 => Ok(DeliveryState::Applied(read::purse(r)?)),
        2 => Ok(DeliveryState::Voided(r.text()?)),
        3 => Ok(DeliveryState::Unknown(r.text()?)),
        code => Err(unknown("delivery state", code)),
    }
}

fn list<'b, T>(
    r: &mut Reader<'b>,
    mut read: impl FnMut(&mut Reader<'b>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let mut items = Vec::new();
    // No room is reserved by the length claimed: it may lie.
    for _ in 0..r.array()? {
        items.push(read(r)?);
    }
    Ok(items)
}

fn standing(w: &mut Writer, standing: &Standing) -> Written {
    w.array(11)?.u64(standing.entries)?;
    match &standing.last {
        Some(last) => {
            w.array(4)?;
            write_stamp(w, last)?;
        }
        None => w.null()?.ok()?,
    }
    w.u64(standing.uptime_ms)?;
    match &standing.contact {
        Some(contact) => {
            w.array(3)?.u64(contact.size)?;
            w.u64(contact.wall)?.u64(contact.uptime_ms)?;
        }
        None => w.null()?.ok()?,
    }
    let since = &standing.since;
    w.array(3)?.i64(since.money.0)?;
    w.u32(since.sales)?.u64(since.last)?;
    w.u64(standing.day)?.array(standing.cards.len() as u64)?;
    for (card, used) in &standing.cards {
        w.array(2)?.str(&card.0)?.i64(used.0)?;
    }
    optional_limits(w, standing.limits.as_ref())?;
    w.array(standing.bulletins.len() as u64)?;
    for (kind, version) in &standing.bulletins {
        w.array(2)?.str(kind)?.u64(*version)?;
    }
    w.array(standing.keys.len() as u64)?;
    for (first, key) in &standing.keys {
        w.array(2)?.u64(*first)?.bytes(&key.to_bytes())?;
    }
    till(w, &standing.till)
}

fn till(w: &mut Writer, till: &Till) -> Written {
    w.array(4)?.u64(till.period)?;
    for notes in [&till.since_start, &till.since_collection] {
        write_counts(w, notes.iter().map(|(value, count)| (*value, *count)))?;
    }
    w.array(till.uncounted.len() as u64)?;
    for (period, worth) in &till.uncounted {
        w.array(2)?.u64(*period)?.i64(worth.0)?;
    }
    Ok(())
}

fn read_standing(r: &mut Reader) -> Result<Standing, DecodeError> {
    r.array_of(11)?;
    Ok(Standing {
        entries: r.u64()?,
        last: r.optional(|r| {
            r.array_of(4)?;
            read_stamp(r)
        })?,
        uptime_ms: r.u64()?,
        contact: r.optional(|r| {
            r.array_of(3)?;
            Ok(ContactPoint {
                size: r.u64()?,
                wall: r.u64()?,
                uptime_ms: r.u64()?,
            })
        })?,
        since: {
            r.array_of(3)?;
            Since {
                money: r.money()?,
                sales: r.u32()?,
                last: r.u64()?,
            }
        },
        day: r.u64()?,
        cards: pairs(r, |r| r.text().map(CardRef), Reader::money)?,
        limits: r.optional(read_limits)?,
        bulletins: pairs(r, Reader::text, Reader::u64)?,
        keys: list(r, |r| {
            r.array_of(2)?;
            let first = r.u64()?;
            let key = PublicKey::from_bytes(&r.fixed::<32>()?)
                .map_err(|error| DecodeError::Shape(error.to_string()))?;
            Ok((first, key))
        })?,
        till: {
            r.array_of(4)?;
            Till {
                period: r.u64()?,
                since_start: read_counts(r)?.into_iter().collect(),
                since_collection: read_counts(r)?.into_iter().collect(),
                uncounted: pairs(r, Reader::u64, Reader::money)?,
            }
        },
    })
}

/// A map as pairs. Out of order or twice, it does not survive re-encoding.
fn pairs<'b, K: Ord, V>(
    r: &mut Reader<'b>,
    mut key: impl FnMut(&mut Reader<'b>) -> Result<K, DecodeError>,
    mut value: impl FnMut(&mut Reader<'b>) -> Result<V, DecodeError>,
) -> Result<BTreeMap<K, V>, DecodeError> {
    let pairs = list(r, |r| {
        r.array_of(2)?;
        Ok((key(r)?, value(r)?))
    })?;
    Ok(pairs.into_iter().collect())
}
