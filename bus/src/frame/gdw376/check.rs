//! Whether a frame may be acted on: its password, and how old it is.

use super::{Frame, TimeTag};
use crate::frame::bytes::bcd_to_u64;
use crate::frame::wall_time::WallTime;

/// How much a clock is worth, for a check that goes by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockTrust {
    /// Set by somebody who knows the time.
    Set,
    /// Runs from an arbitrary start: no frame is too old by it.
    Unset,
}

/// Whether the frame carries the password wanted; with none wanted any will do. The comparison takes the same time
/// whichever byte differs.
pub fn password_fits(wanted: Option<&[u8; 16]>, frame: &Frame) -> bool {
    match (wanted, &frame.password) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wanted), Some(given)) => {
            let differing = wanted
                .iter()
                .zip(given)
                .fold(0, |all, (a, b)| all | (a ^ b));
            differing == 0
        }
    }
}

/// Whether a frame with this tag is so old that it is silently dropped (Q/GDW 376.1, 4.3.5.4): it was sent longer ago than
/// the tag permits.
///
/// The tag has no month: of the times with its day, hour, minute and second the one nearest to `now` is meant. A tag
/// whose time does not exist is too old. A tag from the future is not: the sender's clock is ahead.
pub fn too_old(tag: &TimeTag, now: WallTime, trust: ClockTrust) -> bool {
    if tag.permitted_minutes == 0 || trust == ClockTrust::Unset {
        return false;
    }
    match sent(tag, now) {
        Some(sent) => now.seconds_since(sent) > i64::from(tag.permitted_minutes) * 60,
        None => true,
    }
}

fn sent(tag: &TimeTag, now: WallTime) -> Option<WallTime> {
    let mut parts = [0i8; 4];
    for (part, byte) in parts.iter_mut().zip(tag.sent) {
        *part = i8::try_from(bcd_to_u64(&[byte])?).ok()?;
    }
    let [second, minute, hour, day] = parts;
    let today = now.to_civil().date();
    let months = [-1, 0, 1].map(|months| jiff::Span::new().months(months));
    let candidates = months.iter().filter_map(|months| {
        let month = today.first_of_month().checked_add(*months).ok()?;
        let date = jiff::civil::Date::new(month.year(), month.month(), day).ok()?;
        let time = jiff::civil::Time::new(hour, minute, second, 0).ok()?;
        WallTime::from_civil(date.to_datetime(time))
    });
    candidates.min_by_key(|candidate| now.seconds_since(*candidate).abs())
}

#[cfg(test)]
mod tests {
    use super::super::{Address, Control, Sequence, afn};
    use super::*;

    fn tag(sent: [u8; 4], permitted_minutes: u8) -> TimeTag {
        TimeTag {
            counter: 0,
            sent,
            permitted_minutes,
        }
    }

    fn at(month: u8, day: u8, hour: u8, minute: u8) -> WallTime {
        WallTime::new(2026, month, day, hour, minute, 0).unwrap()
    }

    #[test]
    fn a_frame_is_too_old_behind_its_permitted_delay_and_not_at_it() {
        let tag = tag([0x00, 0x30, 0x12, 0x25], 5);
        assert!(!too_old(&tag, at(11, 25, 12, 35), ClockTrust::Set));
        assert!(too_old(&tag, at(11, 25, 12, 36), ClockTrust::Set));
        assert!(!too_old(&tag, at(11, 25, 12, 29), ClockTrust::Set));
    }

    #[test]
    fn the_turn_of_a_month_is_between_sending_and_hearing() {
        let tag = tag([0x00, 0x59, 0x23, 0x31], 5);
        assert!(!too_old(&tag, at(1, 1, 0, 3), ClockTrust::Set));
        assert!(too_old(&tag, at(1, 1, 0, 5), ClockTrust::Set));
    }

    #[test]
    fn without_a_check_wanted_or_a_clock_to_check_by_no_frame_is_too_old() {
        let old = at(11, 30, 0, 0);
        assert!(!too_old(&tag([0, 0, 0, 0x25], 0), old, ClockTrust::Set));
        assert!(!too_old(&tag([0, 0, 0, 0x25], 5), old, ClockTrust::Unset));
        assert!(too_old(&tag([0, 0, 0, 0x25], 5), old, ClockTrust::Set));
    }

    #[test]
    fn a_time_that_does_not_exist_is_too_old() {
        let now = at(11, 25, 12, 0);
        assert!(too_old(
            &tag([0x00, 0x61, 0x12, 0x25], 5),
            now,
            ClockTrust::Set
        ));
        assert!(too_old(
            &tag([0xFF, 0xFF, 0xFF, 0xFF], 5),
            now,
            ClockTrust::Set
        ));
    }

    #[test]
    fn a_wrong_or_missing_password_does_not_fit() {
        let frame = |password| Frame {
            protocol: 2,
            control: Control::COMMAND,
            address: Address::of_terminal(171, 1).unwrap(),
            afn: afn::SET,
            sequence: Sequence::single(1, true),
            data: Vec::new(),
            password,
            events: None,
            time_tag: None,
        };
        let right = [7; 16];
        let mut wrong = right;
        wrong[15] ^= 1;
        assert!(password_fits(Some(&right), &frame(Some(right))));
        assert!(!password_fits(Some(&right), &frame(Some(wrong))));
        assert!(!password_fits(Some(&right), &frame(None)));
        assert!(password_fits(None, &frame(Some(wrong))));
    }
}
