//! The words of the service menu. Each has its text in the catalogue: the text in quotes, where `{0}` and `{1}` stand for values.

/// A word or sentence of the service menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    // Roles and states.
    /// "Maintenance", a role.
    Maintenance,
    /// "Clerk", a role.
    Clerk,
    /// "Manager", a role.
    Manager,
    /// "Works".
    Works,
    /// "Starting".
    Starting,
    /// "Not fitted".
    NotFitted,
    /// "Not known".
    NotKnown,
    /// "None".
    NothingThere,
    /// "Passed".
    Passed,
    /// "Not passed".
    Failed,
    /// "Not tried yet".
    NotTried,
    /// "Being done…".
    BeingDone,
    /// "Being done for {0} s…".
    BeingDoneFor,
    /// "{0} s".
    Seconds,
    /// "{0} of {1}".
    Of,
    /// "{0} ({1})".
    Pieces,
    /// "Yes".
    Yes,
    // The way in.
    /// "That is not right."
    WrongPin,
    /// "That is not right. Another wrong PIN blocks the card."
    CardLastTry,
    /// "The card takes no more PINs. It must go to the desk."
    CardBlocked,
    /// "A PIN has 6 to 12 digits."
    PinTooShort,
    /// "The PIN of a card has 6 to 8 digits."
    CardPinDigits,
    /// "This is not a card of staff."
    CardNotStaff,
    /// "The card is not accepted."
    CardRefused,
    /// "The card is lost or withdrawn."
    CardWithdrawn,
    /// "Put the card into the other reader: it takes its PIN over contacts only."
    CardContactsOnly,
    /// "The card is gone. Show it again."
    CardGone,
    /// "That is not the code, or it was used already."
    WrongCode,
    /// "No secret for codes has come from the server yet. Use a card."
    NoCodeYet,
    /// "Nobody is configured here. Use a card."
    NobodyConfigured,
    /// "The door was not opened in time."
    DoorStayedShut,
    /// "The contact of the door cannot be read."
    DoorNotReadable,
    // Titles of pages.
    /// "State at a glance".
    StateAtAGlance,
    /// "Devices".
    Devices,
    /// "Cash box".
    CashBox,
    /// "Pending and unknown deliveries".
    Pending,
    /// "Open claims".
    Claims,
    /// "Ledger".
    Ledger,
    /// "Server".
    Server,
    /// "Network".
    Network,
    /// "Clock".
    Clock,
    /// "Parameters".
    Parameters,
    /// "Lines of the log".
    LogLines,
    /// "Software".
    Software,
    /// "Readiness report".
    Readiness,
    /// "Restart and shut down".
    Power,
    /// "Meter bus".
    Bus,
    /// "Delivery".
    Delivery,
    /// "Claim".
    Claim,
    /// "What was counted".
    Counting,
    /// "Touch test".
    TestOfTouch,
    /// "Colour test".
    TestOfColours,
    /// "Test page of the printer".
    TestOfPrinter,
    /// "Test of the card reader".
    TestOfCard,
    /// "Test of the scanner".
    TestOfScanner,
    /// "Test of the note validator".
    TestOfValidator,
    // Devices.
    /// "Note validator".
    Validator,
    /// "Receipt printer".
    Printer,
    /// "Paper".
    Paper,
    /// "Card reader".
    CardReader,
    /// "Scanner of codes".
    Scanner,
    /// "Door".
    Door,
    /// "Open".
    DoorOpen,
    /// "Shut".
    DoorShut,
    /// "There is paper."
    PaperThere,
    /// "Near its end".
    PaperLow,
    /// "No paper".
    PaperOut,
    /// "The cover is open".
    CoverOpen,
    /// "A note is stuck".
    Jammed,
    /// "The cash box is full".
    BoxFull,
    /// "The cash box is out".
    BoxOut,
    /// "The cash box is in".
    BoxIn,
    /// "Reached".
    Reached,
    /// "Not reached".
    NotReached,
    /// "A concentrator is reached".
    ConcentratorReached,
    /// "No concentrator is reached".
    ConcentratorNotReached,
    /// "Begin the test".
    BeginTest,
    /// "Stop the test".
    StopTest,
    /// "It is as it should be".
    ItIsRight,
    /// "It is not".
    ItIsWrong,
    /// "Was every colour even, without a dead or bright spot?"
    LookedRight,
    /// "Print a test page".
    PrintTestPage,
    /// "Did the page come out whole, dark and straight?"
    PageLooksRight,
    /// "Show a card within {0} s."
    ShowACard,
    /// "Card {0}".
    CardShown,
    /// "Hold a code to the scanner within {0} s."
    HoldACode,
    /// "A code was read."
    CodeRead,
    /// "Put a note in within {0} s. It is not money here: it comes back."
    InsertATestNote,
    /// "{0} recognised, and given back".
    NoteRecognised,
    /// "The note went into the cash box and is owed to whoever put it in. Call the manager."
    NoteWasStacked,
    /// "Given back without being recognised".
    NoteNotRecognised,
    /// "It is busy now; try again in a minute."
    DeviceBusy,
    /// "It does not work now."
    DeviceDoesNotWork,
    /// "Nothing came in time."
    NothingCame,
    // Cash box.
    /// "State of the box".
    BoxState,
    /// "In the box".
    InTheBox,
    /// "Period".
    Period,
    /// "Notes of {0}".
    NotesOf,
    /// "{0} in the box, {1} ever".
    CountsOf,
    /// "Empty the cash box".
    Collect,
    /// "Take the cash box out, empty it, and put it back."
    TakeTheBoxOut,
    /// "I have taken the box out".
    BoxIsOutByHand,
    /// "The box is back in".
    BoxIsInByHand,
    /// "The count is closed. Put the empty box back."
    PutTheBoxBack,
    /// "Type what was counted".
    CountNow,
    /// "Expected".
    Expected,
    /// "Counted".
    Counted,
    /// "Difference".
    Difference,
    /// "What the notes of period {0} add up to. {1} is expected."
    TypeWhatWasCounted,
    /// "Not counted yet".
    NotCountedYet,
    /// "Period {0}, not counted".
    UncountedPeriod,
    /// "The count differs. A manager has to take it."
    ManagerAccepts,
    /// "The count is recorded, with a difference of {0}."
    DifferenceTaken,
    /// "The count is recorded. It is what was expected."
    CountTaken,
    /// "Print the slip, two copies".
    PrintCollection,
    /// "Emptied: {0}".
    CollectedWords,
    /// "Empty the cash box? Its count of {0} ends, and a new one begins."
    AskCollect,
    /// "Record {0} as counted? The difference of {1} stays in the books."
    AskDifference,
    // Deliveries and claims.
    /// "{0} for meter {1}".
    SaleOf,
    /// "Reference".
    Reference,
    /// "Meter".
    Meter,
    /// "Purchase number".
    PurchaseNumber,
    /// "Amount".
    Amount,
    /// "Paid".
    Paid,
    /// "Owed".
    Owed,
    /// "Credited".
    Credited,
    /// "Read before: purchase number".
    ReadBefore,
    /// "Read before: balance".
    BalanceBefore,
    /// "Last try".
    LastTry,
    /// "On its way".
    OnItsWay,
    /// "It is not known whether the meter has it".
    UnknownYet,
    /// "The meter has it".
    AtTheMeter,
    /// "The meter does not have it".
    NotAtTheMeter,
    /// "Read the meter again".
    LookAgain,
    /// "Print the slip again".
    PrintClaimAgain,
    /// "The meter did not say. It stays unknown."
    NoNewOutcome,
    /// "The slip came out."
    SlipCameOut,
    /// "No slip came out."
    SlipDidNotComeOut,
    /// "It is not known whether the slip came out."
    SlipNotKnown,
    /// "Nothing is open."
    NoneOpen,
    /// "A note is in doubt".
    NoteInDoubt,
    // Ledger.
    /// "Entries".
    Entries,
    /// "Root hash".
    RootHash,
    /// "Verifier key".
    VerifierKey,
    /// "Cosigned by the server".
    LastCosigned,
    /// "Not cosigned yet".
    BehindTheServer,
    /// "Check all of it now".
    Verify,
    /// "{0} of {1} entries checked".
    VerifiedEntries,
    /// "{0} of {1} entries written".
    ExportedEntries,
    /// "Sound: {0} entries checked".
    LedgerSound,
    /// "Not sound: {0}".
    LedgerUnsound,
    /// "Export to the USB stick".
    Export,
    /// "Written to {0}".
    ExportedTo,
    /// "Not written: {0}".
    NotExported,
    /// "No folder for a USB stick is configured."
    UsbNotConfigured,
    /// "Write the whole log to the USB stick?"
    AskExport,
    /// "The USB stick was pulled out before it was done."
    StickPulledOut,
    // Server, network, clock.
    /// "Last contact".
    LastContact,
    /// "Entries that the server does not have".
    Gap,
    /// "Talk to the server now".
    SyncNow,
    /// "The server has everything."
    SyncDone,
    /// "No talk: {0}".
    SyncFailed,
    /// "The terminal works without a server."
    NoServer,
    /// "Address".
    Address,
    /// "Connected".
    LinkUp,
    /// "Not connected".
    LinkDown,
    /// "Date and time".
    WallTime,
    /// "How it is known".
    TimeQuality,
    /// "The clock was never set".
    TimeUnset,
    /// "Restored, not checked".
    TimeRestored,
    /// "From the battery clock".
    TimeRtc,
    /// "From the network".
    TimeNtp,
    /// "From the server".
    TimeServer,
    /// "Last jump".
    LastJump,
    // Parameters.
    /// "{0} (configured here)".
    FromConfiguration,
    /// "{0} (told by the server)".
    FromServer,
    /// "Highest sum of a sale".
    HighestSale,
    /// "Amounts offered".
    AmountsOffered,
    /// "Notes taken".
    NotesTaken,
    /// "Currency".
    Currency,
    /// "Terminal".
    TerminalId,
    /// "Tenant".
    Tenant,
    /// "Operator".
    Place,
    /// "Telephone".
    Phone,
    /// "Limits without the server".
    LimitsInForce,
    /// "{0}, version {1}".
    BulletinVersion,
    /// "The menu closes after".
    MenuTimeOut,
    /// "Tries of a delivery".
    Attempts,
    /// "Told by the server".
    Bulletins,
    /// "Meters".
    MetersKnown,
    // Software.
    /// "Version".
    Version,
    /// "Running for".
    Uptime,
    /// "No program for updates is configured: the image updates itself."
    UpdatesNotConfigured,
    /// "Room on the data disk".
    DiskRoom,
    /// "Slots of the image".
    Slots,
    /// "Slot {0}".
    Slot,
    /// "{0}, runs now, good".
    SlotRunsGood,
    /// "{0}, runs now, on trial".
    SlotRunsTrying,
    /// "{0}, runs now, bad".
    SlotRunsBad,
    /// "{0}, good".
    SlotGood,
    /// "{0}, to be tried".
    SlotTrying,
    /// "{0}, bad".
    SlotBad,
    /// "Not readable: {0}".
    NotReadable,
    /// "Update on the USB stick".
    UpdateOnStick,
    /// "No stick is there".
    NoStick,
    /// "{0} more are not shown".
    MoreNotShown,
    /// "Install".
    InstallUpdate,
    /// "Install {0}? It takes some minutes."
    AskInstall,
    /// "Being installed for {0} s: {1}".
    BeingInstalled,
    /// "Installed: {0}. It runs when the machine is started anew."
    Installed,
    /// "Not installed: {0}".
    NotInstalled,
    /// "It is not known whether it was installed: {0}".
    InstallNotKnown,
    /// "An update is being installed."
    UpdateUnderWay,
    /// "Last update from a stick".
    LastUpdate,
    // Readiness.
    /// "Ready for residents".
    Ready,
    /// "Not ready: {0} of {1} checks fail".
    NotReady,
    /// "Print the report".
    PrintReport,
    /// "The validator takes notes".
    CheckValidator,
    /// "The printer prints".
    CheckPrinter,
    /// "There is enough paper".
    CheckPaper,
    /// "The meters are reached".
    CheckBus,
    /// "The card reader works".
    CheckCards,
    /// "The scanner works".
    CheckScanner,
    /// "The server is reached".
    CheckServer,
    /// "The clock is right".
    CheckClock,
    /// "The cash box has room".
    CheckBox,
    /// "No delivery is open".
    CheckPending,
    /// "No claim waits for its slip".
    CheckClaims,
    /// "The ledger is cosigned".
    CheckCosigned,
    /// "The disk has room".
    CheckDisk,
    /// "Every collection is counted".
    CheckUncounted,
    /// "The terminal is not closed by the server".
    CheckLocked,
    // Power.
    /// "Start the program anew".
    RestartProgram,
    /// "Start the machine anew".
    RestartMachine,
    /// "Shut the machine down".
    ShutDown,
    /// "Start the program anew? It takes about a minute."
    AskRestart,
    /// "Start the machine anew? It takes some minutes."
    AskReboot,
    /// "Shut the machine down? Somebody has to switch it on again."
    AskShutDown,
    // Refusals and outcomes.
    /// "Not for this role".
    NotForYou,
    /// "No program is configured for it".
    NoProgram,
    /// "A sale is being settled; try again in a minute."
    SaleUnderWay,
    /// "Done".
    Done,
    /// "Not done: {0}".
    NotDone,
    // The meter bus.
    /// "Concentrator {0}".
    Concentrator,
    /// "Wire {0}".
    Wire,
    /// "Wire".
    OnWire,
    /// "{0} meters".
    MetersOnWire,
    /// "{0} of {1} meters without an answer".
    SomeSilent,
    /// "All {0} meters answered."
    AllAnswered,
    /// "{0} of {1} meters asked".
    AskedMeters,
    /// "Ask every meter".
    AskEveryMeter,
    /// "Stop".
    Stop,
    /// "Stopped by hand".
    Stopped,
    /// "Read a meter by its number".
    ReadOneMeter,
    /// "The number of the meter".
    TypeMeterNumber,
    /// "No meter of this terminal has this number."
    NoSuchMeter,
    /// "Read it now".
    ReadItNow,
    /// "The meter answered."
    MeterAnswered,
    /// "No answer: {0}".
    MeterSilent,
    /// "How it answers".
    Quality,
    /// "{0} of {1} requests answered".
    Answers,
    /// "Not asked since the program started".
    NotAskedYet,
    /// "Last answer".
    LastAnswer,
    /// "Last failure".
    LastFailure,
    /// "Profile".
    Profile,
    /// "Address on the wire".
    WireAddress,
    /// "Balance".
    Balance,
    /// "Last purchase".
    LastPurchase,
    /// "All purchases".
    AllPurchases,
    /// "Supply".
    Supply,
    /// "On".
    SupplyOn,
    /// "Off".
    SupplyOff,
    /// "Fault of relay or valve".
    SupplyFault,
    /// "Newest frames".
    Trace,
    /// "Sent: {0}".
    FrameSent,
    /// "Received: {0}".
    FrameCame,
    /// "Nothing received: {0}".
    NoFrameCame,
}
