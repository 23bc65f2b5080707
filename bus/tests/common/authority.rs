//! An operator's CA for tests, and the files that it gives out.
#![allow(dead_code, reason = "every file of tests takes what it needs")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use meterpost_bus::uplink::TlsFiles;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SerialNumber, date_time_ymd,
};

/// The CA.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    folder: PathBuf,
}

/// What a certificate is to be.
pub struct Wanted<'a> {
    pub name: &'a str,
    pub expired: bool,
    pub purposes: &'a [ExtendedKeyUsagePurpose],
}

pub const BOTH: [ExtendedKeyUsagePurpose; 2] = [
    ExtendedKeyUsagePurpose::ServerAuth,
    ExtendedKeyUsagePurpose::ClientAuth,
];

impl Authority {
    /// A new CA that writes into `folder` and is named after it.
    pub fn new(folder: &Path) -> Authority {
        Authority::named(folder, &folder.display().to_string())
    }

    /// A new CA with this name.
    pub fn named(folder: &Path, name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Authority {
            issuer: Issuer::new(params, key),
            pem,
            folder: folder.to_owned(),
        }
    }

    /// A sound certificate for `name`.
    pub fn issue(&self, name: &str) -> TlsFiles {
        self.issue_as(&Wanted {
            name,
            expired: false,
            purposes: &BOTH,
        })
    }

    /// A certificate as wanted; the serial number is the sum of the name's bytes.
    pub fn issue_as(&self, wanted: &Wanted<'_>) -> TlsFiles {
        let mut params = CertificateParams::new(vec![wanted.name.to_owned()]).unwrap();
        params.extended_key_usages = wanted.purposes.to_vec();
        params.serial_number = Some(serial(wanted.name));
        if wanted.expired {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        TlsFiles {
            ca: self.write("ca.pem", &self.pem, 0o644),
            certificate: self.write(&format!("{}.pem", wanted.name), &certificate.pem(), 0o644),
            key: self.write(&format!("{}.key", wanted.name), &key.serialize_pem(), 0o600),
            crl: None,
        }
    }

    /// A list that revokes what was issued for `names`.
    pub fn revoke(&self, names: &[&str]) -> PathBuf {
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 1, 1),
            next_update: date_time_ymd(2126, 1, 1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: names
                .iter()
                .map(|name| RevokedCertParams {
                    serial_number: serial(name),
                    revocation_time: date_time_ymd(2026, 1, 1),
                    reason_code: None,
                    invalidity_date: None,
                })
                .collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = params.signed_by(&self.issuer).unwrap();
        self.write("crl.pem", &list.pem().unwrap(), 0o644)
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }
}

fn serial(name: &str) -> SerialNumber {
    SerialNumber::from(name.bytes().map(u64::from).sum::<u64>())
}
