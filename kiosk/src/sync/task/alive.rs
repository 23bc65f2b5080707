//! The sign of life, and what its answer brings: what was told, a command, the secret of one-time codes.

use std::sync::Arc;
use std::time::Instant;

use meterpost_ledger::Bulletin;
use meterpost_ledger::signing::{LogOrigin, read_at_most, replace};
use zeroize::Zeroizing;

use super::{TalkError, Task, refused};
use crate::app::Message;
use crate::flow::{Act, Input};
use crate::sync::{bulletins, report};
use crate::told::{self, Told};

impl Task {
    /// Says how the terminal is, and takes what there is for it.
    pub(super) fn report(&mut self) -> Result<(), TalkError> {
        let report = self.ask_engine(Message::Report)?;
        let has = self.has;
        let secret = read_at_most(&self.code_file, 64).map(Zeroizing::new);
        let code = secret.map_or_else(|_| String::new(), |secret| report::fingerprint(&secret));
        let body = self.with_ledger(move |l, _| report::body(&report, l.books(), has, code))?;
        let answered = self.call(report::TARGET.to_owned(), body)?;
        let ours = report::read(&answered).map_err(|why| refused(&answered, why))?;
        if let Some(secret) = &ours.service_secret {
            // Without it nobody enters by PIN and code; the next sign of life asks again.
            if let Err(error) = replace(&self.code_file, secret, 0o600) {
                tracing::error!(%error, "the secret of one-time codes cannot be kept");
            }
        }
        let mut found = ours.bulletins;
        if ours.directory {
            let target = self.with_ledger(move |l, _| bulletins::directory_target(l, has))?;
            let answered = self.call(target, Vec::new())?;
            let directory = bulletins::read_directory(&answered);
            found.extend(directory.map_err(|why| refused(&answered, why))?);
        }
        if !found.is_empty() && !self.record(found)?.is_empty() {
            self.hand_over()?;
        }
        if let Some(command) = ours.command {
            self.take_command(command)?;
        }
        self.reported = Some(Instant::now());
        Ok(())
    }

    fn record(&self, found: Vec<Vec<u8>>) -> Result<Vec<Bulletin>, TalkError> {
        let witness = self.witnesses.current().clone();
        self.with_ledger(move |ledger, stamp| bulletins::apply(ledger, stamp, &witness, &found))
    }

    /// A command is recorded as taken before anything is done about it, so it is never taken twice.
    fn take_command(&self, bytes: Vec<u8>) -> Result<(), TalkError> {
        for bulletin in self.record(vec![bytes])? {
            let command = told::command(&bulletin).map_err(|error| error.to_string());
            self.tell(Input::Command(bulletin.version, command))?;
        }
        Ok(())
    }

    /// Brings the lines of log that a command asked for; what became of that is the command's outcome.
    pub(super) fn send_logs(
        &mut self,
        version: u64,
        lines: &str,
        count: u32,
    ) -> Result<(), TalkError> {
        let target = format!("/api/v1/commands/log?version={version}");
        let answered = self.call(target, lines.as_bytes().to_vec());
        let result = match answered {
            Ok(answered) if answered.status == 204 => {
                Ok(format!("{} lines", lines.lines().count()))
            }
            Ok(answered) => Err(answered.text("message").unwrap_or_default()),
            Err(TalkError::Over) => return Err(TalkError::Over),
            Err(error) => Err(error.to_string()),
        };
        self.tell(Input::ActDone(version, Act::SendLogs(count), result))
    }

    /// Everything in force, read in this thread: a large directory takes a while, and the engine is not kept waiting by it.
    fn hand_over(&mut self) -> Result<(), TalkError> {
        let (kept, origin) = self
            .with_ledger(|ledger, _| (told::kept(ledger), ledger.origin().as_str().to_owned()))?;
        let Ok(origin) = LogOrigin::parse(&origin) else {
            return Ok(());
        };
        let told = Told::from_kept(&kept, &told::server_keys(&self.witnesses), &origin);
        self.has = told.has;
        self.engine
            .send(Message::Told(Arc::new(told)))
            .map_err(|_| TalkError::Over)
    }
}
