//! `kiosk ledger ...`: looking at a ledger, proving from it, and looking after it. All but `prune` and `rebuild` leave it as it is.

use std::path::Path;
use std::process::ExitCode;

use meterpost_ledger::signing::{KeyStore, VerifierKey, create_new, read_at_most};
use meterpost_ledger::{
    Backup, Books, CheckedProof, Folder, HeadState, Ledger, MAX_PROOF_BYTES, ProofError, QR_PREFIX,
    ReadError, ReceiptProof, StoppedLedger, Verdict, check_proof, verify as verify_folder,
    verify_against,
};
use serde_json::{Value, json};

use super::{WRONG_CONFIG, WRONG_DATA, words, wrong_data};

/// `kiosk ledger verify`.
pub fn verify(folder: &Folder, key: Option<&str>, as_json: bool) -> ExitCode {
    let verdict = match key.map(VerifierKey::parse) {
        None => verify_folder(folder),
        Some(Ok(key)) => verify_against(folder, &key),
        Some(Err(error)) => return wrong_key(&error),
    };
    if as_json {
        println!("{}", verdict_json(&verdict));
    } else {
        print_verdict(&verdict);
    }
    if verdict.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(WRONG_DATA)
    }
}

fn wrong_key(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!(
        "kiosk: --key: {error}. A verifier key is the line that `kiosk init` prints: name+hash+key"
    );
    ExitCode::from(WRONG_CONFIG)
}

fn verdict_json(verdict: &Verdict) -> Value {
    let accounts: serde_json::Map<String, Value> = verdict
        .accounts
        .iter()
        .map(|(account, money)| (format!("{account:?}"), json!(money.to_string())))
        .collect();
    json!({
        "size": verdict.size,
        "root": verdict.root.as_ref().map(ToString::to_string),
        "key": verdict.key,
        "head": verdict.head,
        "second_head": head_state(verdict.second),
        "cosigned": verdict.cosigned,
        "accounts": accounts,
        "verdict": if verdict.is_ok() { "ok" } else { "refused" },
        "problems": verdict.problems,
        "notes": verdict.notes,
    })
}

fn head_state(state: HeadState) -> String {
    match state {
        HeadState::Unknown => "unknown".into(),
        HeadState::Equal => "equal".into(),
        HeadState::Trails(behind) => format!("{behind} entries behind"),
        HeadState::Missing => "missing".into(),
        HeadState::Damaged => "damaged".into(),
        HeadState::Contradicts => "contradicts".into(),
    }
}

fn print_verdict(verdict: &Verdict) {
    let shown = |text: Option<String>| text.unwrap_or_else(|| "unreadable".into());
    println!("size     {}", shown(verdict.size.map(|s| s.to_string())));
    println!(
        "root     {}",
        shown(verdict.root.as_ref().map(ToString::to_string))
    );
    println!("key      {}", shown(verdict.key.clone()));
    println!(
        "head     {}",
        shown(verdict.head.clone().map(|h| h.replace('\n', "\n         ")))
    );
    println!("second   {}", head_state(verdict.second));
    if let Some(size) = verdict.cosigned {
        println!("cosigned {size}");
    }
    for (account, money) in &verdict.accounts {
        println!(
            "account  {:<14}{:>14}",
            format!("{account:?}"),
            money.to_string()
        );
    }
    for note in &verdict.notes {
        println!("note     {note}");
    }
    for problem in &verdict.problems {
        println!("problem  {problem}");
    }
    println!(
        "verdict  {}",
        if verdict.is_ok() { "ok" } else { "refused" }
    );
}

/// `kiosk ledger list`.
pub fn list(folder: &Folder, as_json: bool) -> ExitCode {
    done(try_list(folder, as_json))
}

fn done(outcome: Result<(), String>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => wrong_data(why),
    }
}

fn try_list(folder: &Folder, as_json: bool) -> Result<(), String> {
    let ledger = StoppedLedger::open(folder)?;
    for stored in ledger.entries(0..ledger.size()) {
        let entry = stored.map_err(|e: ReadError| e.to_string())?.entry;
        if as_json {
            let stamp = &entry.stamp;
            let event = format!("{:?}", entry.event);
            println!(
                "{}",
                json!({ "index": entry.index, "monotonic_ms": stamp.monotonic_ms, "wall": stamp.wall, "event": event })
            );
        } else {
            println!("{:>6}  {}", entry.index, words::sentence(&entry.event));
        }
    }
    print_accounts(ledger.books(), as_json);
    Ok(())
}

fn print_accounts(books: &Books, as_json: bool) {
    if as_json {
        let accounts: serde_json::Map<String, Value> = books
            .balances()
            .iter()
            .map(|(a, m)| (format!("{a:?}"), json!(m.to_string())))
            .collect();
        println!("{}", json!({ "accounts": accounts }));
    } else {
        println!();
        for (account, balance) in books.balances().iter() {
            println!("{:<14}{:>14}", format!("{account:?}"), balance.to_string());
        }
    }
}

/// `kiosk ledger prove`.
pub fn prove(folder: &Folder, index: u64, out: &Path, as_code: bool) -> ExitCode {
    done(try_prove(folder, index, out, as_code))
}

fn try_prove(folder: &Folder, index: u64, out: &Path, as_code: bool) -> Result<(), String> {
    let ledger = StoppedLedger::open(folder)?;
    let proof = ledger.prove(index).map_err(|e| e.to_string())?;
    let text = if as_code {
        let mut code = proof
            .to_qr_text(ledger.vkey(), &[])
            .map_err(|e| e.to_string())?;
        code.push('\n');
        code
    } else {
        proof.to_text()
    };
    create_new(out, text.as_bytes(), 0o644).map_err(|e| format!("{}: {e}", out.display()))?;
    println!(
        "{}: entry {index} of {}, {} hashes. Check it with",
        out.display(),
        ledger.size(),
        proof.hashes().len()
    );
    println!(
        "kiosk ledger check {} --key {}",
        out.display(),
        ledger.vkey()
    );
    Ok(())
}

/// `kiosk ledger check`: needs the file and the key, and nothing else.
pub fn check(file: &Path, key: &str, as_json: bool) -> ExitCode {
    let key = match VerifierKey::parse(key) {
        Ok(key) => key,
        Err(error) => return wrong_key(&error),
    };
    let bytes = match read_at_most(file, MAX_PROOF_BYTES) {
        Ok(bytes) => bytes,
        Err(error) => return wrong_data(format!("{}: {error}", file.display())),
    };
    match check_either(&bytes, &key) {
        Ok(checked) => {
            print_checked(&checked, &key, as_json);
            ExitCode::SUCCESS
        }
        Err(error) if as_json => {
            println!(
                "{}",
                json!({ "verdict": "refused", "problem": error.to_string() })
            );
            ExitCode::from(WRONG_DATA)
        }
        Err(error) => {
            println!("verdict  refused: {error}");
            ExitCode::from(WRONG_DATA)
        }
    }
}

/// A proof file, or the text of a receipt's code.
fn check_either(bytes: &[u8], key: &VerifierKey) -> Result<CheckedProof, ProofError> {
    let code = bytes.trim_ascii_end();
    if code.starts_with(QR_PREFIX.as_bytes()) {
        ReceiptProof::from_qr_text(code, key, &[])?.check(key, &[])
    } else {
        check_proof(bytes, key)
    }
}

fn print_checked(checked: &CheckedProof, key: &VerifierKey, as_json: bool) {
    if as_json {
        let event = format!("{:?}", checked.entry.event);
        println!(
            "{}",
            json!({
                "verdict": "ok",
                "log": key.name().as_str(),
                "index": checked.index,
                "size": checked.size,
                "root": checked.root.to_string(),
                "wall": checked.entry.stamp.wall,
                "event": event,
            })
        );
        return;
    }
    println!("log      {}", key.name());
    println!("entry    {} of {}", checked.index, checked.size);
    println!("root     {}", checked.root);
    println!("says     {}", words::sentence(&checked.entry.event));
    println!("verdict  ok: this entry is in the log that the checkpoint signs");
}

/// `kiosk ledger export`.
pub fn export(folder: &Folder, out: &Path) -> ExitCode {
    done(StoppedLedger::open(folder).and_then(|ledger| {
        ledger.export(out).map_err(|e| e.to_string())?;
        println!("{}: {} entries", out.display(), ledger.size());
        Ok(())
    }))
}

/// Opens the ledger of a stopped kiosk for work on it.
fn open(folder: &Folder) -> Result<Ledger, String> {
    let key = KeyStore::open(&folder.key()).map_err(|e| e.to_string())?;
    let (ledger, opened) = Ledger::open(folder, Box::new(key)).map_err(|e| e.to_string())?;
    for note in opened.notes {
        println!("note     {note}");
    }
    Ok(ledger)
}

/// `kiosk ledger backup`.
pub fn backup(folder: &Folder, to: &Path) -> ExitCode {
    done(try_backup(folder, to))
}

/// Entries copied between two lines of progress.
const BACKUP_STEP: u64 = 50_000;

fn try_backup(folder: &Folder, to: &Path) -> Result<(), String> {
    let ledger = open(folder)?;
    let mut backup = Backup::start(&ledger, to).map_err(|e| e.to_string())?;
    loop {
        let left = backup
            .step(&ledger, BACKUP_STEP)
            .map_err(|e| e.to_string())?;
        if left == 0 {
            break;
        }
        eprintln!("{left} entries left");
    }
    let head = backup.finish(&ledger).map_err(|e| e.to_string())?;
    println!("{}: {} entries", to.display(), head.checkpoint().size);
    Ok(())
}

/// `kiosk ledger prune`.
pub fn prune(folder: &Folder, keep_from: u64) -> ExitCode {
    done(try_prune(folder, keep_from))
}

fn try_prune(folder: &Folder, keep_from: u64) -> Result<(), String> {
    let mut ledger = open(folder)?;
    let pruned = ledger.prune(keep_from).map_err(|e| e.to_string())?;
    println!(
        "{} entries removed; those from {} on are kept, and every proof still works",
        pruned.removed, pruned.below
    );
    Ok(())
}

/// `kiosk ledger rebuild`.
pub fn rebuild(folder: &Folder) -> ExitCode {
    done(try_rebuild(folder))
}

fn try_rebuild(folder: &Folder) -> Result<(), String> {
    let key = KeyStore::open(&folder.key()).map_err(|e| e.to_string())?;
    let (ledger, opened) =
        Ledger::open_checked(folder, Box::new(key)).map_err(|e| e.to_string())?;
    for note in &opened.notes {
        println!("note     {note}");
    }
    if opened.notes.is_empty() {
        println!("{} entries, and everything beside them fits", ledger.size());
    }
    Ok(())
}
