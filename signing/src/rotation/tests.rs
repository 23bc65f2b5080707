use super::*;
use crate::sealer::Seed;
use crate::signer::SecretKey;
use proptest::prelude::*;

fn key(byte: u8) -> SecretKey {
    SecretKey::from_seed(&Seed::new([byte; 32])).unwrap()
}

fn public(byte: u8) -> PublicKey {
    key(byte).public_key()
}

fn origin() -> KeyName {
    KeyName::new("meterpost/test/K1/1").unwrap()
}

fn rotation(old: u8, new: u8) -> Rotation {
    Rotation::sign(&origin(), &key(old), &key(new)).unwrap()
}

#[test]
fn both_keys_sign_and_both_are_checked() {
    let good = rotation(1, 2);
    assert_eq!(good.verify(&origin()), Ok(()));
    let mut bad = good.clone();
    bad.by_old.0[3] ^= 1;
    assert!(matches!(
        bad.verify(&origin()),
        Err(RotationError::ByOld(_))
    ));
    let mut bad = good.clone();
    bad.by_new.0[3] ^= 1;
    assert!(matches!(
        bad.verify(&origin()),
        Err(RotationError::ByNew(_))
    ));
}

#[test]
fn a_key_that_is_not_ones_own_cannot_be_adopted() {
    // The old key's holder names a stranger's key and signs in its place.
    let mut stolen = rotation(1, 2);
    stolen.by_new = rotation(1, 3).by_old;
    assert!(matches!(
        stolen.verify(&origin()),
        Err(RotationError::ByNew(_))
    ));
}

#[test]
fn the_two_signatures_cannot_change_places() {
    let good = rotation(1, 2);
    let swapped = Rotation {
        by_old: good.by_new,
        by_new: good.by_old,
        ..good.clone()
    };
    assert!(swapped.verify(&origin()).is_err());
    let reversed = Rotation {
        old: good.new,
        new: good.old,
        by_old: good.by_new,
        by_new: good.by_old,
    };
    assert!(reversed.verify(&origin()).is_err());
}

#[test]
fn a_rotation_holds_for_its_log_only() {
    let other = KeyName::new("meterpost/test/K1/2").unwrap();
    assert!(rotation(1, 2).verify(&other).is_err());
}

#[test]
fn a_key_cannot_follow_itself() {
    let same = Rotation::sign(&origin(), &key(1), &key(1));
    assert_eq!(same, Err(RotationError::SameKey));
    let mut forged = rotation(1, 2);
    forged.new = forged.old;
    assert_eq!(forged.verify(&origin()), Err(RotationError::SameKey));
}

#[test]
fn weak_and_misspelt_keys_are_refused() {
    let good = rotation(1, 2);
    let from = |new: &[u8; 32]| {
        Rotation::from_bytes(&good.old.to_bytes(), new, &good.by_old.0, &good.by_new.0)
    };
    assert_eq!(from(&good.new.to_bytes()), Ok(good.clone()));
    for (bytes, error) in crate::edge_vectors::refused_keys() {
        assert_eq!(from(&bytes), Err(RotationError::Key(error)));
    }
}

#[test]
fn a_chain_leads_from_the_first_key_to_the_one_in_use() {
    let rotations = [rotation(1, 2), rotation(2, 3), rotation(3, 4)];
    assert_eq!(chain(&origin(), &public(1), &[]), Ok(public(1)));
    assert_eq!(chain(&origin(), &public(1), &rotations), Ok(public(4)));
    assert_eq!(
        chain(&origin(), &public(2), &rotations),
        Err(RotationError::Broken(1))
    );
    assert_eq!(
        chain(&origin(), &public(1), &[rotation(1, 2), rotation(3, 4)]),
        Err(RotationError::Broken(2))
    );
    let mut bad = rotations.clone();
    bad[1].by_new.0[0] ^= 1;
    assert!(matches!(
        chain(&origin(), &public(1), &bad),
        Err(RotationError::ByNew(_))
    ));
}

#[test]
fn a_replaced_key_never_comes_back() {
    for (rotations, number) in [
        (vec![rotation(1, 2), rotation(2, 1)], 2),
        (vec![rotation(1, 2), rotation(2, 3), rotation(3, 2)], 3),
        (vec![rotation(1, 2), rotation(2, 3), rotation(3, 1)], 3),
    ] {
        assert_eq!(
            chain(&origin(), &public(1), &rotations),
            Err(RotationError::Returned(number))
        );
    }
}

#[test]
fn the_signed_bytes_are_frozen() {
    let (old, new) = (public(1), public(2));
    assert_eq!(
        hex::encode(HandedOver(&old, &new).body()),
        hex::encode(old.to_bytes()) + &hex::encode(new.to_bytes())
    );
    assert_eq!(HandedOver(&old, &new).body(), TakenOver(&old, &new).body());
    assert_eq!(HandedOver::LABEL, "meterpost-rotation/v1");
    assert_eq!(TakenOver::LABEL, "meterpost-rotation-possession/v1");
}

proptest! {
    #[test]
    fn any_bytes_never_panic(
        old in any::<[u8; 32]>(),
        new in any::<[u8; 32]>(),
        one in any::<[u8; 32]>(),
        two in any::<[u8; 32]>(),
    ) {
        let (by_old, by_new) = ([0; 64], [one, two].concat().try_into().unwrap());
        if let Ok(read) = Rotation::from_bytes(&old, &new, &by_old, &by_new) {
            prop_assert!(read.verify(&origin()).is_err());
        }
    }

    #[test]
    fn one_flipped_bit_breaks_it(at in 0_usize..192, bit in 0_u8..8) {
        let good = rotation(1, 2);
        let mut parts = [good.old.to_bytes().to_vec(), good.new.to_bytes().to_vec(),
            good.by_old.0.to_vec(), good.by_new.0.to_vec()].concat();
        parts[at] ^= 1 << bit;
        let read = Rotation::from_bytes(
            parts[..32].try_into().unwrap(), parts[32..64].try_into().unwrap(),
            parts[64..128].try_into().unwrap(), parts[128..].try_into().unwrap());
        prop_assert!(read.and_then(|read| read.verify(&origin())).is_err());
    }
}
