//! The real-time status of an ESC/POS printer: `DLE EOT n` and its answers (Epson ESC/POS reference, DLE EOT). Pure.

use super::PrinterState;

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// On line or not.
    Printer,
    /// Why it is off line.
    OfflineCause,
    /// Which error.
    ErrorCause,
    /// Paper.
    Paper,
}

impl Question {
    /// All, in the order they are asked.
    pub const ALL: [Question; 4] = [
        Question::Printer,
        Question::OfflineCause,
        Question::ErrorCause,
        Question::Paper,
    ];

    /// The bytes of the request.
    pub fn wire(self) -> [u8; 3] {
        let n = match self {
            Question::Printer => 1,
            Question::OfflineCause => 2,
            Question::ErrorCause => 3,
            Question::Paper => 4,
        };
        [0x10, 0x04, n]
    }
}

/// Whether a byte is an answer to DLE EOT: `0xx1xx10`. Automatic status, echoes and text are not.
pub fn is_answer(byte: u8) -> bool {
    byte & 0b1001_0011 == 0b0001_0010
}

/// All four answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    printer: u8,
    offline_cause: u8,
    error_cause: u8,
    paper: u8,
}

impl Status {
    /// From the answers in the order of [`Question::ALL`]; `None` if one of them is none.
    pub fn decode([printer, offline_cause, error_cause, paper]: [u8; 4]) -> Option<Status> {
        [printer, offline_cause, error_cause, paper]
            .into_iter()
            .all(is_answer)
            .then_some(Status {
                printer,
                offline_cause,
                error_cause,
                paper,
            })
    }

    /// On line: it takes and prints data.
    fn on_line(self) -> bool {
        self.printer & 0x08 == 0
    }

    /// What it means. Paper end comes before an open cover: the roll is what staff bring.
    pub fn state(self) -> PrinterState {
        if self.paper & 0x60 != 0 || self.offline_cause & 0x20 != 0 {
            return PrinterState::PaperOut;
        }
        if self.offline_cause & 0x04 != 0 {
            return PrinterState::CoverOpen;
        }
        if let Some(fault) = self.fault() {
            return PrinterState::Fault(fault.to_owned());
        }
        if !self.on_line() {
            return PrinterState::Fault("off line without a reason".to_owned());
        }
        PrinterState::Ready {
            paper_low: self.paper & 0x0C != 0,
        }
    }

    fn fault(self) -> Option<&'static str> {
        match () {
            () if self.error_cause & 0x08 != 0 => Some("the cutter is blocked"),
            () if self.error_cause & 0x20 != 0 => Some("an error that needs service"),
            () if self.error_cause & 0x40 != 0 => Some("the print head is too hot"),
            () if self.error_cause & 0x04 != 0 => Some("a mechanical error"),
            () if self.offline_cause & 0x40 != 0 => Some("an error"),
            () if self.offline_cause & 0x08 != 0 => Some("somebody holds the feed button"),
            () if self.printer & 0x20 != 0 => Some("waiting to be set on line again"),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn state(answers: [u8; 4]) -> PrinterState {
        Status::decode(answers).unwrap().state()
    }

    #[test]
    fn published_answers_mean_what_the_reference_says() {
        assert_eq!(
            state([0x12, 0x12, 0x12, 0x12]),
            PrinterState::Ready { paper_low: false }
        );
        assert_eq!(
            state([0x16, 0x12, 0x12, 0x12]),
            PrinterState::Ready { paper_low: false },
            "drawer pin"
        );
        assert_eq!(
            state([0x12, 0x12, 0x12, 0x1E]),
            PrinterState::Ready { paper_low: true }
        );
        assert_eq!(state([0x1A, 0x32, 0x12, 0x72]), PrinterState::PaperOut);
        assert_eq!(state([0x1A, 0x32, 0x12, 0x7E]), PrinterState::PaperOut);
        assert_eq!(state([0x1A, 0x16, 0x12, 0x12]), PrinterState::CoverOpen);
        assert_eq!(
            state([0x1A, 0x52, 0x1A, 0x12]),
            PrinterState::Fault("the cutter is blocked".into())
        );
        assert_eq!(
            state([0x1A, 0x12, 0x12, 0x12]),
            PrinterState::Fault("off line without a reason".into())
        );
    }

    #[test]
    fn bytes_without_the_fixed_bits_are_no_answers() {
        assert!(is_answer(0x12) && is_answer(0x72) && is_answer(0x7E));
        for byte in [0x00, 0x10, 0x14, 0x13, 0x92, 0x02, 0xFF, b'\n'] {
            assert!(!is_answer(byte), "{byte:02X}");
        }
        assert_eq!(Status::decode([0x12, 0x12, 0x14, 0x12]), None);
    }

    #[test]
    fn questions_are_the_published_bytes() {
        let bytes: Vec<u8> = Question::ALL.iter().flat_map(|q| q.wire()).collect();
        assert_eq!(bytes, [0x10, 4, 1, 0x10, 4, 2, 0x10, 4, 3, 0x10, 4, 4]);
    }

    proptest! {
        #[test]
        fn ready_is_said_only_by_answers_without_any_trouble(answers: [u8; 4]) {
            if let Some(status) = Status::decode(answers)
                && let PrinterState::Ready { .. } = status.state()
            {
                prop_assert_eq!(answers[0] & 0x28, 0);
                prop_assert_eq!(answers[1] & 0x6C, 0);
                prop_assert_eq!(answers[2] & 0x6C, 0);
                prop_assert_eq!(answers[3] & 0x60, 0);
            }
        }
    }
}
