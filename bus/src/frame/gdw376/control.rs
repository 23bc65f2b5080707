//! The control byte C and the sequence byte SEQ.

/// The control byte, Q/GDW 376.1, 4.2.3. Kept whole; the accessors name its bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control(pub u8);

impl Control {
    /// Downward, from the starting station: class 1 data request (function 11 asks class 2; terminals accept 10 and 11 alike).
    pub const REQUEST: Control = Control(0x4B);
    /// Downward, from the starting station: user data that wants a confirm.
    pub const COMMAND: Control = Control(0x4A);
    /// Downward, the answering station: link status, the usual envelope of a confirm.
    pub const CONFIRM_DOWN: Control = Control(0x0B);
    /// Upward, from the starting station: link test, the envelope of login and heartbeat.
    pub const LINK_TEST: Control = Control(0xC9);
    /// Upward, the answering station: user data.
    pub const RESPONSE: Control = Control(0x88);
    /// Upward, the answering station: nothing there.
    pub const DENY_UP: Control = Control(0x89);
    /// Upward, the answering station: acknowledged.
    pub const ACK_UP: Control = Control(0x80);

    /// D7: from the terminal to the master station.
    pub fn upward(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// D6: the sender starts the exchange.
    pub fn starting(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// D5 upward: the terminal asks for access; an event counter follows the data.
    pub fn access_demand(self) -> bool {
        self.upward() && self.0 & 0x20 != 0
    }

    /// D4 downward: the frame count bit is valid.
    pub fn count_valid(self) -> bool {
        !self.upward() && self.0 & 0x10 != 0
    }

    /// D3 to D0.
    pub fn function(self) -> u8 {
        self.0 & 0x0F
    }
}

/// The sequence byte, Q/GDW 376.1, 4.3.4. Kept whole; the accessors name its bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sequence(pub u8);

impl Sequence {
    /// A single frame (FIR and FIN) with `number` (its low four bits), asking for a confirm or not, without time tag.
    pub fn single(number: u8, confirm: bool) -> Sequence {
        Sequence(0x60 | u8::from(confirm) << 4 | number & 0x0F)
    }

    /// One of several frames, asking for no confirm, without time tag.
    pub fn part(first: bool, last: bool, number: u8) -> Sequence {
        Sequence(u8::from(first) << 6 | u8::from(last) << 5 | number & 0x0F)
    }

    /// D7: a time tag ends the data.
    pub fn time_tagged(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// D6: first frame of several. Field terminals send single answers without it, so nothing here relies on it.
    pub fn first(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// D5: last frame of several.
    pub fn last(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// D4: a confirm is wanted.
    pub fn wants_confirm(self) -> bool {
        self.0 & 0x10 != 0
    }

    /// D3 to D0: PSEQ of a starting station, RSEQ of an answering one.
    pub fn number(self) -> u8 {
        self.0 & 0x0F
    }

    /// The same with the time tag bit set or cleared.
    pub(super) fn tagged(self, tagged: bool) -> Sequence {
        Sequence(self.0 & 0x7F | u8::from(tagged) << 7)
    }
}
