//! A single-phase prepaid electricity meter without ESAM on DL/T 645-2007.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::books::{Books, Keeper};
use super::fault::{Answer, Fault, FaultKind, Faults, Replies, spoil};
use super::receiver::Receiver;
use super::wire645::Frame645;
use super::{bcd, electricity_clock, electricity_purchase, electricity_read};

/// Bit in C of every answer.
const FROM_METER: u8 = 0x80;
/// Bits in C of an abnormal answer.
const ABNORMAL: u8 = 0xC0;
/// C of the broadcast that tells the time.
const BROADCAST_TIME: u8 = 0x08;
/// ERR bits of an abnormal answer (DL/T 645-2007, ERR word).
pub(super) mod err {
    /// Other error.
    pub(crate) const OTHER: u8 = 0x01;
    /// No such data.
    pub(crate) const NO_DATA: u8 = 0x02;
    /// Password wrong or not authorised.
    pub(crate) const PASSWORD: u8 = 0x04;
}

/// How purchase errors are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorForm {
    /// One byte: 80 number, 81 customer, 82 hoarding, 83 price range, 84 length (single-phase meters without ESAM).
    OneByte,
    /// Two bytes SERR as in Q/GDW 365: bit 1 repeated, 4 customer, 5 number, 6 hoarding, 0 other.
    Serr,
}

/// What kind of electricity meter this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ElectricityConfig {
    /// Address, 12 digits, high first.
    pub address: String,
    /// Number of FE bytes before an answer, 0 to 4.
    pub preamble: usize,
    /// How purchase errors are told.
    pub errors: ErrorForm,
    /// Whether the answer to a purchase carries balance, count and customer number after the identifier.
    pub long_reply: bool,
    /// The most money the meter takes in, fen.
    pub hoarding_limit: i64,
    /// The largest single purchase, fen.
    pub largest_purchase: i64,
    /// How far into overdraft the meter delivers, fen.
    pub overdraft_limit: i64,
    /// Password for relay commands: PA P0 P1 P2 as on the wire, in hex.
    pub password: String,
    /// The state a new meter begins with.
    pub first: Books,
}

impl Default for ElectricityConfig {
    fn default() -> Self {
        Self {
            address: "260305510012".to_owned(),
            preamble: 4,
            errors: ErrorForm::OneByte,
            long_reply: true,
            hoarding_limit: 1_000_000,
            largest_purchase: 500_000,
            overdraft_limit: 2_000,
            password: "02000000".to_owned(),
            first: Books {
                settled: vec![
                    69_630, 59_420, 50_180, 40_960, 29_240, 20_870, 14_260, 9_350, 4_910, 1_180,
                ],
                ..Books::default()
            },
        }
    }
}

/// The meter's reply to one request: control code and plain data.
pub(super) struct Reply {
    pub(super) control: u8,
    pub(super) data: Vec<u8>,
}

impl Reply {
    pub(super) fn good(request: u8, data: Vec<u8>) -> Self {
        Self {
            control: request | FROM_METER,
            data,
        }
    }

    pub(super) fn error(request: u8, data: &[u8]) -> Self {
        Self {
            control: request | ABNORMAL,
            data: data.to_vec(),
        }
    }
}

/// How a request names this meter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    ByAddress,
    ByWildcard,
    Broadcast,
    Elsewhere,
}

/// The meter.
#[derive(Debug)]
pub struct ElectricityMeter {
    config: ElectricityConfig,
    address: [u8; 6],
    password: [u8; 4],
    keeper: Keeper,
    receiver: ReceiverBox,
    faults: Faults,
    heard: u64,
}

/// The receiver has nothing worth printing.
#[derive(Default)]
pub(super) struct ReceiverBox(pub(super) Receiver);

impl std::fmt::Debug for ReceiverBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Receiver")
    }
}

impl ElectricityMeter {
    /// Builds the meter; its books come from `file` where that exists.
    ///
    /// # Errors
    /// A malformed address or password, or what the file system says.
    pub fn open(config: ElectricityConfig, file: Option<PathBuf>) -> io::Result<Self> {
        let address = bcd::address(&config.address).map_err(io::Error::other)?;
        bcd::address::<6>(&config.first.customer).map_err(io::Error::other)?;
        let mut password = [0; 4];
        hex::decode_to_slice(&config.password, &mut password).map_err(io::Error::other)?;
        let keeper = Keeper::open(file, config.first.clone())?;
        Ok(Self {
            config,
            address,
            password,
            keeper,
            receiver: ReceiverBox::default(),
            faults: Faults::default(),
            heard: 0,
        })
    }

    /// What kind of meter this is.
    pub fn config(&self) -> &ElectricityConfig {
        &self.config
    }

    /// Its persistent state.
    pub fn books(&self) -> &Books {
        &self.keeper.books
    }

    /// How often it was called.
    pub fn heard(&self) -> u64 {
        self.heard
    }

    /// Its switches for faults.
    pub fn faults(&mut self) -> &mut Faults {
        &mut self.faults
    }

    /// Takes money for use.
    pub fn consume(&mut self, fen: i64) {
        let mut books = self.keeper.books.clone();
        books.consume(fen, -self.config.overdraft_limit);
        self.keeper.commit(books);
    }

    /// Counts use, and takes money for it.
    pub fn use_up(&mut self, hundredths: u32, fen: i64) {
        let mut books = self.keeper.books.clone();
        books.use_up(hundredths, fen, -self.config.overdraft_limit);
        self.keeper.commit(books);
    }

    /// Its clock is so many seconds ahead from now on.
    pub fn clock_ahead(&mut self, seconds: i64) {
        let mut books = self.keeper.books.clone();
        books.clock_ahead = seconds;
        self.keeper.commit(books);
    }

    /// Takes bytes from the wire and says what the meter sends.
    pub fn hear(&mut self, bytes: &[u8]) -> Vec<Answer> {
        let frames: Vec<Frame645> = self.receiver.0.hear(bytes);
        frames
            .iter()
            .flat_map(|frame| self.respond(frame))
            .collect()
    }

    fn respond(&mut self, request: &Frame645) -> Vec<Answer> {
        if request.control == BROADCAST_TIME {
            self.take_time(request);
            return Vec::new();
        }
        if request.control & FROM_METER != 0 || !self.is_for_me(request) {
            return Vec::new();
        }
        self.heard += 1;
        let writes = writes(request);
        let fault = self.faults.take(writes);
        let kind = fault.map(|fault| fault.kind);
        if kind == Some(FaultKind::Silent) {
            return Vec::new();
        }
        let negative = self.negative(request, kind);
        let (reply, after) = self.carry_out(request);
        if !matches!(
            kind,
            Some(FaultKind::Refuse | FaultKind::AckThoughNotApplied)
        ) {
            self.keeper.commit(after);
        }
        self.put_on_wire(fault, reply, negative)
    }

    /// The time, told to every meter of the wire or to this one; nobody answers it.
    fn take_time(&mut self, request: &Frame645) {
        let to_me = [Call::Broadcast, Call::ByAddress].contains(&self.call(request.address));
        let Some(told) = electricity_clock::broadcast(&request.data).filter(|_| to_me) else {
            return;
        };
        let mut books = self.keeper.books.clone();
        if electricity_clock::believes(&mut books, told) {
            let fault = self.faults.take(true).map(|fault| fault.kind);
            let unheard = [
                FaultKind::Silent,
                FaultKind::Refuse,
                FaultKind::AckThoughNotApplied,
            ];
            if fault.is_none_or(|kind| !unheard.contains(&kind)) {
                self.keeper.commit(books);
            }
        }
    }

    fn put_on_wire(&self, fault: Option<Fault>, reply: Reply, negative: Reply) -> Vec<Answer> {
        let mut elsewhere = self.address;
        elsewhere[0] ^= 0x11;
        let foreign = self.encode(elsewhere, &reply);
        let good = self.encode(self.address, &reply);
        let negative = self.encode(self.address, &negative);
        spoil(
            fault,
            Replies {
                good,
                foreign,
                negative,
            },
        )
    }

    fn encode(&self, address: [u8; 6], reply: &Reply) -> Vec<u8> {
        let frame = Frame645 {
            address,
            control: reply.control,
            data: reply.data.clone(),
        };
        let mut bytes = vec![0xFE; self.config.preamble];
        bytes.extend(frame.encode());
        bytes
    }

    /// The refusal that the fault switches use.
    fn negative(&self, request: &Frame645, kind: Option<FaultKind>) -> Reply {
        let hoarding = request.control == 0x03 && kind == Some(FaultKind::Refuse);
        match (hoarding, self.config.errors) {
            (true, ErrorForm::OneByte) => Reply::error(request.control, &[0x82]),
            (true, ErrorForm::Serr) => Reply::error(request.control, &[0x40, 0x00]),
            (false, _) => Reply::error(request.control, &[err::OTHER]),
        }
    }

    fn is_for_me(&self, request: &Frame645) -> bool {
        match self.call(request.address) {
            Call::ByAddress => true,
            Call::ByWildcard => may_be_wildcard(request),
            Call::Broadcast | Call::Elsewhere => false,
        }
    }

    /// Wildcard bytes stand in one run from the high end down; 99 in all bytes is a broadcast that nobody answers.
    fn call(&self, asked: [u8; 6]) -> Call {
        if asked == self.address {
            return Call::ByAddress;
        }
        if asked == [0x99; 6] {
            return Call::Broadcast;
        }
        let given = asked
            .iter()
            .position(|byte| *byte == 0xAA)
            .unwrap_or(asked.len());
        let shortened = asked[given..].iter().all(|byte| *byte == 0xAA) && given < asked.len();
        if shortened && asked[..given] == self.address[..given] {
            Call::ByWildcard
        } else {
            Call::Elsewhere
        }
    }

    /// What the meter would answer, and its books afterwards.
    fn carry_out(&self, request: &Frame645) -> (Reply, Books) {
        let books = self.keeper.books.clone();
        match request.control {
            0x03 => electricity_purchase::carry_out(&self.config, books, &request.data),
            0x11 => (
                electricity_read::read(&self.config, &books, &request.data),
                books,
            ),
            0x13 => (Reply::good(0x13, self.address.to_vec()), books),
            0x1C => self.switch(books, &request.data),
            0x12 => (Reply::error(0x12, &[err::NO_DATA]), books),
            0x14 => electricity_clock::write(self.password, books, &request.data),
            0x15..=0x1B | 0x1D => (Reply::error(request.control, &[err::PASSWORD]), books),
            other => (Reply::error(other, &[err::OTHER]), books),
        }
    }

    /// 1C: PA P0 P1 P2, operator 4, N1 command, N2, N3..N8 = ss mm hh DD MM YY until which the command holds.
    fn switch(&self, mut books: Books, data: &[u8]) -> (Reply, Books) {
        let refusal = |code| Reply::error(0x1C, &[code]);
        let Ok(fields) = <&[u8; 16]>::try_from(data) else {
            return (refusal(err::OTHER), books);
        };
        if fields[..4] != self.password {
            return (refusal(err::PASSWORD), books);
        }
        if has_expired(&books, &fields[10..16]) {
            return (refusal(err::OTHER), books);
        }
        match fields[8] {
            0x1A => books.supply_on = false,
            // This meter's relay is inside: allowing to close closes it, there is no button to press.
            0x1B | 0x1C => {
                books.supply_on = true;
                books.off_for_money = false;
            }
            0x2A | 0x2B | 0x3A | 0x3B => {}
            _ => return (refusal(err::OTHER), books),
        }
        (Reply::good(0x1C, Vec::new()), books)
    }
}

/// Whether a request changes something.
fn writes(request: &Frame645) -> bool {
    match request.control {
        0x03 => electricity_purchase::is_purchase(&request.data),
        0x14..=0x1D => true,
        _ => false,
    }
}

/// Writes and controls need the full address, and so does C=03 unless it only queries (DI2 bit 7).
fn may_be_wildcard(request: &Frame645) -> bool {
    match request.control {
        0x14 | 0x17 | 0x19..=0x1C => false,
        0x03 => request.data.get(2).is_some_and(|di2| di2 & 0x80 != 0),
        _ => true,
    }
}

/// Whether a BCD time ss mm hh DD MM YY lies in the past; a time that is none has expired.
fn has_expired(books: &Books, fields: &[u8]) -> bool {
    let digits = bcd::digits(fields);
    let now = books.clock().strftime("%y%m%d%H%M%S").to_string();
    !digits.bytes().all(|digit| digit.is_ascii_digit()) || digits < now
}
