//! A bulletin's bytes: deterministic CBOR (RFC 8949, section 4.2.1), `[payload, signature]`, both byte strings; the payload
//! `[1, tenant, terminal or null, kind, version, from, until, content]`. `docs/ledger.cddl` has the grammar.

use meterpost_signing::{Signature, TenantId, TerminalId};
use minicbor::Encoder;

use super::{Addressee, Bulletin, BulletinContent, BulletinError, LIMITS_KIND, Validity};
use crate::entry::DecodeError;
use crate::entry::decode::Reader;
use crate::entry::encode::{Writer, Written};
use crate::entry::kept_decode::limits;
use crate::entry::kept_encode::optional_limits;

const FORMAT: u64 = 1;

/// What is signed.
pub(super) fn payload(bulletin: &Bulletin) -> Result<Vec<u8>, BulletinError> {
    let mut w = Encoder::new(Vec::new());
    write_payload(&mut w, bulletin).map_err(|e| BulletinError::Sign(e.to_string()))?;
    Ok(w.into_writer())
}

fn write_payload(w: &mut Writer, bulletin: &Bulletin) -> Written {
    w.array(8)?.u64(FORMAT)?;
    w.str(bulletin.addressee.tenant.as_str())?;
    match &bulletin.addressee.terminal {
        Some(terminal) => w.str(terminal.as_str())?.ok()?,
        None => w.null()?.ok()?,
    }
    w.str(bulletin.kind())?.u64(bulletin.version)?;
    w.u64(bulletin.validity.from)?
        .u64(bulletin.validity.until)?;
    match &bulletin.content {
        BulletinContent::Limits(limits) => optional_limits(w, Some(limits)),
        BulletinContent::Other { bytes, .. } => w.bytes(bytes)?.ok(),
    }
}

/// What is sent.
pub(super) fn envelope(payload: &[u8], signature: &Signature) -> Result<Vec<u8>, BulletinError> {
    let mut w: Writer = Encoder::new(Vec::new());
    let written = (|| w.array(2)?.bytes(payload)?.bytes(&signature.0)?.ok())();
    written.map_err(|e: minicbor::encode::Error<_>| BulletinError::Sign(e.to_string()))?;
    Ok(w.into_writer())
}

/// Payload and signature, in the one spelling there is.
pub(super) fn open_envelope(bytes: &[u8]) -> Result<(&[u8], Signature), BulletinError> {
    let mut r = Reader::new(bytes);
    r.array_of(2)?;
    let payload = r.bytes()?;
    let signature = Signature(r.fixed()?);
    if envelope(payload, &signature)? != bytes {
        return Err(DecodeError::NotCanonical.into());
    }
    Ok((payload, signature))
}

/// The bulletin, in the one spelling there is.
pub(super) fn read_payload(bytes: &[u8]) -> Result<Bulletin, BulletinError> {
    let mut r = Reader::new(bytes);
    let length = r.array()?;
    let format = r.u64()?;
    if format != FORMAT {
        return Err(BulletinError::Format(format));
    }
    if length != 8 {
        return Err(DecodeError::Shape(format!("a bulletin of {length} parts")).into());
    }
    let tenant = TenantId::new(&r.text()?).map_err(|_| BulletinError::Addressee)?;
    let terminal = r
        .optional(Reader::text)?
        .map(|name| TerminalId::new(&name))
        .transpose()
        .map_err(|_| BulletinError::Addressee)?;
    let kind = r.text()?;
    let version = r.u64()?;
    let validity = Validity {
        from: r.u64()?,
        until: r.u64()?,
    };
    let content = if kind == LIMITS_KIND {
        BulletinContent::Limits(limits(&mut r)?)
    } else {
        BulletinContent::Other {
            kind,
            bytes: r.bytes()?.to_vec(),
        }
    };
    let bulletin = Bulletin {
        addressee: Addressee { tenant, terminal },
        version,
        validity,
        content,
    };
    if payload(&bulletin)? != bytes {
        return Err(DecodeError::NotCanonical.into());
    }
    Ok(bulletin)
}
