//! Power cuts, failing disks and rotting disks, explored in process.
//!
//! A selling day is played once on a simulated disk that logs every operation. Then, for every operation and many ways
//! in which a disk can treat what was not synced yet, the disk is put together as a power cut would leave it, and the
//! ledger is opened on it. What the simulated disk may do is in `replay` and `damage`; what must hold then in `check`.
//!
//! `CRASH_SEED` chooses another history of damages, `CRASH_SEEDS` how many of them are explored.

mod check;
mod clocks;
mod damage;
mod day;
mod disk;
mod exploring;
mod faults;
mod medium;
mod random;
mod replay;
mod rot;
mod terminal;
mod twice;
