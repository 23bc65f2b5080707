//! `server ca`: the operator's own authority. Public ones issue no certificates for a district's machines any more.

use std::path::Path;

use meterpost_ledger::signing::create_new;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use super::Failure;
use crate::cards::CardAuthority;
use crate::config::Config;

const CERTIFICATE: &str = "ca.pem";
const KEY: &str = "ca.key";

/// Days that certificates are good for: an authority's ten years, a server's a little over one.
const CA_DAYS: i64 = 3650;
const SERVER_DAYS: i64 = 397;

fn valid_for(parameters: &mut CertificateParams, days: i64) -> Result<(), Failure> {
    let today = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    // A clock that is a little behind must not refuse it.
    let from = today.yesterday().map_err(Failure::data)?;
    let until = today
        .checked_add(jiff::Span::new().days(days))
        .map_err(Failure::data)?;
    let date = |date: jiff::civil::Date| {
        rcgen::date_time_ymd(
            i32::from(date.year()),
            date.month().unsigned_abs(),
            date.day().unsigned_abs(),
        )
    };
    parameters.not_before = date(from);
    parameters.not_after = date(until);
    Ok(())
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    create_new(path, text.as_bytes(), mode)
        .map_err(|error| Failure::Data(format!("{}: {error}", path.display())))
}

/// Makes the authority.
pub(super) fn init(dir: &Path, name: &str) -> Result<(), Failure> {
    std::fs::create_dir_all(dir).map_err(Failure::data)?;
    let key = KeyPair::generate().map_err(Failure::data)?;
    let mut parameters = CertificateParams::default();
    parameters
        .distinguished_name
        .push(DnType::OrganizationName, name);
    parameters
        .distinguished_name
        .push(DnType::CommonName, format!("{name} CA"));
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    valid_for(&mut parameters, CA_DAYS)?;
    let certificate = parameters.self_signed(&key).map_err(Failure::data)?;
    write(&dir.join(KEY), &key.serialize_pem(), 0o600)?;
    write(&dir.join(CERTIFICATE), &certificate.pem(), 0o644)?;
    println!(
        "The authority is in {}; terminals need {CERTIFICATE} only.",
        dir.display()
    );
    Ok(())
}

/// Makes the authority for cards.
pub(super) fn cards(config: &Config, name: &str) -> Result<(), Failure> {
    let now = (crate::clock::system)();
    let path = CardAuthority::create(&config.keys, name, now).map_err(Failure::data)?;
    println!(
        "Cards are certified from the server's next start on; terminals need {}.",
        path.display()
    );
    Ok(())
}

/// Issues the certificate of a server or a concentrator. Both ends of an uplink show theirs, so it is good for either direction.
pub(super) fn issue(dir: &Path, names: Vec<String>, out: &Path, file: &str) -> Result<(), Failure> {
    let read = |file: &str| {
        let path = dir.join(file);
        std::fs::read_to_string(&path)
            .map_err(|error| Failure::Data(format!("{}: {error}", path.display())))
    };
    let ca_key = KeyPair::from_pem(&read(KEY)?).map_err(Failure::data)?;
    let issuer = Issuer::from_ca_cert_pem(&read(CERTIFICATE)?, ca_key).map_err(Failure::data)?;
    let key = KeyPair::generate().map_err(Failure::data)?;
    let common = names.first().cloned().unwrap_or_default();
    let mut parameters = CertificateParams::new(names).map_err(Failure::config)?;
    parameters
        .distinguished_name
        .push(DnType::CommonName, common);
    parameters.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    valid_for(&mut parameters, SERVER_DAYS)?;
    let certificate = parameters.signed_by(&key, &issuer).map_err(Failure::data)?;
    std::fs::create_dir_all(out).map_err(Failure::data)?;
    write(
        &out.join(format!("{file}.key")),
        &key.serialize_pem(),
        0o600,
    )?;
    write(&out.join(format!("{file}.pem")), &certificate.pem(), 0o644)?;
    println!("Certificate and key are in {}.", out.display());
    Ok(())
}
