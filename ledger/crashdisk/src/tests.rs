use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::*;

/// Files in memory; full once told so.
#[derive(Default)]
struct Memory {
    names: BTreeMap<String, u64>,
    contents: BTreeMap<u64, Vec<u8>>,
    next: u64,
    full: bool,
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Memory>>);

impl FileSystem for Shared {
    fn open(&self, name: Option<&str>, how: How) -> Result<Opened, Fault> {
        let mut memory = self.0.lock().unwrap();
        let known = name.and_then(|name| memory.names.get(name).copied());
        let number = match known {
            Some(number) => number,
            None if how.create => {
                memory.next += 1;
                let number = memory.next;
                if let Some(name) = name {
                    memory.names.insert(name.to_owned(), number);
                }
                memory.contents.insert(number, Vec::new());
                number
            }
            None => return Err(Fault::NotFound),
        };
        Ok(Opened {
            file: FileId(number),
            read_only: false,
        })
    }

    fn close(&self, _file: FileId) {}

    fn delete(&self, name: &str, _sync_directory: bool) -> Result<(), Fault> {
        let removed = self.0.lock().unwrap().names.remove(name);
        removed.map(|_| ()).ok_or(Fault::NotFound)
    }

    fn exists(&self, name: &str) -> Result<bool, Fault> {
        Ok(self.0.lock().unwrap().names.contains_key(name))
    }

    fn read(&self, file: FileId, offset: u64, buffer: &mut [u8]) -> Result<usize, Fault> {
        let memory = self.0.lock().unwrap();
        let content = &memory.contents[&file.0];
        let start = content.len().min(offset as usize);
        let end = content.len().min(start + buffer.len());
        buffer[..end - start].copy_from_slice(&content[start..end]);
        Ok(end - start)
    }

    fn write(&self, file: FileId, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
        let mut memory = self.0.lock().unwrap();
        if memory.full {
            return Err(Fault::Full);
        }
        let content = memory.contents.get_mut(&file.0).unwrap();
        let end = offset as usize + bytes.len();
        content.resize(content.len().max(end), 0);
        content[offset as usize..end].copy_from_slice(bytes);
        Ok(())
    }

    fn truncate(&self, file: FileId, length: u64) -> Result<(), Fault> {
        let mut memory = self.0.lock().unwrap();
        let content = memory.contents.get_mut(&file.0).unwrap();
        content.resize(length as usize, 0);
        Ok(())
    }

    fn sync(&self, _file: FileId) -> Result<(), Fault> {
        Ok(())
    }

    fn length(&self, file: FileId) -> Result<u64, Fault> {
        Ok(self.0.lock().unwrap().contents[&file.0].len() as u64)
    }
}

fn connect(vfs: &str) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection = Connection::open_with_flags_and_vfs("d/db", flags, vfs).unwrap();
    for pragma in ["locking_mode=EXCLUSIVE", "journal_mode=WAL"] {
        let set = format!("PRAGMA {pragma}");
        connection.query_row(&set, [], |_| Ok(())).unwrap();
    }
    connection
}

#[test]
fn a_database_with_a_write_ahead_log_lives_on_it() {
    let disk = Shared::default();
    register("lives", disk.clone()).unwrap();
    let connection = connect("lives");
    connection.execute_batch("CREATE TABLE t (x)").unwrap();
    let blob = vec![7_u8; 100_000];
    connection
        .execute("INSERT INTO t VALUES (?1)", [&blob])
        .unwrap();
    assert!(disk.exists("d/db-wal").unwrap());
    drop(connection);
    assert!(!disk.exists("d/db-wal").unwrap(), "closing removes it");
    let read: Vec<u8> = connect("lives")
        .query_row("SELECT x FROM t", [], |row| row.get(0))
        .unwrap();
    assert_eq!(read, blob);
}

#[test]
fn a_full_disk_is_told_as_such() {
    let disk = Shared::default();
    register("full", disk.clone()).unwrap();
    let connection = connect("full");
    connection.execute_batch("CREATE TABLE t (x)").unwrap();
    disk.0.lock().unwrap().full = true;
    let error = connection
        .execute("INSERT INTO t VALUES (1)", [])
        .unwrap_err();
    assert_eq!(error.sqlite_error_code(), Some(ErrorCode::DiskFull));
}

#[test]
fn a_name_with_a_zero_byte_is_refused() {
    assert_eq!(register("a\0b", Shared::default()), Err(ffi::SQLITE_MISUSE));
}
