//! A lost card goes before the log as well: a person waits, and the card is in somebody's hands.

use std::time::Instant;

use super::super::loss;
use super::{TalkError, Task};
use crate::flow::{Input, LossAnswer};

impl Task {
    /// Tells the server of the cards that were reported lost. A call that is not answered is not made again by itself: the resident is told
    /// that nothing is certain, and decides.
    pub(super) fn report_losses(&mut self) -> Result<(), TalkError> {
        while let Some(order) = self.losses.pop() {
            let answered = self.call(loss::TARGET.to_owned(), loss::body(&order));
            if let Err(TalkError::Over) = answered {
                return Err(TalkError::Over);
            }
            self.tell_online(answered.is_ok())?;
            let answer = match &answered {
                Ok(answered) => loss::meaning(answered),
                Err(error) => {
                    tracing::warn!(%error, "a lost card could not be reported");
                    LossAnswer::NoAnswer
                }
            };
            if answer == LossAnswer::Blocked {
                // The new list of cards to refuse is fetched at once: here the card may turn up first.
                self.talked = None;
                self.look_at = Instant::now();
            }
            self.tell(Input::Loss(order, answer))?;
        }
        Ok(())
    }
}
