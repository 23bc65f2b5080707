//! The server's key as a witness: kept in a file, and followed when it changed while the terminal was away.

use std::path::PathBuf;

use meterpost_ledger::Folder;
use meterpost_ledger::signing::{
    Rotation, RotationError, VkeyError, WitnessKey, chain, read_at_most, replace,
};
use serde::Deserialize;

use super::line::{Line, LineError};

/// The file in the data folder: the server's keys, a line each, the one in use last.
pub(super) const WITNESS_FILE: &str = "witness";
/// Longest file read, in bytes.
const MOST: usize = 64 * 1024;
/// Where the changes are asked for.
const TARGET: &str = "/api/v1/witness";

/// Why a change is not believed, or not kept.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The line.
    #[error("{0}")]
    Line(#[from] LineError),
    /// The answer is not understood.
    #[error("the server's answer is not understood: {0}")]
    Answer(String),
    /// The changes do not lead from the key that is known here.
    #[error(
        "the server signs with a key that does not follow the one this terminal knows; is it another server? Ask the operator"
    )]
    Stranger,
    /// A change is not signed as it should be.
    #[error("a change of the server's key is refused: {0}")]
    Rotation(#[from] RotationError),
    /// It cannot be kept.
    #[error("the server's new key cannot be kept: {0}")]
    Keep(std::io::Error),
}

/// The server's keys as a witness, the one in use last; older ones have signed what is kept here.
#[derive(Clone, Debug)]
pub struct Witnesses {
    file: PathBuf,
    older: Vec<WitnessKey>,
    current: WitnessKey,
}

#[derive(Deserialize)]
struct Answer {
    rotations: Vec<String>,
}

impl Witnesses {
    /// As enrolment and changes since have left them; `None` where the terminal was never enrolled.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn load(folder: &Folder) -> Result<Option<Witnesses>, String> {
        let file = folder.directory().join(WITNESS_FILE);
        if !file.exists() {
            return Ok(None);
        }
        let wrong = |why: &dyn std::fmt::Display| format!("{}: {why}", file.display());
        let bytes = read_at_most(&file, MOST).map_err(|error| wrong(&error))?;
        let text = String::from_utf8(bytes).map_err(|error| wrong(&error))?;
        let keys: Result<Vec<WitnessKey>, VkeyError> =
            text.lines().map(WitnessKey::parse).collect();
        let mut older = keys.map_err(|error| wrong(&error))?;
        let current = older.pop().ok_or_else(|| wrong(&"it is empty"))?;
        Ok(Some(Witnesses {
            file,
            older,
            current,
        }))
    }

    /// The key in use.
    pub fn current(&self) -> &WitnessKey {
        &self.current
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &WitnessKey> {
        self.older.iter().chain([&self.current])
    }

    /// Asks the server how its key has changed, believes what the key known here leads to, and keeps it. `false`: nothing has changed.
    ///
    /// # Errors
    /// [`FollowError`]; the key known here stays then.
    pub fn follow(&mut self, line: &Line) -> Result<bool, FollowError> {
        let answered = line.post(TARGET, &[], b"")?;
        let answer: Answer = serde_json::from_slice(&answered.body)
            .map_err(|error| FollowError::Answer(error.to_string()))?;
        self.take(&answer.rotations)
    }

    fn take(&mut self, lines: &[String]) -> Result<bool, FollowError> {
        let rotations: Result<Vec<Rotation>, _> =
            lines.iter().map(|line| Rotation::from_line(line)).collect();
        let rotations = rotations?;
        let known = *self.current.key();
        if rotations.last().is_none_or(|last| last.new == known) {
            return Ok(false);
        }
        let from = rotations.iter().position(|rotation| rotation.old == known);
        let new = &rotations[from.ok_or(FollowError::Stranger)?..];
        let name = self.current.name().clone();
        chain(&name, &known, new)?;
        let mut after = self.clone();
        for rotation in new {
            let next = WitnessKey::new(name.clone(), rotation.new);
            after
                .older
                .push(std::mem::replace(&mut after.current, next));
        }
        let text: String = after.all().map(|key| format!("{key}\n")).collect();
        replace(&after.file, text.as_bytes(), 0o644).map_err(FollowError::Keep)?;
        tracing::warn!(key = %after.current, "the server has a new key");
        *self = after;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use meterpost_ledger::signing::{KeyName, KeyStore, Signer, system_entropy};

    use super::*;

    struct Server {
        folder: tempfile::TempDir,
        name: KeyName,
        keys: Vec<KeyStore>,
        rotations: Vec<Rotation>,
    }

    impl Server {
        fn new(name: &str) -> Server {
            let mut server = Server {
                folder: tempfile::tempdir().unwrap(),
                name: KeyName::new(name).unwrap(),
                keys: Vec::new(),
                rotations: Vec::new(),
            };
            server.key();
            server
        }

        fn key(&mut self) {
            let path = self.folder.path().join(self.keys.len().to_string());
            self.keys
                .push(KeyStore::create(&path, &mut system_entropy).unwrap());
        }

        fn rotate(&mut self) {
            self.key();
            let [.., old, new] = &self.keys[..] else {
                unreachable!()
            };
            self.rotations
                .push(Rotation::sign(&self.name, old, new).unwrap());
        }

        fn lines(&self) -> Vec<String> {
            self.rotations.iter().map(Rotation::to_line).collect()
        }

        fn witness(&self, place: usize) -> WitnessKey {
            WitnessKey::new(self.name.clone(), self.keys[place].public_key())
        }
    }

    fn terminal_knows(key: &WitnessKey) -> (tempfile::TempDir, Witnesses) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(WITNESS_FILE), format!("{key}\n")).unwrap();
        let loaded = Witnesses::load(&Folder::new(folder.path()))
            .unwrap()
            .unwrap();
        (folder, loaded)
    }

    #[test]
    fn a_terminal_that_was_away_follows_every_change_and_remembers_the_older_keys() {
        let mut server = Server::new("witness.example/east");
        let (folder, mut known) = terminal_knows(&server.witness(0));
        assert!(!known.take(&server.lines()).unwrap());
        server.rotate();
        server.rotate();
        assert!(known.take(&server.lines()).unwrap());
        assert_eq!(*known.current(), server.witness(2));
        assert!(!known.take(&server.lines()).unwrap());
        let again = Witnesses::load(&Folder::new(folder.path()))
            .unwrap()
            .unwrap();
        let all: Vec<_> = again.all().cloned().collect();
        assert_eq!(
            all,
            [server.witness(0), server.witness(1), server.witness(2)]
        );
    }

    #[test]
    fn another_server_a_forged_change_and_another_name_are_refused_and_change_nothing() {
        let mut server = Server::new("witness.example/east");
        let (_folder, mut known) = terminal_knows(&server.witness(0));
        server.rotate();
        let mut other = Server::new("witness.example/east");
        other.rotate();
        assert!(matches!(
            known.take(&other.lines()),
            Err(FollowError::Stranger)
        ));
        let mut forged = server.rotations[0].clone();
        forged.new = other.rotations[0].new;
        forged.by_new = other.rotations[0].by_new;
        let refused = known.take(&[forged.to_line()]);
        assert!(
            matches!(refused, Err(FollowError::Rotation(_))),
            "{refused:?}"
        );
        server.name = KeyName::new("witness.example/west").unwrap();
        let (old, new) = (&server.keys[0], &server.keys[1]);
        let elsewhere = Rotation::sign(&server.name, old, new).unwrap();
        assert!(known.take(&[elsewhere.to_line()]).is_err());
        assert!(known.take(&["nonsense".to_owned()]).is_err());
        assert_eq!(known.current().key(), &server.keys[0].public_key());
    }
}
