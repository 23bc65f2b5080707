//! The program under test: creates a ledger, sells a day on it, and says on its standard output what is durable. It waits
//! for an answer to each such line, so that whoever reads them can note how far the disk had come.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use meterpost_ledger::signing::{KeyStore, system_entropy};
use meterpost_ledger::{Folder, Ledger};

use crate::recording::Promise;
use crate::{Anything, SALES, day};

/// Sells the day in a folder that does not exist yet.
pub fn sell(directory: &Path) -> Anything<()> {
    fs::create_dir(directory)?;
    let folder = Folder::new(directory);
    let key = KeyStore::create(&folder.key(), &mut system_entropy)?;
    let signer = Box::new(key);
    let stamp = day::stamp(0);
    let mut ledger = Ledger::create(&folder, day::ORIGIN, signer, &stamp, day::SOFTWARE)?;
    // The folder's own name; a file's sync need not cover it.
    File::open(directory.parent().ok_or("no parent folder")?)?.sync_all()?;
    say("ack", ledger.size())?;
    say("head", ledger.size())?;
    for sale in day::sales(SALES) {
        for event in sale {
            let stamp = day::stamp(ledger.size());
            ledger.commit(&stamp, &[event])?;
            say("ack", ledger.size())?;
        }
        ledger.sync_head()?;
        say("head", ledger.size())?;
    }
    Ok(())
}

fn say(word: &str, size: u64) -> Anything<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{word} {size}")?;
    out.flush()?;
    io::stdin().lock().read_line(&mut String::new())?;
    Ok(())
}

/// Runs the program and passes on what it promises.
pub fn watch(
    command: &mut Command,
    promise: &mut dyn FnMut(Promise) -> Anything<()>,
) -> Anything<()> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let heard = listen(&mut child, promise);
    if heard.is_err() {
        child.kill()?;
    }
    let status = child.wait()?;
    heard?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("the selling day ended with {status}").into())
    }
}

fn listen(
    child: &mut std::process::Child,
    promise: &mut dyn FnMut(Promise) -> Anything<()>,
) -> Anything<()> {
    let mut answers = child.stdin.take().ok_or("no standard input")?;
    let lines = child.stdout.take().ok_or("no standard output")?;
    for line in BufReader::new(lines).lines() {
        let line = line?;
        let (word, size) = line.split_once(' ').ok_or("a line without a size")?;
        let size = size.parse()?;
        promise(match word {
            "ack" => Promise::Size(size),
            "head" => Promise::Head(size),
            _ => return Err(format!("unknown line: {line}").into()),
        })?;
        answers.write_all(b"\n")?;
    }
    Ok(())
}
