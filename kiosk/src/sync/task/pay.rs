//! Money goes before the log: a person waits for it.

use std::time::Instant;

use super::{TalkError, Task};
use crate::flow::Input;

impl Task {
    /// Asks what is due about money.
    pub(super) fn pay(&mut self) -> Result<(), TalkError> {
        loop {
            while let Ok(job) = self.jobs.try_recv() {
                self.take_job(job);
            }
            let Some((place, call)) = self.payments.next(Instant::now()) else {
                return Ok(());
            };
            let answered = self.call(call.target, call.body);
            if let Err(TalkError::Over) = answered {
                return Err(TalkError::Over);
            }
            self.tell_online(answered.is_ok())?;
            let heard = answered.as_ref().map_err(ToString::to_string);
            let event = self.payments.answered(place, heard, Instant::now());
            if let Some(event) = event {
                self.tell(Input::Paid(event))?;
            }
        }
    }

    /// Tells the flow whether the server is reached, where that has changed.
    pub(super) fn tell_online(&mut self, online: bool) -> Result<(), TalkError> {
        if self.online != online {
            self.online = online;
            self.tell(Input::Server(online))?;
        }
        Ok(())
    }
}
