use super::testing::*;
use super::*;
use crate::entry::DecodeError;
use crate::merkle::{CheckError, inclusion_proof};
use meterpost_signing::{CheckpointError, CosignatureError, NoteError};
use proptest::prelude::*;

#[test]
fn the_file_reads_as_the_format_says() {
    let text = log(5).prove(2).to_text();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "c2sp.org/tlog-proof@v1");
    assert!(lines[1].starts_with("extra iQI"));
    assert_eq!(lines[2], "index 2");
    assert!(lines[3..6].iter().all(|hash| hash.len() == 44));
    assert_eq!(lines[6..9], ["", ORIGIN, "5"]);
    assert_eq!(lines[10], "");
    assert!(lines[11].starts_with(&format!("\u{2014} {ORIGIN} ")));
    assert_eq!(lines.len(), 12);
}

#[test]
fn both_forms_show_what_is_in_the_log() {
    for size in [1, 2, 3, 16, 17, 40] {
        let mut log = log(size);
        for index in 0..size {
            let proof = log.prove(index);
            let expected = CheckedProof {
                entry: Entry::decode(&entry(index)).unwrap(),
                index,
                size,
                root: log.head.checkpoint().root,
                cosignatures: Vec::new(),
            };
            let file = proof.to_text();
            assert_eq!(check_proof(file.as_bytes(), &vkey(0)), Ok(expected.clone()));
            let code = proof.to_qr_text(&vkey(0), &[]).unwrap();
            assert_eq!(check_proof(code.as_bytes(), &vkey(0)), Ok(expected));
            assert_eq!(ReceiptProof::parse(file.as_bytes()), Ok(proof.clone()));
            assert_eq!(
                ReceiptProof::from_qr_text(code.as_bytes(), &vkey(0), &[]),
                Ok(proof)
            );
        }
    }
}

#[test]
fn a_code_is_as_short_as_its_table_says() {
    let proof = log(40).prove(7);
    let compact = proof.to_compact(&vkey(0), &[]).unwrap();
    assert_eq!(compact.len(), 1 + 4 + 64 + 8 + 2 + entry(7).len() + 6 * 32);
    assert_eq!(compact[0], COMPACT_VERSION);
    assert_eq!(compact[1..5], vkey(0).id().0);
    assert_eq!(compact[69..77], 40_u64.to_be_bytes());
    let text = proof.to_qr_text(&vkey(0), &[]).unwrap();
    assert!(text.starts_with("MP1:"));
    let qr = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || " $%*+-./:".contains(c);
    assert!(text.chars().all(qr));
}

#[test]
fn a_scanned_code_saved_as_a_line_is_read() {
    let line = log(3).prove(1).to_qr_text(&vkey(0), &[]).unwrap() + "\n";
    assert!(check_proof(line.as_bytes(), &vkey(0)).is_ok());
    let more = line + "\n";
    assert!(check_proof(more.as_bytes(), &vkey(0)).is_err());
}

#[test]
fn every_changed_bit_of_a_file_is_refused() {
    let text = log(5).prove(3).to_text().into_bytes();
    for bit in 0..text.len() * 8 {
        let mut changed = text.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(check_proof(&changed, &vkey(0)).is_err(), "bit {bit}");
    }
}

#[test]
fn every_changed_bit_of_a_code_is_refused() {
    let proof = log(5).prove(3);
    let compact = proof.to_compact(&vkey(0), &[]).unwrap();
    for bit in 0..compact.len() * 8 {
        let mut changed = compact.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let read = ReceiptProof::from_compact(&changed, &vkey(0), &[]);
        assert!(read.is_err(), "bit {bit}");
    }
    let text = proof.to_qr_text(&vkey(0), &[]).unwrap().into_bytes();
    for bit in 0..text.len() * 8 {
        let mut changed = text.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(check_proof(&changed, &vkey(0)).is_err(), "bit {bit}");
    }
}

#[test]
fn what_is_cut_short_or_has_more_behind_it_is_refused() {
    let proof = log(5).prove(3);
    let text = proof.to_text().into_bytes();
    let code = proof.to_compact(&vkey(0), &[]).unwrap();
    for end in 0..text.len() {
        assert!(check_proof(&text[..end], &vkey(0)).is_err(), "{end}");
    }
    let read = |bytes: &[u8]| ReceiptProof::from_compact(bytes, &vkey(0), &[]);
    for end in 0..code.len() {
        assert!(read(&code[..end]).is_err(), "{end}");
    }
    for more in [1, 75] {
        let longer = [&code[..], &vec![0; more]].concat();
        assert_eq!(read(&longer), Err(ProofError::Length));
    }
}

#[test]
fn another_key_shows_nothing() {
    let proof = log(5).prove(3);
    let unknown = Err(ProofError::Checkpoint(CheckpointError::Note(
        NoteError::NoKnownSignature,
    )));
    assert_eq!(check_proof(proof.to_text().as_bytes(), &vkey(1)), unknown);
    let code = proof.to_qr_text(&vkey(0), &[]).unwrap();
    assert!(matches!(
        check_proof(code.as_bytes(), &vkey(1)),
        Err(ProofError::OtherKey { .. })
    ));
    let other_log = VerifierKey::new(name("meterpost/test/k2/1"), *vkey(0).key());
    assert!(check_proof(proof.to_text().as_bytes(), &other_log).is_err());
    assert!(check_proof(code.as_bytes(), &other_log).is_err());
}

#[test]
fn the_key_that_a_proof_claims_is_read_without_it() {
    let proof = log(40).cosigned(1, 100).prove(3);
    let code = proof.to_qr_text(&vkey(0), &[witness(1)]).unwrap();
    for form in [proof.to_text(), code.clone()] {
        assert_eq!(claimed_key(form.as_bytes()), Ok(vkey(0).id()));
    }
    // What is no code by its form claims nothing, whatever it begins with.
    let code = proof.to_qr_text(&vkey(0), &[]).unwrap();
    for end in 0..code.len() {
        assert!(claimed_key(&code.as_bytes()[..end]).is_err(), "{end}");
    }
}

#[test]
fn witnesses_asked_for_are_named_and_others_left_out() {
    let mut log = log(5).cosigned(1, 100).cosigned(2, 200);
    let proof = log.prove(3);
    let known = [witness(1), witness(3)];
    let file = proof.to_text();
    let all = [witness(1), witness(2), witness(3)];
    let code = proof.to_qr_text(&vkey(0), &all).unwrap();
    for form in [file.as_bytes(), code.as_bytes()] {
        let checked = check_witnessed_proof(form, &vkey(0), &known).unwrap();
        assert_eq!(checked.cosignatures.len(), 1);
        assert_eq!(*checked.cosignatures[0].witness(), witness(1));
        assert_eq!(checked.cosignatures[0].time(), 100);
        let checked = check_witnessed_proof(form, &vkey(0), &all).unwrap();
        assert_eq!(checked.cosignatures.len(), 2);
        assert!(check_proof(form, &vkey(0)).unwrap().cosignatures.is_empty());
    }
    let none = proof.to_compact(&vkey(0), &[]).unwrap();
    let two = proof.to_compact(&vkey(0), &all).unwrap();
    assert_eq!(two.len() - none.len(), 2 * 76);
}

#[test]
fn a_cosignature_that_fails_refuses_all() {
    let proof = log(5).cosigned(1, 100).prove(3);
    let mut code = proof.to_compact(&vkey(0), &[witness(1)]).unwrap();
    let last = code.len() - 1;
    code[last] ^= 1;
    let read = |known: &[WitnessKey]| ReceiptProof::from_compact(&code, &vkey(0), known);
    assert_eq!(
        read(&[witness(1)]),
        Err(ProofError::Cosignature(CosignatureError::Bad(name("w1"))))
    );
    // Nobody asked for that witness, so its word says nothing either way.
    assert!(read(&[]).is_ok());
}

#[test]
fn the_wrong_entry_is_not_in_the_log() {
    let mut log = log(5);
    let hashes = inclusion_proof(3, 5, &mut log.tree).unwrap();
    let make = |entry: &[u8], index| ReceiptProof::new(entry, index, hashes.clone(), &log.head);
    assert!(make(&entry(3), 3).is_ok());
    let root = Err(ProofError::Path(CheckError::Root));
    assert_eq!(make(&entry(2), 3), root);
    assert_eq!(make(b"anything", 3), root);
    assert!(make(&entry(3), 2).is_err());
    assert!(make(&entry(3), 5).is_err());
}

#[test]
fn an_entry_that_lies_about_its_place_is_refused() {
    let mut log = log_of(vec![entry(0), entry(7), entry(2)]);
    let hashes = inclusion_proof(1, 3, &mut log.tree).unwrap();
    let made = ReceiptProof::new(&entry(7), 1, hashes, &log.head);
    assert_eq!(made, Err(ProofError::Place { entry: 7, proof: 1 }));
}

#[test]
fn what_is_in_the_log_but_no_entry_is_refused() {
    let mut log = log_of(vec![entry(0), b"\x00".to_vec()]);
    let hashes = inclusion_proof(1, 2, &mut log.tree).unwrap();
    let made = ReceiptProof::new(b"\x00", 1, hashes, &log.head);
    assert!(matches!(
        made,
        Err(ProofError::Entry(DecodeError::Shape(_)))
    ));
}

#[test]
fn every_malformation_has_its_error() {
    let text = log(5).prove(3).to_text();
    let error = |text: String| ReceiptProof::parse(text.as_bytes()).unwrap_err();
    let line = |line: usize, text: String| match error(text) {
        ProofError::Line { line: found, .. } => assert_eq!(found, line),
        other => panic!("{other}"),
    };
    assert_eq!(error(text.replace("@v1", "@v2")), ProofError::Kind);
    assert_eq!(error(String::new()), ProofError::Kind);
    let without: String = text
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("extra"))
        .collect();
    assert_eq!(error(without), ProofError::NoEntry);
    line(2, text.replace("extra ", "extra  "));
    line(2, text.replace("extra ", "Extra "));
    line(3, text.replace("index 3", "index 03"));
    line(3, text.replace("index 3", "index +3"));
    line(3, text.replace("index 3", "index 9223372036854775808"));
    line(3, text.replace("index 3", ""));
    line(4, text.replace("index 3\n", "index 3\nAAAA\n"));
    line(4, text.replace("index 3\n", "index 3\n \n"));
    line(3, "c2sp.org/tlog-proof@v1\nextra AA==\nindex 3".into());
    line(4, "c2sp.org/tlog-proof@v1\nextra AA==\nindex 3\n".into());
    let hash = format!("{}\n", "A".repeat(43) + "=");
    let many = format!("index 3\n{}", hash.repeat(MAX_PROOF_HASHES));
    line(67, text.replace("index 3\n", &many));
    let padded = format!("{text}{}", " ".repeat(MAX_PROOF_BYTES));
    assert_eq!(error(padded.clone()), ProofError::TooLong(padded.len()));
    assert!(matches!(
        error(text.replace('\u{2014}', "-")),
        ProofError::Checkpoint(CheckpointError::Note(NoteError::SignatureLine(1)))
    ));
}

#[test]
fn every_malformed_code_has_its_error() {
    let proof = log(5).prove(3);
    let text = proof.to_qr_text(&vkey(0), &[]).unwrap();
    let error = |text: &str| check_proof(text.as_bytes(), &vkey(0)).unwrap_err();
    assert_eq!(error(&text.replace("MP1:", "MP2:")), ProofError::Kind);
    assert_eq!(error("MP1:"), ProofError::Length);
    assert!(matches!(error("MP1:a"), ProofError::Base45(_)));
    let long = format!("MP1:{}", "0".repeat(MAX_PROOF_BYTES));
    assert_eq!(error(&long), ProofError::TooLong(long.len()));
    let mut bytes = proof.to_compact(&vkey(0), &[]).unwrap();
    bytes[0] = 2;
    let read = ReceiptProof::from_compact(&bytes, &vkey(0), &[]);
    assert_eq!(read, Err(ProofError::Version(2)));
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = check_proof(&bytes, &vkey(0));
        let _ = claimed_key(&bytes);
        let _ = claimed_key(&[b"MP1:", base45::encode(&bytes).as_bytes()].concat());
        let _ = check_proof(&[&b"c2sp.org/tlog-proof@v1\n"[..], &bytes].concat(), &vkey(0));
        let _ = ReceiptProof::from_compact(&bytes, &vkey(0), &[witness(1)]);
        let known = [&[1][..], &vkey(0).id().0, &bytes].concat();
        let _ = ReceiptProof::from_compact(&known, &vkey(0), &[witness(1)]);
    }

    #[test]
    fn any_text_is_refused_or_is_the_one_spelling(
        extra in "[A-Za-z0-9+/=]{0,8}",
        index in "[0-9+ ]{0,20}",
        hashes in "([A-Za-z0-9+/]{43}=\n){0,3}",
    ) {
        let note = log(1).head.to_text();
        let text = format!("c2sp.org/tlog-proof@v1\nextra {extra}\nindex {index}\n{hashes}\n{note}");
        if let Ok(read) = ReceiptProof::parse(text.as_bytes()) {
            prop_assert_eq!(read.to_text(), text);
        }
    }

    #[test]
    fn sizes_and_lengths_in_a_code_never_lead_astray(size in any::<u64>(), length in any::<u16>(), rest in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut code = log(5).prove(3).to_compact(&vkey(0), &[]).unwrap();
        code[69..77].copy_from_slice(&size.to_be_bytes());
        prop_assert_eq!(ReceiptProof::from_compact(&code, &vkey(0), &[]).is_ok(), size == 5);
        code[77..79].copy_from_slice(&length.to_be_bytes());
        code.extend(rest);
        prop_assert!(ReceiptProof::from_compact(&code, &vkey(0), &[]).is_err());
    }
}
