//! A meter on M-Bus (EN 13757-2 and -3): primary and secondary addressing, one answer with its readings. It knows no money.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::books::{Books, Keeper};
use super::electricity::ReceiverBox;
use super::fault::{Answer, FaultKind, Faults, Replies, spoil};
use super::wire_mbus::FrameMBus;
use super::{VirtualMeter, bcd};

const ACKNOWLEDGE: u8 = 0xE5;
const SND_NKE: u8 = 0x40;
/// REQ_UD2 without the frame count bit and its validity.
const REQ_UD2: u8 = 0x4B;
/// SND_UD without the frame count bit.
const SND_UD: u8 = 0x53;
const FRAME_COUNT: u8 = 0x20;
const COUNT_VALID: u8 = 0x10;
const RSP_UD: u8 = 0x08;
/// Reaches the meter that was selected by its secondary address.
const SELECTED: u8 = 0xFD;
/// Reaches every meter, and every meter answers.
const EVERY: u8 = 0xFE;
const CI_SELECT: u8 = 0x52;
const CI_VARIABLE: u8 = 0x72;

/// What kind of meter this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HeatConfig {
    /// Identification number, 8 digits, high first.
    pub address: String,
    /// Primary address, 0 to 250.
    pub primary: u8,
    /// Manufacturer: three letters.
    pub manufacturer: String,
    /// Version.
    pub version: u8,
    /// Medium (EN 13757-3): 04h heat, 07h water.
    pub medium: u8,
    /// The state a new meter begins with; only its usage counts.
    pub first: Books,
}

impl Default for HeatConfig {
    fn default() -> Self {
        Self {
            address: "12345678".to_owned(),
            primary: 1,
            manufacturer: "PAD".to_owned(),
            version: 1,
            medium: 0x04,
            first: Books {
                number: 0,
                balance: 0,
                cumulative: 0,
                last_amount: 0,
                ..Books::default()
            },
        }
    }
}

/// The meter.
#[derive(Debug)]
pub struct HeatMeter {
    config: HeatConfig,
    /// Identification 4, manufacturer 2, version, medium: as in a selection and in an answer.
    identity: [u8; 8],
    keeper: Keeper,
    receiver: ReceiverBox,
    faults: Faults,
    heard: u64,
    selected: bool,
    /// The frame count bit of the last request, and the answer it got: asked with the same bit again, it says the same.
    last: Option<(u8, Vec<u8>)>,
    access: u8,
}

impl HeatMeter {
    /// Builds the meter; its books come from `file` where that exists.
    ///
    /// # Errors
    /// A malformed number or manufacturer, or what the file system says.
    pub fn open(config: HeatConfig, file: Option<PathBuf>) -> io::Result<Self> {
        let number: [u8; 4] = bcd::address(&config.address).map_err(io::Error::other)?;
        let letters = config.manufacturer.as_bytes();
        let manufacturer = match letters {
            [a @ b'A'..=b'Z', b @ b'A'..=b'Z', c @ b'A'..=b'Z'] => [a, b, c]
                .into_iter()
                .fold(0u16, |code, letter| code << 5 | u16::from(letter - 64)),
            _ => return Err(io::Error::other("a manufacturer has three capital letters")),
        };
        let mut identity = [0; 8];
        identity[..4].copy_from_slice(&number);
        identity[4..6].copy_from_slice(&manufacturer.to_le_bytes());
        identity[6..].copy_from_slice(&[config.version, config.medium]);
        let keeper = Keeper::open(file, config.first.clone())?;
        Ok(Self {
            config,
            identity,
            keeper,
            receiver: ReceiverBox::default(),
            faults: Faults::default(),
            heard: 0,
            selected: false,
            last: None,
            access: 0,
        })
    }

    /// What kind of meter this is.
    pub fn config(&self) -> &HeatConfig {
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

    /// Counts use on.
    pub fn consume(&mut self, hundredths: i64) {
        let mut books = self.keeper.books.clone();
        books.usage += u64::try_from(hundredths).unwrap_or(0);
        self.keeper.commit(books);
    }

    /// Takes bytes from the wire and says what the meter sends.
    pub fn hear(&mut self, bytes: &[u8]) -> Vec<Answer> {
        let frames: Vec<FrameMBus> = self.receiver.0.hear(bytes);
        frames
            .iter()
            .flat_map(|frame| self.respond(frame))
            .collect()
    }

    fn respond(&mut self, frame: &FrameMBus) -> Vec<Answer> {
        match (frame.control & !FRAME_COUNT, frame.body.as_slice()) {
            (SND_NKE, []) => self.reset(frame.address),
            (SND_UD, [CI_SELECT, wanted @ ..]) if frame.address == SELECTED => self.select(wanted),
            (control, []) if control | COUNT_VALID == REQ_UD2 | COUNT_VALID => {
                self.read(frame.address, frame.control & FRAME_COUNT)
            }
            _ => Vec::new(),
        }
    }

    fn is_called(&self, address: u8) -> bool {
        address == self.config.primary || address == EVERY || (address == SELECTED && self.selected)
    }

    fn reset(&mut self, address: u8) -> Vec<Answer> {
        let called = self.is_called(address);
        if address == SELECTED {
            self.selected = false;
        }
        if !called {
            return Vec::new();
        }
        self.last = None;
        vec![Answer::prompt(vec![ACKNOWLEDGE])]
    }

    /// Nibbles F stand for any digit of the number, bytes FF for anything else. Who does not fit is deselected.
    fn select(&mut self, wanted: &[u8]) -> Vec<Answer> {
        let Ok(wanted) = <&[u8; 8]>::try_from(wanted) else {
            return Vec::new();
        };
        let digits = wanted.iter().zip(&self.identity).take(4);
        let number = digits.fold(true, |fits, (asked, own)| {
            let nibble = |shift: u8| {
                let asked = asked >> shift & 0x0F;
                asked == 0x0F || asked == own >> shift & 0x0F
            };
            fits && nibble(0) && nibble(4)
        });
        let rest = wanted.iter().zip(&self.identity).skip(4);
        let maker = rest.fold(true, |fits, (asked, own)| {
            fits && (*asked == 0xFF || asked == own)
        });
        self.selected = number && maker;
        if !self.selected {
            return Vec::new();
        }
        self.last = None;
        vec![Answer::prompt(vec![ACKNOWLEDGE])]
    }

    fn read(&mut self, address: u8, count: u8) -> Vec<Answer> {
        if !self.is_called(address) {
            return Vec::new();
        }
        self.heard += 1;
        let fault = self.faults.take(false);
        if fault.map(|fault| fault.kind) == Some(FaultKind::Silent) {
            return Vec::new();
        }
        let good = match &self.last {
            Some((last, answer)) if *last == count => answer.clone(),
            _ => self.readings(self.config.primary, self.identity),
        };
        self.last = Some((count, good.clone()));
        let mut elsewhere = self.identity;
        elsewhere[0] ^= 0x11;
        let replies = Replies {
            good,
            foreign: self.readings(self.config.primary ^ 1, elsewhere),
            // CI 70h with error 08h: application busy.
            negative: self.encode(self.config.primary, vec![0x70, 0x08]),
        };
        spoil(fault, replies)
    }

    /// Energy in kWh (DIF 0C, VIF 06), volume in hundredths of a cubic metre (0C 14), flow temperature in whole degrees (0A 5B).
    fn readings(&mut self, primary: u8, identity: [u8; 8]) -> Vec<u8> {
        self.access = self.access.wrapping_add(1);
        let mut body = vec![CI_VARIABLE];
        body.extend(identity);
        body.extend([self.access, 0, 0, 0]);
        body.extend([0x0C, 0x06]);
        body.extend(bcd::encode::<4>(self.keeper.books.usage / 100));
        body.extend([0x0C, 0x14]);
        body.extend(bcd::encode::<4>(self.keeper.books.usage));
        body.extend([0x0A, 0x5B]);
        body.extend(bcd::encode::<2>(55));
        self.encode(primary, body)
    }

    fn encode(&self, address: u8, body: Vec<u8>) -> Vec<u8> {
        FrameMBus {
            control: RSP_UD,
            address,
            body,
        }
        .encode()
    }
}

impl From<HeatMeter> for VirtualMeter {
    fn from(meter: HeatMeter) -> Self {
        VirtualMeter::Heat(meter)
    }
}
