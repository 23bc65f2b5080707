//! Frames of the 1997 edition: reading with two-byte identifiers.

use super::dlt645::{left_over, value};
use super::{Decoded, Field};
use crate::frame::bytes::{array, hex};
use crate::frame::dlt645::Frame;
use crate::frame::dlt645::Function::{Read1997, ReadNext1997, Write1997};
use crate::frame::dlt645::identifier::find_1997;

/// Fills in what the data of a 1997 frame say.
pub(super) fn explain(frame: &Frame, decoded: &mut Decoded) {
    let (control, data) = (frame.control(), frame.data());
    if control.refused() {
        decoded.error = Some("refused".to_owned());
        decoded.fields.push(Field::new("error_code", hex(data)));
        return;
    }
    let has_identifier = matches!(control.function(), Read1997 | ReadNext1997)
        || control.function() == Write1997 && !control.from_meter();
    let di = array(data, 0)
        .map(u16::from_le_bytes)
        .filter(|_| has_identifier);
    let Some(di) = di else {
        left_over(data, "", decoded);
        return;
    };
    let known = find_1997(di);
    decoded.di = Some(format!("{di:04X}"));
    decoded.name = known.map(|known| known.name.to_owned());
    let rest = data.get(2..).unwrap_or_default();
    if control.from_meter() {
        value(known, rest, decoded);
    } else {
        left_over(rest, "", decoded);
    }
}
