//! The newest lines of the program's own log, kept in memory so that they can be sent when somebody asks from afar. They go to standard
//! error as well, where the system keeps them.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use meterpost_ledger::bulletin::command::MOST_LOG_LINES;
use tracing_subscriber::fmt::MakeWriter;

/// Longest line kept, in bytes.
const LONGEST_LINE: usize = 500;

/// The newest lines.
#[derive(Clone, Debug, Default)]
pub struct LogLines {
    lines: Arc<Mutex<VecDeque<String>>>,
}

impl LogLines {
    /// The newest lines, oldest first.
    pub fn newest(&self, count: u32) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let skipped = lines.len().saturating_sub(count);
        lines.iter().skip(skipped).map(String::as_str).collect()
    }

    fn keep(&self, event: &[u8]) {
        let mut text = String::from_utf8_lossy(event).into_owned();
        if text.len() > LONGEST_LINE {
            let end = (0..=LONGEST_LINE)
                .rev()
                .find(|end| text.is_char_boundary(*end));
            text.truncate(end.unwrap_or(0));
            text.push('\n');
        }
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        while lines.len() >= MOST_LOG_LINES as usize {
            lines.pop_front();
        }
        lines.push_back(text);
    }
}

/// Writes one event, which arrives in one piece.
#[derive(Debug)]
pub struct Both(LogLines);

impl Write for Both {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.keep(event);
        io::stderr().write_all(event)?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl<'w> MakeWriter<'w> for LogLines {
    type Writer = Both;

    fn make_writer(&'w self) -> Both {
        Both(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_stay_and_the_oldest_go() {
        let logs = LogLines::default();
        for n in 0..MOST_LOG_LINES + 10 {
            logs.keep(format!("line {n}\n").as_bytes());
        }
        assert_eq!(logs.newest(2), "line 5008\nline 5009\n");
        assert!(logs.newest(u32::MAX).starts_with("line 10\n"));
    }

    #[test]
    fn an_endless_line_is_cut_between_two_letters() {
        let logs = LogLines::default();
        logs.keep("表".repeat(1000).as_bytes());
        let kept = logs.newest(1);
        assert!(kept.len() <= LONGEST_LINE + 1 && kept.ends_with("表\n"));
    }
}
