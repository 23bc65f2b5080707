//! What is installed and what could be: asks the configured program for the slots, looks at the USB stick for bundles, and has one installed.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::program::{self, MOST_OUTPUT, ProgramError};
use super::stick::Stick;
use crate::config::FILE_PLACE;
use crate::service::{OnStick, Slots, Software, Uninstalled, bundles, slots};

/// How long the program that tells of slots may take.
const TELLS: Duration = Duration::from_secs(10);
/// Between two of a program's lines that are shown, at least.
const BETWEEN: Duration = Duration::from_millis(200);
/// How long an installation may take.
pub const INSTALLS: Duration = Duration::from_secs(1_800);

/// A look at the slots and at the stick.
pub fn look(slots: &[String], usb: Option<&Path>) -> Software {
    Software {
        slots: read_slots(slots),
        stick: read_stick(usb),
    }
}

fn read_slots(program: &[String]) -> Slots {
    if program.is_empty() {
        return Slots::NotConfigured;
    }
    let told = program::run(program, TELLS, |_| {}).map_err(|error| error.to_string());
    let read = told.and_then(|output| match output.len() > MOST_OUTPUT {
        true => Err(format!("more than {MOST_OUTPUT} bytes")),
        false => slots(&output).map_err(|error| error.to_string()),
    });
    match read {
        Ok(slots) => Slots::Known(slots),
        Err(why) => Slots::NotReadable(why),
    }
}

fn read_stick(usb: Option<&Path>) -> OnStick {
    let Some(usb) = usb else {
        return OnStick::NotConfigured;
    };
    let Some(stick) = Stick::find(usb) else {
        return OnStick::NoStick;
    };
    match files(stick.folder()) {
        Ok(names) => bundles(names),
        Err(error) => OnStick::NotReadable(program::fit(&error.to_string())),
    }
}

/// The names of the plain files in a folder. A link leads anywhere and is none.
fn files(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.extend(entry.file_name().into_string());
        }
    }
    Ok(names)
}

/// Has the program install a bundle from the stick, which it checks the signature of. `tell` is given what it says meanwhile.
///
/// # Errors
/// [`Uninstalled`].
pub fn install(
    program: &[String],
    usb: Option<&Path>,
    bundle: &str,
    mut tell: impl FnMut(&str),
) -> Result<(), Uninstalled> {
    let stick = usb.and_then(Stick::find);
    let stick = stick.ok_or(Uninstalled::StickPulledOut)?;
    let file = stick.folder().join(bundle);
    let mut last: Option<Instant> = None;
    let seldom = |line: &str| {
        if last.is_none_or(|last| last.elapsed() >= BETWEEN) {
            last = Some(Instant::now());
            tell(line);
        }
    };
    install_file(program, &file, INSTALLS, &|| stick.is_there(), seldom)
}

/// The same from any folder; `is_there` says whether what holds it still is.
fn install_file(
    program: &[String],
    file: &Path,
    time: Duration,
    is_there: &dyn Fn() -> bool,
    tell: impl FnMut(&str),
) -> Result<(), Uninstalled> {
    let is_file = fs::symlink_metadata(file).is_ok_and(|found| found.is_file());
    if !is_file {
        return Err(match is_there() {
            true => Uninstalled::Refused("the file is not on the stick any more".to_owned()),
            false => Uninstalled::StickPulledOut,
        });
    }
    let path = file.to_string_lossy();
    let fill = |word: &String| word.replace(FILE_PLACE, &path);
    let filled: Vec<String> = program.iter().map(fill).collect();
    match program::run(&filled, time, tell) {
        Ok(_) => Ok(()),
        // It was stopped, and what it had begun may go on without it.
        Err(error @ ProgramError::TookTooLong(..)) => Err(Uninstalled::Unknown(error.to_string())),
        Err(_) if !is_there() => Err(Uninstalled::StickPulledOut),
        Err(error) => Err(Uninstalled::Refused(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Health;

    fn shell(script: &str) -> Vec<String> {
        ["sh", "-c", script, FILE_PLACE].map(str::to_owned).to_vec()
    }

    fn bundle(folder: &Path) -> std::path::PathBuf {
        let file = folder.join("meterpost-2.1.0.raucb");
        fs::write(&file, b"bundle").unwrap();
        file
    }

    #[test]
    fn slots_are_what_the_program_prints_and_garbage_is_not_readable() {
        let Slots::Known(known) = read_slots(&shell("printf 'a\\t1.0\\tbooted\\tgood\\n'")) else {
            panic!("not readable");
        };
        assert_eq!((known[0].booted, known[0].health), (true, Health::Good));
        assert_eq!(read_slots(&[]), Slots::NotConfigured);
        for script in ["echo nonsense", "exit 1", "yes", "true"] {
            let read = read_slots(&shell(&format!("{script} | head -c 100000")));
            assert!(matches!(read, Slots::NotReadable(_)), "{script}: {read:?}");
        }
    }

    #[test]
    fn the_program_is_given_the_file_and_its_words_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = bundle(folder.path());
        let mut told = Vec::new();
        let program = shell("echo \"reads $(cat \"$0\")\"");
        let tell = |line: &str| told.push(line.to_owned());
        install_file(&program, &file, TELLS, &|| true, tell).unwrap();
        assert_eq!(told, ["reads bundle"]);
    }

    #[test]
    fn a_refusal_is_told_in_the_programs_words_and_a_stick_that_is_gone_as_that() {
        let folder = tempfile::tempdir().unwrap();
        let file = bundle(folder.path());
        let refuse = shell("echo signature verification failed >&2; exit 1");
        let refused = install_file(&refuse, &file, TELLS, &|| true, |_| {}).unwrap_err();
        let words = "signature verification failed".to_owned();
        assert_eq!(refused, Uninstalled::Refused(words));
        let gone = install_file(&refuse, &file, TELLS, &|| false, |_| {}).unwrap_err();
        assert_eq!(gone, Uninstalled::StickPulledOut);
        let never = folder.path().join("other.raucb");
        let missing = install_file(&refuse, &never, TELLS, &|| true, |_| {}).unwrap_err();
        assert!(matches!(missing, Uninstalled::Refused(_)), "{missing:?}");
    }

    #[test]
    fn what_did_not_end_in_time_is_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let file = bundle(folder.path());
        let time = Duration::from_millis(200);
        let slow = install_file(&shell("exec sleep 60"), &file, time, &|| false, |_| {});
        assert!(matches!(slow, Err(Uninstalled::Unknown(_))), "{slow:?}");
    }

    #[test]
    fn a_link_and_a_folder_on_the_stick_are_no_bundles() {
        let folder = tempfile::tempdir().unwrap();
        bundle(folder.path());
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("x.raucb")).unwrap();
        fs::create_dir(folder.path().join("y.raucb")).unwrap();
        assert_eq!(files(folder.path()).unwrap(), ["meterpost-2.1.0.raucb"]);
    }
}
