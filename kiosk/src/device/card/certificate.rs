//! The certificate on a card, and the authority that signs them (RFC 5280, with the rules below). Pure.
//!
//! | field | on a card |
//! |---|---|
//! | signature | ECDSA with SHA-256, by one of the operator's card authorities, P-256 |
//! | subject, serialNumber (2.5.4.5) | the card's number: 4 to 32 letters, digits and hyphens |
//! | subject, O | the tenant |
//! | subject, OU | `resident`, `staff:maintenance`, `staff:clerk` or `staff:manager` |
//! | key | P-256 |
//! | key usage | digitalSignature, and not keyCertSign |
//! | extended key usage | 9E: id-PIV-cardAuth (FIPS 201-3, 4.2.1); 9A: clientAuth, and not id-PIV-cardAuth |
//! | basic constraints | none, or not a CA |
//!
//! An extension that is critical and not known refuses the certificate.

use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_SIG_ECDSA_WITH_SHA256, Oid, asn1_rs::oid,
};
use x509_parser::prelude::*;

use super::piv::Slot;
use super::piv::authenticate::PublicKey;
use super::time::{CardTime, OutOfForce, Validity};
use super::tlv;
use super::{CardKind, StaffRole};

/// id-PIV-cardAuth.
const CARD_AUTHENTICATION: Oid<'static> = oid!(2.16.840.1.101.3.6.8);
const SERIAL_NUMBER: Oid<'static> = oid!(2.5.4.5);
const ORGANISATION: Oid<'static> = oid!(2.5.4.10);
const UNIT: Oid<'static> = oid!(2.5.4.11);

/// Why a certificate is not accepted. The texts are for staff.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// It cannot be read as one.
    #[error("the certificate cannot be read: {0}")]
    Malformed(String),
    /// No authority of the operator signed it.
    #[error("the certificate is not from the operator's card authority")]
    Foreign,
    /// It is the operator's, for something else.
    #[error("the certificate is no card's: {0}")]
    Unfit(&'static str),
    /// It belongs to another tenant of the operator.
    #[error("the card belongs to another district")]
    Tenant,
    /// Its time, or its authority's, has not come.
    #[error("the certificate is not valid yet")]
    NotYet,
    /// Its time, or its authority's, is over.
    #[error("the certificate has expired")]
    Over,
}

impl From<OutOfForce> for CertificateError {
    fn from(why: OutOfForce) -> Self {
        match why {
            OutOfForce::NotYet => CertificateError::NotYet,
            OutOfForce::Over => CertificateError::Over,
        }
    }
}

/// A certificate that is the operator's and in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardCertificate {
    /// The card's number.
    pub number: String,
    /// Whose it is.
    pub kind: CardKind,
    /// The key that the card must prove.
    pub key: PublicKey,
}

/// Whose cards are accepted: the certificates of the operator's card authorities, more than one while one follows another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    anchors: Vec<Vec<u8>>,
}

impl Authority {
    /// From a PEM file's content.
    ///
    /// # Errors
    /// In words, for whoever wires a kiosk, when it holds no certificate or one that cannot sign cards.
    pub fn from_pem(pem: &[u8]) -> Result<Authority, String> {
        let mut anchors = Vec::new();
        for block in Pem::iter_from_buffer(pem) {
            let block = block.map_err(|why| format!("it is no PEM: {why}"))?;
            if block.label != "CERTIFICATE" {
                return Err(format!("it holds a {}, not a certificate", block.label));
            }
            let anchor = parse(&block.contents).map_err(|why| why.to_string())?;
            if !anchor.is_ca() {
                return Err("it holds a certificate that is no authority's".to_owned());
            }
            point(&anchor).ok_or("it holds an authority whose key is not P-256")?;
            anchors.push(block.contents);
        }
        if anchors.is_empty() {
            return Err("it holds no certificate".to_owned());
        }
        Ok(Authority { anchors })
    }

    /// Checks a card's certificate for one of its keys, at a time, for a tenant.
    ///
    /// # Errors
    /// When it is not accepted.
    pub fn check(
        &self,
        der: &[u8],
        slot: Slot,
        tenant: &str,
        time: &CardTime,
    ) -> Result<CardCertificate, CertificateError> {
        let certificate = parse(der)?;
        if !is_exact(der) {
            return Err(CertificateError::Foreign);
        }
        let anchor = self.signer(&certificate)?;
        check_purpose(&certificate, slot)?;
        let key = point(&certificate).ok_or(CertificateError::Unfit("its key is not P-256"))?;
        let subject = Subject::read(&certificate)?;
        if subject.tenant != tenant {
            return Err(CertificateError::Tenant);
        }
        validity(&certificate).check(time)?;
        anchor.check(time)?;
        Ok(CardCertificate {
            number: subject.number,
            kind: subject.kind,
            key,
        })
    }

    /// The time of the authority that signed a certificate.
    fn signer(&self, certificate: &X509Certificate) -> Result<Validity, CertificateError> {
        let algorithm = &certificate.signature_algorithm;
        if algorithm.algorithm != OID_SIG_ECDSA_WITH_SHA256
            || *algorithm != certificate.tbs_certificate.signature
        {
            return Err(CertificateError::Foreign);
        }
        for der in &self.anchors {
            let anchor = parse(der)?;
            if anchor.subject().as_raw() == certificate.issuer().as_raw()
                && certificate
                    .verify_signature(Some(anchor.public_key()))
                    .is_ok()
            {
                return Ok(validity(&anchor));
            }
        }
        Err(CertificateError::Foreign)
    }
}

fn parse(der: &[u8]) -> Result<X509Certificate<'_>, CertificateError> {
    let malformed = |why: String| CertificateError::Malformed(why);
    let (rest, certificate) =
        X509Certificate::from_der(der).map_err(|why| malformed(why.to_string()))?;
    if !rest.is_empty() {
        return Err(malformed("bytes behind its end".to_owned()));
    }
    Ok(certificate)
}

/// ecdsa-with-SHA256, without parameters (RFC 5758, 3.2).
const ECDSA_SHA256: [u8; 12] = [
    0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02,
];

/// Whether what the signature does not cover is written in the one way in which it may be: the parser lets more pass.
fn is_exact(der: &[u8]) -> bool {
    let Ok(inside) = tlv::only(der, 0x30) else {
        return false;
    };
    let Ok((_, rest)) = tlv::read(inside) else {
        return false;
    };
    let Some(rest) = rest.strip_prefix(&ECDSA_SHA256) else {
        return false;
    };
    let whole = |bits: &[u8]| bits.first() == Some(&0) && tlv::element(0x03, bits) == rest;
    tlv::element(0x30, inside) == der && tlv::only(rest, 0x03).is_ok_and(whole)
}

/// The key, if it is an uncompressed point of P-256.
fn point(certificate: &X509Certificate) -> Option<PublicKey> {
    let key = certificate.public_key();
    let curve = key.algorithm.parameters.as_ref()?.as_oid().ok()?;
    let right = key.algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY && curve == OID_EC_P256;
    let point = PublicKey::try_from(key.subject_public_key.data.as_ref()).ok()?;
    (right && point[0] == 0x04).then_some(point)
}

fn validity(certificate: &X509Certificate) -> Validity {
    let ms = |time: ASN1Time| {
        u64::try_from(time.timestamp())
            .unwrap_or(0)
            .saturating_mul(1000)
    };
    let validity = certificate.validity();
    Validity {
        from: ms(validity.not_before),
        // The second that it names is included.
        to: ms(validity.not_after).saturating_add(999),
    }
}

/// What the key may be used for.
fn check_purpose(certificate: &X509Certificate, slot: Slot) -> Result<(), CertificateError> {
    use CertificateError::Unfit;
    let malformed = |why: X509Error| CertificateError::Malformed(why.to_string());
    for extension in certificate.extensions() {
        let known = matches!(
            extension.parsed_extension(),
            ParsedExtension::KeyUsage(_)
                | ParsedExtension::ExtendedKeyUsage(_)
                | ParsedExtension::BasicConstraints(_)
        );
        if extension.critical && !known {
            return Err(Unfit("it has a critical extension that is not known"));
        }
    }
    if certificate.is_ca() {
        return Err(Unfit("it is an authority's"));
    }
    let usage = certificate.key_usage().map_err(malformed)?;
    let usage = usage.ok_or(Unfit("it has no key usage"))?.value;
    if !usage.digital_signature() || usage.key_cert_sign() {
        return Err(Unfit("its key is not for signatures"));
    }
    let extended = certificate.extended_key_usage().map_err(malformed)?;
    let extended = extended.ok_or(Unfit("it has no extended key usage"))?.value;
    let for_card = extended.other.contains(&CARD_AUTHENTICATION);
    let fits = match slot {
        Slot::CardAuthentication => for_card,
        Slot::Authentication => extended.client_auth && !for_card,
    };
    if !fits {
        return Err(Unfit("it is for another key of the card"));
    }
    Ok(())
}

struct Subject {
    number: String,
    tenant: String,
    kind: CardKind,
}

impl Subject {
    fn read(certificate: &X509Certificate) -> Result<Subject, CertificateError> {
        use CertificateError::Unfit;
        let number = single(certificate, &SERIAL_NUMBER).filter(|text| is_number(text));
        let kind = single(certificate, &UNIT).and_then(|text| read_kind(&text));
        Ok(Subject {
            number: number.ok_or(Unfit("it has no card number"))?,
            tenant: single(certificate, &ORGANISATION).ok_or(Unfit("it names no district"))?,
            kind: kind.ok_or(Unfit("it does not say whose card it is"))?,
        })
    }
}

/// The text of an attribute that the subject has exactly once.
fn single(certificate: &X509Certificate, attribute: &Oid) -> Option<String> {
    let mut found = certificate
        .subject()
        .iter_attributes()
        .filter(|a| a.attr_type() == attribute);
    let text = found.next()?.as_str().ok()?.to_owned();
    found.next().is_none().then_some(text)
}

/// The ledger's rule for card numbers, and long enough to be told apart.
fn is_number(text: &str) -> bool {
    (4..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn read_kind(text: &str) -> Option<CardKind> {
    match text {
        "resident" => Some(CardKind::Resident),
        "staff:maintenance" => Some(CardKind::Staff(StaffRole::Maintenance)),
        "staff:clerk" => Some(CardKind::Staff(StaffRole::Clerk)),
        "staff:manager" => Some(CardKind::Staff(StaffRole::Manager)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
