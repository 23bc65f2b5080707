//! An M-Bus wire behind any link, such as a concentrator.

use super::wire::{Heard, Timing, Wire};
use crate::frame::mbus::answer::belongs;
use crate::link::{Link, LinkError};

/// A wire over a link that hears M-Bus frames ([`Spoken::only`](crate::link::Spoken::only)). Links tell no noise, so a search
/// over one cannot tell a collision from silence where nothing but noise came back.
pub struct LinkWire<L> {
    link: L,
    timing: Timing,
}

impl<L: Link> LinkWire<L> {
    /// A wire over `link`.
    pub fn new(link: L, timing: Timing) -> Self {
        LinkWire { link, timing }
    }
}

impl<L: Link> Wire for LinkWire<L> {
    async fn exchange(&mut self, request: &[u8]) -> Result<Heard, LinkError> {
        let fits = |candidate: &[u8]| belongs(request, candidate);
        let patience = self.timing.whole_answer() + self.timing.latency;
        match self.link.exchange(request, &fits, patience).await {
            Ok(frame) => Ok(Heard {
                frame: Some(frame),
                noise: 0,
            }),
            Err(LinkError::NoAnswer(_)) => Ok(Heard::default()),
            Err(error) => Err(error),
        }
    }

    fn set_baud(&mut self, baud: u32) -> Result<(), LinkError> {
        if baud == self.timing.settings.baud {
            return Ok(());
        }
        Err(LinkError::NotConnected(format!(
            "this way to the wire cannot change its rate to {baud} baud"
        )))
    }

    fn baud(&self) -> u32 {
        self.timing.settings.baud
    }
}
