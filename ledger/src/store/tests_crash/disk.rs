//! The simulated disk: files in memory, and a log of everything that was done to them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use meterpost_crashdisk::{Fault, FileId, FileSystem, How, Opened};
use sha2::{Digest, Sha256};

/// A file's content, whatever its name.
pub(super) type Inode = u64;

/// One operation that changes what a disk holds or promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Create(String, Inode),
    Unlink(String),
    Write(Inode, u64, Arc<[u8]>),
    Truncate(Inode, u64),
    /// The file's content is durable from here on; its name need not be.
    Sync(Inode),
    /// The names are durable from here on.
    SyncDirectory,
    /// The file gets the second name, in the place of whatever had it.
    Rename(String, String, Inode),
    /// A sync of the file failed. The system takes its pages for clean from here on, so that no later sync writes what
    /// this one left out.
    Forgotten(Inode),
}

/// What lies on a disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Image {
    pub(super) names: BTreeMap<String, Inode>,
    pub(super) contents: BTreeMap<Inode, Arc<Vec<u8>>>,
}

impl Image {
    pub(super) fn apply(&mut self, op: &Op) {
        match op {
            Op::Create(name, inode) => {
                self.names.insert(name.clone(), *inode);
                self.contents.entry(*inode).or_default();
            }
            Op::Unlink(name) => {
                self.names.remove(name);
            }
            Op::Write(inode, offset, bytes) => {
                let content = Arc::make_mut(self.contents.entry(*inode).or_default());
                let start = *offset as usize;
                let end = start + bytes.len();
                // What lies between the old end and a write beyond it reads as zeros.
                content.resize(content.len().max(end), 0);
                content[start..end].copy_from_slice(bytes);
            }
            Op::Truncate(inode, length) => {
                let content = Arc::make_mut(self.contents.entry(*inode).or_default());
                content.resize(*length as usize, 0);
            }
            Op::Rename(from, to, inode) => {
                self.names.remove(from);
                self.names.insert(to.clone(), *inode);
                self.contents.entry(*inode).or_default();
            }
            Op::Sync(_) | Op::SyncDirectory | Op::Forgotten(_) => {}
        }
    }

    /// A number for what can be read on the disk.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        for (name, inode) in &self.names {
            let content = &self.contents[inode];
            digest.update((name.len() as u64).to_le_bytes());
            digest.update(name);
            digest.update((content.len() as u64).to_le_bytes());
            digest.update(content.as_slice());
        }
        digest.finalize().into()
    }

    /// Forgets contents that no name leads to.
    pub(super) fn tidy(&mut self) {
        let names = &self.names;
        self.contents
            .retain(|inode, _| names.values().any(|named| named == inode));
    }

    pub(super) fn file(&self, name: &str) -> Option<&Arc<Vec<u8>>> {
        self.contents.get(self.names.get(name)?)
    }

    pub(super) fn file_mut(&mut self, name: &str) -> Option<&mut Vec<u8>> {
        self.contents
            .get_mut(self.names.get(name)?)
            .map(Arc::make_mut)
    }
}

/// Which call fails, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Counted from 0 over all calls since the disk was put in.
    pub(super) call: u64,
    pub(super) fault: Fault,
    /// All calls from that one on, where the fault touches them.
    pub(super) lasting: bool,
}

/// Which faults touch a call: a full or read-only disk can still be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Reading,
    Writing,
    Removing,
    Syncing,
}

/// The disk while it runs.
#[derive(Debug, Default)]
pub(super) struct Disk {
    /// What programs see: every operation, synced or not.
    pub(super) live: Image,
    pub(super) log: Vec<Op>,
    pub(super) calls: u64,
    pub(super) plan: Option<Plan>,
    /// How many calls failed as planned.
    pub(super) failed: u64,
    open: BTreeMap<FileId, OpenFile>,
    next: u64,
}

#[derive(Debug)]
struct OpenFile {
    inode: Inode,
    /// At its first sync the directory is synced too.
    journal: bool,
    temporary: bool,
}

impl Disk {
    pub(super) fn new(image: Image) -> Disk {
        let used = image.contents.keys().last().copied().unwrap_or(0);
        Disk {
            next: used + 1,
            live: image,
            ..Disk::default()
        }
    }

    /// Counts a call, and fails it where planned.
    pub(super) fn call(&mut self, kind: Kind) -> Result<(), Fault> {
        let number = self.calls;
        self.calls += 1;
        let Some(plan) = self.plan else {
            return Ok(());
        };
        let due = number == plan.call || (plan.lasting && number > plan.call);
        let touched = match plan.fault {
            Fault::Full => kind == Kind::Writing,
            Fault::ReadOnly => matches!(kind, Kind::Writing | Kind::Removing),
            Fault::Device => true,
            Fault::NotFound => false,
        };
        if due && touched {
            self.failed += 1;
            return Err(plan.fault);
        }
        Ok(())
    }

    pub(super) fn perform(&mut self, op: Op) {
        self.live.apply(&op);
        self.log.push(op);
    }

    pub(super) fn new_inode(&mut self) -> Inode {
        self.next += 1;
        self.next
    }

    /// Whether the whole disk is read-only now.
    fn read_only(&self) -> bool {
        self.plan.is_some_and(|plan| {
            plan.fault == Fault::ReadOnly && plan.lasting && self.calls > plan.call
        })
    }

    fn file(&self, file: FileId) -> Result<&OpenFile, Fault> {
        self.open.get(&file).ok_or(Fault::Device)
    }

    fn open(&mut self, name: Option<&str>, how: How) -> Result<Opened, Fault> {
        self.call(Kind::Reading)?;
        let known = name.and_then(|name| self.live.names.get(name).copied());
        let inode = match (known, name) {
            (Some(inode), _) => inode,
            (None, Some(_)) if !how.create => return Err(Fault::NotFound),
            (None, name) => {
                self.call(Kind::Writing)?;
                let inode = self.new_inode();
                match name {
                    Some(name) => self.perform(Op::Create(name.to_owned(), inode)),
                    None => {
                        self.live.contents.insert(inode, Arc::default());
                    }
                }
                inode
            }
        };
        self.next += 1;
        let file = FileId(self.next);
        let open = OpenFile {
            inode,
            // As SQLite's own file system does, also where the file was there already.
            journal: how.journal && how.create,
            temporary: name.is_none(),
        };
        self.open.insert(file, open);
        let read_only = self.read_only();
        Ok(Opened { file, read_only })
    }

    fn write(&mut self, file: FileId, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
        let told = self.call(Kind::Writing);
        // A write that fails may have come half way.
        let bytes = match told {
            Ok(()) => bytes,
            Err(Fault::ReadOnly | Fault::NotFound) => return told,
            Err(Fault::Full | Fault::Device) => &bytes[..bytes.len() / 2],
        };
        let open = self.file(file)?;
        let (op, temporary) = (Op::Write(open.inode, offset, bytes.into()), open.temporary);
        self.live.apply(&op);
        if !temporary {
            self.log.push(op);
        }
        told
    }

    fn sync(&mut self, file: FileId) -> Result<(), Fault> {
        let inode = self.file(file)?.inode;
        if let Err(fault) = self.call(Kind::Syncing) {
            self.perform(Op::Forgotten(inode));
            return Err(fault);
        }
        let open = self.open.get_mut(&file).ok_or(Fault::Device)?;
        let journal = std::mem::take(&mut open.journal);
        self.perform(Op::Sync(inode));
        if journal {
            self.perform(Op::SyncDirectory);
        }
        Ok(())
    }
}

/// Where a disk is put in: SQLite and the ledger reach it through this.
#[derive(Clone, Debug, Default)]
pub(super) struct Drive(Arc<Mutex<Disk>>);

impl Drive {
    pub(super) fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap()
    }
}

/// The part of a path after the folder: one disk holds one folder.
fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

impl FileSystem for Drive {
    fn open(&self, name: Option<&str>, how: How) -> Result<Opened, Fault> {
        self.disk().open(name.map(base), how)
    }

    fn close(&self, file: FileId) {
        self.disk().open.remove(&file);
    }

    fn delete(&self, name: &str, sync_directory: bool) -> Result<(), Fault> {
        let mut disk = self.disk();
        disk.call(Kind::Removing)?;
        let name = base(name);
        if !disk.live.names.contains_key(name) {
            return Err(Fault::NotFound);
        }
        disk.perform(Op::Unlink(name.to_owned()));
        if sync_directory {
            disk.call(Kind::Syncing)?;
            disk.perform(Op::SyncDirectory);
        }
        Ok(())
    }

    fn exists(&self, name: &str) -> Result<bool, Fault> {
        let mut disk = self.disk();
        disk.call(Kind::Reading)?;
        // As SQLite's own file system does: an empty file counts as none.
        Ok(disk
            .live
            .file(base(name))
            .is_some_and(|content| !content.is_empty()))
    }

    fn read(&self, file: FileId, offset: u64, buffer: &mut [u8]) -> Result<usize, Fault> {
        let mut disk = self.disk();
        disk.call(Kind::Reading)?;
        let inode = disk.file(file)?.inode;
        let content = &disk.live.contents[&inode];
        let start = content.len().min(offset as usize);
        let end = content.len().min(start + buffer.len());
        buffer[..end - start].copy_from_slice(&content[start..end]);
        Ok(end - start)
    }

    fn write(&self, file: FileId, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
        self.disk().write(file, offset, bytes)
    }

    fn truncate(&self, file: FileId, length: u64) -> Result<(), Fault> {
        let mut disk = self.disk();
        disk.call(Kind::Writing)?;
        let inode = disk.file(file)?.inode;
        disk.perform(Op::Truncate(inode, length));
        Ok(())
    }

    fn sync(&self, file: FileId) -> Result<(), Fault> {
        self.disk().sync(file)
    }

    fn length(&self, file: FileId) -> Result<u64, Fault> {
        let mut disk = self.disk();
        disk.call(Kind::Reading)?;
        let inode = disk.file(file)?.inode;
        Ok(disk.live.contents[&inode].len() as u64)
    }
}
