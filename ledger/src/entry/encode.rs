//! Writing an entry.

use std::convert::Infallible;

use minicbor::Encoder;
use minicbor::encode::Error;

use super::{ClockQuality, Entry, VERSION, event_encode};
use crate::account::Posting;

pub(super) type Written = Result<(), Error<Infallible>>;
pub(super) type Writer = Encoder<Vec<u8>>;

pub(super) fn entry(entry: &Entry) -> Result<Vec<u8>, Error<Infallible>> {
    let mut w = Encoder::new(Vec::new());
    w.array(9)?.u8(VERSION)?.u64(entry.index)?;
    w.bytes(&entry.stamp.boot.0)?;
    w.u64(entry.stamp.monotonic_ms)?.u64(entry.stamp.wall)?;
    w.u8(quality_code(entry.stamp.quality))?;
    event_encode::event(&mut w, &entry.event)?;
    w.array(entry.postings.len() as u64)?;
    for Posting { account, amount } in &entry.postings {
        w.array(2)?.u8(account.code())?.i64(amount.0)?;
    }
    w.array(entry.totals.0.len() as u64)?;
    for balance in &entry.totals.0 {
        w.i64(balance.0)?;
    }
    Ok(w.into_writer())
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
