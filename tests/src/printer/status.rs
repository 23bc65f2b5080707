//! What the printer is, what may be wrong with it, and how it says so (Epson ESC/POS reference: DLE EOT, GS r, GS a).

use serde::{Deserialize, Serialize};

/// What kind of printer this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrinterConfig {
    /// Dots across the printable width: 576 for 80 mm paper, 384 for 58 mm.
    pub width: usize,
    /// TCP port; 0 lets the system choose.
    pub port: u16,
}

impl Default for PrinterConfig {
    fn default() -> Self {
        Self {
            width: 576,
            port: 0,
        }
    }
}

/// How much paper there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperState {
    /// Enough.
    Ok,
    /// The near-end sensor sees the core.
    NearEnd,
    /// None.
    Out,
}

/// What a test may do to the printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PrinterFault {
    /// The cover is open.
    CoverOpen,
    /// The cover is closed.
    CoverClosed,
    /// The cutter is stuck.
    CutterError,
    /// The cutter works.
    CutterMended,
    /// Holds what it gets and answers nothing.
    Silent,
    /// Answers and prints again.
    Answering,
    /// Power is off: connections close, what is in the buffers is lost.
    PowerOff,
    /// Power is back.
    PowerOn,
}

/// What an outside observer may know of the printer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrinterState {
    /// Paper.
    pub paper: PaperState,
    /// Whether it prints.
    pub online: bool,
    /// Dot lines waiting because it does not.
    pub held_lines: usize,
    /// Commands it did not understand, in words.
    pub faults: Vec<String>,
}

/// The sensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sensors {
    pub(super) paper: PaperState,
    pub(super) cover_open: bool,
    pub(super) cutter_error: bool,
    pub(super) silent: bool,
    pub(super) powered: bool,
}

impl Sensors {
    pub(super) const FINE: Self = Self {
        paper: PaperState::Ok,
        cover_open: false,
        cutter_error: false,
        silent: false,
        powered: true,
    };

    pub(super) fn online(&self) -> bool {
        self.paper != PaperState::Out && !self.cover_open && !self.cutter_error
    }

    /// The answer to DLE EOT n; fixed bits 0xx1xx10.
    pub(super) fn real_time(&self, request: u8) -> Option<u8> {
        const BASE: u8 = 0x12;
        let bit = |mask: u8, set: bool| if set { mask } else { 0 };
        let out = self.paper == PaperState::Out;
        Some(match request {
            1 => BASE | bit(0x08, !self.online()),
            2 => BASE | bit(0x04, self.cover_open) | bit(0x20, out) | bit(0x40, self.cutter_error),
            3 => BASE | bit(0x08, self.cutter_error),
            // An empty roll is beyond its near end too: 7E.
            4 => BASE | bit(0x0C, self.paper != PaperState::Ok) | bit(0x60, out),
            _ => return None,
        })
    }

    /// The answer to GS r 1: paper.
    pub(super) fn paper_status(&self) -> u8 {
        match self.paper {
            PaperState::Ok => 0x00,
            PaperState::NearEnd => 0x03,
            PaperState::Out => 0x0F,
        }
    }

    /// The four bytes of automatic status; first byte 0xx1xx00.
    pub(super) fn automatic(&self) -> [u8; 4] {
        let bit = |mask: u8, set: bool| if set { mask } else { 0 };
        let first = 0x10 | bit(0x08, !self.online()) | bit(0x20, self.cover_open);
        [
            first,
            bit(0x08, self.cutter_error),
            self.paper_status(),
            0x00,
        ]
    }
}
