//! The ledger's way to the simulated disk.

use std::fs;
use std::io;

use meterpost_crashdisk::Fault;
use meterpost_signing::SignedCheckpoint;

use super::super::medium::Medium;
use super::disk::{Drive, Head, Kind, Op};
use crate::folder::Folder;
use crate::head_file::{self, HeadFile};

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

impl Simulated {
    fn database(&self) -> String {
        let path = self.folder.database();
        path.file_name().unwrap().to_str().unwrap().to_owned()
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
        let file = disk.live.file(&self.database());
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
        match &disk.live.head {
            None => HeadFile::Absent,
            Some(Head::Note(note)) => HeadFile::Note(note.to_vec()),
            Some(Head::Raw(bytes)) => {
                // Through the real reader.
                fs::write(self.folder.head(), bytes).unwrap();
                let read = head_file::read(self.folder.head());
                fs::remove_file(self.folder.head()).unwrap();
                read
            }
        }
    }

    fn write_head(&self, head: &SignedCheckpoint) -> io::Result<()> {
        let mut disk = self.drive.disk();
        disk.call(Kind::Writing).map_err(to_io)?;
        disk.perform(Op::Head(Head::Note(head.to_text().into_bytes().into())));
        disk.call(Kind::Syncing).map_err(to_io)?;
        disk.perform(Op::SyncHead);
        Ok(())
    }
}
