//! What happened: signed entries, the Merkle log, the SQLite store and double-entry accounts.
//!
//! [`Ledger::commit`] is the one way in: it applies events to the [`Books`], which refuse what breaks a rule, appends them
//! as entries and ends in a signed checkpoint, all in one transaction. `docs/ledger.md` explains the whole.

#![warn(missing_docs)]

mod account;
mod balances;
mod books;
pub mod bulletin;
mod decide;
mod entry;
mod event;
mod examine;
pub mod exchange;
mod folder;
mod head_file;
mod limits;
mod lines;
mod merkle;
mod money;
mod payment;
mod proof;
mod rotation;
mod sale;
mod store;
mod till;
mod verify;

pub use account::{Account, Posting};
pub use balances::Balances;
pub use books::{Books, BooksError, LastNote, SALES_KEPT, postings};
pub use bulletin::{
    AcceptedBulletin, Addressee, Bulletin, BulletinContent, BulletinError, LIMITS_KIND,
    MAX_BULLETIN_BYTES, Validity, accept as accept_bulletin, open_kept as open_kept_bulletin,
};
pub use decide::{
    Cosigned, DatabaseState, DatabaseView, Decision, KeyFit, Refusal, SecondNote, SecondView,
    TreeState, Unwritable, decide,
};
pub use entry::{
    BootId, ClockQuality, DecodeError, Entry, EntryError, Layout, MAX_ENTRY_BYTES, Stamp,
};
pub use event::{
    CardRef, CommandOutcome, Event, MeterPurse, MeterRef, NoteEvidence, NoteId, NoteReturn, SaleId,
    Slip, SlipOutcome, StaffOutcome,
};
pub use examine::{EntryFault, EntryProblem, LogReplay};
pub use folder::Folder;
pub use limits::{LimitHit, Limits};
pub use merkle::{
    CheckError, Edge, EdgeSource, Frontier, LeafHash, NodeHash, NodeSource, TILE_HEIGHT,
    TILE_WIDTH, Tile, TileChanges, TreeError, consistency_proof, empty_root, inclusion_proof,
    leaf_hash, node_hash, proof_length, root_of_inclusion, roots_of_consistency, tree_root,
    verify_consistency, verify_inclusion,
};
pub use money::{Money, NoMoney};
pub use payment::{AccountRef, Means, Payment, PaymentEvidence, PaymentOutcome, PaymentState};
pub use proof::{
    Base45Error, COMPACT_VERSION, CheckedProof, MAX_PROOF_BYTES, MAX_PROOF_HASHES, PROOF_HEADER,
    ProofError, QR_PREFIX, ReceiptProof, check_proof, check_witnessed_proof, claimed_key,
};
pub use rotation::{RotationError, check_rotation, rotation_event};
pub use sale::{Delivery, DeliveryState, Sale, SlipRecord};
pub use store::{
    Backup, BackupError, CommitError, Committed, CosignedError, CreateError, Entries, Export,
    ExportError, ExportPiece, ExportTitle, Ledger, OpenError, Opened, OpeningNote, PastHeadError,
    ProveError, PruneError, Pruned, ReadError, RotateError, StoredEntry, StoredTreeError,
    SyncError,
};
pub use till::Till;
pub use verify::{HeadState, StoppedLedger, Verdict, verify, verify_against};

pub use meterpost_signing as signing;
