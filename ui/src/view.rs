//! What the screen shows, as plain values. Money, numbers and times arrive as finished strings; words are chosen by codes and
//! translated in the screens.

mod enrol;
mod help;
mod history;
mod identify;
mod loss;
mod menu;
mod meter;
mod pay;
mod tariff;

pub use crate::language::Language;
pub use enrol::{EnrolState, EnrolView};
pub use help::HelpView;
pub use history::{HistoryView, Receipt, ReceiptState};
pub use identify::{IdentifyView, WhoView};
pub use loss::{LossNumber, LossProblem, LossView};
pub use menu::{
    EntryAsk, MenuAct, MenuEntry, MenuIntent, MenuList, MenuNumber, MenuPage, MenuPerson,
    MenuQuestion, MenuRow, MenuTone, MenuView, Phrase, Word,
};
pub use meter::{AmountChoice, Earlier, MeterState, MeterView};
pub use pay::{
    CashWay, PayProblem, PayView, PayWith, PayingStep, PayingView, QrCode, UnpaidReason,
    UnpaidView, WalletWay,
};
pub use tariff::{AmountProblem, Buys, MonthUse, OtherAmountView, Tier, Usage};

/// What is piped through the meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Utility {
    /// Electricity.
    Electricity,
    /// Cold water.
    Water,
    /// Hot water.
    HotWater,
    /// Gas.
    Gas,
    /// Heat.
    Heat,
}

/// Everything on the glass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The language chosen.
    pub language: Language,
    /// The operator's name, as configured.
    pub place: String,
    /// The time of day, `14:05`; empty while the clock is not set.
    pub clock: String,
    /// The screen.
    pub screen: Screen,
    /// "Still there?" over it, with the seconds left.
    pub still_there: Option<u32>,
    /// What the help sheet offers beside size, colours and language.
    pub help: HelpView,
}

/// One screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Touch to start.
    Attract(Availability),
    /// Begin with a card, a number or a QR code.
    Identify(IdentifyView),
    /// Whose account it is, and which of its meters.
    Who(WhoView),
    /// Type an amount.
    OtherAmount(OtherAmountView),
    /// A person's own receipts.
    History(HistoryView),
    /// What was paid earlier and waited for the meter is at the meter now.
    Collected(CollectedView),
    /// Type the meter number.
    Number {
        /// What has been typed, digits only; the screen groups them.
        entry: String,
        /// Why the number was not accepted; what was typed is kept.
        problem: Option<NumberProblem>,
        /// A lost card can be reported here.
        reports_loss: bool,
    },
    /// A card is lost.
    Loss(LossView),
    /// The meter is being read.
    Reading {
        /// The number typed.
        number: String,
    },
    /// The meter, its balance, and the amounts to choose from.
    Meter(MeterView),
    /// Choose how to pay.
    Pay(PayView),
    /// Put notes in.
    Cash(CashView),
    /// It is being paid without cash.
    Paying(PayingView),
    /// Nothing was paid, or it went back.
    Unpaid(UnpaidView),
    /// The credit is on its way.
    Delivering(DeliveringView),
    /// The credit is at the meter.
    Done(DoneView),
    /// Paid, but not at the meter.
    Owed(OwedView),
    /// A new terminal is being set up.
    Enrol(EnrolView),
    /// The service menu.
    Menu(MenuView),
    /// The terminal cannot be used at all.
    OutOfService {
        /// Why.
        reason: ServiceReason,
        /// Whom to call, as configured.
        phone: String,
    },
}

/// One of several meters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterChoice {
    /// Its number, digits only; the screen groups them.
    pub number: String,
    /// What it measures.
    pub utility: Utility,
    /// Building and room, masked.
    pub place: String,
}

/// What works right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Availability {
    /// Notes are accepted.
    pub cash: Device,
    /// Receipts are printed.
    pub receipt: Device,
    /// Meters can be reached.
    pub meters: Device,
    /// Cards can be read; `None` where the terminal has no reader.
    pub cards: Option<Device>,
    /// Codes can be scanned; `None` where the terminal has no scanner.
    pub codes: Option<Device>,
}

/// A device as residents need to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// Works.
    Works,
    /// Works, but soon not (paper near its end).
    Low,
    /// Does not work.
    Broken,
}

/// Why a meter number was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberProblem {
    /// Too short or too long.
    Length,
    /// Not a meter of this terminal.
    NotFound,
    /// The meter did not answer.
    NoAnswer,
    /// The meter is known but cannot be topped up here.
    NotPrepaid,
    /// The meter is prepaid and topped up elsewhere.
    NotHere,
    /// The card was not read.
    CardUnread,
    /// The card is the operator's, and nobody's here.
    CardUnknown,
    /// The card is lost, revoked or expired.
    CardInvalid,
    /// The code that was scanned is no meter's.
    CodeUnknown,
    /// The receipt that was scanned is not of this terminal's log, or too old.
    ReceiptElsewhere,
}

/// The cash screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CashView {
    /// The meter's number.
    pub number: String,
    /// What it measures.
    pub utility: Utility,
    /// Inserted so far.
    pub inserted: String,
    /// To pay: the amount chosen.
    pub target: String,
    /// How much of the amount is inserted, in percent, at most 100.
    pub percent: u32,
    /// Notes accepted: `¥ 10`.
    pub notes: Vec<String>,
    /// What is happening at the note slot.
    pub slot: Slot,
    /// Something is inserted: the person may finish with it. Without it, cancel is offered.
    pub can_finish: bool,
    /// Seconds until the terminal finishes with what is inserted by itself; shown when few.
    pub finishing_in: Option<u32>,
    /// A receipt cannot be printed now.
    pub no_receipt: bool,
}

/// What is happening at the note slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Put a note in.
    Ready,
    /// A note is being looked at or taken.
    Busy,
    /// The last note was returned.
    Returned,
    /// The last note was returned because it would exceed the highest amount, given here.
    OverLimit(String),
    /// The validator stopped working; what was inserted is safe.
    Broken,
}

/// The delivery screen: each step in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveringView {
    /// The amount.
    pub amount: String,
    /// The meter's number.
    pub number: String,
    /// What it measures.
    pub utility: Utility,
    /// Where we are.
    pub step: DeliveryStep,
    /// It takes long; say that the money is safe.
    pub slow: bool,
}

/// Steps of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeliveryStep {
    /// The payment is recorded; the credit is being sent.
    Sending,
    /// The meter is being read back.
    Checking,
}

/// The credit is at the meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoneView {
    /// Credited.
    pub amount: String,
    /// The balance before.
    pub before: String,
    /// The balance now.
    pub balance: String,
    /// The meter's number.
    pub number: String,
    /// What it measures.
    pub utility: Utility,
    /// The sale's reference.
    pub reference: String,
    /// The receipt.
    pub slip: SlipState,
    /// Seconds until the screen closes by itself.
    pub closing_in: Option<u32>,
}

/// What was paid earlier is at the meter now. Its slip was printed then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectedView {
    /// Credited.
    pub amount: String,
    /// The balance before.
    pub before: String,
    /// The balance now.
    pub balance: String,
    /// The meter's number.
    pub number: String,
    /// What it measures.
    pub utility: Utility,
    /// The sale's reference.
    pub reference: String,
    /// Seconds until the screen closes by itself.
    pub closing_in: Option<u32>,
}

/// Paid, but not at the meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwedView {
    /// Owed or still on its way.
    pub amount: String,
    /// What reached the meter all the same, where the sale is partly done.
    pub credited: Option<String>,
    /// The meter's number.
    pub number: String,
    /// What it measures.
    pub utility: Utility,
    /// The reference to name when calling; in large type.
    pub reference: String,
    /// Why.
    pub reason: OwedReason,
    /// The claim slip.
    pub slip: SlipState,
    /// Whom to call, as configured.
    pub phone: String,
    /// Seconds until the screen closes by itself.
    pub closing_in: Option<u32>,
}

/// Why money is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwedReason {
    /// The meter refused the credit: the money is owed and will be paid back.
    Refused,
    /// The meter refused because it would hold more than it may.
    TooMuch,
    /// The meter could not be reached or did not confirm: the terminal keeps trying.
    Pending,
    /// A note got stuck and its whereabouts are being examined.
    NoteInDoubt,
}

/// A slip of paper as residents see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlipState {
    /// Being printed.
    Printing,
    /// Take it.
    Printed,
    /// Could not be printed: write the reference down.
    NotPrinted,
}

/// Why the terminal is out of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceReason {
    /// Starting, or finishing what a power cut left open.
    Starting,
    /// No meter can be reached and no cash taken.
    NothingWorks,
    /// The ledger cannot be written or is damaged; staff must look.
    Ledger,
    /// The operator has closed it.
    Locked,
}

/// What a person did on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Touched the attract screen.
    Start,
    /// Chose a language.
    Language(Language),
    /// Typed a digit.
    Digit(u8),
    /// Deleted the last digit.
    Delete,
    /// Deleted all digits.
    Clear,
    /// A card is lost.
    Lost,
    /// Asked for the meter with the number typed, or to go on with it.
    Find,
    /// Chose one of the card's meters, by its place in the list.
    Choose(usize),
    /// One screen back.
    Back,
    /// End without paying.
    Cancel,
    /// Chose an amount, in minor units.
    Amount(i64),
    /// Chose how to pay.
    Pay(PayWith),
    /// Finish with what is inserted.
    Finish,
    /// Close the last screen.
    Close,
    /// "I am still here", and every touch that concerns only the glass.
    Stay,
    /// Begin with the meter's number.
    ByNumber,
    /// Type an amount; then [`Intent::Digit`] and its like, and [`Intent::Find`] to go on with it.
    OtherAmount,
    /// Show the person's own receipts.
    History,
    /// Print one of them again, by its place in the list.
    Reprint(usize),
    /// What staff do in the service menu.
    Menu(MenuIntent),
}
