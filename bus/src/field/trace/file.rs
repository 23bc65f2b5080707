//! The trace file: text, one line for each chunk of bytes, in the order in which they came.
//!
//! ```text
//! meterpost-trace 1
//! began 2026-11-25T03:20:00.000000Z
//! line 2400 8E1
//! 0.000000 ? FEFEFEFE68AAAAAAAAAAAA681300DF16
//! 0.183412 ? 681200510503266893064533848338 59 5916
//! ```
//!
//! The first line names the format and its version. `began` is the moment from which seconds are counted, in UTC; `line` says
//! how the line was set and may be missing. Then every chunk has the time of its last byte in seconds with up to six
//! decimals, a direction (`>` from the master, `<` from a meter, `?` not known: whoever only listens cannot tell), and its
//! bytes in hex, with blanks at will. Empty lines and lines that begin with `#` say nothing. Times never go back.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

const FORMAT: &str = "meterpost-trace";
const VERSION: &str = "1";

/// Who sent a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The master.
    Down,
    /// A meter.
    Up,
    /// Not known.
    Unknown,
}

impl Way {
    fn mark(self) -> char {
        match self {
            Way::Down => '>',
            Way::Up => '<',
            Way::Unknown => '?',
        }
    }
}

/// What the file begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// From when the seconds are counted.
    pub began: Timestamp,
    /// How the line was set, such as `2400 8E1`.
    pub line: Option<String>,
}

/// Bytes that came together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// When the last of them came, since the beginning.
    pub at: Duration,
    /// Who sent them.
    pub way: Way,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FORMAT} {VERSION}")?;
        writeln!(f, "began {:.6}", self.began)?;
        match &self.line {
            Some(line) => writeln!(f, "line {line}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.at.as_secs(), self.at.subsec_micros());
        let bytes = hex::encode_upper(&self.bytes);
        writeln!(f, "{seconds}.{micros:06} {} {bytes}", self.way.mark())
    }
}

/// What is wrong with a trace file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct BadTrace {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub what: String,
}

/// Reads a whole file.
///
/// # Errors
/// [`BadTrace`] names the first line that is wrong.
pub fn read(text: &str) -> Result<(Head, Vec<Chunk>), BadTrace> {
    let mut head = None;
    let mut line_settings = None;
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut format = false;
    for (number, line) in (1..).zip(text.lines()) {
        let bad = |what: String| BadTrace { line: number, what };
        let line = line.trim();
        if !format {
            if line != format!("{FORMAT} {VERSION}") {
                return Err(bad(format!(
                    "the first line must be \"{FORMAT} {VERSION}\", it is {line:?}"
                )));
            }
            format = true;
        } else if line.is_empty() || line.starts_with('#') {
        } else if let Some(began) = line.strip_prefix("began ") {
            let moment = began
                .trim()
                .parse()
                .map_err(|_| bad(format!("{began:?} is no time such as 2026-11-25T03:20:00Z")))?;
            head = Some(moment);
        } else if let Some(settings) = line.strip_prefix("line ") {
            line_settings = Some(settings.trim().to_owned());
        } else {
            let chunk = chunk(line).map_err(bad)?;
            if chunks.last().is_some_and(|last| last.at > chunk.at) {
                return Err(bad("the time goes back".to_owned()));
            }
            chunks.push(chunk);
        }
    }
    let missing = BadTrace {
        line: 2,
        what: "there is no line \"began TIME\"".to_owned(),
    };
    let began = head.ok_or(missing)?;
    let head = Head {
        began,
        line: line_settings,
    };
    Ok((head, chunks))
}

fn chunk(line: &str) -> Result<Chunk, String> {
    let form = "a chunk is: seconds, one of > < ?, and bytes in hex";
    let (time, rest) = line.split_once(' ').ok_or(form)?;
    let mut rest = rest.trim_start().chars();
    let way = match rest.next() {
        Some('>') => Way::Down,
        Some('<') => Way::Up,
        Some('?') => Way::Unknown,
        other => return Err(format!("{form}; the direction is {other:?}")),
    };
    let digits: String = rest.filter(|c| !c.is_whitespace()).collect();
    let bytes = hex::decode(&digits).map_err(|error| format!("{form}; {error}"))?;
    Ok(Chunk {
        at: seconds(time).ok_or_else(|| format!("{form}; the time is {time:?}"))?,
        way,
        bytes,
    })
}

/// Seconds with up to six decimals, exactly.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 6 {
        return None;
    }
    let micros: u64 = format!("{part:0<6}").parse().ok()?;
    let whole: u64 = whole.parse().ok().filter(|whole| *whole < 1 << 40)?;
    Some(Duration::from_secs(whole) + Duration::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = "meterpost-trace 1\nbegan 2026-11-25T03:20:00.000000Z\nline 2400 8E1\n\n# the morning\n\
                        0.000000 > FE FE 68\n1.5 ? 16\n";

    #[test]
    fn a_file_says_when_it_began_and_what_came() {
        let (head, chunks) = read(GOOD).unwrap();
        assert_eq!(head.line.as_deref(), Some("2400 8E1"));
        assert_eq!(chunks.len(), 2);
        assert_eq!(chunks[0].bytes, [0xFE, 0xFE, 0x68]);
        assert_eq!(chunks[1].at, Duration::from_millis(1500));
    }

    #[test]
    fn a_bad_line_is_named() {
        for (wrong, line, what) in [
            ("meterpost-trace 2\n", 1, "first line"),
            ("meterpost-trace 1\n", 2, "began"),
            ("meterpost-trace 1\nbegan yesterday\n", 2, "no time"),
            (&format!("{GOOD}2.0 ! 16\n"), 8, "direction"),
            (&format!("{GOOD}2.0 ? 1\n"), 8, "hex"),
            (&format!("{GOOD}x ? 16\n"), 8, "time"),
            (&format!("{GOOD}0.1 ? 16\n"), 8, "goes back"),
        ] {
            let error = read(wrong).unwrap_err();
            assert_eq!(error.line, line, "{error}");
            assert!(error.what.contains(what), "{error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            chunks in prop::collection::vec((0_u64..1 << 40, 0_usize..3, prop::collection::vec(any::<u8>(), 0..40)), 0..20),
        ) {
            let mut at = Duration::ZERO;
            let ways = [Way::Down, Way::Up, Way::Unknown];
            let chunks: Vec<Chunk> = chunks
                .into_iter()
                .map(|(gap, way, bytes)| {
                    at += Duration::from_micros(gap);
                    Chunk { at, way: ways[way], bytes }
                })
                .collect();
            let head = Head { began: Timestamp::UNIX_EPOCH, line: None };
            let text: String = std::iter::once(head.to_string()).chain(chunks.iter().map(Chunk::to_string)).collect();
            prop_assert_eq!(read(&text), Ok((head, chunks)));
        }

        #[test]
        fn no_text_is_a_panic(text in ".*") {
            let _ = read(&text);
            let _ = read(&format!("meterpost-trace 1\nbegan 2026-11-25T03:20:00Z\n{text}"));
        }
    }
}
