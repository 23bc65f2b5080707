//! Looking for meters on a wire.

use super::search::{SecondarySearch, Verdict};
use super::session::{MbusError, Session};
use super::wire::{Heard, Wire};
use crate::frame::mbus::{Address, SecondaryAddress, Selection, request};

/// How far a scan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Addresses or selections tried.
    pub tried: u32,
    /// Those known to be still to be tried.
    pub left: u32,
    /// Meters found.
    pub found: u32,
}

/// What was found at a primary address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occupant {
    /// One meter; `None` where it acknowledges and says nothing of itself.
    One(Option<SecondaryAddress>),
    /// Several meters share the address: give them others through their secondary addresses.
    Several,
}

/// What a search by secondary address found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The meters, in the order of their numbers.
    pub meters: Vec<SecondaryAddress>,
    /// Where several meters answer that differ in nothing a selection can name.
    pub unresolved: Vec<Selection>,
    /// Selections at which only noise was heard.
    pub noisy: u32,
}

/// Fewer bytes than this without a frame are noise of the line or the converter (level converters are known that answer every
/// request with one stray byte); meters that speak at once make more.
const COLLISION: usize = 4;
/// How often silence is believed.
const TRIES: u8 = 2;

/// Tries primary addresses, one after the other.
///
/// # Errors
/// The way to the wire failed.
pub async fn primary<W: Wire>(
    session: &mut Session<W>,
    addresses: impl IntoIterator<Item = Address>,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<(Address, Occupant)>, MbusError> {
    let addresses: Vec<Address> = addresses.into_iter().collect();
    let mut found = Vec::new();
    for (tried, &address) in addresses.iter().enumerate() {
        if let Some(occupant) = occupant(session, address).await? {
            found.push((address, occupant));
        }
        let tried = tried + 1;
        tell(Progress {
            tried: tried as u32,
            left: addresses.len().saturating_sub(tried) as u32,
            found: found.len() as u32,
        });
    }
    Ok(found)
}

/// All addresses a meter can have: 0 to 250.
pub fn every_primary() -> impl Iterator<Item = Address> {
    (0..=Address::LAST.0).map(Address)
}

/// Who is at an address. [`Address::TEST`] asks whoever is there: for a wire with one meter.
///
/// # Errors
/// The way to the wire failed.
pub async fn occupant<W: Wire>(
    session: &mut Session<W>,
    address: Address,
) -> Result<Option<Occupant>, MbusError> {
    let heard = patiently(session, &request::reset(address)).await?;
    if heard.is_silence() {
        return Ok(None);
    }
    session.fresh(address);
    let (verdict, _) = who(session, address).await?;
    Ok(match verdict {
        Verdict::One(meter) => Some(Occupant::One(Some(meter))),
        Verdict::Several => Some(Occupant::Several),
        // Whoever acknowledged soundly is there, even if it cannot be read.
        Verdict::Nobody => heard.frame.map(|_| Occupant::One(None)),
    })
}

/// Finds all meters that fit by walking the digits of their numbers.
///
/// # Errors
/// The way to the wire failed.
pub async fn secondary<W: Wire>(
    session: &mut Session<W>,
    mut search: SecondarySearch,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Findings, MbusError> {
    let mut noisy = 0;
    while let Some(selection) = search.next() {
        let (verdict, noise) = fitting(session, selection).await?;
        noisy += u32::from(noise);
        search.report(verdict);
        tell(Progress {
            tried: search.tried(),
            left: search.open() as u32,
            found: search.found().len() as u32,
        });
    }
    // Nobody stays selected.
    session.once(&request::reset(Address::SELECTED)).await?;
    session.forget(Address::SELECTED);
    Ok(Findings {
        meters: search.found().to_vec(),
        unresolved: search.unresolved().to_vec(),
        noisy,
    })
}

/// Who fits a selection, and whether only noise was heard.
async fn fitting<W: Wire>(
    session: &mut Session<W>,
    selection: Selection,
) -> Result<(Verdict, bool), MbusError> {
    let heard = patiently(session, &request::select(selection)?).await?;
    if heard.is_silence() {
        return Ok((Verdict::Nobody, false));
    }
    // What several acknowledgements at once look like differs from converter to converter: as one, as two, as garbage. The
    // data the selected meters tell decide.
    session.fresh(Address::SELECTED);
    let (verdict, noise) = who(session, Address::SELECTED).await?;
    Ok(match verdict {
        Verdict::One(meter) if !selection_fits(selection, meter) => (Verdict::Nobody, true),
        Verdict::Nobody if heard.frame.is_some() => (Verdict::Several, noise),
        Verdict::Nobody => (Verdict::Nobody, true),
        other => (other, false),
    })
}

/// A meter with the fixed structure tells its number only.
fn selection_fits(selection: Selection, meter: SecondaryAddress) -> bool {
    let [a, b, c, d, m, n, version, medium] = selection.to_bytes();
    let wild = |byte: u8, told: u8| if told == 0xFF { 0xFF } else { byte };
    let maker = if meter.manufacturer.0 == 0xFFFF {
        [0xFF, 0xFF]
    } else {
        [m, n]
    };
    let [m, n] = maker;
    let (version, medium) = (wild(version, meter.version), wild(medium, meter.medium));
    Selection::from_bytes([a, b, c, d, m, n, version, medium]).fits(meter)
}

/// Reads who is at an address whose link is fresh: one, several, or nobody, and whether there was noise.
async fn who<W: Wire>(
    session: &mut Session<W>,
    address: Address,
) -> Result<(Verdict, bool), MbusError> {
    let heard = patiently(session, &request::read(address, true)).await?;
    session.forget(address);
    let Some(telegram) = heard.frame else {
        if heard.noise >= COLLISION {
            session.health.collisions += 1;
            return Ok((Verdict::Several, false));
        }
        return Ok((Verdict::Nobody, heard.noise > 0));
    };
    let reading = super::Reading {
        telegrams: vec![telegram],
    };
    Ok(match reading.meter() {
        Some(meter) => (Verdict::One(meter), false),
        None => (Verdict::Nobody, false),
    })
}

/// Asks once more where nothing was heard.
async fn patiently<W: Wire>(session: &mut Session<W>, request: &[u8]) -> Result<Heard, MbusError> {
    let mut heard = Heard::default();
    for attempt in 0..TRIES {
        if attempt > 0 {
            session.health.repeated += 1;
        }
        heard = session.once(request).await?;
        if !heard.is_silence() {
            break;
        }
    }
    Ok(heard)
}
