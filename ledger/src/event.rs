//! What an entry can say. One variant is one fact; the words are those of `docs/ARCHITECTURE.md`.
//!
//! Facts come in pairs around everything that touches the world: an intent before it (`NoteOffered`, `DeliveryIntended`,
//! `SlipIntended`) and an outcome after it. An intent without an outcome is what recovery has to finish.

use crate::limits::Limits;
use crate::money::Money;
use crate::payment::{Means, PaymentEvidence, PaymentOutcome};

/// A sale's number, counted from 1 within one log. People see it as `<terminal>-<number>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SaleId(pub u64);

/// A note's number, counted from 1 within one log; it ties an intent to its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoteId(pub u64);

/// A card's pseudonymous number: at most 32 letters, digits and hyphens. Who holds the card is the server's knowledge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardRef(pub String);

/// The meter a sale is for, as the terminal's directory knew it at that moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MeterRef {
    /// The number residents type, printed on the meter: decimal digits.
    pub number: String,
    /// `electricity`, `water`, `hot_water`, `gas` or `heat`.
    pub utility: String,
    /// The name of the meter's profile.
    pub profile: String,
}

/// What a prepaid meter says of its own purse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MeterPurse {
    /// The number of the last purchase it applied.
    pub purchase_number: u32,
    /// Money left; negative when overdrawn.
    pub balance: Money,
    /// The amount of the last purchase, where the meter tells it.
    pub last_amount: Option<Money>,
    /// The sum of all purchases, where the meter tells it.
    pub cumulative: Option<Money>,
}

/// How the terminal knows that a note is in the cash box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoteEvidence {
    /// The validator's credit event (SSP EEh).
    Credit,
    /// The validator found the note in its path at power-up and moved it into the cash box (SSP E2h).
    PowerUp,
}

/// Why a note that was offered did not go into the cash box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoteReturn {
    /// The validator gave it back (SSP EDh/ECh, or taken from the front after a jam).
    Rejected,
    /// It was in the path at power-up and came out at the front (SSP E1h).
    PowerUp,
    /// After a restart the validator, which repeats unacknowledged credits, had none to report.
    NeverCredited,
}

/// Which slip of paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slip {
    /// The credit is at the meter.
    Receipt,
    /// The terminal owes the money: a claim.
    Claim,
    /// It is not known whether the credit reached the meter; the terminal keeps trying. Also a claim on the terminal.
    Pending,
}

/// What became of a slip.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SlipOutcome {
    /// The printer confirmed it.
    Printed,
    /// Nothing usable came out; the text says why, in English, for staff.
    NotPrinted(String),
    /// It may or may not have come out (invariant 4).
    Unknown(String),
}

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommandOutcome {
    /// It was carried out.
    Done,
    /// It was not begun, such as in the middle of a sale.
    Refused,
    /// It was begun and did not succeed.
    Failed,
    /// It was begun and cut off; whether it took effect is not known (invariant 4).
    Unknown,
}

/// Where an act of staff stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StaffOutcome {
    /// Intent: it is about to be done.
    Begun,
    /// It was carried out.
    Done,
    /// It was not allowed.
    Refused,
    /// It was carried out and did not succeed.
    Failed,
    /// It was cut off; whether it took effect is not known (invariant 4).
    Unknown,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// The first entry of every log.
    LogCreated {
        /// The program's version.
        software: String,
    },
    /// The program started; everything it had in memory before is gone.
    Started {
        /// The program's version.
        software: String,
    },
    /// A resident chose a meter and an amount; cash may now be taken for it.
    SaleOpened {
        /// The new sale; must be the next number.
        sale: SaleId,
        /// For which meter.
        meter: MeterRef,
        /// The amount chosen on the screen.
        target: Money,
        /// What the meter said when it was read just before.
        before: MeterPurse,
        /// The card that the resident showed, if any.
        card: Option<CardRef>,
    },
    /// Intent: a note in escrow is about to be stacked.
    NoteOffered {
        /// The sale that it pays for.
        sale: SaleId,
        /// The new note; must be the next number.
        note: NoteId,
        /// What the validator recognised.
        value: Money,
    },
    /// A note is in the cash box.
    NoteStacked {
        /// The sale it pays for; `None` for money found with no sale open.
        sale: Option<SaleId>,
        /// The intent it answers; `None` where a note was found in the path at power-up without one.
        note: Option<NoteId>,
        /// Its value, as the validator credited it.
        value: Money,
        /// How we know.
        evidence: NoteEvidence,
    },
    /// The validator has been told that the credit is recorded, and stops repeating it.
    NoteAcknowledged,
    /// A note that was offered did not go into the cash box.
    NoteReturned {
        /// The intent it answers.
        note: NoteId,
        /// How we know.
        reason: NoteReturn,
    },
    /// The validator cannot say what became of a note that was offered. It is owed, to be examined.
    NoteInDoubt {
        /// The intent it answers.
        note: NoteId,
    },
    /// A note in doubt is in the cash box after all: the debt to be examined becomes a claim for certain.
    DoubtEnded {
        /// The note that was in doubt; the latest one, and none was offered since.
        note: NoteId,
        /// How we know.
        evidence: NoteEvidence,
    },
    /// Intent: the server is about to be asked for the sale's whole amount.
    PaymentAsked {
        /// The sale.
        sale: SaleId,
        /// How it is paid.
        means: Means,
        /// How much: the sale's target.
        amount: Money,
    },
    /// The amount is the sale's.
    PaymentTaken {
        /// The sale.
        sale: SaleId,
        /// How we know.
        evidence: PaymentEvidence,
    },
    /// What became of the payment. It says again what was asked for: the server follows it by itself.
    PaymentEnded {
        /// The sale.
        sale: SaleId,
        /// How it was paid.
        means: Means,
        /// The sale's meter.
        meter: String,
        /// The amount asked for.
        amount: Money,
        /// What became of it.
        outcome: PaymentOutcome,
        /// Why, in English, for staff.
        reason: String,
    },
    /// Intent: this amount is about to be sent to the meter under this purchase number.
    DeliveryIntended {
        /// The sale.
        sale: SaleId,
        /// The purchase number; always the meter's last one plus one.
        number: u32,
        /// All that was paid and is not yet on its way.
        amount: Money,
        /// What the meter said before.
        before: MeterPurse,
    },
    /// The meter's own books show the purchase.
    DeliveryApplied {
        /// The sale.
        sale: SaleId,
        /// The purchase number.
        number: u32,
        /// What the meter says now.
        after: MeterPurse,
    },
    /// The meter's own books show that the purchase was not applied and cannot be any more; the amount is the sale's again.
    DeliveryVoided {
        /// The sale.
        sale: SaleId,
        /// The purchase number.
        number: u32,
        /// Why, in English, for staff.
        reason: String,
    },
    /// It is not known whether the purchase was applied. Nothing is booked; the delivery stays open.
    DeliveryUnknown {
        /// The sale.
        sale: SaleId,
        /// The purchase number.
        number: u32,
        /// Why, in English, for staff.
        reason: String,
    },
    /// What the sale still holds is owed to the resident.
    ClaimIssued {
        /// The sale.
        sale: SaleId,
        /// All that was paid and is not on its way to the meter.
        amount: Money,
        /// Why, in English, for staff.
        reason: String,
    },
    /// Intent: a slip is about to be printed.
    SlipIntended {
        /// The sale.
        sale: SaleId,
        /// Which slip.
        slip: Slip,
        /// 0 for the original, else the copy's number.
        copy: u32,
        /// What it says was credited, is owed, or is on its way; `None` in the first programs' entries.
        amount: Option<Money>,
    },
    /// What became of the slip.
    SlipDone {
        /// The sale.
        sale: SaleId,
        /// Which slip.
        slip: Slip,
        /// What became of it.
        outcome: SlipOutcome,
    },
    /// Nothing more is done for the sale while the resident stands there. An unknown delivery stays open behind it.
    SaleClosed {
        /// The sale.
        sale: SaleId,
    },
    /// A device's state changed.
    DeviceChanged {
        /// `validator`, `printer`, `bus`.
        device: String,
        /// Its new state, in English, for staff.
        state: String,
    },
    /// The cash box was taken out.
    CashBoxRemoved,
    /// The cash box was put back.
    CashBoxReplaced,
    /// What the books were just before this entry, so that reading the log need not begin before it.
    BooksStated {
        /// SHA-256 over the books' encoding.
        digest: [u8; 32],
    },
    /// A witness has cosigned the log.
    Contact {
        /// At this size.
        size: u64,
        /// The id of the witness's key.
        witness: [u8; 32],
    },
    /// A bulletin of the server came into force.
    BulletinApplied {
        /// Its kind: `limits`, `directory`, ... at most 32 letters.
        kind: String,
        /// Its version; higher than that of the one in force.
        version: u64,
        /// SHA-256 over its bytes.
        digest: [u8; 32],
        /// The limits it sets; only those of kind `limits` do.
        limits: Option<Limits>,
    },
    /// The log's key handed over to another one, which signs from this entry's commit on.
    KeyRotated {
        /// The public key so far.
        old: [u8; 32],
        /// The public key from here on.
        new: [u8; 32],
        /// The old key's word.
        by_old: [u8; 64],
        /// The new key's word.
        by_new: [u8; 64],
    },
    /// The cash box was emptied.
    Collected {
        /// The period that ends, counted from 1.
        period: u64,
        /// Who did it, as the staff card or the PIN names them.
        by: String,
        /// How many notes of each value are taken out, by the terminal's own count, lowest value first.
        notes: Vec<(Money, u64)>,
    },
    /// The notes of a collection were counted elsewhere.
    CollectionCounted {
        /// Which period's.
        period: u64,
        /// What was counted.
        counted: Money,
        /// Who counted.
        by: String,
    },
    /// What became of the command that a bulletin of kind `command` gave; until then no other is taken.
    CommandEnded {
        /// The bulletin's version.
        version: u64,
        /// What became of it.
        outcome: CommandOutcome,
        /// More about it, in English, for staff.
        words: String,
    },
    /// What a member of staff did at the terminal itself. An act is written twice: before it, and with what became of it. Money
    /// is moved by none of them: where an act moves money, its own entry stands between the two.
    StaffActed {
        /// Who, as the staff card or the PIN names them.
        who: String,
        /// Which act: `enter`, `test-printer`, `collect` (`docs/service-menu.md` lists them).
        act: String,
        /// Before it, or what became of it.
        outcome: StaffOutcome,
        /// More about it, in English, for staff and auditors; no secret.
        words: String,
    },
    /// The wall clock jumped.
    ClockStepped {
        /// What it should have said, in Unix milliseconds.
        before: u64,
        /// What it says.
        now: u64,
    },
}
