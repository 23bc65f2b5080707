//! Commands that act: 05.

use super::super::UnitError;
use super::Unit;
use super::time::Clock;
use crate::frame::wall_time::WallTime;

/// 05 F1: remote trip of a round (the unit's point is the round). F2, the close, has no data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trip {
    /// For how long, in half hours, 0 = until it is closed; at most 15.
    pub half_hours: u8,
    /// Minutes of alarm before it; at most 15.
    pub alarm_minutes: u8,
}

impl Unit for Trip {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        if self.half_hours > 15 || self.alarm_minutes > 15 {
            return Err(UnitError::Malformed("a trip's times have four bits each"));
        }
        Ok(vec![self.half_hours << 4 | self.alarm_minutes])
    }

    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        match *unit {
            [byte] => Ok(Trip {
                half_hours: byte >> 4,
                alarm_minutes: byte & 0x0F,
            }),
            [] => Err(UnitError::Short),
            _ => Err(UnitError::Malformed("bytes follow the end of the unit")),
        }
    }
}

/// 05 F240, this project's own: relay or valve of one meter (the unit's point), 7 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch {
    /// 1: let the utility through; 0: cut it off.
    pub on: bool,
    /// Not carried out after this, format A1.
    pub valid_until: WallTime,
}

impl Unit for Switch {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        let mut unit = vec![u8::from(self.on)];
        unit.extend(Clock(self.valid_until).encode()?);
        Ok(unit)
    }

    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        let (state, time) = unit.split_first().ok_or(UnitError::Short)?;
        let on = match state {
            0 => false,
            1 => true,
            _ => return Err(UnitError::Malformed("a switch is 0 or 1")),
        };
        let Clock(valid_until) = Clock::decode(time)?;
        Ok(Switch { on, valid_until })
    }
}
