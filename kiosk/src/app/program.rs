//! Running a configured program for the service menu: for so long, with so much of what it says, and never in the engine's own thread.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// So much of an output is kept, in bytes.
pub const MOST_OUTPUT: usize = 4_096;
/// The longest line of a program that is shown, in characters.
const MOST_WORDS: usize = 200;
/// How often it is looked whether the program has ended.
const LOOK: Duration = Duration::from_millis(50);
/// For what it said last, after its end: a program of its own may hold the output open.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Why a program did not do it. The texts are for staff.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// None is configured.
    #[error("the configuration names no program for this")]
    None,
    /// The system does not start it.
    #[error("{0} cannot be started: {1}")]
    NotStarted(String, std::io::Error),
    /// It ended otherwise than with 0; the first line of what it said, or how it ended.
    #[error("{0}")]
    Failed(String),
    /// It did not end in time and was stopped. What it had begun may go on, or be half done.
    #[error("{0} did not end within {1} s")]
    TookTooLong(String, u64),
}

/// What came out of which pipe.
enum Piece {
    Out(Vec<u8>),
    Err(Vec<u8>),
}

/// What a program said so far, as far as it is kept.
#[derive(Default)]
struct Said {
    out: Vec<u8>,
    err: Vec<u8>,
    /// The line of the standard output in progress.
    line: Vec<u8>,
}

/// Runs it to its end; what it wrote to its standard output, of which [`MOST_OUTPUT`] bytes and one more are kept. `hear` is given each line
/// of it as it comes, fit to be shown.
///
/// # Errors
/// [`ProgramError`].
pub fn run(
    program: &[String],
    time: Duration,
    mut hear: impl FnMut(&str),
) -> Result<Vec<u8>, ProgramError> {
    let Some((name, arguments)) = program.split_first() else {
        return Err(ProgramError::None);
    };
    let started = Command::new(name)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = started.map_err(|error| ProgramError::NotStarted(name.clone(), error))?;
    let pieces = listen(&mut child);
    let mut said = Said::default();
    let ended = wait(&mut child, &pieces, time, |piece| {
        said.take(piece, &mut hear)
    });
    match ended {
        Some(status) if status.success() => Ok(said.out),
        Some(status) => Err(ProgramError::Failed(said.why(&status))),
        None => {
            // It may have ended in this very moment, which is the same to us.
            let _ = child.kill();
            let _ = child.wait();
            Err(ProgramError::TookTooLong(name.clone(), time.as_secs()))
        }
    }
}

/// One line of what a program or a file says, fit to be shown: without control characters, and not too long.
pub fn fit(line: &str) -> String {
    let plain = line
        .chars()
        .map(|sign| if sign.is_control() { ' ' } else { sign });
    let plain: String = plain.take(MOST_WORDS).collect();
    plain.trim().to_owned()
}

/// A thread for each pipe. Both end with their pipe, or when nobody listens any more.
fn listen(child: &mut Child) -> Receiver<Piece> {
    // Bounded: a program that says more than is taken has to wait.
    let (sender, pieces) = sync_channel(16);
    if let Some(out) = child.stdout.take() {
        read_in_thread(out, sender.clone(), Piece::Out);
    }
    if let Some(err) = child.stderr.take() {
        read_in_thread(err, sender, Piece::Err);
    }
    pieces
}

fn read_in_thread(
    mut pipe: impl Read + Send + 'static,
    sender: SyncSender<Piece>,
    piece: fn(Vec<u8>) -> Piece,
) {
    let read = move || {
        let mut buffer = [0; 1_024];
        while let Ok(count @ 1..) = pipe.read(&mut buffer) {
            if sender.send(piece(buffer[..count].to_vec())).is_err() {
                return;
            }
        }
    };
    if let Err(error) = std::thread::Builder::new()
        .name("program".into())
        .spawn(read)
    {
        tracing::error!(%error, "what a program says is not heard");
    }
}

/// Waits for the end; `None`: it did not come in time.
fn wait(
    child: &mut Child,
    pieces: &Receiver<Piece>,
    time: Duration,
    mut take: impl FnMut(Piece),
) -> Option<ExitStatus> {
    let end = Instant::now() + time;
    loop {
        match pieces.recv_timeout(LOOK) {
            Ok(piece) => take(piece),
            Err(RecvTimeoutError::Timeout) => {}
            // Both pipes are closed; the program itself may still run.
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(LOOK),
        }
        if let Ok(Some(status)) = child.try_wait() {
            let end = Instant::now() + LAST_WORDS;
            while let Some(left) = end.checked_duration_since(Instant::now())
                && let Ok(piece) = pieces.recv_timeout(left)
            {
                take(piece);
            }
            return Some(status);
        }
        if Instant::now() >= end {
            return None;
        }
    }
}

impl Said {
    fn take(&mut self, piece: Piece, hear: &mut impl FnMut(&str)) {
        match piece {
            Piece::Out(bytes) => {
                keep(&mut self.out, &bytes);
                for byte in bytes {
                    match byte {
                        b'\n' | b'\r' => {
                            let line = fit(&String::from_utf8_lossy(&self.line));
                            self.line.clear();
                            if !line.is_empty() {
                                hear(&line);
                            }
                        }
                        _ if self.line.len() < MOST_OUTPUT => self.line.push(byte),
                        _ => {}
                    }
                }
            }
            Piece::Err(bytes) => keep(&mut self.err, &bytes),
        }
    }

    /// The first line of what it said of its failure.
    fn why(&self, status: &ExitStatus) -> String {
        let first = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            let mut lines = text.lines().map(fit).filter(|line| !line.is_empty());
            lines.next()
        };
        first(&self.err)
            .or_else(|| first(&self.out))
            .unwrap_or_else(|| status.to_string())
    }
}

/// One byte more than the most shows that there was more.
fn keep(kept: &mut Vec<u8>, bytes: &[u8]) {
    let room = (MOST_OUTPUT + 1).saturating_sub(kept.len());
    kept.extend(bytes.iter().take(room));
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).to_vec()
    }

    #[test]
    fn what_it_says_is_heard_line_by_line_and_kept() {
        let mut heard = Vec::new();
        let program = shell("printf ' 20%% a\\n\\n100%% b\\rdone\\n'; echo aside >&2");
        let out = run(&program, PATIENCE, |line| heard.push(line.to_owned())).unwrap();
        assert_eq!(heard, ["20% a", "100% b", "done"]);
        assert_eq!(out, b" 20% a\n\n100% b\rdone\n");
    }

    #[test]
    fn a_refusal_is_told_by_its_first_line_without_control_characters() {
        let program = shell("printf '\\n\\033[31mno signature\\033[0m\\nmore\\n' >&2; exit 1");
        let error = run(&program, PATIENCE, |_| {}).unwrap_err();
        assert_eq!(error.to_string(), "[31mno signature [0m");
        let silent = run(&shell("exit 3"), PATIENCE, |_| {}).unwrap_err();
        assert!(silent.to_string().contains('3'), "{silent}");
    }

    #[test]
    fn one_that_says_too_much_is_kept_in_part_and_ends_all_the_same() {
        let out = run(&shell("yes | head -c 1000000"), PATIENCE, |_| {}).unwrap();
        assert_eq!(out.len(), MOST_OUTPUT + 1);
        let long = "x".repeat(10_000);
        assert_eq!(fit(&long).len(), MOST_WORDS);
    }

    #[test]
    fn one_that_does_not_end_is_stopped() {
        let begun = Instant::now();
        let error = run(&shell("exec sleep 60"), Duration::from_millis(200), |_| {}).unwrap_err();
        assert!(matches!(error, ProgramError::TookTooLong(..)), "{error}");
        assert!(begun.elapsed() < PATIENCE);
    }

    #[test]
    fn one_whose_own_program_holds_the_output_open_is_not_waited_for() {
        let begun = Instant::now();
        run(&shell("sleep 60 & exit 0"), PATIENCE, |_| {}).unwrap();
        assert!(begun.elapsed() < PATIENCE);
    }

    #[test]
    fn one_that_is_not_there_says_so() {
        let nowhere = ["/nonexistent/update".to_owned()];
        let error = run(&nowhere, PATIENCE, |_| {}).unwrap_err();
        assert!(matches!(error, ProgramError::NotStarted(..)), "{error}");
        assert!(matches!(
            run(&[], PATIENCE, |_| {}),
            Err(ProgramError::None)
        ));
    }
}
