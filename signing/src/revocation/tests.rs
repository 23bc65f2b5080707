use super::*;
use crate::sealer::Seed;
use crate::signer::SecretKey;
use proptest::prelude::*;

fn key(byte: u8) -> SecretKey {
    SecretKey::from_seed(&Seed::new([byte; 32])).unwrap()
}

fn origin(epoch: u32) -> LogOrigin {
    LogOrigin::parse(&format!("meterpost/test/K1/{epoch}")).unwrap()
}

fn revocation(byte: u8, accepted: u64) -> Revocation {
    Revocation {
        origin: origin(1),
        key: key(byte).public_key().id(),
        accepted,
    }
}

fn signed(accepted: u64) -> SignedRevocation {
    revocation(1, accepted).sign(&key(9)).unwrap()
}

#[test]
fn the_file_is_read_and_written() {
    let made = signed(42);
    let text = made.to_text();
    let id = key(1).public_key().id();
    let lines =
        format!("meterpost-revocation v1\norigin meterpost/test/K1/1\nkey {id}\naccepted 42\n");
    assert!(text.starts_with(&format!("{lines}signature ")), "{text}");
    let operator = key(9).public_key();
    assert_eq!(
        SignedRevocation::open(text.as_bytes(), &operator),
        Ok(made.clone())
    );
    assert_eq!(made.revocation(), &revocation(1, 42));
    let other = key(8).public_key();
    assert!(matches!(
        SignedRevocation::open(text.as_bytes(), &other),
        Err(RevocationError::Signature(_))
    ));
}

#[test]
fn every_malformation_has_its_error() {
    let text = signed(42).to_text();
    let operator = key(9).public_key();
    let error = |from: &str, to: &str| {
        let changed = text.replace(from, to);
        assert_ne!(changed, text);
        SignedRevocation::open(changed.as_bytes(), &operator).unwrap_err()
    };
    let line = |field| RevocationError::Fields(FieldsError::Line(field));
    assert_eq!(error(" v1\n", " v2\n"), FieldsError::Header(HEADER).into());
    assert_eq!(error("K1/1", "K1/01"), line("origin"));
    assert_eq!(error("accepted 42", "accepted 042"), line("accepted"));
    assert_eq!(
        error("accepted 42", "accepted 9223372036854775808"),
        line("accepted")
    );
    let id = key(1).public_key().id().to_string();
    assert_eq!(error(&id, &id.to_uppercase()), line("key"));
    assert_eq!(error(&id, &id[2..]), line("key"));
    assert!(matches!(
        error("accepted 42", "accepted 43"),
        RevocationError::Signature(_)
    ));
    assert!(matches!(
        error("K1/1", "K1/2"),
        RevocationError::Signature(_)
    ));
    let longer = format!("{text}x");
    assert_eq!(
        SignedRevocation::open(longer.as_bytes(), &operator),
        Err(FieldsError::Trailing.into())
    );
    assert_eq!(
        SignedRevocation::open(&[b'x'; 5000], &operator),
        Err(FieldsError::TooLong.into())
    );
}

#[test]
fn the_size_is_the_last_that_counts() {
    let revoked = [revocation(1, 10)];
    let id = key(1).public_key().id();
    let accepted = |size| still_accepted(&revoked, &origin(1), &id, size);
    assert!(accepted(0) && accepted(10));
    assert!(!accepted(11) && !accepted(u64::MAX));
    let nothing = [revocation(1, 0)];
    assert!(!still_accepted(&nothing, &origin(1), &id, 1));
}

#[test]
fn another_key_and_another_log_are_untouched() {
    let revoked = [revocation(1, 10)];
    assert!(still_accepted(
        &revoked,
        &origin(1),
        &key(2).public_key().id(),
        11
    ));
    assert!(still_accepted(
        &revoked,
        &origin(2),
        &key(1).public_key().id(),
        11
    ));
    assert!(still_accepted(
        &[],
        &origin(1),
        &key(1).public_key().id(),
        11
    ));
}

#[test]
fn a_later_one_can_only_lower_the_size() {
    let earlier = revocation(1, 10);
    assert_eq!(revocation(1, 9).check_follows(&earlier), Ok(()));
    assert_eq!(revocation(1, 10).check_follows(&earlier), Ok(()));
    assert_eq!(
        revocation(1, 11).check_follows(&earlier),
        Err(RevocationError::Raised {
            earlier: 10,
            later: 11
        })
    );
    assert_eq!(
        revocation(2, 9).check_follows(&earlier),
        Err(RevocationError::Other)
    );
}

#[test]
fn a_size_that_no_log_has_is_not_signed() {
    let size = i64::MAX as u64 + 1;
    assert_eq!(
        revocation(1, size).sign(&key(9)),
        Err(RevocationError::Size)
    );
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(SignedRevocation::open(&bytes, &key(9).public_key()).is_err());
    }

    #[test]
    fn a_changed_byte_is_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let good = signed(42).to_text().into_bytes();
        let mut bytes = good.clone();
        *at.get_mut(&mut bytes) = byte;
        let read = SignedRevocation::open(&bytes, &key(9).public_key());
        prop_assert_eq!(read.is_ok(), bytes == good);
    }

    #[test]
    fn the_order_of_revocations_does_not_matter(sizes in prop::collection::vec(0_u64..20, 1..5), size in 0_u64..20) {
        let mut revoked = sizes.iter().map(|n| revocation(1, *n)).collect::<Vec<_>>();
        let id = key(1).public_key().id();
        let accepted = still_accepted(&revoked, &origin(1), &id, size);
        prop_assert_eq!(accepted, size <= *sizes.iter().min().unwrap());
        revoked.reverse();
        prop_assert_eq!(still_accepted(&revoked, &origin(1), &id, size), accepted);
    }

    #[test]
    fn every_revocation_survives(accepted in 0..=i64::MAX as u64) {
        let made = signed(accepted);
        prop_assert_eq!(SignedRevocation::open(made.to_text().as_bytes(), &key(9).public_key()), Ok(made));
    }
}
