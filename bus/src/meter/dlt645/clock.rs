//! The clock of an electricity meter: told by broadcast or written, and read.

use super::{Electricity, refusal_of};
use crate::frame::dlt645::answer::{self, Answer};
use crate::frame::dlt645::heard::{Permit, Write};
use crate::frame::dlt645::identifier::known;
use crate::frame::dlt645::password::Protected;
use crate::frame::dlt645::request;
use crate::frame::wall_time::WallTime;
use crate::link::{Link, LinkError};
use crate::meter::MeterError;
use crate::meter::profile::ClockWay;

impl Electricity {
    /// Tells the meter the time once, by its dialect's way. Returns why that may not have worked.
    pub(in crate::meter) async fn write_clock<L: Link>(
        &self,
        link: &mut L,
        now: WallTime,
    ) -> Option<String> {
        match self.options.clock {
            ClockWay::Broadcast => {
                let request = request::broadcast_time(now);
                let bytes = request.encode_after_preamble(self.preamble);
                // Nobody answers a broadcast, so only its own way is waited for.
                let patience = self.pace.on_the_wire(bytes.len());
                match link.exchange(&bytes, &|_| false, patience).await {
                    Ok(_) | Err(LinkError::NoAnswer(_)) => None,
                    Err(error) => Some(error.to_string()),
                }
            }
            ClockWay::Write => {
                let [second, minute, hour, day, month, year] = now.to_bcd();
                let date = [now.weekday(), day, month, year];
                let date = self.write_register(link, known::DATE, &date).await;
                let time = [second, minute, hour];
                let time = self.write_register(link, known::TIME, &time).await;
                date.or(time)
            }
        }
    }

    /// Writes a register once under the plain password. Returns why that may not have worked.
    async fn write_register<L: Link>(&self, link: &mut L, di: u32, value: &[u8]) -> Option<String> {
        let permit = Permit {
            password: self.options.password,
            operator: self.options.operator,
        };
        let content = Protected::Plain(value);
        let write = Write {
            di,
            permit,
            content,
        };
        let request = match request::write(self.address, write) {
            Ok(request) => request,
            Err(error) => return Some(error.to_string()),
        };
        match self.exchange(link, &request, 1).await {
            Ok(frame) => match answer::parse(&frame) {
                Ok(Answer::Done) => None,
                Ok(refused) => Some(refusal_of(&refused).to_string()),
                Err(error) => Some(error.to_string()),
            },
            Err(error) => Some(error.to_string()),
        }
    }

    /// What the meter's clock shows.
    pub(in crate::meter) async fn clock<L: Link>(
        &self,
        link: &mut L,
    ) -> Result<WallTime, MeterError> {
        let mut date = self.data(link, known::DATE, 4).await?;
        let time = self.data(link, known::TIME, 3).await?;
        if let [_, 0, 0] = time[..] {
            // Midnight may have passed between date and time.
            date = self.data(link, known::DATE, 4).await?;
        }
        match (&date[..], &time[..]) {
            ([_, day, month, year], [second, minute, hour]) => {
                WallTime::from_bcd([*second, *minute, *hour, *day, *month, *year])
            }
            _ => None,
        }
        .ok_or_else(|| MeterError::Malformed("its date and time cannot be".to_owned()))
    }
}
