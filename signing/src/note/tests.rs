use super::*;
use crate::sealer::Seed;
use crate::signer::SecretKey;
use proptest::prelude::*;

/// The specification's example key.
const VKEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

fn key(byte: u8) -> SecretKey {
    SecretKey::from_seed(&Seed::new([byte; 32])).unwrap()
}

fn name(text: &str) -> KeyName {
    KeyName::new(text).unwrap()
}

fn vkey(text: &str, byte: u8) -> VerifierKey {
    VerifierKey::new(name(text), key(byte).public_key())
}

fn signed(text: &str) -> Note {
    Note::sign(text, &name("log"), &key(1)).unwrap()
}

#[test]
fn the_specifications_vkey_is_read_and_written() {
    let key = VerifierKey::parse(VKEY).unwrap();
    assert_eq!(key.name().as_str(), "example.com/foo");
    assert_eq!(hex::encode(key.id().0), "530d903a");
    assert_eq!(key.to_string(), VKEY);
}

#[test]
fn malformed_vkeys_have_their_errors() {
    let error = |line: &str| VerifierKey::parse(line).unwrap_err();
    assert_eq!(error("example.com/foo"), VkeyError::Form);
    assert_eq!(error(&VKEY.replace("530d", "530D")), VkeyError::Form);
    assert_eq!(error(&VKEY.replace("530d", "530e")), VkeyError::Id);
    assert_eq!(error(&VKEY.replace("/foo", "/fox")), VkeyError::Id);
    assert_eq!(error(&VKEY.replace("+Ae", "+Be")), VkeyError::Type(5));
    assert_eq!(
        error(&VKEY.replace("example.com/foo", "")),
        VkeyError::Name(NameError::Empty)
    );
}

#[test]
fn a_note_is_signed_and_verified() {
    let note = signed("This is an example message.\n");
    let whole = note.format();
    assert!(whole.starts_with("This is an example message.\n\n\u{2014} log "));
    let read = Note::parse(whole.as_bytes()).unwrap();
    assert_eq!(read, note);
    let known = [vkey("other", 2), vkey("log", 1)];
    assert_eq!(read.verify(&known).unwrap(), [&known[1]]);
}

#[test]
fn unknown_signers_are_ignored_but_one_known_is_needed() {
    let mut note = signed("text\n");
    let stranger = Note::sign("text\n", &name("stranger"), &key(2)).unwrap();
    note.signatures.insert(0, stranger.signatures[0].clone());
    // A line of another type and length under an unknown id.
    note.signatures.push(NoteSignature {
        name: name("log"),
        id: NoteKeyId([1, 2, 3, 4]),
        signature: vec![5; 72],
    });
    assert_eq!(note.verify(&[vkey("log", 1)]).unwrap().len(), 1);
    assert_eq!(
        note.verify(&[vkey("nobody", 3)]),
        Err(NoteError::NoKnownSignature)
    );
}

#[test]
fn a_known_signature_that_fails_rejects_the_whole_note() {
    let mut note = signed("text\n");
    let other = Note::sign("text\n", &name("witness"), &key(2)).unwrap();
    note.signatures.push(other.signatures[0].clone());
    note.signatures[1].signature[10] ^= 1;
    let known = [vkey("log", 1), vkey("witness", 2)];
    assert_eq!(
        note.verify(&known),
        Err(NoteError::BadSignature(name("witness")))
    );
    note.signatures[1].signature.pop();
    assert_eq!(
        note.verify(&known),
        Err(NoteError::BadSignature(name("witness")))
    );
}

#[test]
fn a_changed_text_is_refused() {
    let whole = signed("amount 100\n").format().replace("100", "900");
    let note = Note::parse(whole.as_bytes()).unwrap();
    assert!(note.verify(&[vkey("log", 1)]).is_err());
}

#[test]
fn the_text_ends_at_the_last_blank_line() {
    for text in ["a\n\nb\n", "a\n\n", "\n", "a\n\n\u{2014} log AAAAAAA=\n"] {
        let note = signed(text);
        let read = Note::parse(note.format().as_bytes()).unwrap();
        assert_eq!(read.text(), text);
        assert!(read.verify(&[vkey("log", 1)]).is_ok());
    }
}

#[test]
fn every_malformation_has_its_error() {
    let good = signed("text\n").format();
    let error = |whole: &str| Note::parse(whole.as_bytes()).unwrap_err();
    assert_eq!(error("text\n"), NoteError::Structure);
    assert_eq!(error("text\n\n"), NoteError::Structure);
    assert_eq!(error(good.trim_end()), NoteError::Structure);
    assert_eq!(error(&good.replace('t', "\t")), NoteError::ControlCharacter);
    assert_eq!(
        error(&good.replace('\n', "\r\n")),
        NoteError::ControlCharacter
    );
    assert_eq!(
        error(&good.replace('\u{2014}', "-")),
        NoteError::SignatureLine(1)
    );
    assert_eq!(
        error(&format!("{good}\u{2014} a+b AAAAAAA=\n")),
        NoteError::SignatureLine(2)
    );
    assert_eq!(
        error(&format!("{good}\u{2014} short AAAAAA==\n")),
        NoteError::SignatureLine(2)
    );
    assert_eq!(
        Note::parse(b"a\xff\n\n\xe2\x80\x94 x AAAAAAA=\n"),
        Err(NoteError::Encoding)
    );
    assert_eq!(
        Note::parse(&vec![b'a'; MAX_NOTE_BYTES + 1]),
        Err(NoteError::TooLong)
    );
    assert_eq!(
        Note::sign("no end", &name("log"), &key(1)),
        Err(NoteError::UnfinishedText)
    );
}

#[test]
fn a_text_that_reads_like_a_cosignature_is_neither_signed_nor_believed() {
    let text = "cosignature/v1\ntime 1\nlog\n";
    assert_eq!(
        Note::sign(text, &name("log"), &key(1)),
        Err(NoteError::Reserved)
    );
    let mut note = signed("text\n");
    note.text = text.to_owned();
    note.signatures[0].signature = key(1).sign(text.as_bytes()).unwrap().0.to_vec();
    assert_eq!(note.verify(&[vkey("log", 1)]), Err(NoteError::Reserved));
}

#[test]
fn signatures_are_capped() {
    let line = "\u{2014} x AAAAAAA=\n";
    let full = format!("text\n\n{}", line.repeat(MAX_SIGNATURES));
    assert_eq!(
        Note::parse(full.as_bytes()).unwrap().signatures().len(),
        MAX_SIGNATURES
    );
    let over = format!("{full}{line}");
    assert_eq!(
        Note::parse(over.as_bytes()),
        Err(NoteError::TooManySignatures)
    );
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_mean_one_thing(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(note) = Note::parse(&bytes) {
            prop_assert_eq!(note.format().into_bytes(), bytes);
        }
    }

    #[test]
    fn note_like_text_is_refused_or_means_one_thing(
        whole in "[a\n]{0,6}\n\n(\u{2014} [ab+ ]{1,3} [A-D=]{0,9}\n){0,3}",
    ) {
        if let Ok(note) = Note::parse(whole.as_bytes()) {
            prop_assert_eq!(note.format(), whole);
        }
    }

    #[test]
    fn any_text_survives_signing(text in "[^\\x00-\\x1f]{0,40}(\n[^\\x00-\\x1f]{0,20}){0,4}") {
        let text = format!("{text}\n");
        let note = signed(&text);
        let read = Note::parse(note.format().as_bytes()).unwrap();
        prop_assert_eq!(read.text(), text);
        prop_assert!(read.verify(&[vkey("log", 1)]).is_ok());
    }

    #[test]
    fn any_vkey_line_is_refused_or_means_one_thing(line in "[a-z]{0,3}[+]?[0-9a-f]{8}[+]?[A-Za-z0-9+/]{44}") {
        if let Ok(key) = VerifierKey::parse(&line) {
            prop_assert_eq!(key.to_string(), line);
        }
    }
}
