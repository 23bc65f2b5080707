//! Reading an entry. What is read here is believed only after re-encoding.

use minicbor::Decoder;
use minicbor::data::Type;

use super::{BootId, ClockQuality, DecodeError, Entry, Layout, Stamp, event_decode};
use crate::account::{Account, Posting};
use crate::balances::Balances;
use crate::money::Money;

/// A decoder that speaks in our errors.
pub(crate) struct Reader<'b>(Decoder<'b>);

impl<'b> Reader<'b> {
    pub(crate) fn array(&mut self) -> Result<u64, DecodeError> {
        self.0
            .array()
            .map_err(shape)?
            .ok_or_else(|| DecodeError::Shape("an array of indefinite length".into()))
    }

    pub(crate) fn array_of(&mut self, length: u64) -> Result<(), DecodeError> {
        let found = self.array()?;
        if found != length {
            return Err(DecodeError::Shape(format!(
                "an array of {found} where {length} are expected"
            )));
        }
        Ok(())
    }

    /// Exactly so many bytes.
    pub(crate) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let bytes = self.bytes()?;
        bytes.try_into().map_err(|_| {
            DecodeError::Shape(format!("{} bytes where {N} are expected", bytes.len()))
        })
    }

    /// How many bytes were read.
    pub(crate) fn position(&self) -> usize {
        self.0.position()
    }

    /// Reads from the beginning of these bytes.
    pub(crate) fn new(bytes: &'b [u8]) -> Reader<'b> {
        Reader(Decoder::new(bytes))
    }

    pub(crate) fn u8(&mut self) -> Result<u8, DecodeError> {
        self.0.u8().map_err(shape)
    }

    pub(crate) fn bool(&mut self) -> Result<bool, DecodeError> {
        self.0.bool().map_err(shape)
    }

    pub(crate) fn i16(&mut self) -> Result<i16, DecodeError> {
        self.0.i16().map_err(shape)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, DecodeError> {
        self.0.u32().map_err(shape)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, DecodeError> {
        self.0.u64().map_err(shape)
    }

    pub(crate) fn money(&mut self) -> Result<Money, DecodeError> {
        self.0.i64().map(Money).map_err(shape)
    }

    pub(crate) fn text(&mut self) -> Result<String, DecodeError> {
        self.0.str().map(str::to_owned).map_err(shape)
    }

    pub(crate) fn bytes(&mut self) -> Result<&'b [u8], DecodeError> {
        self.0.bytes().map_err(shape)
    }

    /// `null` or what `read` reads.
    pub(crate) fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        if self.0.datatype().map_err(shape)? == Type::Null {
            self.0.null().map_err(shape)?;
            return Ok(None);
        }
        read(self).map(Some)
    }
}

pub(crate) fn shape(error: minicbor::decode::Error) -> DecodeError {
    DecodeError::Shape(error.to_string())
}

/// The entry and how many bytes it took.
pub(crate) fn entry(bytes: &[u8]) -> Result<(Entry, usize), DecodeError> {
    let mut r = Reader(Decoder::new(bytes));
    let fields = r.array()?;
    let layout = match r.u8()? {
        1 => Layout::One,
        2 => Layout::Two,
        3 => Layout::Three,
        version => return Err(DecodeError::Version(version)),
    };
    if fields != 9 {
        return Err(DecodeError::Shape(format!("{fields} fields, not 9")));
    }
    let entry = Entry {
        layout,
        index: r.u64()?,
        stamp: stamp(&mut r)?,
        event: event_decode::event(&mut r)?,
        postings: postings(&mut r)?,
        totals: totals(&mut r, layout)?,
    };
    Ok((entry, r.0.position()))
}

pub(crate) fn stamp(r: &mut Reader) -> Result<Stamp, DecodeError> {
    let boot = r
        .bytes()?
        .try_into()
        .map_err(|_| DecodeError::Shape("a boot id has 16 bytes".into()))?;
    Ok(Stamp {
        boot: BootId(boot),
        monotonic_ms: r.u64()?,
        wall: r.u64()?,
        quality: match r.u8()? {
            0 => ClockQuality::Unset,
            1 => ClockQuality::Restored,
            2 => ClockQuality::Rtc,
            3 => ClockQuality::Ntp,
            4 => ClockQuality::Server,
            code => return Err(unknown("clock quality", code)),
        },
    })
}

fn postings(r: &mut Reader) -> Result<Vec<Posting>, DecodeError> {
    let mut postings = Vec::new();
    // No room is reserved by the length claimed: it may lie.
    for _ in 0..r.array()? {
        r.array_of(2)?;
        let code = r.u8()?;
        postings.push(Posting {
            account: Account::from_code(code).ok_or(unknown("account", code))?,
            amount: r.money()?,
        });
    }
    Ok(postings)
}

fn totals(r: &mut Reader, layout: Layout) -> Result<Balances, DecodeError> {
    let mut totals = Balances::default();
    r.array_of(layout.accounts() as u64)?;
    for balance in totals.0.iter_mut().take(layout.accounts()) {
        *balance = r.money()?;
    }
    Ok(totals)
}

pub(crate) fn unknown(what: &'static str, code: u8) -> DecodeError {
    let code = u64::from(code);
    DecodeError::Unknown { what, code }
}
