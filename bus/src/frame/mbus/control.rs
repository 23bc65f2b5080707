//! The control byte C.

/// The control byte (EN 13757-2, control field). Bit 6 tells the direction; FCB and FCV are a master's, ACD and DFC a meter's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Control(pub u8);

const FROM_MASTER: u8 = 0x40;
const FRAME_COUNT: u8 = 0x20;
const FRAME_COUNT_VALID: u8 = 0x10;
const FUNCTION: u8 = 0x0F;

impl Control {
    /// SND_NKE: resets the link of one meter, deselects the selected one.
    pub const RESET: Control = Control(0x40);
    /// RSP_UD: a meter's data.
    pub const RESPOND: Control = Control(0x08);

    /// REQ_UD1: alarms. `frame_count` is the bit FCB.
    pub const fn request_alarm(frame_count: bool) -> Self {
        Control::counted(0x5A, frame_count)
    }

    /// REQ_UD2: data. A meter repeats its last telegram where FCB is the one of the request before.
    pub const fn request_data(frame_count: bool) -> Self {
        Control::counted(0x5B, frame_count)
    }

    /// SND_UD: data for the meter.
    pub const fn send(frame_count: bool) -> Self {
        Control::counted(0x53, frame_count)
    }

    const fn counted(code: u8, frame_count: bool) -> Self {
        Control(if frame_count {
            code | FRAME_COUNT
        } else {
            code
        })
    }

    /// Whether a meter speaks.
    pub const fn from_meter(self) -> bool {
        self.0 & FROM_MASTER == 0
    }

    /// The bit FCB, where the bit FCV says that it counts.
    pub const fn frame_count(self) -> Option<bool> {
        if self.from_meter() || self.0 & FRAME_COUNT_VALID == 0 {
            None
        } else {
            Some(self.0 & FRAME_COUNT != 0)
        }
    }

    /// Whether a meter has alarms to tell (ACD).
    pub const fn access_demand(self) -> bool {
        self.from_meter() && self.0 & FRAME_COUNT != 0
    }

    /// Whether a meter cannot take more (DFC).
    pub const fn overflow(self) -> bool {
        self.from_meter() && self.0 & FRAME_COUNT_VALID != 0
    }

    /// The same with the bits that do not change the function cleared.
    const fn plain(self) -> u8 {
        if self.from_meter() {
            self.0 & FUNCTION
        } else {
            self.0 & !FRAME_COUNT
        }
    }

    /// Whether the frame is SND_NKE.
    pub const fn is_reset(self) -> bool {
        self.0 == Control::RESET.0
    }

    /// Whether the frame is REQ_UD2.
    pub const fn is_request_data(self) -> bool {
        self.plain() == 0x5B
    }

    /// Whether the frame is SND_UD.
    pub const fn is_send(self) -> bool {
        self.plain() == 0x53
    }

    /// The word for it in the JSON of `decode`.
    pub const fn word(self) -> &'static str {
        match (self.from_meter(), self.plain()) {
            (true, 0x08) => "rsp_ud",
            (true, 0x00) => "ack",
            (false, 0x40) => "snd_nke",
            (false, 0x53) => "snd_ud",
            (false, 0x5A) => "req_ud1",
            (false, 0x5B) => "req_ud2",
            _ => "unknown",
        }
    }
}
