//! The edge to PC/SC (PC/SC Workgroup specification, parts 5 and 6): readers of any make, plugged and unplugged while running.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::fmt::Display;
use std::thread::sleep;
use std::time::{Duration, Instant};

use pcsc::{Card, Context, Disposition, Error, Protocols, ReaderState, Scope, ShareMode, State};

use super::apdu::{Wire, WireError};
use super::bays::Sight;

/// An answer piece and its status fit; what is longer, the service refuses.
const ROOM: usize = 512;
/// So long one talk with a card may take in all.
const LONGEST_TALK: Duration = Duration::from_secs(10);
/// So long a reader may take to notice that the card whose answer is missing was taken away.
const NOTICE: Duration = Duration::from_millis(800);
/// Another program may hold a card for a moment, as the service's own tools do.
const SHARING_PAUSE: Duration = Duration::from_millis(100);
const SHARING_TRIES: u32 = 10;
const NO_STATUS: &str = "the card answered without a status";

/// The readers that are looked at.
pub(crate) struct Readers {
    context: Context,
    /// Part of the name of those that are.
    wanted: Option<String>,
    states: Vec<ReaderState>,
}

impl Readers {
    /// Reaches the service.
    ///
    /// # Errors
    /// In words, when it does not answer.
    pub(crate) fn open(wanted: Option<&str>) -> Result<Readers, String> {
        let context = Context::establish(Scope::User).map_err(service)?;
        Ok(Readers {
            context,
            wanted: wanted.map(str::to_owned),
            states: Vec::new(),
        })
    }

    /// What the readers show, as soon as something changes or after `patience`. None where there is no reader.
    ///
    /// # Errors
    /// In words, when the service is gone.
    pub(crate) fn watch(&mut self, patience: Duration) -> Result<BTreeMap<String, Sight>, String> {
        self.list()?;
        if self.states.is_empty() {
            // The service would not wait.
            sleep(patience);
            self.list()?;
        }
        match self.context.get_status_change(patience, &mut self.states) {
            // A reader that was unplugged meanwhile is missing from the next list.
            Ok(()) | Err(Error::Timeout | Error::UnknownReader | Error::ReaderUnavailable) => {}
            Err(why) => return Err(service(why)),
        }
        for state in &mut self.states {
            state.sync_current_state();
        }
        let seen = self.states.iter().map(|state| {
            let name = state.name().to_string_lossy().into_owned();
            (name, sight(state))
        });
        Ok(seen.collect())
    }

    /// Brings the list of readers up to date; those that stay keep what is known of them.
    fn list(&mut self) -> Result<(), String> {
        let mut names = match self.context.list_readers_owned() {
            Ok(names) => names,
            Err(Error::NoReadersAvailable) => Vec::new(),
            Err(why) => return Err(service(why)),
        };
        names.retain(|name| match &self.wanted {
            Some(part) => name.to_string_lossy().contains(part),
            None => true,
        });
        self.states
            .retain(|state| names.iter().any(|name| name.as_c_str() == state.name()));
        for name in names {
            if !self
                .states
                .iter()
                .any(|state| state.name() == name.as_c_str())
            {
                self.states.push(ReaderState::new(name, State::UNAWARE));
            }
        }
        Ok(())
    }

    /// Powers the card in a reader and holds it for this program alone.
    ///
    /// # Errors
    /// When it is gone, or does not answer.
    pub(crate) fn connect(&self, name: &str) -> Result<CardWire, WireError> {
        let name = CString::new(name).map_err(|why| WireError::Failed(why.to_string()))?;
        let mut tries = 0;
        let card = loop {
            match self
                .context
                .connect(&name, ShareMode::Exclusive, Protocols::ANY)
            {
                Ok(card) => break card,
                Err(Error::SharingViolation) if tries < SHARING_TRIES => {
                    tries += 1;
                    sleep(SHARING_PAUSE);
                }
                Err(why) => return Err(blame(&self.context, &name, why)),
            }
        };
        Ok(CardWire {
            context: self.context.clone(),
            name,
            card: Some(card),
            until: Instant::now() + LONGEST_TALK,
        })
    }
}

fn sight(state: &ReaderState) -> Sight {
    let flags = state.event_state();
    let count = state.event_count();
    match () {
        () if !flags.contains(State::PRESENT) => Sight::Empty,
        () if flags.contains(State::MUTE) => Sight::Mute(count),
        () => Sight::Card(count),
    }
}

fn service(why: Error) -> String {
    format!("the card service (pcscd) does not answer: {why}")
}

/// Whether a failure means that the card is gone. Readers differ in how they report a card that is pulled in the middle of an
/// exchange, so the reader is asked.
fn blame(context: &Context, name: &CStr, why: impl Display) -> WireError {
    let end = Instant::now() + NOTICE;
    let mut state = [ReaderState::new(name, State::UNAWARE)];
    loop {
        let left = end.saturating_duration_since(Instant::now());
        match context.get_status_change(left, &mut state) {
            Ok(()) if state[0].event_state().contains(State::PRESENT) && !left.is_zero() => {
                state[0].sync_current_state();
            }
            Ok(()) if state[0].event_state().contains(State::PRESENT) => break,
            Ok(()) | Err(Error::UnknownReader | Error::ReaderUnavailable) => {
                return WireError::Pulled;
            }
            Err(_) => break,
        }
    }
    WireError::Failed(why.to_string())
}

/// A card that is held. Dropping it resets the card, so that a PIN that was shown counts no more.
pub(crate) struct CardWire {
    context: Context,
    name: CString,
    card: Option<Card>,
    until: Instant,
}

impl CardWire {
    /// A new talk begins, with its own time.
    pub(crate) fn begin(&mut self) {
        self.until = Instant::now() + LONGEST_TALK;
    }
}

impl Wire for CardWire {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, WireError> {
        if Instant::now() > self.until {
            return Err(WireError::Failed("the card takes too long".to_owned()));
        }
        let card = self.card.as_ref().ok_or(WireError::Pulled)?;
        let mut room = [0; ROOM];
        match card.transmit(apdu, &mut room) {
            Ok(answer) if answer.len() >= 2 => Ok(answer.to_vec()),
            // Some drivers make an empty answer of a card that is gone.
            Ok(_) => Err(blame(&self.context, &self.name, NO_STATUS)),
            Err(why) => Err(blame(&self.context, &self.name, why)),
        }
    }
}

impl Drop for CardWire {
    fn drop(&mut self) {
        if let Some(card) = self.card.take() {
            // A card that is gone cannot be reset, and need not be.
            let _ = card.disconnect(Disposition::ResetCard);
        }
    }
}
