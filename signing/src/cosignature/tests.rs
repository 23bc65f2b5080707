use super::*;
use crate::checkpoint::RootHash;
use crate::note::{MAX_SIGNATURES, Note, NoteKeyId, VerifierKey, VkeyError};
use crate::sealer::Seed;
use crate::signer::SecretKey;
use proptest::prelude::*;

/// The checkpoint and line of the specification's example; it publishes no keys, so only the layout can be compared.
const SPEC_CHECKPOINT: &str =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
const SPEC_LINE: &str = "\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
const SPEC_TIME: u64 = 1_679_315_147;

/// The same checkpoint signed by OpenSSL following the specification: the log's seed is 32 times 1, the witness's 2.
const VKEY: &str = "witness.example.com/w1+745fb5e8+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU";
const LOG_LINE: &str = "\u{2014} example.com/behind-the-sofa be1zqQx8hYrJJIfiWfY39ShElJ74dPrOjXSgJJ2qG3vny2U7JyHN2kKCWb5H5e2MfxP7My2OyDRrDvCH/RbVubiZ8AE=\n";
const WITNESS_LINE: &str = "\u{2014} witness.example.com/w1 dF+16AAAAABkGFDLUwBLV8e4tjvb6qEHiNTQjDZIX+7tvd038taw9A7W/cQ7ZhSah0uJMOI6CTPez5qwHtE49MrkWhU349mtYmi3Dw==\n";

fn key(byte: u8) -> SecretKey {
    SecretKey::from_seed(&Seed::new([byte; 32])).unwrap()
}

fn name(text: &str) -> KeyName {
    KeyName::new(text).unwrap()
}

fn witness(text: &str, byte: u8) -> WitnessKey {
    WitnessKey::new(name(text), key(byte).public_key())
}

fn signed(size: u64) -> SignedCheckpoint {
    let checkpoint = Checkpoint {
        origin: name("meterpost/test/k1/1"),
        size,
        root: RootHash([0x5a; 32]),
    };
    checkpoint.sign(&key(1)).unwrap()
}

fn cosign(checkpoint: &SignedCheckpoint, text: &str, byte: u8, time: u64) -> Cosignature {
    Cosignature::sign(checkpoint, &name(text), &key(byte), time).unwrap()
}

fn reopen(text: &str) -> SignedCheckpoint {
    let log = VerifierKey::new(name("meterpost/test/k1/1"), key(1).public_key());
    SignedCheckpoint::open(text.as_bytes(), &log).unwrap()
}

#[test]
fn the_specifications_example_has_our_layout() {
    let lines = parse_lines(SPEC_LINE).unwrap();
    assert_eq!(lines[0].signature.len(), 8 + 64);
    assert_eq!(lines[0].signature[..8], SPEC_TIME.to_be_bytes());
    assert_eq!(
        message(&Checkpoint::parse(SPEC_CHECKPOINT).unwrap(), SPEC_TIME).unwrap(),
        "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n\
         CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    );
}

#[test]
fn a_cosignature_made_by_another_tool_comes_out_byte_for_byte() {
    let checkpoint = Checkpoint::parse(SPEC_CHECKPOINT).unwrap();
    let log = VerifierKey::new(checkpoint.origin.clone(), key(1).public_key());
    let whole = format!("{SPEC_CHECKPOINT}\n{LOG_LINE}{WITNESS_LINE}");
    let read = SignedCheckpoint::open(whole.as_bytes(), &log).unwrap();
    let known = WitnessKey::parse(VKEY).unwrap();
    assert_eq!(known.to_string(), VKEY);
    let found = read.cosignatures(std::slice::from_ref(&known)).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].witness(), found[0].time()), (&known, SPEC_TIME));
    assert_eq!(found[0].to_string(), WITNESS_LINE);

    let alone = checkpoint.sign(&key(1)).unwrap();
    let made = Cosignature::sign(&alone, known.name(), &key(2), SPEC_TIME).unwrap();
    assert_eq!(alone.with(&made).unwrap().to_text(), whole);
}

#[test]
fn a_logs_key_and_a_witnesss_key_have_different_lines_and_ids() {
    let public = key(2).public_key();
    let log = VerifierKey::new(name("w"), public);
    let witness = WitnessKey::new(name("w"), public);
    assert_ne!(log.id(), witness.id());
    assert_eq!(WitnessKey::parse(&log.to_string()), Err(VkeyError::Type(1)));
    assert_eq!(
        VerifierKey::parse(&witness.to_string()),
        Err(VkeyError::Type(4))
    );
    assert_eq!(
        WitnessKey::parse(&VKEY.replace("745f", "745e")),
        Err(VkeyError::Id)
    );
}

#[test]
fn any_number_of_witnesses_is_found_and_strangers_are_ignored() {
    let checkpoint = signed(7);
    let mut whole = checkpoint.clone();
    for (text, byte) in [("a", 2), ("b", 3), ("c", 4)] {
        whole = whole.with(&cosign(&checkpoint, text, byte, 100)).unwrap();
    }
    let read = reopen(&whole.to_text());
    let count = |known: &[WitnessKey]| read.cosignatures(known).unwrap().len();
    assert_eq!(
        count(&[witness("a", 2), witness("b", 3), witness("c", 4)]),
        3
    );
    assert_eq!(count(&[witness("c", 4)]), 1);
    assert_eq!(count(&[witness("d", 5)]), 0);
    // The name of one and the key of another are nobody known.
    assert_eq!(count(&[witness("a", 3)]), 0);
    assert_eq!(count(&[]), 0);
}

#[test]
fn a_known_witness_that_fails_refuses_the_whole() {
    let good = signed(7);
    let whole = good
        .with(&cosign(&good, "a", 2, 100))
        .unwrap()
        .with(&cosign(&good, "b", 3, 100))
        .unwrap();
    let known = [witness("a", 2), witness("b", 3)];
    let (place, line) = whole
        .note()
        .signatures()
        .iter()
        .enumerate()
        .find(|(_, line)| line.name == name("b"))
        .unwrap();
    assert_eq!(place, 2);
    let refused = |signature: Vec<u8>| {
        let bad = NoteSignature {
            signature,
            ..line.clone()
        };
        let text = whole.to_text().replace(&line.format(), &bad.format());
        reopen(&text).cosignatures(&known)
    };
    // Time, signature and length.
    for at in [7, 20, 71] {
        let mut blob = line.signature.clone();
        blob[at] ^= 1;
        assert_eq!(refused(blob), Err(CosignatureError::Bad(name("b"))));
    }
    for blob in [line.signature[..71].to_vec(), vec![1], vec![0xff; 72]] {
        assert_eq!(refused(blob), Err(CosignatureError::Bad(name("b"))));
    }
}

#[test]
fn a_cosignature_fits_its_checkpoint_only() {
    let other = cosign(&signed(8), "a", 2, 100);
    assert_eq!(
        signed(7).with(&other),
        Err(CosignatureError::Bad(name("a")))
    );
    let line = other.to_string();
    assert_eq!(
        Cosignature::read_lines(line.as_bytes(), &signed(7), &[witness("a", 2)]),
        Err(CosignatureError::Bad(name("a")))
    );
    assert_eq!(
        Cosignature::read_lines(line.as_bytes(), &signed(8), &[witness("a", 2)]),
        Ok(vec![other])
    );
}

#[test]
fn a_log_cannot_be_its_own_witness() {
    let checkpoint = signed(7);
    let own = CosignatureError::OwnWitness(name("a"));
    assert_eq!(
        Cosignature::sign(&checkpoint, &name("a"), &key(1), 1),
        Err(own.clone())
    );
    assert_eq!(checkpoint.cosignatures(&[witness("a", 1)]), Err(own));
}

#[test]
fn a_plain_note_signature_is_no_cosignature() {
    // The witness signs the checkpoint's text as a note would be signed, and the line is given a cosignature's id.
    let checkpoint = signed(7);
    let text = checkpoint.checkpoint().format();
    let plain = key(2).sign(text.as_bytes()).unwrap();
    let mut blob = 100_u64.to_be_bytes().to_vec();
    blob.extend_from_slice(&plain.0);
    let line = NoteSignature {
        name: name("a"),
        id: witness("a", 2).id(),
        signature: blob,
    };
    let note = checkpoint.note().with_line(line, |_| false).unwrap();
    assert_eq!(
        checkpoint.in_note(note).cosignatures(&[witness("a", 2)]),
        Err(CosignatureError::Bad(name("a")))
    );
}

#[test]
fn the_latest_of_one_witness_counts_and_is_kept() {
    let checkpoint = signed(7);
    let (early, late) = (
        cosign(&checkpoint, "a", 2, 100),
        cosign(&checkpoint, "a", 2, 200),
    );
    let known = [witness("a", 2)];
    let with_late = checkpoint.with(&early).unwrap().with(&late).unwrap();
    assert_eq!(with_late.note().signatures().len(), 2);
    assert_eq!(with_late.cosignatures(&known), Ok(vec![late.clone()]));
    assert_eq!(with_late.with(&early).unwrap(), with_late);
    assert_eq!(with_late.with(&late).unwrap(), with_late);
    // Both on one note, as another writer may leave them.
    let both = reopen(&format!("{}{late}{early}", checkpoint.to_text()));
    assert_eq!(both.cosignatures(&known), Ok(vec![late]));
}

#[test]
fn the_time_is_bounded() {
    let checkpoint = signed(7);
    let last = i64::MAX as u64;
    let made = cosign(&checkpoint, "a", 2, last);
    assert!(checkpoint.with(&made).is_ok());
    assert_eq!(
        Cosignature::sign(&checkpoint, &name("a"), &key(2), last + 1),
        Err(CosignatureError::Time)
    );
}

#[test]
fn signature_lines_stay_capped() {
    let checkpoint = signed(7);
    let stranger = |n: u8| NoteSignature {
        name: name("x"),
        id: NoteKeyId([n, 0, 0, 0]),
        signature: vec![1],
    };
    let mut note = checkpoint.note().clone();
    for n in 1..MAX_SIGNATURES as u8 {
        note = note.with_line(stranger(n), |_| false).unwrap();
    }
    let full = checkpoint.in_note(note);
    assert_eq!(
        full.with(&cosign(&checkpoint, "a", 2, 1)),
        Err(CosignatureError::Note(NoteError::TooManySignatures))
    );
}

#[test]
fn the_extended_note_is_still_the_logs() {
    let checkpoint = signed(7);
    let whole = checkpoint.with(&cosign(&checkpoint, "a", 2, 1)).unwrap();
    let read = reopen(&whole.to_text());
    assert_eq!(read, whole);
    assert_eq!(read.checkpoint(), checkpoint.checkpoint());
    assert!(Note::parse(whole.to_text().as_bytes()).is_ok());
    assert_eq!(read.log_key(), &key(1).public_key());
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Cosignature::read_lines(&bytes, &signed(7), &[witness("a", 2)]);
        let _ = std::str::from_utf8(&bytes).map(WitnessKey::parse);
    }

    #[test]
    fn any_signature_blob_of_a_known_witness_is_refused(blob in prop::collection::vec(any::<u8>(), 1..80)) {
        let line = NoteSignature { name: name("a"), id: witness("a", 2).id(), signature: blob };
        prop_assert_eq!(
            Cosignature::read_lines(line.format().as_bytes(), &signed(7), &[witness("a", 2)]),
            Err(CosignatureError::Bad(name("a")))
        );
    }

    #[test]
    fn a_flipped_bit_never_changes_what_is_believed(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let checkpoint = signed(7);
        let made = cosign(&checkpoint, "a", 2, 100);
        let mut bytes = checkpoint.with(&made).unwrap().to_text().into_bytes();
        *at.get_mut(&mut bytes) ^= 1 << bit;
        let log = VerifierKey::new(name("meterpost/test/k1/1"), key(1).public_key());
        if let Ok(read) = SignedCheckpoint::open(&bytes, &log) {
            // The flip met the witness's line: it fails, or it is nobody's any more.
            prop_assert_eq!(read.checkpoint(), checkpoint.checkpoint());
            let found = read.cosignatures(&[witness("a", 2)]);
            prop_assert!(found.is_err() || found == Ok(vec![]));
        }
    }

    #[test]
    fn every_cosignature_survives(size in 0..=i64::MAX as u64, time in 0..=i64::MAX as u64) {
        let checkpoint = signed(size);
        let made = cosign(&checkpoint, "a", 2, time);
        let whole = reopen(&checkpoint.with(&made).unwrap().to_text());
        prop_assert_eq!(whole.cosignatures(&[witness("a", 2)]), Ok(vec![made]));
    }
}
