//! Certificates as the operator's authority makes them, and each way in which one can be wrong.

use meterpost_ledger::ClockQuality;
use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, PKCS_ED25519, SignatureAlgorithm,
};

use super::*;

const TENANT: &str = "east-district";
/// November 2026.
const NOW: CardTime = CardTime {
    wall: 1_795_000_000_000,
    quality: ClockQuality::Ntp,
    logged: 0,
};

fn authority_with(
    algorithm: &'static SignatureAlgorithm,
    change: impl Fn(&mut CertificateParams),
) -> (Issuer<'static, KeyPair>, String) {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "cards");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2040, 1, 1);
    change(&mut params);
    let key = KeyPair::generate_for(algorithm).unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    (Issuer::new(params, key), pem)
}

fn authority() -> (Issuer<'static, KeyPair>, Authority) {
    let (issuer, pem) = authority_with(&PKCS_ECDSA_P256_SHA256, |_| ());
    (issuer, Authority::from_pem(pem.as_bytes()).unwrap())
}

fn subject(parts: &[(&str, &str)]) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    for (attribute, text) in parts {
        let attribute = match *attribute {
            "O" => DnType::OrganizationName,
            "OU" => DnType::OrganizationalUnitName,
            _ => DnType::CustomDnType(vec![2, 5, 4, 5]),
        };
        name.push(attribute, *text);
    }
    name
}

/// A resident's card's certificate for 9E.
fn good() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = subject(&[("O", TENANT), ("OU", "resident"), ("N", "C-0042")]);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![card_authentication()];
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2030, 1, 1);
    params
}

fn card_authentication() -> ExtendedKeyUsagePurpose {
    ExtendedKeyUsagePurpose::Other(vec![2, 16, 840, 1, 101, 3, 6, 8])
}

fn der(params: &CertificateParams, issuer: &Issuer<KeyPair>) -> Vec<u8> {
    let key = KeyPair::generate().unwrap();
    params.signed_by(&key, issuer).unwrap().der().to_vec()
}

fn check(change: impl Fn(&mut CertificateParams)) -> Result<CardCertificate, CertificateError> {
    check_for(Slot::CardAuthentication, change)
}

fn check_for(
    slot: Slot,
    change: impl Fn(&mut CertificateParams),
) -> Result<CardCertificate, CertificateError> {
    let (issuer, authority) = authority();
    let mut params = good();
    change(&mut params);
    authority.check(&der(&params, &issuer), slot, TENANT, &NOW)
}

#[test]
fn a_certificate_of_the_operators_authority_says_number_and_kind() {
    let resident = check(|_| ()).unwrap();
    assert_eq!(resident.number, "C-0042");
    assert_eq!(resident.kind, CardKind::Resident);
    for (unit, role) in [
        ("staff:maintenance", StaffRole::Maintenance),
        ("staff:clerk", StaffRole::Clerk),
        ("staff:manager", StaffRole::Manager),
    ] {
        let staff = check(|params| {
            params.distinguished_name = subject(&[("O", TENANT), ("OU", unit), ("N", "S-0007")]);
        });
        assert_eq!(staff.unwrap().kind, CardKind::Staff(role));
    }
}

#[test]
fn another_authority_of_the_same_name_is_not_the_operators() {
    let (_, authority) = authority();
    let (stranger, _) = authority_with(&PKCS_ECDSA_P256_SHA256, |_| ());
    let der = der(&good(), &stranger);
    let found = authority.check(&der, Slot::CardAuthentication, TENANT, &NOW);
    assert_eq!(found, Err(CertificateError::Foreign));
}

#[test]
fn a_changed_byte_is_never_accepted() {
    let (issuer, authority) = authority();
    let whole = der(&good(), &issuer);
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x01;
        let found = authority.check(&changed, Slot::CardAuthentication, TENANT, &NOW);
        assert!(found.is_err(), "byte {at}");
    }
    for cut in 0..whole.len() {
        let found = authority.check(&whole[..cut], Slot::CardAuthentication, TENANT, &NOW);
        assert!(found.is_err(), "cut at {cut}");
    }
    let longer = [&whole[..], &[0]].concat();
    let found = authority.check(&longer, Slot::CardAuthentication, TENANT, &NOW);
    assert!(matches!(found, Err(CertificateError::Malformed(_))));
}

#[test]
fn a_card_of_another_district_is_refused() {
    let found = check(|params| {
        params.distinguished_name =
            subject(&[("O", "west-district"), ("OU", "resident"), ("N", "C-0042")]);
    });
    assert_eq!(found, Err(CertificateError::Tenant));
}

#[test]
fn a_subject_must_say_each_thing_and_say_it_well() {
    let subjects: [&[(&str, &str)]; 7] = [
        &[("O", TENANT), ("OU", "resident")],
        &[("O", TENANT), ("N", "C-0042")],
        &[("OU", "resident"), ("N", "C-0042")],
        &[("O", TENANT), ("OU", "staff:owner"), ("N", "C-0042")],
        &[("O", TENANT), ("OU", "resident"), ("N", "C-1")],
        &[("O", TENANT), ("OU", "resident"), ("N", "C 0042")],
        &[
            ("O", TENANT),
            ("OU", "resident"),
            ("N", "C-00000000000000000000000000000042"),
        ],
    ];
    for parts in subjects {
        let found = check(|params| params.distinguished_name = subject(parts));
        assert!(
            matches!(found, Err(CertificateError::Unfit(_))),
            "{parts:?}: {found:?}"
        );
    }
}

#[test]
fn a_certificate_for_one_key_does_not_pass_for_the_other() {
    let client = |params: &mut CertificateParams| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    };
    assert!(check_for(Slot::Authentication, client).is_ok());
    assert!(matches!(check(client), Err(CertificateError::Unfit(_))));
    let found = check_for(Slot::Authentication, |_| ());
    assert!(matches!(found, Err(CertificateError::Unfit(_))));
    let both = |params: &mut CertificateParams| {
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, card_authentication()];
    };
    let found = check_for(Slot::Authentication, both);
    assert!(matches!(found, Err(CertificateError::Unfit(_))));
}

#[test]
fn keys_for_anything_else_are_refused() {
    let unfit = |found: Result<CardCertificate, CertificateError>| {
        assert!(
            matches!(found, Err(CertificateError::Unfit(_))),
            "{found:?}"
        );
    };
    unfit(check(|params| params.key_usages = Vec::new()));
    unfit(check(|params| {
        params.key_usages = vec![KeyUsagePurpose::KeyAgreement];
    }));
    unfit(check(|params| {
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyCertSign,
        ];
    }));
    unfit(check(|params| params.extended_key_usages = Vec::new()));
    unfit(check(|params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }));
    unfit(check(|params| {
        let mut unknown = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        unknown.set_criticality(true);
        params.custom_extensions.push(unknown);
    }));
    let (issuer, authority) = authority();
    for algorithm in [&PKCS_ECDSA_P384_SHA384, &PKCS_ED25519] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let der = good().signed_by(&key, &issuer).unwrap().der().to_vec();
        unfit(authority.check(&der, Slot::CardAuthentication, TENANT, &NOW));
    }
}

#[test]
fn a_certificate_is_in_force_between_its_ends_and_its_authoritys() {
    assert_eq!(
        check(|params| params.not_after = rcgen::date_time_ymd(2026, 6, 1)),
        Err(CertificateError::Over)
    );
    assert_eq!(
        check(|params| params.not_before = rcgen::date_time_ymd(2027, 1, 1)),
        Err(CertificateError::NotYet)
    );
    let (issuer, pem) = authority_with(&PKCS_ECDSA_P256_SHA256, |params| {
        params.not_after = rcgen::date_time_ymd(2026, 6, 1);
    });
    let authority = Authority::from_pem(pem.as_bytes()).unwrap();
    let der = der(&good(), &issuer);
    let found = authority.check(&der, Slot::CardAuthentication, TENANT, &NOW);
    assert_eq!(found, Err(CertificateError::Over));
}

#[test]
fn a_file_of_authorities_holds_authorities_and_nothing_else() {
    let (old, old_pem) = authority_with(&PKCS_ECDSA_P256_SHA256, |_| ());
    let (new, new_pem) = authority_with(&PKCS_ECDSA_P256_SHA256, |_| ());
    let both = Authority::from_pem(format!("{old_pem}{new_pem}").as_bytes()).unwrap();
    for issuer in [old, new] {
        let der = der(&good(), &issuer);
        assert!(
            both.check(&der, Slot::CardAuthentication, TENANT, &NOW)
                .is_ok()
        );
    }
    let (_, p384) = authority_with(&PKCS_ECDSA_P384_SHA384, |_| ());
    let (_, no_ca) = authority_with(&PKCS_ECDSA_P256_SHA256, |params| {
        params.is_ca = IsCa::NoCa;
    });
    let key = KeyPair::generate().unwrap().serialize_pem();
    for (wrong, why) in [
        ("", "no certificate"),
        ("nonsense", "no certificate"),
        (p384.as_str(), "not P-256"),
        (no_ca.as_str(), "no authority"),
        (key.as_str(), "PRIVATE KEY"),
    ] {
        let said = Authority::from_pem(wrong.as_bytes()).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let (_, authority) = authority();
        let found = authority.check(&bytes, Slot::CardAuthentication, TENANT, &NOW);
        prop_assert!(found.is_err());
        let _ = Authority::from_pem(&bytes);
    }

    #[test]
    fn a_certificate_with_any_piece_replaced_is_refused_without_panic(
        at in 0_usize..500,
        piece in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let (issuer, authority) = authority();
        let whole = der(&good(), &issuer);
        let mut changed = whole.clone();
        let at = at.min(changed.len());
        let end = (at + piece.len()).min(changed.len());
        changed.splice(at..end, piece);
        let found = authority.check(&changed, Slot::CardAuthentication, TENANT, &NOW);
        prop_assert!(found.is_err() || changed == whole);
    }
}
