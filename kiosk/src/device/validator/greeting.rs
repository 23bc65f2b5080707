//! The first words of a connection: which protocol version, and which validator this is.

use tokio::io::{AsyncRead, AsyncWrite};

use super::CashState;
use super::exchange::{Answer, Line};
use super::request::Request;
use super::session::{Caller, End, Memory};
use super::task::ValidatorSettings;

/// Protocol versions asked for, best first.
const VERSIONS: [u8; 3] = [8, 7, 6];

/// Settles on the highest protocol version both sides know.
pub async fn agree_on_version<P: AsyncRead + AsyncWrite + Unpin>(
    line: &mut Line<P>,
) -> Result<(), End> {
    for version in VERSIONS {
        if line.exchange(Request::ProtocolVersion(version)).await?.ok() {
            return Ok(());
        }
    }
    Err(End::Fault(
        "the validator speaks none of the protocol versions 6 to 8".into(),
    ))
}

/// Whether it is the validator that was there before, or the first one seen.
pub async fn check_serial<P: AsyncRead + AsyncWrite + Unpin>(
    line: &mut Line<P>,
    settings: &ValidatorSettings,
    memory: &mut Memory,
    caller: &Caller,
) -> Result<bool, End> {
    let answer = demand(line, Request::Serial).await?;
    let bytes = answer
        .data
        .first_chunk::<4>()
        .ok_or_else(|| End::Fault("the serial number is cut off".into()))?;
    let serial = u32::from_be_bytes(*bytes);
    if let Some(expected) = settings.serial.filter(|&s| s != serial) {
        return Err(End::Fault(format!(
            "this is validator {serial}, the configuration names {expected}"
        )));
    }
    let before = memory.serial.replace(serial);
    match before {
        Some(before) if before != serial => {
            tracing::error!(before, now = serial, "the validator was exchanged");
            let text = format!("the validator was exchanged: {serial} instead of {before}");
            caller.show(memory, CashState::Fault(text))?;
            Ok(false)
        }
        Some(_) | None => Ok(true),
    }
}

/// An answer that has to be there; anything else is a fault of the validator.
pub async fn demand<P: AsyncRead + AsyncWrite + Unpin>(
    line: &mut Line<P>,
    request: Request,
) -> Result<Answer, End> {
    let answer = line.exchange(request).await?;
    if answer.ok() {
        return Ok(answer);
    }
    Err(End::Fault(format!(
        "{request:?} was refused: {}",
        answer.reason()
    )))
}
