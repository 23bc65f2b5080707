//! The thread that talks with the server whenever there is something new, and now and then when there is not.

use std::io::Write;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use meterpost_ledger::signing::{CALL_HEADER, SignedCheckpoint, WitnessKey};
use meterpost_ledger::{Ledger, Stamp};

use super::bulletins;
use super::counter::{CallCounter, CounterError};
use super::line::{Answered, Line, LineError};
use super::round::{Round, RoundError, Say};
use crate::app::Message;

/// How often the ledger is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// The pause after the first failure, doubled with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause after failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// The pause where it does not go on until a person acts.
const HELD_PAUSE: Duration = Duration::from_secs(300);
/// How long the engine may take to lend the ledger.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bodies below this travel as they are.
const WORTH_PACKING: usize = 2048;

/// What the engine does with its ledger for somebody else.
pub type LedgerJob = Box<dyn FnOnce(&mut Ledger, &Stamp) + Send>;

/// Why a talk failed.
#[derive(Debug, thiserror::Error)]
enum TalkError {
    #[error("{0}")]
    Line(#[from] LineError),
    #[error("{0}")]
    Round(#[from] RoundError),
    #[error("{0}")]
    Counter(#[from] CounterError),
    #[error("the cosignature cannot be kept: {0}")]
    Keep(String),
    /// The engine has not lent the ledger in time.
    #[error("the terminal is busy")]
    Busy,
    /// The program ends.
    #[error("the terminal stops")]
    Over,
}

/// Starts the thread. It ends when nobody answers at `engine` any more.
///
/// # Errors
/// When the system gives no thread.
pub fn spawn(
    line: Line,
    counter: CallCounter,
    witness: WitnessKey,
    heartbeat: Duration,
    engine: Sender<Message>,
) -> std::io::Result<()> {
    let mut task = Task {
        line,
        counter,
        witness,
        heartbeat,
        engine,
        talked: None,
        failures: 0,
        answered: false,
    };
    std::thread::Builder::new()
        .name("sync".into())
        .spawn(move || task.run())
        .map(drop)
}

struct Task {
    line: Line,
    counter: CallCounter,
    witness: WitnessKey,
    heartbeat: Duration,
    engine: Sender<Message>,
    /// When the server cosigned last, in this life of the program.
    talked: Option<Instant>,
    failures: u32,
    /// Whether the server answered anything in this talk.
    answered: bool,
}

impl Task {
    fn run(&mut self) {
        loop {
            let pause = match self.look() {
                Ok(()) => LOOK,
                Err(TalkError::Over) => return,
                Err(error) => self.failed(&error),
            };
            std::thread::sleep(pause);
        }
    }

    fn failed(&mut self, error: &TalkError) -> Duration {
        let held = matches!(error, TalkError::Round(RoundError::Held(_)));
        // Days without a server are normal; a line for each doubling is enough.
        if held {
            tracing::error!(%error, "the log is not synchronised");
        } else if self.failures.is_power_of_two() || self.failures == 0 {
            tracing::warn!(%error, failures = self.failures + 1, "the log is not synchronised; trying again");
        }
        // A line that carries some answers is worth trying again soon; what was brought is brought.
        self.failures = match std::mem::take(&mut self.answered) {
            true => 1,
            false => self.failures.saturating_add(1),
        };
        if held {
            return HELD_PAUSE;
        }
        let doublings = (self.failures - 1).min(16);
        FIRST_PAUSE
            .saturating_mul(1 << doublings)
            .min(LONGEST_PAUSE)
    }

    /// Talks if there is something to say.
    fn look(&mut self) -> Result<(), TalkError> {
        let witness = self.witness.clone();
        let (standing, size) =
            self.with_ledger(move |ledger, _| (ledger.standing(&witness), ledger.size()))?;
        // Behind the cosigned head stands the entry that says so; it alone is not worth a talk.
        let new = size.saturating_sub(standing.cosigned.unwrap_or(0)) > 1;
        let due = self.talked.is_none_or(|at| at.elapsed() >= self.heartbeat);
        if !new && !due {
            return Ok(());
        }
        let mut round = Round::new(standing);
        loop {
            let step;
            (round, step) = self.next(round)?;
            let answered = match step {
                Step::Nothing => break,
                Step::Keep(head) => {
                    self.keep(head.to_text())?;
                    break;
                }
                Step::Send(call) => self.send(&call)?,
            };
            self.answered = true;
            let own = self.with_ledger(|ledger, _| ledger.size())?;
            match round.answered(&answered, own) {
                Err(RoundError::Counter(seen)) => self.counter.pass(seen),
                other => other?,
            }
        }
        self.fetch_bulletins()?;
        self.talked = Some(Instant::now());
        self.answered = false;
        if self.failures > 0 {
            tracing::info!(failures = self.failures, "the log is synchronised again");
        }
        self.failures = 0;
        Ok(())
    }

    /// What to do next in a talk.
    fn next(&mut self, mut round: Round) -> Result<(Round, Step), TalkError> {
        let number = self.counter.take()?;
        let (round, step) = self.with_ledger(move |ledger, _| {
            let step = round.say(ledger).and_then(|say| match say {
                Say::Call { target, body } => Ok(Step::Send(sign(ledger, number, target, body)?)),
                Say::Keep(head) => Ok(Step::Keep(head)),
                Say::Nothing => Ok(Step::Nothing),
            });
            (round, step)
        })?;
        Ok((round, step?))
    }

    fn fetch_bulletins(&mut self) -> Result<(), TalkError> {
        let number = self.counter.take()?;
        let call = self.with_ledger(move |ledger, _| {
            let question = bulletins::question(ledger);
            sign(ledger, number, bulletins::TARGET.to_owned(), question)
        })??;
        let answered = self.send(&call)?;
        let found = bulletins::read(&answered).map_err(|why| RoundError::Refused {
            status: answered.status,
            why,
        })?;
        if found.is_empty() {
            return Ok(());
        }
        let witness = self.witness.clone();
        self.with_ledger(move |ledger, stamp| bulletins::apply(ledger, stamp, &witness, &found))
    }

    fn send(&self, call: &SignedCall) -> Result<Answered, LineError> {
        let mut headers = vec![(CALL_HEADER, call.header.as_str())];
        if call.packed {
            headers.push(("content-encoding", "gzip"));
        }
        self.line.post(&call.target, &headers, &call.body)
    }

    fn keep(&self, note: String) -> Result<(), TalkError> {
        let witness = self.witness.clone();
        let kept = self.with_ledger(move |ledger, stamp| {
            let kept = ledger.keep_cosigned(stamp, &note, &witness);
            kept.map(drop).map_err(|error| error.to_string())
        })?;
        kept.map_err(TalkError::Keep)
    }

    /// Has the engine do something with its ledger.
    fn with_ledger<T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut Ledger, &Stamp) -> T + Send + 'static,
    ) -> Result<T, TalkError> {
        let (done, result) = channel();
        let job: LedgerJob = Box::new(move |ledger, stamp| {
            let _ = done.send(run(ledger, stamp));
        });
        self.engine
            .send(Message::Ledger(job))
            .map_err(|_| TalkError::Over)?;
        result.recv_timeout(PATIENCE).map_err(|error| match error {
            RecvTimeoutError::Timeout => TalkError::Busy,
            RecvTimeoutError::Disconnected => TalkError::Over,
        })
    }
}

/// What to do next in a talk.
enum Step {
    /// Send this.
    Send(SignedCall),
    /// Keep this cosigned head; the talk is over.
    Keep(Box<SignedCheckpoint>),
    /// All is cosigned; the talk is over.
    Nothing,
}

/// A call as it travels.
struct SignedCall {
    target: String,
    body: Vec<u8>,
    packed: bool,
    header: String,
}

/// Packs a body that is worth it, and signs what travels.
fn sign(
    ledger: &Ledger,
    number: u64,
    target: String,
    body: Vec<u8>,
) -> Result<SignedCall, RoundError> {
    let small = (body.len() >= WORTH_PACKING).then(|| pack(&body)).flatten();
    let packed = small.is_some();
    let body = small.unwrap_or(body);
    let header = ledger
        .sign_call(number, "POST", &target, &body)
        .map_err(|error| RoundError::Ledger(error.to_string()))?;
    Ok(SignedCall {
        target,
        body,
        packed,
        header,
    })
}

fn pack(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}
