//! What became of an order to a relay or valve.

use super::driver::{Kind, MeterDriver, READ_BACKS};
use super::profile::{Billing, Capability, Quantity, Register, RelayWay};
use super::{MeterError, Supply};
use crate::frame::bytes::array;
use crate::frame::cjt188::status::Status;
use crate::frame::wall_time::WallTime;
use crate::link::Link;
use crate::signer::Signer;

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

impl MeterDriver {
    /// Lets the utility through (`on`) or cuts it off, and reads the state back. An electricity meter refuses the order after
    /// `valid_until`, in the meter's own time; others ignore it. A meter without relay or valve is not spoken to.
    pub async fn switch<L: Link>(
        &self,
        link: &mut L,
        on: bool,
        valid_until: WallTime,
    ) -> SwitchOutcome {
        let reply = match (self.switchable(), self.kind()) {
            (Err(reason), _) => return not_switched(reason),
            (Ok(()), Kind::Electricity(meter)) if meter.options.relay != RelayWay::Password => {
                return not_switched("its relay wants a code, and no signer was given");
            }
            (Ok(()), Kind::Electricity(meter)) => meter.switch(link, on, valid_until).await,
            (Ok(()), Kind::Water(meter)) => meter.switch(link, on).await,
            (Ok(()), Kind::OldElectricity(_) | Kind::Mbus(_)) => return not_switched(NO_SUPPLY),
        };
        self.switch_read_back(link, on, reply).await
    }

    /// The same with a signer for the relays that want a code; others are switched without it.
    pub async fn switch_signed<L: Link, S: Signer>(
        &self,
        link: &mut L,
        signer: &mut S,
        on: bool,
        valid_until: WallTime,
    ) -> SwitchOutcome {
        match self.kind() {
            Kind::Electricity(meter) if meter.options.relay != RelayWay::Password => {
                if let Err(reason) = self.switchable() {
                    return not_switched(reason);
                }
                let reply = meter.switch_signed(link, signer, on, valid_until).await;
                self.switch_read_back(link, on, reply).await
            }
            _ => self.switch(link, on, valid_until).await,
        }
    }

    fn switchable(&self) -> Result<(), &'static str> {
        match self.profile().can(Capability::Switch) {
            true => Ok(()),
            false => Err(NO_SUPPLY),
        }
    }

    async fn switch_read_back<L: Link>(
        &self,
        link: &mut L,
        on: bool,
        reply: SwitchReply,
    ) -> SwitchOutcome {
        let wanted = if on { Supply::On } else { Supply::Off };
        let mut state = Err("not read".to_owned());
        for _ in 0..READ_BACKS {
            match self.supply(link).await {
                Ok(now) => state = Ok(now),
                Err(error) if state.is_err() => state = Err(error.to_string()),
                Err(_) => {}
            }
            if state == Ok(wanted) {
                break;
            }
        }
        judge_switch(wanted, reply, state)
    }

    /// Whether the relay or valve lets the utility through.
    ///
    /// # Errors
    /// Nothing was changed at the meter; reading again is harmless.
    pub async fn supply<L: Link>(&self, link: &mut L) -> Result<Supply, MeterError> {
        match self.kind() {
            Kind::Electricity(meter) => meter.supply(link).await,
            Kind::Water(meter) if self.profile().billing == Billing::OnMeter => {
                Ok(meter.books(link).await?.supply)
            }
            Kind::Water(meter) => {
                let status = |register: &&Register| register.quantity == Quantity::Status;
                let Some(register) = self.profile().registers.iter().find(status) else {
                    return Ok(Supply::NotReported);
                };
                let read = self
                    .read_these(link, std::slice::from_ref(register))
                    .await?;
                let word = read.first().and_then(|reading| array(&reading.raw, 0));
                Ok(word.map_or(Supply::NotReported, |word| meter.valve(Status(word))))
            }
            Kind::OldElectricity(_) | Kind::Mbus(_) => Ok(Supply::NotReported),
        }
    }
}

const NO_SUPPLY: &str = "this kind of meter has no relay or valve that obeys; nothing was sent";

fn not_switched(reason: &str) -> SwitchOutcome {
    SwitchOutcome::NotDone {
        reason: reason.to_owned(),
        now: Supply::NotReported,
    }
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
