//! CJ/T 188 meters: a prepaid water or gas meter with a valve, and a heat meter.

mod books;
mod heat;
mod prepaid;

pub use heat::{HeatMeter, HeatSetup};
pub use prepaid::{Charge, PrepaidMeter, PrepaidSetup, WriteAnswer};

use crate::frame::cjt188::identifier::{ADDRESS, detect};
use crate::frame::cjt188::status::Status;
use crate::frame::cjt188::{Address, Control, DiOrder, Frame, Function};
use crate::frame::wall_time::WallTime;

/// A request as a meter sees it: its answer goes back with the same function, order and serial byte.
struct Asked<'a> {
    function: Function,
    di: u16,
    order: DiOrder,
    serial: u8,
    payload: &'a [u8],
}

/// What a meter does about a request.
enum Said {
    /// It answers with these bytes behind the serial byte.
    Payload(Vec<u8>),
    /// It refuses.
    Refusal,
}

impl Asked<'_> {
    /// The request in a frame, if the meter at `own` is meant and must answer. A wildcard of the type or the number means
    /// whoever is there.
    fn of(frame: &Frame, own: Address) -> Option<Asked<'_>> {
        let control = frame.control();
        let &[a, b, serial, ref payload @ ..] = frame.data() else {
            return None;
        };
        if control.from_meter() || control.refused() || !frame.address().reaches(own) {
            return None;
        }
        let (di, order) = detect([a, b]);
        Some(Asked {
            function: control.function(),
            di,
            order,
            serial,
            payload,
        })
    }

    /// The address is told by the header alone.
    fn is_for_address(&self) -> bool {
        (self.function, self.di) == (Function::ReadAddress, ADDRESS)
    }

    fn answer(&self, own: Address, said: Said, status: Status) -> Option<Vec<u8>> {
        let frame = match said {
            Said::Payload(payload) => {
                let [a, b] = self.order.bytes(self.di);
                let mut data = vec![a, b, self.serial];
                data.extend(payload);
                Frame::new(own, Control::answer(self.function), data).ok()?
            }
            Said::Refusal => {
                let [a, b] = status.0;
                Frame::fixed(own, Control::refusal(self.function), [self.serial, a, b])
            }
        };
        Some(frame.encode())
    }
}

/// A meter's own clock: an offset to the time of the place.
#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    ahead_seconds: i64,
}

impl Clock {
    fn shows(self, now: WallTime) -> Option<WallTime> {
        now.plus_seconds(self.ahead_seconds)
    }

    fn set(&mut self, to: WallTime, now: WallTime) {
        self.ahead_seconds = to.seconds_since(now);
    }
}

#[cfg(test)]
mod tests;
