//! Power cuts, failing disks and rotting disks, explored in process.
//!
//! A selling day is played once on a simulated disk that logs every operation. Then, for every operation and many ways
//! in which a disk can treat what was not synced yet, the disk is put together as a power cut would leave it, and the
//! ledger is opened on it. What the simulated disk may do is in `replay` and `damage`; what must hold then in `check`.
//!
//! The simulated disk keeps to what SQLite takes for granted of a real one (powersafe overwrite): a write that is torn
//! leaves the bytes beside it alone. Everything else is fair game: unsynced writes, truncations, new names, renames and
//! removals come out in any subset.
//!
//! `CRASH_SEED` chooses another history of damages, `CRASH_SEEDS` how many of them are explored.

mod check;
mod clocks;
mod damage;
mod day;
mod days;
mod disk;
mod exploring;
mod faults;
mod killed;
mod medium;
mod random;
mod recovery;
mod replay;
mod rot;
mod script;
mod terminal;
