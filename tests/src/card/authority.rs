//! An operator's card authority, and cards that it issued, as the real one's are (docs/cards.md).

use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SubjectPublicKeyInfo,
};

use super::keys::Pair;
use super::piv::PivCard;
use super::tlv::put;

/// Of a P-256 key, in front of its point (RFC 5480).
const KEY_INFO: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A,
    0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
const CARD_NUMBER: [u64; 4] = [2, 5, 4, 5];
const CARD_AUTHENTICATION: [u64; 8] = [2, 16, 840, 1, 101, 3, 6, 8];

/// What a card's certificates say.
#[derive(Clone, Debug)]
pub struct Holder {
    /// The card's number.
    pub number: String,
    /// The tenant.
    pub tenant: String,
    /// `resident`, `staff:clerk` and so on.
    pub unit: String,
    /// Seconds since 1970.
    pub from: u64,
    /// Seconds since 1970.
    pub to: u64,
}

impl Holder {
    /// A resident of the tenant `east-district`, with a card for the years 2020 to 2040.
    pub fn resident(number: &str) -> Holder {
        Holder {
            number: number.to_owned(),
            tenant: "east-district".to_owned(),
            unit: "resident".to_owned(),
            from: 1_577_836_800,
            to: 2_208_988_800,
        }
    }

    /// Staff of this role.
    pub fn staff(number: &str, role: &str) -> Holder {
        Holder {
            unit: format!("staff:{role}"),
            ..Holder::resident(number)
        }
    }
}

/// An authority.
#[derive(Debug)]
pub struct CardAuthority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl CardAuthority {
    /// A new one.
    pub fn new(name: &str) -> CardAuthority {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.not_before = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(1_577_836_800);
        params.not_after = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(2_524_608_000);
        let key = KeyPair::generate().expect("a P-256 key");
        let certificate = params.self_signed(&key).expect("it signs itself");
        CardAuthority {
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// Its certificate, as terminals get it.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A card as this authority issues it: a key 9E, for staff 9A too, their certificates, and the objects that PIV asks for.
    pub fn issue(&self, holder: &Holder) -> PivCard {
        let mut card = PivCard::blank();
        let mut add = |slot: u8, object: u8| {
            let pair = Pair::generate();
            let certificate = self.certify(holder, slot, &pair.point());
            let inside = [put(0x70, &certificate), put(0x71, &[0]), put(0xFE, &[])].concat();
            card.keys.insert(slot, pair);
            card.objects.insert(vec![0x5F, 0xC1, object], inside);
        };
        add(0x9E, 0x01);
        if holder.unit != "resident" {
            add(0x9A, 0x05);
        }
        card.objects.insert(vec![0x5F, 0xC1, 0x02], chuid());
        card
    }

    /// A certificate for a slot's key.
    pub fn certify(&self, holder: &Holder, slot: u8, point: &[u8]) -> Vec<u8> {
        let mut params = CertificateParams::default();
        let mut name = DistinguishedName::new();
        name.push(DnType::OrganizationName, holder.tenant.as_str());
        name.push(DnType::OrganizationalUnitName, holder.unit.as_str());
        name.push(DnType::CommonName, holder.number.as_str());
        let number = DnType::CustomDnType(CARD_NUMBER.to_vec());
        name.push(number, holder.number.as_str());
        params.distinguished_name = name;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![match slot {
            0x9E => ExtendedKeyUsagePurpose::Other(CARD_AUTHENTICATION.to_vec()),
            _ => ExtendedKeyUsagePurpose::ClientAuth,
        }];
        params.not_before = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(holder.from);
        params.not_after = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(holder.to);
        let key = [&KEY_INFO[..], point].concat();
        let key = SubjectPublicKeyInfo::from_der(&key).expect("a P-256 key");
        let certificate = params.signed_by(&key, &self.issuer).expect("it signs");
        certificate.der().to_vec()
    }
}

/// A card holder unique identifier (SP 800-73-4 part 1, 3.1.2) of a card that belongs to no federal agency.
fn chuid() -> Vec<u8> {
    let agency = [
        0xD4, 0xE7, 0x39, 0xDA, 0x73, 0x9C, 0xED, 0x39, 0xCE, 0x73, 0x9D, 0xA1, 0x68, 0x5A, 0x10,
        0x82, 0x10, 0x8C, 0xE7, 0x39, 0x84, 0x10, 0x84, 0x13, 0xEA,
    ];
    let guid: [u8; 16] = super::keys::random();
    [
        put(0x30, &agency),
        put(0x34, &guid),
        put(0x35, b"20400101"),
        put(0x3E, &[]),
        put(0xFE, &[]),
    ]
    .concat()
}
