//! What a master sends.

use super::envelope::short;
use super::{Address, BaudRate, Control, Frame, Information, Moment, Selection};
use crate::frame::FrameError;
use crate::frame::wall_time::WallTime;

/// SND_NKE: the meter's link starts anew and answers `E5`. To [`Address::SELECTED`] it ends a selection.
pub fn reset(address: Address) -> Vec<u8> {
    short(Control::RESET, address).to_vec()
}

/// REQ_UD2: the meter's data. The bit FCB changes from telegram to telegram and stays for a repetition.
pub fn read(address: Address, frame_count: bool) -> Vec<u8> {
    short(Control::request_data(frame_count), address).to_vec()
}

/// Selects the meters that fit; each answers `E5` and then listens at [`Address::SELECTED`].
///
/// # Errors
/// None in practice: eight bytes always fit.
pub fn select(selection: Selection) -> Result<Vec<u8>, FrameError> {
    send(
        Address::SELECTED,
        false,
        Information::Select { high_first: false },
        &selection.to_bytes(),
    )
}

/// SND_UD with any content.
///
/// # Errors
/// [`FrameError::Content`] for more than [`Frame::MOST_DATA`] bytes.
pub fn send(
    address: Address,
    frame_count: bool,
    information: Information,
    data: &[u8],
) -> Result<Vec<u8>, FrameError> {
    Frame::Long {
        control: Control::send(frame_count),
        address,
        information,
        data,
    }
    .encode()
}

/// The application of the meter starts anew. `answer` chooses what it tells from then on, where the meter can choose.
///
/// # Errors
/// None in practice.
pub fn reset_application(
    address: Address,
    frame_count: bool,
    answer: Option<u8>,
) -> Result<Vec<u8>, FrameError> {
    let data: &[u8] = match answer {
        Some(ref code) => std::slice::from_ref(code),
        None => &[],
    };
    send(address, frame_count, Information::ApplicationReset, data)
}

/// Gives a meter another primary address: a record with DIF 01 and VIF 7A.
///
/// # Errors
/// [`FrameError::Content`] where `to` is no address one meter can have.
pub fn set_address(from: Address, frame_count: bool, to: Address) -> Result<Vec<u8>, FrameError> {
    if !to.is_primary() {
        return Err(FrameError::Content(format!(
            "{to} is no primary address; they go from 0 to 250"
        )));
    }
    let information = Information::SendData { high_first: false };
    send(from, frame_count, information, &[0x01, 0x7A, to.0])
}

/// Sets the digital output of a meter, by which it moves a valve or relay: a record with VIF FD 1A.
///
/// # Errors
/// None in practice.
pub fn set_output(address: Address, frame_count: bool, bits: u8) -> Result<Vec<u8>, FrameError> {
    let information = Information::SendData { high_first: false };
    send(address, frame_count, information, &[0x01, 0xFD, 0x1A, bits])
}

/// Sets the clock of a meter to the minute: a record with VIF 6D, type F.
///
/// # Errors
/// None in practice: the years of a [`WallTime`] fit.
pub fn set_clock(
    address: Address,
    frame_count: bool,
    now: WallTime,
) -> Result<Vec<u8>, FrameError> {
    let civil = now.to_civil();
    let moment = Moment {
        year: civil.year().unsigned_abs(),
        month: civil.month().unsigned_abs(),
        day: civil.day().unsigned_abs(),
        time: Some((civil.hour().unsigned_abs(), civil.minute().unsigned_abs())),
        second: None,
    };
    let Some([a, b, c, d]) = moment.to_minute() else {
        return Err(FrameError::Content(format!(
            "{now} does not fit into a clock"
        )));
    };
    let information = Information::SendData { high_first: false };
    send(address, frame_count, information, &[0x04, 0x6D, a, b, c, d])
}

/// Changes the rate of a meter, which acknowledges at the old one.
///
/// # Errors
/// None in practice.
pub fn set_baud(
    address: Address,
    frame_count: bool,
    rate: BaudRate,
) -> Result<Vec<u8>, FrameError> {
    send(address, frame_count, Information::SetBaud(rate), &[])
}
