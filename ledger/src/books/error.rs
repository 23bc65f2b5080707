//! The rules, each with the event that breaks it.

use thiserror::Error;

use crate::event::{NoteId, SaleId, Slip};
use crate::limits::LimitHit;
use crate::money::Money;

/// Which rule an event breaks. The books are as they were.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BooksError {
    /// The first entry says that the log was created.
    #[error("the log's first event must say that it was created")]
    NotCreated,
    /// A log is created once.
    #[error("the log is created already")]
    CreatedAlready,
    /// Sales are numbered without gaps.
    #[error("the next sale is {expected}, not {found}", expected = expected.0, found = found.0)]
    SaleNumber {
        /// The next number.
        expected: SaleId,
        /// The event's.
        found: SaleId,
    },
    /// One sale at a time.
    #[error("sale {} is still open", .0.0)]
    SaleOpenAlready(SaleId),
    /// The sale never was, or is so old that it is no longer kept.
    #[error("sale {} is not known", .0.0)]
    NoSuchSale(SaleId),
    /// The sale takes no more of this.
    #[error("sale {} is closed", .0.0)]
    SaleClosed(SaleId),
    /// Amounts are above zero.
    #[error("the amount {0} is not above zero")]
    AmountNotPositive(Money),
    /// Notes are numbered without gaps.
    #[error("the next note is {expected}, not {found}", expected = expected.0, found = found.0)]
    NoteNumber {
        /// The next number.
        expected: NoteId,
        /// The event's.
        found: NoteId,
    },
    /// One note at a time.
    #[error("the outcome of note {} is still open", .0.0)]
    NoteOpenAlready(NoteId),
    /// An outcome needs its intent first.
    #[error("note {} was never offered", .0.0)]
    NoteNeverOffered(NoteId),
    /// An intent has one outcome.
    #[error("note {} has its outcome already", .0.0)]
    NoteDecided(NoteId),
    /// Only the latest note that is in doubt can come out of it.
    #[error("note {} is not the one in doubt", .0.0)]
    NoteNotInDoubt(NoteId),
    /// The note pays for the sale it was offered for.
    #[error("note {} was offered for sale {}", .note.0, .sale.0)]
    NoteOfOtherSale {
        /// The note.
        note: NoteId,
        /// The sale it was offered for.
        sale: SaleId,
    },
    /// There is no credit that waits for its acknowledgement.
    #[error("there is no credit to acknowledge")]
    NothingToAcknowledge,
    /// One delivery to a meter at a time: a purchase number is sent with one amount only.
    #[error("purchase {number} of sale {} is still open at the same meter", .sale.0)]
    DeliveryOpenAlready {
        /// Whose delivery.
        sale: SaleId,
        /// Its purchase number.
        number: u32,
    },
    /// A purchase number is the meter's last one plus one.
    #[error("purchase {number} does not follow the meter's last one, {last}")]
    DeliveryNumber {
        /// The event's number.
        number: u32,
        /// The meter's last one.
        last: u32,
    },
    /// An outcome needs its intent first.
    #[error("purchase {number} was never sent for sale {}", .sale.0)]
    DeliveryNeverIntended {
        /// The sale.
        sale: SaleId,
        /// The event's number.
        number: u32,
    },
    /// An intent has one outcome; only an unknown one can be followed by another.
    #[error("purchase {number} of sale {} has its outcome already", .sale.0)]
    DeliveryDecided {
        /// The sale.
        sale: SaleId,
        /// The event's number.
        number: u32,
    },
    /// Nobody can pass on or owe more than was paid.
    #[error("{asked} is more than the {suspense} that sale {} holds", .sale.0)]
    MoreThanSuspense {
        /// The sale.
        sale: SaleId,
        /// The event's amount.
        asked: Money,
        /// What the sale holds.
        suspense: Money,
    },
    /// Money held by a sale is delivered or owed before the sale is closed.
    #[error("sale {} still holds {suspense}", .sale.0)]
    ClosingWithMoney {
        /// The sale.
        sale: SaleId,
        /// What it holds.
        suspense: Money,
    },
    /// An open note is decided before the sale is closed.
    #[error("note {} of sale {} is still open", .note.0, .sale.0)]
    ClosingWithNote {
        /// The sale.
        sale: SaleId,
        /// The open note.
        note: NoteId,
    },
    /// An outcome, be it "unknown", is recorded before the sale is closed.
    #[error("purchase {number} of sale {} has no outcome yet", .sale.0)]
    ClosingWithDelivery {
        /// The sale.
        sale: SaleId,
        /// Its purchase number.
        number: u32,
    },
    /// One way of paying a sale: notes, or one payment without cash.
    #[error("sale {} is paid otherwise", .0.0)]
    PaidOtherwise(SaleId),
    /// A payment is for the sale's whole target, and its end says again what was asked for.
    #[error("the payment is not what was asked for sale {}", .0.0)]
    PaymentDiffers(SaleId),
    /// A payment is asked for before it is taken, once; only a wallet is trusted offline.
    #[error("no payment of sale {} waits to be taken", .0.0)]
    PaymentNotAsked(SaleId),
    /// What was not taken is refused; what was delivered is delivered; a wallet's money that was not goes back there, all of it and never on paper.
    #[error("the payment of sale {} does not end so", .0.0)]
    PaymentOutcome(SaleId),
    /// A payment is taken or refused before the sale is closed.
    #[error("the payment of sale {} is still open", .0.0)]
    ClosingWithPayment(SaleId),
    /// An account's number is 1 to 64 letters, digits and `. _ : -`.
    #[error("an account's number is 1 to 64 letters, digits and . _ : -")]
    AccountNumber,
    /// One slip of a sale at a time.
    #[error("a {slip:?} of sale {} is still open", .sale.0)]
    SlipOpenAlready {
        /// The sale.
        sale: SaleId,
        /// The open slip.
        slip: Slip,
    },
    /// A slip says what the books say.
    #[error("the slip would say {amount}, the books say {says}")]
    SlipAmount {
        /// The event's amount.
        amount: Money,
        /// The books'.
        says: Money,
    },
    /// An outcome needs its intent first, and has it once.
    #[error("no {slip:?} of sale {} is being printed", .sale.0)]
    SlipNotOpen {
        /// The sale.
        sale: SaleId,
        /// The event's slip.
        slip: Slip,
    },
    /// The offline limits (invariant 7).
    #[error("{0}")]
    Limit(#[from] LimitHit),
    /// A card's number is 1 to 32 letters, digits and hyphens.
    #[error("a card's number is 1 to 32 letters, digits and hyphens")]
    CardNumber,
    /// The books stated are those of the entries before.
    #[error("the books stated are not those that the entries before add up to")]
    StatementDiffers,
    /// A contact confirms what is in the log, and no less than the one before.
    #[error("a contact at size {size} does not fit: the last one was at {last}")]
    ContactSize {
        /// The event's size.
        size: u64,
        /// The last contact's.
        last: u64,
    },
    /// A bulletin's kind is 1 to 32 small letters and hyphens; limits come with kind `limits` only.
    #[error("the bulletin's kind and content do not fit")]
    BulletinKind,
    /// Versions of bulletins rise.
    #[error("bulletin {version} is not newer than {applied}, which is in force")]
    BulletinOlder {
        /// The event's version.
        version: u64,
        /// The one in force.
        applied: u64,
    },
    /// One command at a time.
    #[error("the command before has not ended")]
    CommandOpen,
    /// A command ends once, after it was given.
    #[error("command {version} is not under way")]
    NoCommand {
        /// The event's version.
        version: u64,
    },
    /// A key follows the one in use, and never comes back.
    #[error("the new key does not follow the one in use")]
    Key,
    /// A collection takes what the till counted in the running period.
    #[error("the collection is not what was counted in period {period}")]
    CollectionDiffers {
        /// The running period.
        period: u64,
    },
    /// A collection is counted once.
    #[error("collection {period} is counted already, or never was")]
    NothingToCount {
        /// The event's period.
        period: u64,
    },
    /// What was counted is nothing or more.
    #[error("a count cannot come to {0}: it is below zero")]
    CountNegative(Money),
    /// A sum does not fit.
    #[error("a sum does not fit its number")]
    Overflow,
}
