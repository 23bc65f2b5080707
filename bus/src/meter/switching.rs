//! What became of an order to a relay or valve.

use super::Supply;

/// What became of an order to a relay or valve, judged by reading its state afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SwitchOutcome {
    /// It is where it was told to be.
    Done(Supply),
    /// The meter said yes and has not got there yet. Valves take seconds: read again later.
    Underway(Supply),
    /// The meter said no, or nothing, and has not moved.
    NotDone {
        /// Why, as far as the meter said.
        reason: String,
        /// Where it is.
        now: Supply,
    },
    /// Its state could not be read.
    Unknown(String),
}

/// What a meter said to the order.
pub(super) enum SwitchReply {
    Accepted,
    Refused(String),
    Nothing(String),
}

/// The outcome of an order to be `wanted`.
pub(super) fn judge_switch(
    wanted: Supply,
    reply: SwitchReply,
    state: Result<Supply, String>,
) -> SwitchOutcome {
    match (state, reply) {
        (Err(why), _) => SwitchOutcome::Unknown(format!("the meter could not be read back: {why}")),
        (Ok(now), _) if now == wanted => SwitchOutcome::Done(now),
        (Ok(Supply::NotReported), _) => {
            SwitchOutcome::Unknown("the meter does not tell its state".to_owned())
        }
        (Ok(now), SwitchReply::Accepted) => SwitchOutcome::Underway(now),
        (Ok(now), SwitchReply::Refused(reason) | SwitchReply::Nothing(reason)) => {
            SwitchOutcome::NotDone { reason, now }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_decides_not_the_answer() {
        let no = || SwitchReply::Refused("password".to_owned());
        let outcome = judge_switch(Supply::Off, no(), Ok(Supply::Off));
        assert_eq!(outcome, SwitchOutcome::Done(Supply::Off));
        let outcome = judge_switch(Supply::Off, no(), Ok(Supply::On));
        assert!(matches!(
            outcome,
            SwitchOutcome::NotDone {
                now: Supply::On,
                ..
            }
        ));
        let outcome = judge_switch(Supply::Off, SwitchReply::Accepted, Ok(Supply::On));
        assert_eq!(outcome, SwitchOutcome::Underway(Supply::On));
        for state in [Err("no answer".to_owned()), Ok(Supply::NotReported)] {
            let outcome = judge_switch(Supply::On, SwitchReply::Accepted, state);
            assert!(matches!(outcome, SwitchOutcome::Unknown(_)));
        }
    }
}
