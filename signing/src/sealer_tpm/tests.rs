//! Against a real TPM emulator, swtpm, reached like a hardware TPM through a device: a pseudo-terminal.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Once;

use proptest::prelude::*;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tempfile::TempDir;

use super::*;
use crate::entropy::system_entropy;
use crate::key_store::{KeyStore, KeyStoreError};
use crate::signer::Signer;

/// A running emulator; dropping it is pulling the plug.
struct Emulator {
    process: Child,
    tcti: String,
    /// Kept open: a terminal that nobody has open is hung up.
    _device: File,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts the emulator on the state in a folder, which is a new TPM where the folder is empty.
fn start(state: &Path) -> Emulator {
    let emulator = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&emulator).unwrap();
    unlockpt(&emulator).unwrap();
    let path = ptsname(&emulator, Vec::new())
        .unwrap()
        .into_string()
        .unwrap();
    let device = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .unwrap();
    let mut settings = tcgetattr(&device).unwrap();
    settings.make_raw();
    tcsetattr(&device, OptionalActions::Now, &settings).unwrap();
    // The emulator takes the terminal as any descriptor but the standard three, so a shell moves it.
    let process = Command::new("sh")
        .args(["-c", "exec swtpm \"$@\" 3<&0 </dev/null", "swtpm"])
        .args(["chardev", "--tpm2", "--fd", "3"])
        .args(["--flags", "not-need-init,startup-clear"])
        .arg("--tpmstate")
        .arg(format!("dir={}", state.display()))
        .arg("--log")
        .arg(format!("file={},level=5", traffic(state).display()))
        .stdin(Stdio::from(emulator))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    Emulator {
        process,
        tcti: format!("device:{path}"),
        _device: device,
    }
}

/// Where the emulator writes down every command and answer.
fn traffic(state: &Path) -> PathBuf {
    state.join("traffic")
}

/// A folder for a TPM's state, where there is an emulator to use it.
fn state() -> Option<TempDir> {
    let found = Command::new("swtpm")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    match found {
        Ok(status) if status.success() => Some(tempfile::tempdir().unwrap()),
        _ => {
            static SAID: Once = Once::new();
            SAID.call_once(|| eprintln!(
                "skipped: the TPM emulator swtpm is not installed (Debian: apt-get install swtpm)"
            ));
            None
        }
    }
}

fn sealer(emulator: &Emulator) -> TpmSealer {
    TpmSealer::new(&emulator.tcti).unwrap()
}

#[test]
fn a_seed_survives_the_tpms_restart() {
    let Some(state) = state() else { return };
    let running = start(state.path());
    let seed = Seed::new([0xa5; 32]);
    let sealed = sealer(&running).seal(&seed).unwrap();
    assert!(!sealed.windows(8).any(|part| part == [0xa5; 8]));
    let unsealed = sealer(&running).unseal(&sealed).unwrap();
    assert_eq!(unsealed.expose(), seed.expose());
    drop(running);
    let running = start(state.path());
    let unsealed = sealer(&running).unseal(&sealed).unwrap();
    assert_eq!(unsealed.expose(), seed.expose());
}

#[test]
fn nothing_is_left_loaded_in_the_tpm() {
    // A TPM has room for three objects and three sessions or so.
    let Some(state) = state() else { return };
    let running = start(state.path());
    let sealer = sealer(&running);
    let sealed = sealer.seal(&Seed::new([1; 32])).unwrap();
    for _ in 0..6 {
        sealer.unseal(&sealed).unwrap();
        let mut damaged = sealed.to_vec();
        *damaged.last_mut().unwrap() ^= 1;
        assert!(sealer.unseal(&damaged).is_err());
    }
}

/// Seals without a session that encrypts, as it must not be done.
fn seal_in_the_clear(emulator: &Emulator, seed: &Seed) {
    let mut context = Context::new(sealer(emulator).tcti).unwrap();
    let data = SensitiveData::try_from(seed.expose().as_slice()).unwrap();
    context
        .execute_with_session(Some(AuthSession::Password), |context| -> Result<_, Error> {
            let primary = primary_template()?;
            let key = context.create_primary(Hierarchy::Owner, primary, None, None, None, None)?;
            context.create(
                key.key_handle,
                sealed_template()?,
                None,
                Some(data),
                None,
                None,
            )
        })
        .unwrap();
}

#[test]
fn the_seed_does_not_cross_the_bus_in_the_clear() {
    let Some(state) = state() else { return };
    let running = start(state.path());
    let sealed = sealer(&running).seal(&Seed::new([0xa5; 32])).unwrap();
    sealer(&running).unseal(&sealed).unwrap();
    seal_in_the_clear(&running, &Seed::new([0xc3; 32]));
    drop(running);
    let log = std::fs::read_to_string(traffic(state.path())).unwrap();
    let traffic: String = log
        .lines()
        .filter(|line| !line.contains("SWTPM_IO"))
        .flat_map(str::split_whitespace)
        .collect();
    assert!(!traffic.contains(&"A5".repeat(8)));
    // The log would have shown it.
    assert!(traffic.contains(&"C3".repeat(32)));
}

#[test]
fn another_tpm_refuses_and_says_so() {
    let (Some(one), Some(two)) = (state(), state()) else {
        return;
    };
    let running = start(one.path());
    let sealed = sealer(&running).seal(&Seed::new([2; 32])).unwrap();
    drop(running);
    let running = start(two.path());
    let error = sealer(&running).unseal(&sealed).unwrap_err();
    assert!(error.0.contains("another TPM"), "{error}");
    // Even with the primary key's name forged, the TPM itself refuses.
    let own = sealer(&running).seal(&Seed::new([3; 32])).unwrap();
    let (name, rest) = (part(&own).unwrap().0, part(&sealed).unwrap().1);
    let length = u16::try_from(name.len()).unwrap().to_be_bytes();
    let forged = [&length[..], name, rest].concat();
    let error = sealer(&running).unseal(&forged).unwrap_err();
    assert!(error.0.contains("damaged"), "{error}");
}

#[test]
fn a_changed_blob_is_refused_wherever_it_is_changed() {
    let Some(state) = state() else { return };
    let running = start(state.path());
    let sealer = sealer(&running);
    let sealed = sealer.seal(&Seed::new([4; 32])).unwrap();
    for at in 0..sealed.len() {
        let mut changed = sealed.to_vec();
        changed[at] ^= 1 << (at % 8);
        assert!(sealer.unseal(&changed).is_err(), "byte {at}");
    }
    for length in [0, 1, 40, sealed.len() - 1] {
        assert!(sealer.unseal(&sealed[..length]).is_err());
    }
    assert!(sealer.unseal(&[&sealed[..], &[0]].concat()).is_err());
    assert!(sealer.unseal(&sealed).is_ok());
}

#[test]
fn a_key_store_works_with_a_tpm() {
    let Some(state) = state() else { return };
    let running = start(state.path());
    let sealer = sealer(&running);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let made = KeyStore::create_sealed(&path, &mut system_entropy, &sealer).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("\nsealer tpm2\n"), "{text}");
    assert!(matches!(
        KeyStore::open(&path),
        Err(KeyStoreError::OtherSealer { .. })
    ));
    let opened = KeyStore::open_sealed(&path, &sealer).unwrap();
    assert_eq!(made.sign(b"x").unwrap(), opened.sign(b"x").unwrap());

    let next = KeyStore::prepare_next(&path, &mut system_entropy, &sealer).unwrap();
    let new = next.public_key();
    let finished = KeyStore::finish_rotation(&path, &new, &sealer).unwrap();
    assert_eq!(finished.public_key(), new);
}

#[test]
fn a_tpm_that_is_not_there_is_an_error() {
    let sealer = TpmSealer::new("device:/nowhere/tpm").unwrap();
    let error = sealer.seal(&Seed::new([5; 32])).unwrap_err();
    assert!(error.0.contains("device:/nowhere/tpm"), "{error}");
    assert!(TpmSealer::new("parallel port").is_err());
}

#[test]
fn a_plain_seed_is_no_sealed_one() {
    let sealer = TpmSealer::new("device:/nowhere/tpm").unwrap();
    let error = sealer.unseal(&[7; 32]).unwrap_err();
    assert!(error.0.contains("damaged"), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let sealer = TpmSealer::new("device:/nowhere/tpm").unwrap();
        prop_assert!(sealer.unseal(&bytes).is_err());
    }

    #[test]
    fn any_public_area_never_panics(public in prop::collection::vec(any::<u8>(), 0..60), kind in 0_u8..0x30) {
        let mut area = vec![0, kind];
        area.extend(public);
        let length = u16::try_from(area.len()).unwrap().to_be_bytes();
        let blob = [&[0, 1, 7], &length[..], &area, &[0, 1, 7]].concat();
        let sealer = TpmSealer::new("device:/nowhere/tpm").unwrap();
        prop_assert!(sealer.unseal(&blob).is_err());
    }
}
