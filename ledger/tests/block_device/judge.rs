//! Whether a ledger is what it has to be after a power cut.

use std::fs;
use std::path::Path;

use meterpost_ledger::signing::{KeyStore, system_entropy};
use meterpost_ledger::{Event, Folder, HeadState, Ledger, StoredEntry, verify};

use crate::chain::Mounted;
use crate::explore::{Fault, write_sparse};
use crate::recording::{Promised, Recording};
use crate::{Anything, day};

/// The whole day's entries as they lie on the disk in the end, which are those of the script.
pub fn reference(work: &Path, recording: &Recording, sales: u64) -> Anything<Vec<StoredEntry>> {
    let disk = work.join("whole");
    write_sparse(&disk, &recording.after)?;
    let mounted = Mounted::new(&disk, &work.join("judged"))?;
    let folder = Folder::new(mounted.path().join(day::FOLDER));
    let entries = {
        let (ledger, _) = Ledger::open(&folder, Box::new(KeyStore::open(&folder.key())?))?;
        ledger
            .entries(0..ledger.size())
            .collect::<Result<Vec<_>, _>>()?
    };
    mounted.close()?;
    let created = Event::LogCreated {
        software: day::SOFTWARE.into(),
    };
    let script = std::iter::once(created).chain(day::sales(sales).into_iter().flatten());
    // Statements of the books come in between, by the ledger's own doing.
    let events = entries.iter().map(|stored| stored.entry.event.clone());
    let told = events.filter(|event| !matches!(event, Event::BooksStated { .. }));
    if !script.eq(told) {
        return Err("the ledger of the whole day is not the script".into());
    }
    Ok(entries)
}

/// Checks the ledger on a mounted disk, opens it, and goes on selling.
pub fn judge(mounted: &Path, promised: &Promised, day: &[StoredEntry]) -> Result<(), Fault> {
    let folder = Folder::new(mounted.join(day::FOLDER));
    let verdict = verify(&folder);
    let Some(size) = verdict.size else {
        if promised.size > 0 {
            return Err(Fault::Lost(format!(
                "no log: {}",
                verdict.problems.join("; ")
            )));
        }
        return create_again(&folder).map_err(|error| {
            Fault::Wrong(format!(
                "a creation that was cut off cannot be repeated: {error}"
            ))
        });
    };
    if size < promised.size {
        return Err(Fault::Lost(format!(
            "{} entries were acknowledged, {size} are there",
            promised.size
        )));
    }
    // A second head that leads is among the problems: it is how a loss is seen.
    if !verdict.is_ok() {
        return Err(Fault::Wrong(verdict.problems.join("; ")));
    }
    let head = match verdict.second {
        HeadState::Equal => size,
        HeadState::Trails(by) => size.saturating_sub(by),
        HeadState::Missing => 0,
        other => return Err(Fault::Wrong(format!("the second head: {other:?}"))),
    };
    if head < promised.head {
        return Err(Fault::Lost(format!(
            "a second head of {} was acknowledged, it is {head}",
            promised.head
        )));
    }
    go_on(&folder, size, day)
}

fn create_again(folder: &Folder) -> Anything<()> {
    fs::create_dir_all(folder.directory())?;
    let key = if folder.key().exists() {
        KeyStore::open(&folder.key())?
    } else {
        KeyStore::create(&folder.key(), &mut system_entropy)?
    };
    let stamp = day::stamp(0);
    Ledger::create(folder, day::ORIGIN, Box::new(key), &stamp, day::SOFTWARE)?;
    Ok(())
}

fn go_on(folder: &Folder, size: u64, day: &[StoredEntry]) -> Result<(), Fault> {
    let wrong = |error: &dyn std::fmt::Display| Fault::Wrong(error.to_string());
    let key = KeyStore::open(&folder.key()).map_err(|e| wrong(&e))?;
    let (mut ledger, opened) = Ledger::open(folder, Box::new(key)).map_err(|e| wrong(&e))?;
    if opened.size != size {
        return Err(Fault::Wrong(format!(
            "checking finds {size} entries, opening {}",
            opened.size
        )));
    }
    let entries: Result<Vec<StoredEntry>, _> = ledger.entries(0..size).collect();
    let entries = entries.map_err(|e| wrong(&e))?;
    if entries.len() as u64 != size || !day.starts_with(&entries) {
        return Err(Fault::Wrong(
            "the entries are not the day's first ones".into(),
        ));
    }
    let started = Event::Started {
        software: day::SOFTWARE.into(),
    };
    let stamp = day::stamp(size);
    let committed = ledger.commit(&stamp, &[started]).map_err(|e| wrong(&e))?;
    if committed.first_index != size {
        let place = committed.first_index;
        return Err(Fault::Wrong(format!(
            "the next entry has the place {place}"
        )));
    }
    ledger.sync_head().map_err(|e| wrong(&e))
}
