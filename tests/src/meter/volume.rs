//! A prepaid water or gas meter on CJ/T 188 (editions 2004 and 2018 in either identifier order).

use std::io;
use std::path::PathBuf;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::bcd;
use super::books::{Books, Keeper};
use super::electricity::ReceiverBox;
use super::fault::{Answer, FaultKind, Faults, Replies, spoil};
use super::wire188::Frame188;

const FROM_METER: u8 = 0x80;
const ABNORMAL: u8 = 0xC0;
const CUBIC_METRES: u8 = 0x2C;
/// Status of an answer that refuses: a vendor bit, because the standard names no reason.
const REFUSED: u8 = 0x20;

/// In which order a meter wants the two bytes of a data identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiOrder {
    /// `90 1F`.
    HighFirst,
    /// `1F 90`.
    LowFirst,
    /// Either; answers in the order asked.
    AsAsked,
}

/// What kind of water or gas meter this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VolumeConfig {
    /// Address, 14 digits, high first; the first four are the maker's code.
    pub address: String,
    /// Kind T: 10h = 16 cold water, 30h = 48 gas.
    pub kind: u8,
    /// Order of the identifier's bytes.
    pub di_order: DiOrder,
    /// Number of FE bytes before an answer, 0 to 4.
    pub preamble: usize,
    /// The most money the meter takes in, fen.
    pub hoarding_limit: i64,
    /// The state a new meter begins with.
    pub first: Books,
}

impl Default for VolumeConfig {
    fn default() -> Self {
        Self {
            address: "12022018000007".to_owned(),
            kind: 0x10,
            di_order: DiOrder::AsAsked,
            preamble: 3,
            hoarding_limit: 1_000_000,
            first: Books {
                number: 3,
                balance: 8_750,
                cumulative: 35_000,
                ..Books::default()
            },
        }
    }
}

/// The data identifiers it knows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Item {
    Metering,
    Purchase,
    WritePurchase,
    Valve,
    Address,
    Clock,
}

impl Item {
    fn of(identifier: u16) -> Option<Self> {
        Some(match identifier {
            0x901F => Item::Metering,
            0x8105 => Item::Purchase,
            0xA013 => Item::WritePurchase,
            0xA017 => Item::Valve,
            0x810A => Item::Address,
            0xA015 => Item::Clock,
            _ => return None,
        })
    }
}

/// The meter.
#[derive(Debug)]
pub struct VolumeMeter {
    config: VolumeConfig,
    address: [u8; 7],
    keeper: Keeper,
    receiver: ReceiverBox,
    faults: Faults,
    heard: u64,
}

impl VolumeMeter {
    /// Builds the meter; its books come from `file` where that exists.
    ///
    /// # Errors
    /// A malformed address, or what the file system says.
    pub fn open(config: VolumeConfig, file: Option<PathBuf>) -> io::Result<Self> {
        let address = bcd::address(&config.address).map_err(io::Error::other)?;
        let keeper = Keeper::open(file, config.first.clone())?;
        Ok(Self {
            config,
            address,
            keeper,
            receiver: ReceiverBox::default(),
            faults: Faults::default(),
            heard: 0,
        })
    }

    /// What kind of meter this is.
    pub fn config(&self) -> &VolumeConfig {
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

    /// Takes money for use; this kind of meter has no overdraft.
    pub fn consume(&mut self, fen: i64) {
        let mut books = self.keeper.books.clone();
        books.consume(fen, 0);
        self.keeper.commit(books);
    }

    /// Counts use, and takes money for it.
    pub fn use_up(&mut self, hundredths: u32, fen: i64) {
        let mut books = self.keeper.books.clone();
        books.use_up(hundredths, fen, 0);
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
        let frames: Vec<Frame188> = self.receiver.0.hear(bytes);
        frames
            .iter()
            .flat_map(|frame| self.respond(frame))
            .collect()
    }

    fn respond(&mut self, request: &Frame188) -> Vec<Answer> {
        if request.control & FROM_METER != 0 || !self.is_for_me(request) {
            return Vec::new();
        }
        let Some(&[first, second, serial]) = request.data.get(..3) else {
            return Vec::new();
        };
        let Some(item) = self.item(first, second) else {
            return vec![Answer::prompt(
                self.encode(self.address, self.refusal(request, serial)),
            )];
        };
        self.heard += 1;
        let fault = self.faults.take(request.control == 0x04);
        let kind = fault.map(|fault| fault.kind);
        if kind == Some(FaultKind::Silent) {
            return Vec::new();
        }
        let (reply, after) = self.carry_out(request, item, serial);
        if !matches!(
            kind,
            Some(FaultKind::Refuse | FaultKind::AckThoughNotApplied)
        ) {
            self.keeper.commit(after);
        }
        let mut elsewhere = self.address;
        elsewhere[0] ^= 0x11;
        let foreign = self.encode(elsewhere, reply.clone());
        let good = self.encode(self.address, reply);
        let negative = self.encode(self.address, self.refusal(request, serial));
        spoil(
            fault,
            Replies {
                good,
                foreign,
                negative,
            },
        )
    }

    fn item(&self, first: u8, second: u8) -> Option<Item> {
        let high = Item::of(u16::from_be_bytes([first, second]));
        let low = Item::of(u16::from_le_bytes([first, second]));
        match self.config.di_order {
            DiOrder::HighFirst => high,
            DiOrder::LowFirst => low,
            DiOrder::AsAsked => high.or(low),
        }
    }

    /// AA stands for any kind and, byte by byte from the high end, for any address.
    fn is_for_me(&self, request: &Frame188) -> bool {
        let kind = request.kind == self.config.kind || request.kind == 0xAA;
        let given = request.address.iter().position(|byte| *byte == 0xAA);
        let given = given.unwrap_or(request.address.len());
        kind && request.address[given..].iter().all(|byte| *byte == 0xAA)
            && request.address[..given] == self.address[..given]
    }

    fn encode(&self, address: [u8; 7], (control, data): (u8, Vec<u8>)) -> Vec<u8> {
        let frame = Frame188 {
            kind: self.config.kind,
            address,
            control,
            data,
        };
        let mut bytes = vec![0xFE; self.config.preamble];
        bytes.extend(frame.encode());
        bytes
    }

    /// An abnormal answer carries serial number and status, no identifier.
    fn refusal(&self, request: &Frame188, serial: u8) -> (u8, Vec<u8>) {
        let [valve, _] = self.status(&self.keeper.books);
        (request.control | ABNORMAL, vec![serial, valve | REFUSED, 0])
    }

    /// ST: bits 0-1 of the first byte are the valve, 00 open, 01 closed.
    fn status(&self, books: &Books) -> [u8; 2] {
        [u8::from(!books.supply_on), 0]
    }

    /// The reply, and the books afterwards.
    fn carry_out(&self, request: &Frame188, item: Item, serial: u8) -> ((u8, Vec<u8>), Books) {
        let mut books = self.keeper.books.clone();
        let payload = &request.data[3..];
        let body = match (request.control, item) {
            (0x01, Item::Metering) => Some(self.metering(&books)),
            (0x01, Item::Purchase) => Some(self.last_purchase(&books)),
            (0x03, Item::Address) => Some(Vec::new()),
            (0x04, Item::WritePurchase) => self.purchase(&mut books, payload),
            (0x04, Item::Valve) => self.valve(&mut books, payload),
            (0x04, Item::Clock) => self.set_clock(&mut books, payload),
            _ => None,
        };
        let Some(body) = body else {
            return (self.refusal(request, serial), self.keeper.books.clone());
        };
        let mut data = request.data[..3].to_vec();
        data.extend(body);
        ((request.control | FROM_METER, data), books)
    }

    /// 901F: reading and settlement reading with units, clock ss mm hh DD MM YY CC, ST.
    fn metering(&self, books: &Books) -> Vec<u8> {
        let mut body = bcd::encode::<4>(books.usage).to_vec();
        body.push(CUBIC_METRES);
        body.extend(bcd::encode::<4>(0));
        body.push(CUBIC_METRES);
        let now = books.clock().strftime("%Y%m%d%H%M%S").to_string();
        let mut clock = hex::decode(&now[2..]).unwrap_or_default();
        clock.reverse();
        clock.extend(hex::decode(&now[..2]).unwrap_or_default());
        body.extend(clock);
        body.extend(self.status(books));
        body
    }

    /// 8105: purchase number 1, last purchase 4, cumulative 4, remaining 4, ST 2; money in hundredths, BCD.
    fn last_purchase(&self, books: &Books) -> Vec<u8> {
        let money = |fen: i64| bcd::encode::<4>(u64::try_from(fen).unwrap_or(0));
        let mut body = vec![(books.number & 0xFF) as u8];
        body.extend(money(books.last_amount));
        body.extend(money(books.cumulative));
        body.extend(money(books.balance));
        body.extend(self.status(books));
        body
    }

    /// A013: number 1, amount 4. The number is a duplicate filter only: the stored one again adds nothing.
    fn purchase(&self, books: &mut Books, payload: &[u8]) -> Option<Vec<u8>> {
        let (&number, amount) = payload.split_first()?;
        let amount = <&[u8; 4]>::try_from(amount).ok()?;
        let fen = i64::try_from(bcd::decode(amount)?).ok()?;
        if u32::from(number) != books.number {
            if fen == 0 || books.balance + fen > self.config.hoarding_limit {
                return None;
            }
            let at = books.purchase_time();
            books.apply(u32::from(number), fen, at);
        }
        Some(payload.to_vec())
    }

    /// A015: ss mm hh DD MM YY CC.
    fn set_clock(&self, books: &mut Books, payload: &[u8]) -> Option<Vec<u8>> {
        let fields = <&[u8; 7]>::try_from(payload).ok()?;
        bcd::decode(fields)?;
        let to = DateTime::strptime("%Y%m%d%H%M%S", bcd::digits(fields)).ok()?;
        books.set_clock(to);
        Some(Vec::new())
    }

    /// A017: 55 open, 99 close. Extra bytes of a dialect are ignored.
    fn valve(&self, books: &mut Books, payload: &[u8]) -> Option<Vec<u8>> {
        match payload.first()? {
            0x55 => {
                books.supply_on = true;
                books.off_for_money = false;
            }
            0x99 => books.supply_on = false,
            _ => return None,
        }
        Some(self.status(books).to_vec())
    }
}
