//! From commands to rows of dots: formatting state and the line being composed.

use super::command::Command;
use super::glyphs;
use super::paper::Row;
use super::symbol::{Effect, Symbol};

/// What the mechanism has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Job {
    /// Print one row of dots and feed.
    Row(Row),
    /// Words on the slip, for those who do not want to look at dots.
    Words(String),
    /// Content of a printed code.
    Code(String),
    /// Cut.
    Cut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Align {
    Left,
    Centre,
    Right,
}

#[derive(Clone, Copy, Debug)]
struct Style {
    bold: bool,
    reverse: bool,
    underline: bool,
    wide: usize,
    high: usize,
}

const PLAIN: Style = Style {
    bold: false,
    reverse: false,
    underline: false,
    wide: 1,
    high: 1,
};

/// The printer's formatter.
#[derive(Debug)]
pub(super) struct Renderer {
    width: usize,
    align: Align,
    style: Style,
    line_spacing: usize,
    line: Vec<(u8, Style)>,
    symbol: Symbol,
    jobs: Vec<Job>,
    faults: Vec<String>,
}

const DEFAULT_SPACING: usize = 30;

impl Renderer {
    pub(super) fn new(width: usize) -> Self {
        Self {
            width,
            align: Align::Left,
            style: PLAIN,
            line_spacing: DEFAULT_SPACING,
            line: Vec::new(),
            symbol: Symbol::default(),
            jobs: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Carries out one command and hands over what the mechanism has to do.
    pub(super) fn command(&mut self, command: &Command) -> Vec<Job> {
        match command {
            Command::Text(byte) => self.text(*byte),
            Command::LineFeed => self.line_feed(),
            Command::Esc(code, parameters) => self.esc(*code, parameters),
            Command::Gs(code, parameters) => self.gs(*code, parameters),
            Command::Raster { mode, across, dots } => self.raster(*mode, *across, dots),
            Command::Columns { mode, dots } => self.columns(*mode, dots),
            Command::Counted {
                lead: 0x1D,
                letter: b'k',
                data,
            } => self.symbol(data),
            Command::Counted { lead, letter, .. } => {
                self.fault(format!("{lead:02X} ( {}", char::from(*letter)));
            }
            Command::Unknown(bytes) => self.fault(format!("unknown {}", hex::encode(bytes))),
            Command::Control(0x09) => self.tab(),
            Command::Control(0x0D | 0x00 | 0x10 | 0x18) | Command::Fs(..) => {}
            Command::Control(other) => self.fault(format!("control byte {other:02X}")),
            Command::RealTimeStatus(_) | Command::RealTimeRecover(_) => {}
        }
        std::mem::take(&mut self.jobs)
    }

    /// What was not understood since the last call.
    pub(super) fn take_faults(&mut self) -> Vec<String> {
        std::mem::take(&mut self.faults)
    }

    fn fault(&mut self, words: String) {
        self.faults.push(words);
    }

    fn text(&mut self, byte: u8) {
        if !(0x20..0x7F).contains(&byte) {
            self.fault(format!("character {byte:02X} is not in the font"));
        }
        if self.line_width() + glyphs::WIDTH * self.style.wide > self.width {
            self.line_feed();
        }
        self.line.push((byte, self.style));
    }

    fn tab(&mut self) {
        loop {
            self.text(b' ');
            if self.line.len().is_multiple_of(8) {
                return;
            }
        }
    }

    fn line_width(&self) -> usize {
        self.line
            .iter()
            .map(|(_, style)| glyphs::WIDTH * style.wide)
            .sum()
    }

    fn esc(&mut self, code: u8, parameters: &[u8]) {
        let n = parameters.first().copied().unwrap_or(0);
        match code {
            b'@' => {
                let width = self.width;
                let (jobs, faults) = (
                    std::mem::take(&mut self.jobs),
                    std::mem::take(&mut self.faults),
                );
                *self = Self {
                    jobs,
                    faults,
                    ..Self::new(width)
                };
            }
            b'E' | b'G' => self.style.bold = n & 1 == 1,
            b'-' => self.style.underline = matches!(n, 1 | 2 | 49 | 50),
            b'!' => {
                self.style.bold = n & 0x08 != 0;
                self.style.high = if n & 0x10 != 0 { 2 } else { 1 };
                self.style.wide = if n & 0x20 != 0 { 2 } else { 1 };
            }
            b'a' => match n {
                0 | 48 => self.align = Align::Left,
                1 | 49 => self.align = Align::Centre,
                2 | 50 => self.align = Align::Right,
                _ => self.fault(format!("ESC a {n}")),
            },
            b'2' => self.line_spacing = DEFAULT_SPACING,
            b'3' => self.line_spacing = usize::from(n),
            b'd' => {
                self.end_line();
                self.feed(usize::from(n) * self.line_spacing);
            }
            b'J' => {
                self.end_line();
                self.feed(usize::from(n));
            }
            b'i' | b'm' => self.cut(),
            // Code page, international set, drawer, turning and the like change nothing on an ASCII slip.
            _ => {}
        }
    }

    fn gs(&mut self, code: u8, parameters: &[u8]) {
        let n = parameters.first().copied().unwrap_or(0);
        match code {
            b'!' => {
                self.style.wide = usize::from(n >> 4 & 7) + 1;
                self.style.high = usize::from(n & 7) + 1;
            }
            b'B' => self.style.reverse = n & 1 == 1,
            b'V' => {
                if n >= 65 {
                    self.end_line();
                    self.feed(usize::from(parameters.get(1).copied().unwrap_or(0)));
                }
                self.cut();
            }
            _ => {}
        }
    }

    fn cut(&mut self) {
        self.end_line();
        self.jobs.push(Job::Cut);
    }

    fn feed(&mut self, rows: usize) {
        let white = vec![false; self.width];
        self.jobs.extend(std::iter::repeat_n(Job::Row(white), rows));
    }

    fn end_line(&mut self) {
        if !self.line.is_empty() {
            self.line_feed();
        }
    }

    fn line_feed(&mut self) {
        let line = std::mem::take(&mut self.line);
        let high = line.iter().map(|(_, style)| style.high).max().unwrap_or(1);
        let words: String = line.iter().map(|(byte, _)| char::from(*byte)).collect();
        if !words.is_empty() {
            self.jobs.push(Job::Words(words));
        }
        let printed = if line.is_empty() {
            0
        } else {
            high * glyphs::HEIGHT
        };
        for y in 0..printed {
            let row = line
                .iter()
                .flat_map(|(byte, style)| glyph_row(*byte, *style, y, high));
            let row = row.collect();
            self.push_row(row);
        }
        self.feed(self.line_spacing.saturating_sub(printed));
    }

    /// Places a row of any width by the alignment.
    fn push_row(&mut self, row: Row) {
        let free = self.width.saturating_sub(row.len());
        let left = match self.align {
            Align::Left => 0,
            Align::Centre => free / 2,
            Align::Right => free,
        };
        let mut whole = vec![false; left];
        whole.extend(row);
        whole.resize(self.width, false);
        self.jobs.push(Job::Row(whole));
    }

    fn raster(&mut self, mode: u8, across: usize, dots: &[u8]) {
        self.end_line();
        if across * 8 > self.width.next_multiple_of(8) {
            self.fault(format!(
                "raster of {} dots is wider than the head",
                across * 8
            ));
        }
        let (wide, high) = (1 + usize::from(mode & 1), 1 + usize::from(mode >> 1 & 1));
        for bytes in dots.chunks(across.max(1)) {
            let row: Row = bytes
                .iter()
                .flat_map(|byte| (0..8).map(move |bit| byte & 0x80 >> bit != 0))
                .flat_map(|dot| std::iter::repeat_n(dot, wide))
                .collect();
            for _ in 0..high {
                self.push_row(row.clone());
            }
        }
    }

    /// ESC *: printed as a line of its own; the usual drivers follow it with LF, which then feeds.
    fn columns(&mut self, mode: u8, dots: &[u8]) {
        self.end_line();
        let per_column = if mode >= 32 { 3 } else { 1 };
        let columns: Vec<&[u8]> = dots.chunks(per_column).collect();
        for y in 0..per_column * 8 {
            let row = columns
                .iter()
                .map(|column| column[y / 8] & 0x80 >> (y % 8) != 0)
                .collect();
            self.push_row(row);
        }
    }

    fn symbol(&mut self, data: &[u8]) {
        match self.symbol.function(data) {
            Effect::Stored => {}
            Effect::Fault(words) => self.fault(words),
            Effect::Print { rows, content } => {
                self.end_line();
                self.jobs.push(Job::Code(content));
                for row in rows {
                    self.push_row(row);
                }
            }
        }
    }
}

/// Row `y` of a character that stands on the bottom of a line `high` characters high.
fn glyph_row(byte: u8, style: Style, y: usize, high: usize) -> Row {
    let top = (high - style.high) * glyphs::HEIGHT;
    (0..glyphs::WIDTH * style.wide)
        .map(|x| {
            let black = y.checked_sub(top).is_some_and(|y| {
                let (x, y) = (x / style.wide, y / style.high);
                let ink = glyphs::is_black(byte, x, y)
                    || style.bold && x > 0 && glyphs::is_black(byte, x - 1, y);
                ink || style.underline && y == glyphs::HEIGHT - 1
            });
            black != style.reverse
        })
        .collect()
}
