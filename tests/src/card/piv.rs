//! A PIV card (NIST SP 800-73-4): what it stores, and what it says to each command. Written from the standard, apart from the
//! terminal's client.

use std::collections::BTreeMap;

use super::apdu::Apdu;
use super::fault::{CardFault, Spoiler};
use super::keys::{Management, Pair, random};
use super::pin::Secret;
use super::tlv::{list, put, take};

pub(super) const OK: u16 = 0x9000;
const NOT_FOUND: u16 = 0x6A82;
pub(super) const WRONG_DATA: u16 = 0x6A80;
const WRONG_PARAMETERS: u16 = 0x6A86;
const NO_SUCH_KEY: u16 = 0x6A88;
pub(super) const NOT_ALLOWED: u16 = 0x6982;
const UNKNOWN_COMMAND: u16 = 0x6D00;
/// Application id with its version.
const APPLICATION: [u8; 11] = [0xA0, 0, 0, 3, 8, 0, 0, 0x10, 0, 1, 0];

/// What is lost with the power.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    selected: bool,
    pub(super) pin_shown: bool,
    managed: bool,
    /// What the other side is to send back.
    expected: Option<Vec<u8>>,
    /// The rest of an answer.
    waiting: Vec<u8>,
    /// Pieces of a command.
    chain: Vec<u8>,
}

/// A card. It keeps its state over resets; a clone of it is the same card again, which no real card allows.
#[derive(Clone, Debug)]
pub struct PivCard {
    pub(super) keys: BTreeMap<u8, Pair>,
    pub(super) objects: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(super) pin: Secret,
    pub(super) puk: Secret,
    management: Management,
    /// Whether it has the management key replaced by the command that is not in the standard.
    pub sets_management_key: bool,
    /// Whether its reader touches contacts; without them it takes no PIN.
    pub contacts: bool,
    /// Whether it has a PIV application at all.
    pub piv: bool,
    pub(super) session: Session,
    spoiler: Spoiler,
}

impl PivCard {
    /// As it leaves the factory: no keys, no objects, PIN 123456, unblocking code 12345678, the well-known management key.
    pub fn blank() -> PivCard {
        PivCard {
            keys: BTreeMap::new(),
            objects: BTreeMap::new(),
            pin: Secret::factory_pin(),
            puk: Secret::factory_puk(),
            management: Management::factory(),
            sets_management_key: true,
            contacts: true,
            piv: true,
            session: Session::default(),
            spoiler: Spoiler::default(),
        }
    }

    /// A card of another kind: it knows no PIV application.
    pub fn foreign() -> PivCard {
        PivCard {
            piv: false,
            ..PivCard::blank()
        }
    }

    /// A copy of everything that can be read from this card; the keys cannot.
    pub fn copied(&self) -> PivCard {
        PivCard {
            objects: self.objects.clone(),
            ..PivCard::blank()
        }
    }

    /// A copy with a key of the copier's own.
    pub fn copied_with_another_key(&self) -> PivCard {
        let keys = self.keys.keys().map(|slot| (*slot, Pair::generate()));
        PivCard {
            keys: keys.collect(),
            ..self.copied()
        }
    }

    /// Takes over one object (the last byte of 5FC1xx) of another card.
    pub fn take_object_of(&mut self, other: &PivCard, object: u8) {
        let tag = vec![0x5F, 0xC1, object];
        if let Some(inside) = other.objects.get(&tag) {
            self.objects.insert(tag, inside.clone());
        }
    }

    /// Breaks it.
    pub fn fault(&mut self, fault: CardFault) {
        self.spoiler.set(fault);
    }

    /// Tries left for its PIN.
    pub fn pin_tries(&self) -> u8 {
        self.pin.left()
    }

    /// Whether it holds a key in this slot (0x9E, 0x9A).
    pub fn holds_key(&self, slot: u8) -> bool {
        self.keys.contains_key(&slot)
    }

    /// Whether it holds an object (the last byte of 5FC1xx).
    pub fn holds_object(&self, object: u8) -> bool {
        self.objects.contains_key(&[0x5F, 0xC1, object][..])
    }

    /// Whether its management key is still the one from the factory.
    pub fn has_factory_management_key(&self) -> bool {
        self.management.key == Management::factory().key
    }

    /// Power comes, or the card is reset.
    pub fn reset(&mut self) {
        self.session = Session::default();
        self.spoiler.reset();
    }

    /// The answer to a command, status bytes last; `None` if the card is gone before it answers.
    pub fn answer(&mut self, apdu: &[u8]) -> Option<Vec<u8>> {
        if let Some(spoiled) = self.spoiler.instead() {
            return spoiled;
        }
        let answer = match Apdu::take(apdu) {
            Some(command) => self.obey(&command),
            None => status(0x6700),
        };
        (!self.spoiler.loses_answer()).then_some(answer)
    }

    fn obey(&mut self, command: &Apdu) -> Vec<u8> {
        if command.ins == 0xC0 {
            return self.next_piece(command.room);
        }
        self.session.waiting.clear();
        if command.class & 0x10 != 0 {
            self.session.chain.extend_from_slice(command.data);
            return status(OK);
        }
        let mut data = std::mem::take(&mut self.session.chain);
        data.extend_from_slice(command.data);
        let (answer, code) = self.carry_out(command, &data);
        if code != OK {
            return status(code);
        }
        self.session.waiting = answer;
        self.next_piece(command.room)
    }

    /// As much of the answer as there is room for.
    fn next_piece(&mut self, room: usize) -> Vec<u8> {
        let room = if room == 0 { 256 } else { room };
        let rest = self
            .session
            .waiting
            .split_off(room.min(self.session.waiting.len()));
        let mut piece = std::mem::replace(&mut self.session.waiting, rest);
        let left = self.session.waiting.len();
        let code = match left {
            0 => OK,
            _ => 0x6100 | u16::try_from(left).ok().filter(|n| *n < 256).unwrap_or(0),
        };
        piece.extend(code.to_be_bytes());
        piece
    }

    fn carry_out(&mut self, command: &Apdu, data: &[u8]) -> (Vec<u8>, u16) {
        if (command.ins, command.p1) == (0xA4, 0x04) {
            return self.select(data);
        }
        if !self.session.selected {
            return (Vec::new(), UNKNOWN_COMMAND);
        }
        let done = |code| (Vec::new(), code);
        match (command.ins, command.p1, command.p2) {
            (0xCB, 0x3F, 0xFF) => self.get(data),
            (0xDB, 0x3F, 0xFF) => done(self.put(data)),
            (0x20, 0x00, 0x80) => done(self.verify(data)),
            (0x24, 0x00, 0x80 | 0x81) => done(self.change(command.p2, data)),
            (0x2C, 0x00, 0x80) => done(self.unblock(data)),
            (0x47, 0x00, slot) => self.generate(slot, data),
            (0x87, algorithm, 0x9B) => self.manage(algorithm, data),
            (0x87, 0x11, slot) => self.sign(slot, data),
            (0xFF, 0xFF, 0xFF) if self.sets_management_key => done(self.set_management(data)),
            (0xCB | 0xDB | 0x20 | 0x24 | 0x2C | 0x87, ..) => done(WRONG_PARAMETERS),
            _ => done(UNKNOWN_COMMAND),
        }
    }

    fn select(&mut self, name: &[u8]) -> (Vec<u8>, u16) {
        let fits = name.len() >= 5 && APPLICATION.starts_with(name);
        if !self.piv || !fits {
            return (Vec::new(), NOT_FOUND);
        }
        if !self.session.selected {
            self.session = Session {
                selected: true,
                ..Session::default()
            };
        }
        let authority = put(0x79, &put(0x4F, &APPLICATION[..5]));
        let inside = [put(0x4F, &APPLICATION[5..]), authority].concat();
        (put(0x61, &inside), OK)
    }

    fn get(&self, data: &[u8]) -> (Vec<u8>, u16) {
        let Some((0x5C, tag, [])) = take(data) else {
            return (Vec::new(), WRONG_DATA);
        };
        // The discovery object says which PIN there is; it stands without a wrapper.
        if tag == [0x7E] {
            let inside = [put(0x4F, &APPLICATION), put(0x5F2F, &[0x40, 0x00])].concat();
            return (put(0x7E, &inside), OK);
        }
        match self.objects.get(tag) {
            Some(inside) => (put(0x53, inside), OK),
            None => (Vec::new(), NOT_FOUND),
        }
    }

    fn put(&mut self, data: &[u8]) -> u16 {
        if !self.session.managed {
            return NOT_ALLOWED;
        }
        let Some((0x5C, tag, rest)) = take(data) else {
            return WRONG_DATA;
        };
        let Some((0x53, inside, [])) = take(rest) else {
            return WRONG_DATA;
        };
        if inside.is_empty() {
            self.objects.remove(tag);
        } else {
            self.objects.insert(tag.to_vec(), inside.to_vec());
        }
        OK
    }

    fn generate(&mut self, slot: u8, data: &[u8]) -> (Vec<u8>, u16) {
        if !self.session.managed {
            return (Vec::new(), NOT_ALLOWED);
        }
        if !matches!(slot, 0x9A | 0x9C | 0x9D | 0x9E) {
            return (Vec::new(), WRONG_PARAMETERS);
        }
        if data != [0xAC, 0x03, 0x80, 0x01, 0x11] {
            return (Vec::new(), WRONG_DATA);
        }
        let pair = Pair::generate();
        let answer = put(0x7F49, &put(0x86, &pair.point()));
        self.keys.insert(slot, pair);
        (answer, OK)
    }

    fn sign(&mut self, slot: u8, data: &[u8]) -> (Vec<u8>, u16) {
        let Some(pair) = self.keys.get(&slot) else {
            return (Vec::new(), NO_SUCH_KEY);
        };
        if slot != 0x9E && !self.session.pin_shown {
            return (Vec::new(), NOT_ALLOWED);
        }
        let Some((0x7C, inside, [])) = take(data) else {
            return (Vec::new(), WRONG_DATA);
        };
        let digest = list(inside).into_iter().find(|(tag, _)| *tag == 0x81);
        let signature = digest.and_then(|(_, digest)| pair.sign(&self.spoiler.digest(digest)));
        match signature {
            Some(signature) => (put(0x7C, &put(0x82, &signature)), OK),
            None => (Vec::new(), WRONG_DATA),
        }
    }

    /// Authentication with the management key: one-sided (challenge, response) or mutual (witness first).
    fn manage(&mut self, algorithm: u8, data: &[u8]) -> (Vec<u8>, u16) {
        if algorithm != self.management.algorithm {
            return (Vec::new(), WRONG_PARAMETERS);
        }
        let Some((0x7C, inside, [])) = take(data) else {
            return (Vec::new(), WRONG_DATA);
        };
        let parts: BTreeMap<u16, Vec<u8>> = list(inside).into_iter().collect();
        let part = |tag| parts.get(&tag).map(Vec::as_slice);
        let block = self.management.block();
        let fresh = random::<16>()[..block].to_vec();
        match (part(0x80), part(0x81), part(0x82)) {
            (Some([]), None, _) => {
                let witness = self.management.encrypt(&fresh);
                self.session.expected = Some(fresh);
                (put(0x7C, &put(0x80, &witness)), OK)
            }
            (None, Some([]), _) => {
                self.session.expected = Some(self.management.encrypt(&fresh));
                (put(0x7C, &put(0x81, &fresh)), OK)
            }
            (Some(plain), Some(challenge), _) if challenge.len() == block => {
                let code = self.settle(plain);
                let response = self.management.encrypt(challenge);
                (put(0x7C, &put(0x82, &response)), code)
            }
            (None, None, Some(response)) => (Vec::new(), self.settle(response)),
            _ => (Vec::new(), WRONG_DATA),
        }
    }

    fn settle(&mut self, shown: &[u8]) -> u16 {
        let expected = self.session.expected.take();
        self.session.managed = expected.is_some_and(|expected| expected == shown);
        if self.session.managed {
            OK
        } else {
            NOT_ALLOWED
        }
    }

    fn set_management(&mut self, data: &[u8]) -> u16 {
        if !self.session.managed {
            return NOT_ALLOWED;
        }
        let [algorithm, 0x9B, length, key @ ..] = data else {
            return WRONG_DATA;
        };
        match Management::new(*algorithm, key) {
            Some(management) if usize::from(*length) == key.len() => {
                self.management = management;
                OK
            }
            _ => WRONG_DATA,
        }
    }
}

fn status(code: u16) -> Vec<u8> {
    code.to_be_bytes().to_vec()
}
