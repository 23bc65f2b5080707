//! The tables of functions that SQLite calls. All unsafe code of the workspace is in this file.
#![allow(
    unsafe_code,
    reason = "SQLite calls back through C function tables; there is no safe way to fill them"
)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem::size_of;
use std::ptr;
use std::slice;

use rusqlite::ffi;

use crate::{Call, Fault, FileId, FileSystem, How, code};

/// Longest path, with its zero byte.
const LONGEST_PATH: usize = 512;

/// What SQLite's own file system answers on Linux: sectors as large as a page, and a write changes no byte beside it.
const SECTOR: c_int = 4096;
const CHARACTERISTICS: c_int =
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE | ffi::SQLITE_IOCAP_SUBPAGE_READ;

/// SQLite's view of an open file, with what we need behind it.
#[repr(C)]
struct OpenFile {
    base: ffi::sqlite3_file,
    files: *const Box<dyn FileSystem>,
    id: FileId,
}

/// Locks are always granted: one connection at a time is the tests' business. Version 1 of the table has no shared
/// memory; the write-ahead log's index is then kept in the heap, which takes `locking_mode=EXCLUSIVE`.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(lock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

pub(crate) fn register(name: &str, files: Box<dyn FileSystem>) -> Result<(), c_int> {
    let name = CString::new(name).map_err(|_| ffi::SQLITE_MISUSE)?;
    // Both live as long as the process: SQLite keeps pointers to them.
    let files: *mut Box<dyn FileSystem> = Box::into_raw(Box::new(files));
    let vfs = Box::into_raw(Box::new(ffi::sqlite3_vfs {
        iVersion: 1,
        szOsFile: size_of::<OpenFile>() as c_int,
        mxPathname: LONGEST_PATH as c_int,
        pNext: ptr::null_mut(),
        zName: name.into_raw(),
        pAppData: files.cast(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(current_time),
        xGetLastError: Some(last_error),
        xCurrentTimeInt64: None,
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    }));
    // SAFETY: the table is complete for version 1 and is never freed; SQLite makes itself ready when needed.
    match unsafe { ffi::sqlite3_vfs_register(vfs, 0) } {
        ffi::SQLITE_OK => Ok(()),
        refused => Err(refused),
    }
}

pub(crate) fn seed_randomness(seed: c_int) {
    let no_connection = ptr::null_mut::<ffi::sqlite3>();
    // SAFETY: the operation takes an int and a connection, which may be null.
    unsafe {
        ffi::sqlite3_test_control(ffi::SQLITE_TESTCTRL_PRNG_SEED, seed, no_connection);
    }
}

/// The file system behind a table.
///
/// # Safety
/// `vfs` is one that [`register`] made.
unsafe fn files<'a>(vfs: *mut ffi::sqlite3_vfs) -> &'a dyn FileSystem {
    // SAFETY: the pointer was set in `register` and what it points to is never freed.
    unsafe { (*(*vfs).pAppData.cast::<Box<dyn FileSystem>>()).as_ref() }
}

/// The open file behind SQLite's pointer.
///
/// # Safety
/// `file` was filled by [`open`] and is not closed yet.
unsafe fn opened<'a>(file: *mut ffi::sqlite3_file) -> (&'a dyn FileSystem, FileId) {
    // SAFETY: `open` wrote an OpenFile there; the file system is never freed.
    unsafe {
        let file = &*file.cast::<OpenFile>();
        ((*file.files).as_ref(), file.id)
    }
}

/// # Safety
/// `name` is null or a string that ends in a zero byte.
unsafe fn text<'a>(name: *const c_char) -> Option<&'a str> {
    if name.is_null() {
        return None;
    }
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(name) }.to_str().ok()
}

fn answer(call: Call, result: Result<(), Fault>) -> c_int {
    match result {
        Ok(()) => ffi::SQLITE_OK,
        Err(fault) => code(call, fault),
    }
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite hands over a table of ours, a string or null, and room for an OpenFile; pMethods must be set even
    // on failure.
    unsafe {
        (*file).pMethods = ptr::null();
        let how = How {
            create: flags & ffi::SQLITE_OPEN_CREATE != 0,
            journal: flags & (ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL) != 0,
        };
        let opened = match files(vfs).open(text(name), how) {
            Ok(opened) => opened,
            Err(fault) => return code(Call::Open, fault),
        };
        if !flags_out.is_null() {
            *flags_out = if opened.read_only {
                (flags & !ffi::SQLITE_OPEN_READWRITE) | ffi::SQLITE_OPEN_READONLY
            } else {
                flags
            };
        }
        ptr::write(
            file.cast::<OpenFile>(),
            OpenFile {
                base: ffi::sqlite3_file {
                    pMethods: &raw const METHODS,
                },
                files: (*vfs).pAppData.cast(),
                id: opened.file,
            },
        );
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_directory: c_int,
) -> c_int {
    // SAFETY: a table of ours and a string.
    let (files, name) = unsafe { (files(vfs), text(name)) };
    let result = match name {
        Some(name) => files.delete(name, sync_directory != 0),
        None => Err(Fault::NotFound),
    };
    answer(Call::Delete, result)
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    _flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: a table of ours, a string, and room for the answer.
    unsafe {
        let result = match text(name) {
            Some(name) => files(vfs).exists(name),
            None => Ok(false),
        };
        answer(Call::Access, result.map(|found| *out = c_int::from(found)))
    }
}

unsafe extern "C" fn full_pathname(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: a string, and a buffer of `room` bytes.
    unsafe {
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > usize::try_from(room).unwrap_or(0) {
            return ffi::SQLITE_CANTOPEN;
        }
        ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len());
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: an open file of ours; SQLite does not use it again.
    let (files, id) = unsafe { opened(file) };
    files.close(id);
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    out: *mut c_void,
    length: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    let (Ok(length), Ok(offset)) = (usize::try_from(length), u64::try_from(offset)) else {
        return ffi::SQLITE_IOERR_READ;
    };
    // SAFETY: an open file of ours, and a buffer of `length` bytes.
    let ((files, id), buffer) = unsafe {
        (
            opened(file),
            slice::from_raw_parts_mut(out.cast::<u8>(), length),
        )
    };
    match files.read(id, offset, buffer) {
        Ok(read) if read == length => ffi::SQLITE_OK,
        Ok(read) => {
            // What is missing must be zeros.
            if let Some(rest) = buffer.get_mut(read..) {
                rest.fill(0);
            }
            ffi::SQLITE_IOERR_SHORT_READ
        }
        Err(fault) => code(Call::Read, fault),
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    length: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    let (Ok(length), Ok(offset)) = (usize::try_from(length), u64::try_from(offset)) else {
        return ffi::SQLITE_IOERR_WRITE;
    };
    // SAFETY: an open file of ours, and `length` bytes.
    let ((files, id), bytes) = unsafe {
        (
            opened(file),
            slice::from_raw_parts(bytes.cast::<u8>(), length),
        )
    };
    answer(Call::Write, files.write(id, offset, bytes))
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file of ours.
    let (files, id) = unsafe { opened(file) };
    match u64::try_from(length) {
        Ok(length) => answer(Call::Truncate, files.truncate(id, length)),
        Err(_) => ffi::SQLITE_IOERR_TRUNCATE,
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: an open file of ours.
    let (files, id) = unsafe { opened(file) };
    answer(Call::Sync, files.sync(id))
}

unsafe extern "C" fn file_size(
    file: *mut ffi::sqlite3_file,
    out: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: an open file of ours, and room for the answer.
    unsafe {
        let (files, id) = opened(file);
        match files.length(id).map(i64::try_from) {
            Ok(Ok(length)) => {
                *out = length;
                ffi::SQLITE_OK
            }
            Ok(Err(_)) => ffi::SQLITE_IOERR_FSTAT,
            Err(fault) => code(Call::Length, fault),
        }
    }
}

unsafe extern "C" fn lock(_file: *mut ffi::sqlite3_file, _level: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(_file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: room for the answer.
    unsafe { *out = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(
    _file: *mut ffi::sqlite3_file,
    operation: c_int,
    argument: *mut c_void,
) -> c_int {
    match operation {
        ffi::SQLITE_FCNTL_MMAP_SIZE => {
            // SAFETY: the operation's argument is a 64-bit number, to be replaced by the limit in force: nothing is mapped.
            unsafe { *argument.cast::<ffi::sqlite3_int64>() = 0 };
            ffi::SQLITE_OK
        }
        _ => ffi::SQLITE_NOTFOUND,
    }
}

unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    SECTOR
}

unsafe extern "C" fn characteristics(_file: *mut ffi::sqlite3_file) -> c_int {
    CHARACTERISTICS
}

unsafe extern "C" fn randomness(
    _vfs: *mut ffi::sqlite3_vfs,
    length: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: a buffer of `length` bytes. Only a default file system is asked for randomness, and this one never is.
    unsafe { ptr::write_bytes(out, 0, usize::try_from(length).unwrap_or(0)) };
    length
}

unsafe extern "C" fn sleep(_vfs: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    microseconds
}

unsafe extern "C" fn current_time(_vfs: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: room for the answer. The Julian day of 1970-01-01: time stands still in a simulation.
    unsafe { *out = 2_440_587.5 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn last_error(
    _vfs: *mut ffi::sqlite3_vfs,
    _length: c_int,
    _out: *mut c_char,
) -> c_int {
    0
}
