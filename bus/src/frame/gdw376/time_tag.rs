//! Tp, the time tag that lets a terminal drop what arrives too late.

/// Tp, Q/GDW 376.1, 4.3.5.4: when the starting station sent the frame and how late it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeTag {
    /// PFC, the starting station's frame counter; its low four bits are the PSEQ.
    pub counter: u8,
    /// Second, minute, hour, day of month as BCD bytes, as on the wire.
    pub sent: [u8; 4],
    /// Permitted delay in minutes; 0 = do not check.
    pub permitted_minutes: u8,
}

impl TimeTag {
    pub(super) fn to_bytes(self) -> [u8; 6] {
        let [second, minute, hour, day] = self.sent;
        [
            self.counter,
            second,
            minute,
            hour,
            day,
            self.permitted_minutes,
        ]
    }

    pub(super) fn from_bytes(bytes: [u8; 6]) -> TimeTag {
        let [counter, second, minute, hour, day, permitted_minutes] = bytes;
        TimeTag {
            counter,
            sent: [second, minute, hour, day],
            permitted_minutes,
        }
    }
}
