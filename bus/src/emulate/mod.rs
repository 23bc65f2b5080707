//! Meters made of the codecs' meter side: what `meterbus emulate` puts on a line, and a peer for tests.
//!
//! A meter here is a pure state machine: one sound frame and the time go in, at most one frame comes out. Finding frames in a
//! stream, preambles, answer delays and the line itself belong to whoever owns the line.

pub mod cjt188;
pub mod dlt645;
pub mod mbus;

use serde::Serialize;

use crate::decode::Field;
use crate::frame::Protocol;
use crate::frame::wall_time::WallTime;

/// One emulated meter.
pub trait EmulatedMeter: Send {
    /// The protocol whose frames it hears.
    fn protocol(&self) -> Protocol;

    /// Hears one frame, sound or not, without preamble. Returns the answer without preamble, or `None` where a real meter
    /// stays silent: the frame is spoilt, is for another meter, is an answer itself, or is never answered.
    ///
    /// `now` is the local time of the place. The meter keeps its own clock as an offset to it, and uses it to let time pass:
    /// energy is counted, a session runs out, a delayed trip happens.
    fn hear(&mut self, frame: &[u8], now: WallTime) -> Option<Vec<u8>>;

    /// The rate in baud the meter listens at from now on; `None` where it takes whatever the line has. An answer that
    /// [`hear`](EmulatedMeter::hear) has just returned is still sent at the rate before (DL/T 645-2007, change of rate).
    fn rate(&self) -> Option<u32> {
        None
    }

    /// What it is and what its books say.
    fn describe(&self) -> Description;
}

/// An emulated meter in words: a table for people, JSON for scripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Description {
    /// The protocol's short name.
    pub protocol: &'static str,
    /// What kind of meter it is.
    pub kind: String,
    /// Its address as printed on it, in the form the command line takes.
    pub address: String,
    /// What a person may want to see: balance, purchase count, relay and so on.
    pub state: Vec<Field>,
}
