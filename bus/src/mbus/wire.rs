//! What a master needs of an M-Bus wire.

use std::future::Future;
use std::time::Duration;

use crate::link::{LinkError, SerialSettings};

/// What came back to a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The first frame that answers it.
    pub frame: Option<Vec<u8>>,
    /// Bytes heard that are no part of that frame: line noise, or meters that spoke at the same time.
    pub noise: usize,
}

impl Heard {
    /// Whether not one byte came.
    pub fn is_silence(&self) -> bool {
        self.frame.is_none() && self.noise == 0
    }
}

/// A half duplex wire with M-Bus meters.
pub trait Wire: Send {
    /// Sends a request once and listens until its answer is there or the line stays silent.
    ///
    /// # Errors
    /// The way to the wire failed. Silence is no error.
    fn exchange(&mut self, request: &[u8])
    -> impl Future<Output = Result<Heard, LinkError>> + Send;

    /// Speaks at this rate from now on.
    ///
    /// # Errors
    /// The port cannot be set this way, or this kind of way cannot change its rate.
    fn set_baud(&mut self, baud: u32) -> Result<(), LinkError>;

    /// The rate at present, in bits a second.
    fn baud(&self) -> u32;
}

/// How fast a wire is and how long its ends take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Rate and framing; M-Bus is always 8E1.
    pub settings: SerialSettings,
    /// What converter, driver and network add to each answer.
    pub latency: Duration,
}

/// The latest start of an answer, in bit times and on top of that (EN 13757-2, response time).
const LATEST_BITS: u64 = 330;
const LATEST: Duration = Duration::from_millis(50);
/// Silence after which a frame is over, and between a frame and the next request.
pub(super) const IDLE_BITS: u64 = 33;
/// The longest frame.
const LONGEST: usize = 261;

impl Timing {
    /// A wire at 2400 baud behind a converter that adds 100 ms. (With less than 300 ms from request to answer real converters
    /// have been seen to lose answers at 2400 baud.)
    pub fn usual() -> Self {
        Timing {
            settings: SerialSettings::default(),
            latency: Duration::from_millis(100),
        }
    }

    /// From handing over a request of so many bytes to the first byte of its answer.
    pub fn first_byte(&self, request: usize) -> Duration {
        self.settings.wire_time(request)
            + self.settings.bit_times(LATEST_BITS)
            + LATEST
            + self.latency
    }

    /// The pause that ends a frame, as it is seen from here.
    pub fn quiet(&self) -> Duration {
        self.settings.bit_times(IDLE_BITS) + self.latency
    }

    /// The time to allow for a whole answer to a request of so many bytes, without the request itself.
    pub fn whole_answer(&self) -> Duration {
        self.settings.bit_times(LATEST_BITS) + LATEST + self.settings.wire_time(LONGEST)
    }
}
