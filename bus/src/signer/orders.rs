//! Requests with their authentication codes: what a driver for meters with a security module sends.

use super::{Purpose, Session, Signer, SignerError};
use crate::frame::dlt645::heard::{Permit, Write};
use crate::frame::dlt645::password::{Password, Protected, SEALED, SIGNED};
use crate::frame::dlt645::purchase::{CustomerNumber, Operator, Purchase};
use crate::frame::dlt645::relay::{ProtectedOrder, RelayOrder};
use crate::frame::dlt645::security::{Deed, IDENTITY, Identity, IdentityAnswer, SecurityRequest};
use crate::frame::dlt645::{Address, Frame, request};

/// The request that opens a session, and what must be kept of it until the answer is there.
///
/// # Errors
/// The signer gave no cipher.
pub async fn identity_request<S: Signer>(
    signer: &mut S,
    meter: [u8; 6],
    operator: Operator,
) -> Result<(SecurityRequest<'static>, Identity), SignerError> {
    let identity = signer.identity(meter).await?;
    let request = SecurityRequest {
        di: IDENTITY,
        operator,
        deed: Deed::Identity(identity),
    };
    Ok((request, identity))
}

/// The session that the meter's answer to [`identity_request`] opens. `after_di` is what follows the identifier.
///
/// # Errors
/// [`SignerError::Malformed`] where the answer has another length.
pub fn begin(meter: [u8; 6], identity: &Identity, after_di: &[u8]) -> Result<Session, SignerError> {
    let answer = IdentityAnswer::parse(after_di).ok_or_else(|| {
        let count = after_di.len();
        SignerError::Malformed(format!(
            "the meter answered the identity authentication with {count} bytes instead of 12"
        ))
    })?;
    Ok(Session::new(meter, identity, answer))
}

/// A purchase with both of its codes.
///
/// # Errors
/// The signer gave no code.
pub async fn sign_purchase<S: Signer>(
    signer: &mut S,
    session: &Session,
    operator: Operator,
    amount: u32,
    count: u32,
    customer: CustomerNumber,
) -> Result<Purchase, SignerError> {
    let paid = Purchase::covered(amount, count);
    Ok(Purchase {
        operator,
        amount,
        count,
        mac: signer.mac(session, Purpose::Purchase, &paid).await?,
        customer,
        customer_mac: signer
            .mac(session, Purpose::Customer, &customer.to_wire())
            .await?,
    })
}

/// The frame of a relay order: enciphered (class 98) where `sealed`, else in clear with a MAC (class 99). The order's own
/// password is not used.
///
/// # Errors
/// The signer gave no code, or its ciphertext does not fit into a frame.
pub async fn sign_relay<S: Signer>(
    signer: &mut S,
    session: &Session,
    address: Address,
    order: RelayOrder,
    sealed: bool,
) -> Result<Frame, SignerError> {
    let command = order.command_bytes();
    let secret;
    let (class, content) = if sealed {
        secret = signer.seal(session, Purpose::Control, &command).await?;
        (
            SEALED,
            Protected::Sealed {
                cipher: &secret.cipher,
                mac: secret.mac,
            },
        )
    } else {
        let mac = signer.mac(session, Purpose::Control, &command).await?;
        (
            SIGNED,
            Protected::Signed {
                data: &command,
                mac,
            },
        )
    };
    let order = ProtectedOrder {
        password: Password::of_class(class),
        operator: order.operator,
        content,
    };
    request::protected_relay(address, order).map_err(|error| too_long(&error))
}

/// The frame that writes a parameter: enciphered (class 98) where `sealed`, else in clear with a MAC (class 99). The code
/// covers identifier and value.
///
/// # Errors
/// The signer gave no code, or the value does not fit into a frame.
pub async fn sign_write<S: Signer>(
    signer: &mut S,
    session: &Session,
    address: Address,
    (di, value): (u32, &[u8]),
    operator: Operator,
    sealed: bool,
) -> Result<Frame, SignerError> {
    let covered = [&di.to_le_bytes()[..], value].concat();
    let secret;
    let (class, content) = if sealed {
        secret = signer.seal(session, Purpose::Parameter, &covered).await?;
        (
            SEALED,
            Protected::Sealed {
                cipher: &secret.cipher,
                mac: secret.mac,
            },
        )
    } else {
        let mac = signer.mac(session, Purpose::Parameter, &covered).await?;
        (SIGNED, Protected::Signed { data: value, mac })
    };
    let permit = Permit {
        password: Password::of_class(class),
        operator,
    };
    request::write(
        address,
        Write {
            di,
            permit,
            content,
        },
    )
    .map_err(|error| too_long(&error))
}

fn too_long(error: &crate::frame::FrameError) -> SignerError {
    SignerError::Malformed(error.to_string())
}
