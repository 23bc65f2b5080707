//! Writing the log to a USB stick. The engine only hands entries over, a piece at a time; what is written has another name until it is whole.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::mpsc::Sender;
use std::time::Duration;

use meterpost_ledger::{Export, ExportError};

use super::engine::Message;
use super::lend::lent;
use super::stick::Stick;
use crate::service::Unexported;

/// What stands behind the name of an export that is not whole.
const UNFINISHED: &str = ".unfinished";
/// How long the engine may take to hand a piece over.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writes the log into a new folder on the stick; its name. `progress` is told how many entries of how many are written.
///
/// # Errors
/// [`Unexported`]; what was written is taken away again, as far as that can be.
pub fn export(
    messages: &Sender<Message>,
    usb: &Path,
    terminal: &str,
    progress: impl Fn(u64, u64),
) -> Result<String, Unexported> {
    let Some(stick) = Stick::find(usb) else {
        let why = format!("no stick is mounted at {}", usb.display());
        return Err(Unexported::NotWritten(why));
    };
    write_out(
        messages,
        (stick.folder(), &|| stick.is_there()),
        terminal,
        progress,
    )
}

/// The same into any folder; `is_there` says whether what holds it still is.
fn write_out(
    messages: &Sender<Message>,
    (folder, is_there): (&Path, &dyn Fn() -> bool),
    terminal: &str,
    progress: impl Fn(u64, u64),
) -> Result<String, Unexported> {
    let title = lent(messages, PATIENCE, |ledger, _| ledger.export_title());
    let title = title.map_err(|why| Unexported::NotWritten(why.to_string()))?;
    let title = title.map_err(|error| Unexported::NotWritten(error.to_string()))?;
    let name = format!("meterpost-{terminal}-{}", title.size());
    let unfinished = folder.join(format!("{name}{UNFINISHED}"));
    let written = take_away(&unfinished)
        .map_err(|error| error.to_string())
        .and_then(|()| Export::begin(title, &unfinished).map_err(|error| error.to_string()))
        .and_then(|export| write_pieces(messages, export, is_there, progress))
        .and_then(|()| give_name(folder, &unfinished, &name).map_err(|error| error.to_string()));
    // Looked at last: a file that was written after the stick was gone is on the machine's own disk, and no export.
    match (written, is_there()) {
        (Ok(()), true) => Ok(name),
        (written, there) => {
            let _ = take_away(&unfinished);
            if !there {
                // Only what was written now has that name: one that was there before is none of ours.
                if written.is_ok() {
                    let _ = take_away(&folder.join(&name));
                }
                return Err(Unexported::StickPulledOut);
            }
            Err(Unexported::NotWritten(written.err().unwrap_or_default()))
        }
    }
}

fn write_pieces(
    messages: &Sender<Message>,
    mut export: Export,
    is_there: &dyn Fn() -> bool,
    progress: impl Fn(u64, u64),
) -> Result<(), String> {
    let size = export.title().size();
    let told = |error: ExportError| error.to_string();
    while !export.is_whole() {
        let (title, from) = (export.title().clone(), export.written());
        let piece = lent(messages, PATIENCE, move |ledger, _| {
            ledger.export_piece(&title, from)
        });
        let piece = piece.map_err(|why| why.to_string())?;
        export.take(&piece.map_err(told)?).map_err(told)?;
        if !is_there() {
            return Err("the stick is gone".to_owned());
        }
        progress(export.written(), size);
    }
    export.finish().map_err(told)
}

/// Removes what an earlier try left.
fn take_away(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The name says that it is whole, so it comes last and is on the disk.
fn give_name(folder: &Path, unfinished: &Path, name: &str) -> io::Result<()> {
    let place = folder.join(name);
    if place.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(unfinished, place)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::mpsc::channel;

    use meterpost_ledger::Event;

    use super::*;
    use crate::app::fixture::{new_ledger, stamp};

    /// An engine that lends its ledger, of more entries than a piece has, and sells on meanwhile.
    fn engine(folder: &Path) -> (Sender<Message>, u64) {
        let mut ledger = new_ledger(folder, "meterpost/east/K1/1");
        let started = Event::Started {
            software: "test".into(),
        };
        ledger
            .commit(&stamp(), &vec![started.clone(); 2_500])
            .unwrap();
        let size = ledger.size();
        let (messages, inbox) = channel();
        std::thread::spawn(move || {
            while let Ok(Message::Ledger(job)) = inbox.recv() {
                job(&mut ledger, &stamp());
                ledger
                    .commit(&stamp(), std::slice::from_ref(&started))
                    .unwrap();
            }
        });
        (messages, size)
    }

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn an_export_tells_how_far_it_is_and_has_its_name_when_it_is_whole() {
        let (data, stick) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (messages, size) = engine(data.path());
        let steps = Cell::new(0);
        let progress = |done: u64, of: u64| {
            steps.set(steps.get() + 1);
            assert!(done <= of && of == size);
            let names = names(stick.path());
            assert_eq!(names, [format!("meterpost-K1-{size}.unfinished")]);
        };
        let place = (stick.path(), &(|| true) as &dyn Fn() -> bool);
        let name = write_out(&messages, place, "K1", progress).unwrap();
        assert!(steps.get() >= 3, "{}", steps.get());
        assert_eq!(names(stick.path()), std::slice::from_ref(&name));
        let checkpoint = fs::read_to_string(stick.path().join(&name).join("checkpoint")).unwrap();
        assert!(checkpoint.contains(&format!("\n{size}\n")), "{checkpoint}");
    }

    #[test]
    fn a_stick_that_is_pulled_out_at_any_moment_leaves_nothing_that_looks_finished() {
        let data = tempfile::tempdir().unwrap();
        let (messages, _) = engine(data.path());
        for looks in 0..6 {
            let stick = tempfile::tempdir().unwrap();
            let left: Cell<u32> = Cell::new(looks);
            let is_there = || {
                let there = left.get() > 0;
                left.set(left.get().saturating_sub(1));
                there
            };
            let place = (stick.path(), &is_there as &dyn Fn() -> bool);
            match write_out(&messages, place, "K1", |_, _| {}) {
                // After the last look it was whole.
                Ok(name) => assert_eq!(names(stick.path()), [name]),
                Err(why) => {
                    assert_eq!(why, Unexported::StickPulledOut, "after {looks} looks");
                    assert_eq!(names(stick.path()), [""; 0], "after {looks} looks");
                }
            }
        }
    }

    #[test]
    fn what_an_earlier_try_left_is_written_anew_and_a_finished_one_is_kept() {
        let (data, stick) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (messages, size) = engine(data.path());
        let left = stick.path().join(format!("meterpost-K1-{size}.unfinished"));
        fs::create_dir_all(left.join("tile")).unwrap();
        fs::write(left.join("keys"), b"half").unwrap();
        let place = (stick.path(), &(|| true) as &dyn Fn() -> bool);
        let name = write_out(&messages, place, "K1", |_, _| {}).unwrap();
        let keys = fs::read_to_string(stick.path().join(&name).join("keys")).unwrap();
        assert!(keys.starts_with("0 meterpost/"), "{keys}");
    }

    #[test]
    fn a_terminal_that_stops_ends_the_export() {
        let stick = tempfile::tempdir().unwrap();
        let (messages, inbox) = channel();
        drop(inbox);
        let place = (stick.path(), &(|| true) as &dyn Fn() -> bool);
        let ended = write_out(&messages, place, "K1", |_, _| {});
        assert!(matches!(ended, Err(Unexported::NotWritten(_))), "{ended:?}");
    }
}
