//! Where one ESC/POS command ends and the next begins.

use std::collections::VecDeque;

const LF: u8 = 0x0A;
const DLE: u8 = 0x10;
const ESC: u8 = 0x1B;
const FS: u8 = 0x1C;
const GS: u8 = 0x1D;

/// One command with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A printable byte.
    Text(u8),
    /// LF.
    LineFeed,
    /// CR, HT and other single control bytes that print nothing.
    Control(u8),
    /// DLE EOT n: status wanted at once.
    RealTimeStatus(u8),
    /// DLE ENQ n: recover.
    RealTimeRecover(u8),
    /// ESC c parameters.
    Esc(u8, Vec<u8>),
    /// GS c parameters.
    Gs(u8, Vec<u8>),
    /// FS c parameters.
    Fs(u8, Vec<u8>),
    /// GS v 0: bytes across, rows of packed dots.
    Raster {
        /// Scaling mode: bit 0 double width, bit 1 double height.
        mode: u8,
        /// Bytes across.
        across: usize,
        /// The dots, row by row, most significant bit left.
        dots: Vec<u8>,
    },
    /// ESC * m: columns of 8 or 24 dots.
    Columns {
        /// Mode m.
        mode: u8,
        /// The dots, column by column, top bit first.
        dots: Vec<u8>,
    },
    /// GS ( c or ESC ( c with counted data.
    Counted {
        /// GS or ESC.
        lead: u8,
        /// The letter after the bracket.
        letter: u8,
        /// Function code and parameters.
        data: Vec<u8>,
    },
    /// Something this printer does not know; it may have lost the thread.
    Unknown(Vec<u8>),
}

/// Splits the stream into commands. Real-time requests are seen where a command would begin.
#[derive(Debug, Default)]
pub struct Lexer {
    held: VecDeque<u8>,
}

/// What the bytes at hand allow.
enum Piece {
    Wait,
    Take(usize, Command),
}

impl Lexer {
    /// Takes bytes from the host.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.held.extend(bytes);
    }

    /// Forgets an unfinished command.
    pub fn clear(&mut self) {
        self.held.clear();
    }

    fn piece(bytes: &[u8]) -> Piece {
        let Some(&lead) = bytes.first() else {
            return Piece::Wait;
        };
        let second = bytes.get(1).copied();
        match (lead, second) {
            (LF, _) => Piece::Take(1, Command::LineFeed),
            (DLE | ESC | GS | FS, None) => Piece::Wait,
            (DLE, Some(0x04 | 0x05 | 0x14)) => real_time(bytes),
            (ESC, Some(b'*')) => columns(bytes),
            (GS, Some(b'v')) => raster(bytes),
            (GS | ESC, Some(b'(')) => counted(bytes),
            (GS, Some(b'k')) => bar_code(bytes),
            (GS, Some(b'V')) => cut(bytes),
            (ESC, Some(b'D')) => until_nul(bytes),
            (ESC, Some(code)) => fixed(bytes, esc_length(code)),
            (GS, Some(code)) => fixed(bytes, gs_length(code)),
            (FS, Some(code)) => fixed(bytes, fs_length(code)),
            (0x00..=0x1F, _) => Piece::Take(1, Command::Control(lead)),
            (text, _) => Piece::Take(1, Command::Text(text)),
        }
    }
}

impl Iterator for Lexer {
    type Item = Command;

    /// The next complete command, if there is one.
    fn next(&mut self) -> Option<Command> {
        let bytes = self.held.make_contiguous();
        match Self::piece(bytes) {
            Piece::Wait => None,
            Piece::Take(length, command) => {
                self.held.drain(..length);
                Some(command)
            }
        }
    }
}

/// Parameter bytes of ESC commands; `None` is unknown.
fn esc_length(code: u8) -> Option<usize> {
    Some(match code {
        b'@' | b'2' | b'<' | b'i' | b'm' | 0x0C => 0,
        b' ' | b'!' | b'-' | b'3' | b'=' | b'E' | b'G' | b'J' | b'M' | b'R' | b'S' | b'T'
        | b'V' | b'a' | b'd' | b'e' | b'r' | b't' | b'u' | b'v' | b'{' | b'K' | b'%' | b'?' => 1,
        b'$' | b'\\' | b'c' | b'B' => 2,
        b'p' => 3,
        b'W' => 8,
        _ => return None,
    })
}

fn gs_length(code: u8) -> Option<usize> {
    Some(match code {
        b'!' | b'B' | b'H' | b'I' | b'a' | b'b' | b'f' | b'h' | b'r' | b'w' | b'/' => 1,
        b'$' | b'L' | b'P' | b'W' | b'\\' => 2,
        b':' => 0,
        b'^' => 3,
        _ => return None,
    })
}

fn fs_length(code: u8) -> Option<usize> {
    Some(match code {
        b'&' | b'.' => 0,
        b'!' | b'-' | b'C' | b'W' => 1,
        b'S' => 2,
        _ => return None,
    })
}

fn fixed(bytes: &[u8], parameters: Option<usize>) -> Piece {
    let Some(count) = parameters else {
        return Piece::Take(2, Command::Unknown(bytes[..2].to_vec()));
    };
    let Some(parameters) = bytes.get(2..2 + count) else {
        return Piece::Wait;
    };
    let parameters = parameters.to_vec();
    let command = match bytes[0] {
        ESC => Command::Esc(bytes[1], parameters),
        GS => Command::Gs(bytes[1], parameters),
        _ => Command::Fs(bytes[1], parameters),
    };
    Piece::Take(2 + count, command)
}

fn real_time(bytes: &[u8]) -> Piece {
    match (bytes[1], bytes.get(2)) {
        (_, None) => Piece::Wait,
        (0x04, Some(&n)) => Piece::Take(3, Command::RealTimeStatus(n)),
        (0x05, Some(&n)) => Piece::Take(3, Command::RealTimeRecover(n)),
        (_, Some(_)) if bytes.len() < 5 => Piece::Wait,
        (_, Some(_)) => Piece::Take(5, Command::Control(DLE)),
    }
}

fn columns(bytes: &[u8]) -> Piece {
    let Some(&[mode, low, high]) = bytes.get(2..5) else {
        return Piece::Wait;
    };
    let per_column = if mode >= 32 { 3 } else { 1 };
    let end = 5 + usize::from(u16::from_le_bytes([low, high])) * per_column;
    match bytes.get(5..end) {
        Some(dots) => Piece::Take(
            end,
            Command::Columns {
                mode,
                dots: dots.to_vec(),
            },
        ),
        None => Piece::Wait,
    }
}

fn raster(bytes: &[u8]) -> Piece {
    let Some(&[kind, mode, across_low, across_high, rows_low, rows_high]) = bytes.get(2..8) else {
        return Piece::Wait;
    };
    if kind != b'0' {
        return Piece::Take(2, Command::Unknown(bytes[..3].to_vec()));
    }
    let across = usize::from(u16::from_le_bytes([across_low, across_high]));
    let rows = usize::from(u16::from_le_bytes([rows_low, rows_high]));
    let end = 8 + across * rows;
    match bytes.get(8..end) {
        Some(dots) => Piece::Take(
            end,
            Command::Raster {
                mode: mode & 3,
                across,
                dots: dots.to_vec(),
            },
        ),
        None => Piece::Wait,
    }
}

fn counted(bytes: &[u8]) -> Piece {
    let Some(&[letter, low, high]) = bytes.get(2..5) else {
        return Piece::Wait;
    };
    let end = 5 + usize::from(u16::from_le_bytes([low, high]));
    match bytes.get(5..end) {
        Some(data) => Piece::Take(
            end,
            Command::Counted {
                lead: bytes[0],
                letter,
                data: data.to_vec(),
            },
        ),
        None => Piece::Wait,
    }
}

/// GS k m: below 65 ended by NUL, from 65 counted. Bar codes are passed over, the kiosk prints none.
fn bar_code(bytes: &[u8]) -> Piece {
    let Some(&kind) = bytes.get(2) else {
        return Piece::Wait;
    };
    let end = if kind < 65 {
        bytes
            .iter()
            .skip(3)
            .position(|byte| *byte == 0)
            .map(|at| 3 + at + 1)
    } else {
        bytes.get(3).map(|count| 4 + usize::from(*count))
    };
    match end.filter(|end| bytes.len() >= *end) {
        Some(end) => Piece::Take(end, Command::Unknown(bytes[..3].to_vec())),
        None => Piece::Wait,
    }
}

/// GS V m [n]: feeding forms carry n.
fn cut(bytes: &[u8]) -> Piece {
    let Some(&mode) = bytes.get(2) else {
        return Piece::Wait;
    };
    let length = if mode >= 65 { 4 } else { 3 };
    match bytes.get(2..length) {
        Some(parameters) => Piece::Take(length, Command::Gs(b'V', parameters.to_vec())),
        None => Piece::Wait,
    }
}

fn until_nul(bytes: &[u8]) -> Piece {
    match bytes.iter().skip(2).position(|byte| *byte == 0) {
        Some(at) => Piece::Take(
            2 + at + 1,
            Command::Esc(bytes[1], bytes[2..2 + at].to_vec()),
        ),
        None => Piece::Wait,
    }
}
