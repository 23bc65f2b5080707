//! The thread that talks with the server whenever there is something new, and now and then when there is not.

mod alive;
mod lend;
mod loss;
mod pay;

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use meterpost_ledger::exchange::HeldBecause;
use meterpost_ledger::signing::{CALL_HEADER, SignedCheckpoint, system_entropy};
use meterpost_ledger::{Ledger, Stamp};

use super::call::{SignedCall, sign};
use super::counter::{CallCounter, CounterError};
use super::line::{Answered, Line, LineError};
use super::pause::pause_after;
use super::payments::Payments;
use super::round::{Round, RoundError, Say};
use super::witness::Witnesses;
use crate::app::Message;
use crate::flow::{Input, LossOrder, PayOrder};
use crate::service::Served;
use crate::told::Has;

/// How often the ledger is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// The pause where it does not go on until a person acts.
const HELD_PAUSE: Duration = Duration::from_secs(300);
/// Signs of life come no closer than this, however busy the terminal is.
const REPORTS_APART: Duration = Duration::from_secs(10);

/// What the engine does with its ledger for somebody else.
pub type LedgerJob = Box<dyn FnOnce(&mut Ledger, &Stamp) + Send>;

/// What the engine wants of this thread.
#[derive(Debug)]
pub enum SyncJob {
    /// Bring lines of log for a command.
    SendLogs {
        /// The command.
        version: u64,
        /// The lines.
        lines: String,
        /// How many it asked for.
        count: u32,
    },
    /// Ask about money.
    Pay(PayOrder),
    /// Report a card lost.
    ReportLoss(LossOrder),
    /// Talk now, whatever the pause; ends in [`Served::Synced`].
    Now,
}

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

/// What the thread begins with.
#[derive(Debug)]
pub struct Talker {
    /// The line.
    pub line: Line,
    /// The numbers of its calls.
    pub counter: CallCounter,
    /// The server's keys.
    pub witnesses: Witnesses,
    /// Which directory is here.
    pub has: Has,
    /// The longest pause between two talks.
    pub heartbeat: Duration,
    /// The log's epoch.
    pub epoch: u32,
    /// The file that holds the secret of one-time codes for the service menu.
    pub code_file: PathBuf,
}

/// Starts the thread. It ends when nobody answers at `engine` any more.
///
/// # Errors
/// When the system gives no thread.
pub fn spawn(talker: Talker, engine: Sender<Message>) -> std::io::Result<Sender<SyncJob>> {
    let (sender, jobs) = channel();
    let mut task = Task {
        line: talker.line,
        counter: talker.counter,
        witnesses: talker.witnesses,
        has: talker.has,
        code_file: talker.code_file,
        heartbeat: talker.heartbeat,
        payments: Payments::new(talker.epoch),
        logs: Vec::new(),
        losses: Vec::new(),
        engine,
        jobs,
        look_at: Instant::now(),
        asked: false,
        online: false,
        talked: None,
        reported: None,
        failures: 0,
        answered: false,
    };
    std::thread::Builder::new()
        .name("sync".into())
        .spawn(move || task.run())?;
    Ok(sender)
}

struct Task {
    line: Line,
    counter: CallCounter,
    witnesses: Witnesses,
    /// Which directory is here.
    has: Has,
    /// The file that holds the secret of one-time codes.
    code_file: PathBuf,
    heartbeat: Duration,
    /// What is being asked about money.
    payments: Payments,
    /// Lines of log to bring: the command, the lines, how many it asked for.
    logs: Vec<(u64, String, u32)>,
    /// Cards to report lost.
    losses: Vec<LossOrder>,
    engine: Sender<Message>,
    jobs: Receiver<SyncJob>,
    /// When the ledger is looked at next.
    look_at: Instant,
    /// Somebody at the terminal waits for this talk.
    asked: bool,
    /// Whether the server is reached, as the engine was told.
    online: bool,
    /// When the server cosigned last, in this life of the program.
    talked: Option<Instant>,
    /// When it took a sign of life last.
    reported: Option<Instant>,
    failures: u32,
    /// Whether the server answered anything in this talk.
    answered: bool,
}

impl Task {
    fn run(&mut self) {
        while let Ok(pause) = self.turn() {
            match self.jobs.recv_timeout(pause) {
                Ok(job) => self.take_job(job),
                Err(RecvTimeoutError::Timeout) => {}
                // The engine's end has gone; the ledger is asked for until that is certain.
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(pause),
            }
        }
    }

    /// Everything that is due, and how long nothing is then. `Err`: the program ends.
    fn turn(&mut self) -> Result<Duration, Over> {
        over(self.pay())?;
        over(self.report_losses())?;
        while let Some((version, lines, count)) = self.logs.pop() {
            over(self.send_logs(version, &lines, count))?;
        }
        if Instant::now() >= self.look_at {
            let looked = self.look();
            over(self.answer_asked(&looked))?;
            let pause = match looked {
                Ok(talked) => {
                    if talked {
                        over(self.tell_online(true))?;
                    }
                    LOOK
                }
                Err(TalkError::Over) => return Err(Over),
                Err(error) if self.follow_witness(&error) => Duration::ZERO,
                Err(error) => {
                    over(self.tell_online(false))?;
                    self.failed(&error)
                }
            };
            self.look_at = Instant::now() + pause;
        }
        let now = Instant::now();
        let look = self.look_at.saturating_duration_since(now);
        Ok(self.payments.wait(now).map_or(look, |wait| wait.min(look)))
    }

    fn take_job(&mut self, job: SyncJob) {
        match job {
            SyncJob::SendLogs {
                version,
                lines,
                count,
            } => self.logs.push((version, lines, count)),
            SyncJob::ReportLoss(order) => self.losses.push(order),
            SyncJob::Now => {
                self.asked = true;
                self.talked = None;
                self.look_at = Instant::now();
            }
            SyncJob::Pay(order) => self.payments.take(order, Instant::now()),
        }
    }

    /// Tells whoever waits at the terminal what came of the talk.
    fn answer_asked(&mut self, looked: &Result<bool, TalkError>) -> Result<(), TalkError> {
        if !std::mem::take(&mut self.asked) {
            return Ok(());
        }
        let result = looked.as_ref().map(drop).map_err(ToString::to_string);
        self.tell(Input::Served(Served::Synced(result)))
    }

    /// Where the server signs with a key that is not known here: whether it follows the one that is.
    fn follow_witness(&mut self, error: &TalkError) -> bool {
        let TalkError::Round(RoundError::Held(HeldBecause::NoCosignature(_))) = error else {
            return false;
        };
        let followed = self.witnesses.follow(&self.line);
        followed
            .inspect_err(|error| tracing::error!(%error, "the server's key is not known"))
            .unwrap_or(false)
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
        let mut dice = [0];
        // Without randomness the pause is the whole one.
        let _ = system_entropy(&mut dice);
        pause_after(self.failures, dice[0])
    }

    /// Talks if there is something to say; whether there was.
    fn look(&mut self) -> Result<bool, TalkError> {
        let witness = self.witnesses.current().clone();
        let (standing, size) =
            self.with_ledger(move |ledger, _| (ledger.standing(&witness), ledger.size()))?;
        // Behind the cosigned head stands the entry that says so; it alone is not worth a talk.
        let new = size.saturating_sub(standing.cosigned.unwrap_or(0)) > 1;
        let due = self.talked.is_none_or(|at| at.elapsed() >= self.heartbeat);
        if !new && !due {
            return Ok(false);
        }
        let mut round = Round::new(standing);
        loop {
            self.pay()?;
            self.report_losses()?;
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
        let recently = |at: Instant| at.elapsed() < self.heartbeat.min(REPORTS_APART);
        if due || !self.reported.is_some_and(recently) {
            self.report()?;
        }
        self.talked = Some(Instant::now());
        self.answered = false;
        if self.failures > 0 {
            tracing::info!(failures = self.failures, "the log is synchronised again");
        }
        self.failures = 0;
        Ok(true)
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

    /// One signed call with its answer.
    fn call(&mut self, target: String, body: Vec<u8>) -> Result<Answered, TalkError> {
        let answered = self.call_once(target.clone(), body.clone())?;
        match (answered.status, answered.number("counter")) {
            (409, Some(seen)) => {
                self.counter.pass(seen);
                self.call_once(target, body)
            }
            _ => Ok(answered),
        }
    }

    fn call_once(&mut self, target: String, body: Vec<u8>) -> Result<Answered, TalkError> {
        let number = self.counter.take()?;
        let call = self.with_ledger(move |ledger, _| sign(ledger, number, target, body))??;
        Ok(self.send(&call)?)
    }

    fn send(&self, call: &SignedCall) -> Result<Answered, LineError> {
        let mut headers = vec![(CALL_HEADER, call.header.as_str())];
        if call.packed {
            headers.push(("content-encoding", "gzip"));
        }
        self.line.post(&call.target, &headers, &call.body)
    }

    fn keep(&self, note: String) -> Result<(), TalkError> {
        let witness = self.witnesses.current().clone();
        let kept = self.with_ledger(move |ledger, stamp| {
            let kept = ledger.keep_cosigned(stamp, &note, &witness);
            kept.map(drop).map_err(|error| error.to_string())
        })?;
        kept.map_err(TalkError::Keep)
    }
}

fn refused(answered: &Answered, why: String) -> RoundError {
    RoundError::Refused {
        status: answered.status,
        why,
    }
}

/// The program ends.
struct Over;

/// Whether the program ends; other errors have been dealt with where they came.
fn over(result: Result<(), TalkError>) -> Result<(), Over> {
    match result {
        Err(TalkError::Over) => Err(Over),
        _ => Ok(()),
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
