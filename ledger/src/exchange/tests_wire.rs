//! The texts on the wire.

use super::testing::*;
use super::*;
use meterpost_signing::{CheckpointError, NoteError};
use proptest::prelude::*;

fn request() -> Request {
    Terminal::new("K1/1", 0, 12).insist(5)
}

#[test]
fn a_request_reads_as_the_protocol_says() {
    let body = request().format();
    let lines: Vec<_> = body.lines().collect();
    assert_eq!(lines[0], "old 5");
    let blank = lines.iter().position(|line| line.is_empty()).unwrap();
    assert!(lines[1..blank].iter().all(|hash| hash.len() == 44));
    assert_eq!(lines[blank + 1..blank + 3], ["meterpost/test/K1/1", "12"]);
    assert_eq!(Request::parse(body.as_bytes()), Ok(request()));
    assert_eq!(request().claimed().size, 12);
}

#[test]
fn every_malformed_request_has_its_error() {
    let body = request().format();
    let error = |body: String| Request::parse(body.as_bytes()).unwrap_err();
    for old in [
        "old 05",
        "old +5",
        "Old 5",
        "old  5",
        "old 5 ",
        "old",
        "old 9223372036854775808",
    ] {
        assert_eq!(error(body.replace("old 5", old)), RequestError::Old);
    }
    assert_eq!(error(String::new()), RequestError::Old);
    assert_eq!(error("old 5".into()), RequestError::Old);
    assert_eq!(error("old 5\n".into()), RequestError::Structure);
    let with = |line: &str| body.replacen('\n', &format!("\n{line}\n"), 1);
    assert_eq!(error(with("AAAA")), RequestError::Hash(2));
    assert_eq!(error(with(" ")), RequestError::Hash(2));
    assert_eq!(
        error(with(&format!("{}B=", "A".repeat(42)))),
        RequestError::Hash(2)
    );
    let hash = format!("{}=\n", "A".repeat(43));
    let many = hash.repeat(60);
    assert_eq!(error(with(many.trim_end())), RequestError::TooManyHashes);
    assert_eq!(
        error(body.replace("old 5", "old 13")),
        RequestError::OldAboveSize { old: 13, size: 12 }
    );
    assert_eq!(
        error(body.replace("\n12\n", "\n012\n")),
        RequestError::Checkpoint(CheckpointError::Size)
    );
    assert_eq!(
        error(body.replace('\u{2014}', "-")),
        RequestError::Checkpoint(NoteError::SignatureLine(1).into())
    );
    let long = body + &"A".repeat(MAX_REQUEST_BYTES);
    assert_eq!(error(long.clone()), RequestError::TooLong(long.len()));
}

#[test]
fn answers_have_the_statuses_of_the_protocol() {
    let why = || "why".to_owned();
    for (answer, status, body) in [
        (Answer::Cosigned("line\n".into()), 200, "line\n"),
        (Answer::Malformed(why()), 400, "why\n"),
        (Answer::Forbidden(why()), 403, "why\n"),
        (Answer::UnknownLog(why()), 404, "why\n"),
        (Answer::ContinueFrom(17), 409, "17\n"),
        (Answer::NotConsistent(why()), 422, "why\n"),
    ] {
        assert_eq!((answer.status(), &answer.body()[..]), (status, body));
        assert_eq!(Answer::parse(status, body.as_bytes()), Ok(answer));
    }
    assert_eq!(Answer::ContinueFrom(1).content_type(), "text/x.tlog.size");
    assert_eq!(
        Answer::Cosigned(String::new()).content_type(),
        "text/plain; charset=utf-8"
    );
}

#[test]
fn a_size_is_one_plain_line() {
    for body in [
        "",
        "17",
        "017\n",
        "17\n\n",
        "17\r\n",
        " 17\n",
        "-1\n",
        "9223372036854775808\n",
    ] {
        let parsed = Answer::parse(409, body.as_bytes());
        assert_eq!(parsed, Err(AnswerError::Size), "{body:?}");
    }
}

#[test]
fn what_is_no_answer_is_an_error_and_no_verdict() {
    assert_eq!(Answer::parse(502, b""), Err(AnswerError::Status(502)));
    assert_eq!(Answer::parse(301, b""), Err(AnswerError::Status(301)));
    assert_eq!(Answer::parse(200, b"\xff"), Err(AnswerError::Encoding));
    let long = vec![b'1'; MAX_ANSWER_BYTES + 1];
    assert_eq!(
        Answer::parse(409, &long),
        Err(AnswerError::TooLong(long.len()))
    );
}

#[test]
fn a_reason_is_cut_and_cleaned() {
    let body = format!("a\u{1b}[31m\tb{}\nsecond line", "x".repeat(1000));
    let Ok(Answer::Forbidden(why)) = Answer::parse(403, body.as_bytes()) else {
        panic!("refused");
    };
    assert!(why.starts_with("a[31mbxxx"));
    assert_eq!(why.chars().count(), 500);
}

proptest! {
    #[test]
    fn any_bytes_never_panic(status in any::<u16>(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Request::parse(&bytes);
        let _ = Request::parse(&[&b"old 5\n"[..], &bytes].concat());
        for status in [status, 200, 400, 403, 404, 409, 422] {
            let _ = Answer::parse(status, &bytes);
        }
    }

    #[test]
    fn any_text_is_refused_or_is_the_one_spelling(
        old in "[0-9+ ]{0,20}",
        hashes in "([A-Za-z0-9+/]{43}=\n){0,3}",
        size in 0_u64..40,
    ) {
        let note = Terminal::new("K1/1", 0, size).head().to_text();
        let body = format!("old {old}\n{hashes}\n{note}");
        if let Ok(read) = Request::parse(body.as_bytes()) {
            prop_assert_eq!(read.format(), body);
        }
    }

    #[test]
    fn every_request_survives(size in 0_u64..200, share in 0.0..=1.0_f64) {
        let old = (size as f64 * share) as u64;
        let made = Terminal::new("K1/1", 0, size).insist(old.min(size));
        prop_assert_eq!(Request::parse(made.format().as_bytes()), Ok(made));
    }
}
