//! Writing an entry.

use std::convert::Infallible;

use minicbor::Encoder;
use minicbor::encode::Error;

use super::{ClockQuality, Entry, Layout, Stamp, event_encode};
use crate::account::Posting;

pub(crate) type Written = Result<(), Error<Infallible>>;
pub(crate) type Writer = Encoder<Vec<u8>>;

/// Room for nearly every entry.
const USUAL_BYTES: usize = 256;

pub(super) fn entry(entry: &Entry) -> Result<Vec<u8>, Error<Infallible>> {
    let mut w = Encoder::new(Vec::with_capacity(USUAL_BYTES));
    w.array(9)?.u8(entry.layout.version())?.u64(entry.index)?;
    stamp(&mut w, &entry.stamp)?;
    event_encode::event(&mut w, &entry.event)?;
    w.array(entry.postings.len() as u64)?;
    for Posting { account, amount } in &entry.postings {
        w.array(2)?.u8(account.code())?.i64(amount.0)?;
    }
    let accounts = entry.layout.accounts();
    if !entry.totals.fits(accounts) {
        return Err(Error::message("an account that the layout does not list"));
    }
    if entry.layout == Layout::Three && Layout::of(&entry.totals) != Layout::Three {
        return Err(Error::message("a layout that the totals do not need"));
    }
    let listed = &entry.totals.0[..accounts];
    w.array(listed.len() as u64)?;
    for balance in listed {
        w.i64(balance.0)?;
    }
    Ok(w.into_writer())
}

/// A stamp: boot id, milliseconds since, wall clock, quality; four items.
pub(crate) fn stamp(w: &mut Writer, stamp: &Stamp) -> Written {
    w.bytes(&stamp.boot.0)?;
    w.u64(stamp.monotonic_ms)?.u64(stamp.wall)?;
    w.u8(quality_code(stamp.quality))?.ok()
}

fn quality_code(quality: ClockQuality) -> u8 {
    match quality {
        ClockQuality::Unset => 0,
        ClockQuality::Restored => 1,
        ClockQuality::Rtc => 2,
        ClockQuality::Ntp => 3,
        ClockQuality::Server => 4,
    }
}
