//! The link layer of a master.

use std::collections::BTreeMap;

use super::reading::Reading;
use super::wire::{Heard, Wire};
use crate::frame::FrameError;
use crate::frame::mbus::answer::{Answer, error_name, parse};
use crate::frame::mbus::{Address, Frame, Selection, request};
use crate::link::LinkError;

/// How often a read goes out at most (EN 13757-2: two repetitions).
const TRIES: u8 = 3;
/// Telegrams of one answer at most; a meter that announces more for ever is not believed.
const MOST_TELEGRAMS: usize = 64;

/// Why an exchange did not bring what was asked. A meter was not changed by any of them, except where a write says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MbusError {
    /// The way to the wire failed.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Nothing came, however often it was asked.
    #[error("the meter at address {0} does not answer")]
    Silent(Address),
    /// Bytes came that are no answer: meters speak at once, or the line is disturbed.
    #[error(
        "{bytes} bytes at address {address} are no answer: several meters speak at once, or the line is disturbed"
    )]
    Garbled {
        /// The address asked.
        address: Address,
        /// Bytes heard at the last try.
        bytes: usize,
    },
    /// The application of the meter reports an error.
    #[error("the meter reports: {0}")]
    Application(&'static str),
    /// A sound frame with content that cannot be.
    #[error("the meter's answer is malformed: {0}")]
    Malformed(#[from] FrameError),
    /// The meter announces telegrams without end, or tells the same one again.
    #[error("the meter announces more data and tells the same again; {0} telegrams were read")]
    NoEnd(usize),
    /// What was to be changed cannot be done safely.
    #[error("{0}")]
    Refused(String),
}

/// How well the wire works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Requests sent.
    pub exchanges: u32,
    /// Of these, repetitions.
    pub repeated: u32,
    /// Bytes that belonged to no answer.
    pub noise_bytes: u64,
    /// Answers in which several meters spoke at once.
    pub collisions: u32,
}

/// A master on a wire.
pub struct Session<W> {
    pub(super) wire: W,
    /// The frame count bit of the next request, for every address whose link was reset.
    counts: BTreeMap<Address, bool>,
    pub(super) health: Health,
}

impl<W: Wire> Session<W> {
    /// A master that knows nothing of the meters' links yet.
    pub fn new(wire: W) -> Self {
        Session {
            wire,
            counts: BTreeMap::new(),
            health: Health::default(),
        }
    }

    /// How well the wire has worked so far.
    pub fn health(&self) -> Health {
        self.health
    }

    /// Gives the wire back.
    pub fn into_wire(self) -> W {
        self.wire
    }

    /// Sends once and listens.
    pub(super) async fn once(&mut self, request: &[u8]) -> Result<Heard, MbusError> {
        self.health.exchanges += 1;
        let heard = self.wire.exchange(request).await?;
        self.health.noise_bytes += heard.noise as u64;
        Ok(heard)
    }

    /// Asks for what changes nothing, up to three times.
    async fn ask(&mut self, address: Address, request: &[u8]) -> Result<Vec<u8>, MbusError> {
        let mut garbled = 0;
        for attempt in 0..TRIES {
            if attempt > 0 {
                self.health.repeated += 1;
            }
            let heard = self.once(request).await?;
            if let Some(frame) = heard.frame {
                return Ok(frame);
            }
            garbled = heard.noise;
        }
        Err(match garbled {
            0 => MbusError::Silent(address),
            bytes => MbusError::Garbled { address, bytes },
        })
    }

    /// Starts the link of a meter anew (SND_NKE).
    ///
    /// # Errors
    /// Nobody acknowledges.
    pub async fn reset(&mut self, address: Address) -> Result<(), MbusError> {
        self.counts.remove(&address);
        self.ask(address, &request::reset(address)).await?;
        self.counts.insert(address, true);
        Ok(())
    }

    /// The frame count bit for the next request; the link is reset first where it is not known.
    pub(super) async fn count(&mut self, address: Address) -> Result<bool, MbusError> {
        if let Some(&count) = self.counts.get(&address) {
            return Ok(count);
        }
        self.reset(address).await?;
        Ok(true)
    }

    pub(super) fn forget(&mut self, address: Address) {
        self.counts.remove(&address);
    }

    /// A link that is known to be fresh: after a selection, or after the meter acknowledged a reset.
    pub(super) fn fresh(&mut self, address: Address) {
        self.counts.insert(address, true);
    }

    /// Reads all telegrams of a meter.
    ///
    /// # Errors
    /// The meter is silent, is not alone, reports an error, or does not come to an end.
    pub async fn read(&mut self, address: Address) -> Result<Reading, MbusError> {
        let mut count = self.count(address).await?;
        let mut reading = Reading::default();
        loop {
            let telegram = match self.ask(address, &request::read(address, count)).await {
                Ok(telegram) => telegram,
                Err(error) => {
                    self.forget(address);
                    return Err(error);
                }
            };
            count = !count;
            self.counts.insert(address, count);
            let more = match parse(&Frame::parse(&telegram)?)? {
                Answer::Error(code) => return Err(MbusError::Application(error_name(code))),
                Answer::Variable { records, .. } => records.more_follow(),
                _ => false,
            };
            let repeats = reading.telegrams.last() == Some(&telegram);
            if more && (repeats || reading.telegrams.len() >= MOST_TELEGRAMS) {
                self.forget(address);
                return Err(MbusError::NoEnd(reading.telegrams.len()));
            }
            reading.telegrams.push(telegram);
            if !more {
                return Ok(reading);
            }
        }
    }

    /// Selects the one meter that fits; it then listens at [`Address::SELECTED`] until another is selected.
    ///
    /// # Errors
    /// Nobody acknowledges.
    pub async fn select(&mut self, selection: Selection) -> Result<(), MbusError> {
        self.forget(Address::SELECTED);
        let request = request::select(selection)?;
        self.ask(Address::SELECTED, &request).await?;
        self.fresh(Address::SELECTED);
        Ok(())
    }

    /// Selects a meter and reads it. The selection is left as it is; the next one ends it.
    ///
    /// # Errors
    /// As [`select`](Session::select) and [`read`](Session::read); [`MbusError::Refused`] where another meter answers.
    pub async fn read_selected(&mut self, selection: Selection) -> Result<Reading, MbusError> {
        self.select(selection).await?;
        let reading = self.read(Address::SELECTED).await?;
        match reading.meter() {
            // A meter with the fixed structure tells less than was asked for; its number must do.
            Some(meter) if reading.fixed().is_none() && !selection.fits(meter) => Err(
                MbusError::Refused(format!("{selection} was selected and {meter} answers")),
            ),
            _ => Ok(reading),
        }
    }
}
