//! Whether a frame from the wire can be the answer to a forwarded request.
//!
//! The concentrator forwards exactly one answer, so a late answer to an earlier request must not take its place. It looks
//! at the envelope only: protocol, direction, address, function and identifier. The master looks at the content.

use crate::frame::{cjt188, dlt645, mbus, without_preamble};

/// A request, as far as the protocols of meters explain it.
#[derive(Debug)]
pub(super) enum Asked<'a> {
    Dlt645(dlt645::Frame),
    Cjt188(cjt188::Frame),
    Mbus(&'a [u8]),
    Unknown(&'a [u8]),
}

impl Asked<'_> {
    pub(super) fn of(request: &[u8]) -> Asked<'_> {
        if let Ok(frame) = dlt645::Frame::parse(request) {
            Asked::Dlt645(frame)
        } else if let Ok(frame) = cjt188::Frame::parse(request) {
            Asked::Cjt188(frame)
        } else if mbus::Frame::parse(request).is_ok() {
            Asked::Mbus(request)
        } else {
            Asked::Unknown(without_preamble(request))
        }
    }

    /// Whether `frame` can be the answer. A request that no known protocol explains takes any frame but its echo.
    pub(super) fn takes(&self, frame: &[u8]) -> bool {
        match self {
            Asked::Dlt645(request) => dlt645::answer::belongs(request, frame),
            Asked::Cjt188(request) => cjt188::answer::belongs(request, frame),
            Asked::Mbus(request) => mbus::answer::belongs(request, frame),
            Asked::Unknown(request) => frame != *request,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn can(request: &str, frame: &str) -> bool {
        Asked::of(&hex::decode(request).unwrap()).takes(&hex::decode(frame).unwrap())
    }

    const READ_BALANCE: &str = "FEFEFEFE681290785634126811043335C333F916";

    #[test]
    fn the_answer_with_the_same_identifier_is_taken() {
        assert!(can(
            READ_BALANCE,
            "681290785634126891083335C33378563433B216"
        ));
    }

    #[test]
    fn a_late_answer_to_another_identifier_is_not() {
        assert!(!can(READ_BALANCE, "68129078563412689106343566363A338F16"));
    }

    #[test]
    fn another_meters_answer_is_not() {
        assert!(!can(
            READ_BALANCE,
            "681390785634126891083335C33378563433B316"
        ));
    }

    #[test]
    fn a_refusal_without_identifier_is_taken() {
        assert!(can(READ_BALANCE, "6812907856341268D101358D16"));
    }

    #[test]
    fn the_echo_of_the_request_is_not() {
        assert!(!can(READ_BALANCE, "681290785634126811043335C333F916"));
    }

    #[test]
    fn a_wildcard_reaches_every_meter() {
        assert!(can(
            "68AAAAAAAAAAAA681300DF16",
            "68944103261218689306C7743659454BEB16"
        ));
    }

    #[test]
    fn mbus_data_is_no_acknowledgement_and_comes_from_the_meter_asked() {
        let (reset, read) = ("1040054516", "107B058016");
        assert!(can(reset, "E5"));
        assert!(!can(read, "E5"));
        assert!(!can(read, read));
    }

    #[test]
    fn cjt188_answers_repeat_the_serial_number() {
        let read = "68101802122020000001038105067416";
        let answer = "68101802122020000081128105060300000100005003005087000000003116";
        assert!(can(read, answer));
        assert!(!can("68101802122020000001038105077516", answer));
        let write = "6810180212202000000408A013050300000100AC16";
        assert!(can(write, "681018021220200000C403050000B016"));
    }
}
