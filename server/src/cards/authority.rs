//! The operator's card authority: certifies the keys that desks make on cards. Its certificate goes to every terminal.

use std::path::{Path, PathBuf};
use std::time::Duration;

use meterpost_ledger::signing::{EntropyError, TenantId, create_new, system_entropy};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SerialNumber, SubjectPublicKeyInfo,
};
use thiserror::Error;

use super::life::{CardKind, Slot};

/// In the server's folder of keys.
const KEY: &str = "cards.key";
const CERTIFICATE: &str = "cards.pem";
/// An authority's own time.
const DAYS: u64 = 7300;
/// A desk's or a terminal's clock may be a little behind.
const BACKDATED: Duration = Duration::from_secs(3600);
const DAY: u64 = 86_400;

/// Object identifiers (X.520; FIPS 201-3).
const SERIAL_NUMBER: [u64; 4] = [2, 5, 4, 5];
const CARD_AUTHENTICATION: [u64; 8] = [2, 16, 840, 1, 101, 3, 6, 8];
/// A P-256 key as SubjectPublicKeyInfo (RFC 5480), but for its point.
const KEY_INFO: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A,
    0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Why the authority cannot be used.
#[derive(Debug, Error)]
pub enum AuthorityError {
    /// There is none.
    #[error("there is no card authority; `server ca cards` makes it")]
    None,
    /// One of its files cannot be read or written.
    #[error("{path}: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// It cannot sign.
    #[error("the card authority cannot certify: {0}")]
    Sign(#[from] rcgen::Error),
    /// No serial number could be made.
    #[error("{0}")]
    Entropy(#[from] EntropyError),
}

/// What a card's certificate says.
#[derive(Clone, Copy, Debug)]
pub struct CardSubject<'s> {
    /// The card's number.
    pub number: &'s str,
    /// The tenant.
    pub tenant: &'s TenantId,
    /// Whose card.
    pub kind: CardKind,
    /// Which of its keys.
    pub slot: Slot,
}

/// A certificate that was made.
#[derive(Clone, Debug)]
pub struct NewCertificate {
    /// Its serial number.
    pub serial: [u8; 16],
    /// DER.
    pub der: Vec<u8>,
}

/// The authority.
pub struct CardAuthority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl CardAuthority {
    /// Makes key and certificate in the server's folder of keys; `now` in seconds since 1970.
    ///
    /// # Errors
    /// When there is one already, or it cannot be written.
    pub fn create(folder: &Path, name: &str, now: u64) -> Result<PathBuf, AuthorityError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        let mut push = |attribute, text: String| params.distinguished_name.push(attribute, text);
        push(DnType::OrganizationName, name.to_owned());
        // Two that follow one another have names of their own.
        push(DnType::CommonName, format!("{name} cards {now}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.not_before = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(now) - BACKDATED;
        params.not_after = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(now + DAYS * DAY);
        let certificate = params.self_signed(&key)?;
        write(&folder.join(KEY), &key.serialize_pem(), 0o600)?;
        let path = folder.join(CERTIFICATE);
        write(&path, &certificate.pem(), 0o644)?;
        Ok(path)
    }

    /// Reads it; `None` where none was made.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn open(folder: &Path) -> Result<Option<CardAuthority>, AuthorityError> {
        let path = folder.join(KEY);
        if !path.exists() {
            return Ok(None);
        }
        let key = read(&path)?;
        let key = KeyPair::from_pem(&key).map_err(|why| wrong(&path, &why))?;
        let path = folder.join(CERTIFICATE);
        let pem = read(&path)?;
        let issuer = Issuer::from_ca_cert_pem(&pem, key).map_err(|why| wrong(&path, &why))?;
        Ok(Some(CardAuthority { issuer, pem }))
    }

    /// Its certificate, for terminals.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Certifies a key of a card: `point` is a P-256 point, uncompressed, `now` in seconds since 1970.
    ///
    /// # Errors
    /// When the point is none, or there is no randomness for the serial number.
    pub fn certify(
        &self,
        subject: &CardSubject,
        point: &[u8],
        now: u64,
    ) -> Result<NewCertificate, AuthorityError> {
        let mut serial = [0; 16];
        system_entropy(&mut serial)?;
        // Positive, and of this length (RFC 5280, 4.1.2.2).
        serial[0] = serial[0] & 0x3F | 0x40;
        let mut params = CertificateParams::default();
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.distinguished_name = name(subject);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![match subject.slot {
            Slot::CardAuthentication => {
                ExtendedKeyUsagePurpose::Other(CARD_AUTHENTICATION.to_vec())
            }
            Slot::Authentication => ExtendedKeyUsagePurpose::ClientAuth,
        }];
        params.not_before = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(now) - BACKDATED;
        let good_for = u64::from(subject.kind.days()) * DAY;
        params.not_after = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(now + good_for);
        let key = SubjectPublicKeyInfo::from_der(&[&KEY_INFO[..], point].concat())?;
        let der = params.signed_by(&key, &self.issuer)?.der().to_vec();
        Ok(NewCertificate { serial, der })
    }
}

fn name(subject: &CardSubject) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, subject.tenant.as_str());
    name.push(DnType::OrganizationalUnitName, subject.kind.unit());
    name.push(DnType::CommonName, subject.number);
    let number = DnType::CustomDnType(SERIAL_NUMBER.to_vec());
    name.push(number, subject.number);
    name
}

fn wrong(path: &Path, why: &dyn std::fmt::Display) -> AuthorityError {
    AuthorityError::File {
        path: path.to_owned(),
        why: why.to_string(),
    }
}

fn read(path: &Path) -> Result<String, AuthorityError> {
    std::fs::read_to_string(path).map_err(|why| wrong(path, &why))
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), AuthorityError> {
    create_new(path, text.as_bytes(), mode).map_err(|why| wrong(path, &why))
}
