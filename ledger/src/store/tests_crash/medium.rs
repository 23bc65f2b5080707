//! The ledger's way to the simulated disk.

use std::io;
use std::path::Path;

use meterpost_crashdisk::Fault;

use super::super::medium::Medium;
use super::disk::{Drive, Kind, Op};
use crate::folder::Folder;
use crate::head_file::{self, HeadFile, Notes};

pub(super) struct Simulated {
    pub(super) drive: Drive,
    pub(super) vfs: String,
    pub(super) synchronous: &'static str,
    pub(super) folder: Folder,
}

fn to_io(fault: Fault) -> io::Error {
    let kind = match fault {
        Fault::Full => io::ErrorKind::StorageFull,
        Fault::ReadOnly => io::ErrorKind::ReadOnlyFilesystem,
        Fault::NotFound => io::ErrorKind::NotFound,
        Fault::Device => return io::Error::other("the device failed"),
    };
    io::Error::from(kind)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

impl Simulated {
    /// Step by step what `meterpost_signing::replace` does on a real disk; a step that fails leaves what was done so far.
    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), Fault> {
        let mut disk = self.drive.disk();
        let temporary = format!("{name}.tmp");
        disk.call(Kind::Removing)?;
        if disk.live.names.contains_key(&temporary) {
            disk.perform(Op::Unlink(temporary.clone()));
        }
        disk.call(Kind::Writing)?;
        let inode = disk.new_inode();
        disk.perform(Op::Create(temporary.clone(), inode));
        disk.call(Kind::Writing)?;
        disk.perform(Op::Write(inode, 0, bytes.into()));
        if let Err(fault) = disk.call(Kind::Syncing) {
            disk.perform(Op::Forgotten(inode));
            return Err(fault);
        }
        disk.perform(Op::Sync(inode));
        disk.call(Kind::Removing)?;
        disk.perform(Op::Rename(temporary, name.to_owned(), inode));
        disk.call(Kind::Syncing)?;
        disk.perform(Op::SyncDirectory);
        Ok(())
    }
}

impl Medium for Simulated {
    fn vfs(&self) -> Option<&str> {
        Some(&self.vfs)
    }

    fn synchronous(&self) -> &'static str {
        self.synchronous
    }

    fn database_length(&self) -> io::Result<Option<u64>> {
        let mut disk = self.drive.disk();
        disk.call(Kind::Reading).map_err(to_io)?;
        let file = disk.live.file(&name(&self.folder.database()));
        Ok(file.map(|content| content.len() as u64))
    }

    fn sync_directory(&self) -> io::Result<()> {
        let mut disk = self.drive.disk();
        disk.call(Kind::Syncing).map_err(to_io)?;
        disk.perform(Op::SyncDirectory);
        Ok(())
    }

    fn read_head(&self) -> HeadFile {
        let mut disk = self.drive.disk();
        if let Err(fault) = disk.call(Kind::Reading) {
            return HeadFile::Damaged(to_io(fault).to_string());
        }
        match disk.live.file(&name(self.folder.head())) {
            None => HeadFile::Absent,
            Some(bytes) => head_file::parse_or_damaged(bytes),
        }
    }

    fn write_head(&self, notes: &Notes) -> io::Result<()> {
        let bytes = head_file::format(notes);
        self.replace(&name(self.folder.head()), bytes.as_bytes())
            .map_err(to_io)
    }
}
