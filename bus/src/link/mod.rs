//! Ways to a meter: a serial line, a TCP connection, or a concentrator's transparent forwarding.

pub mod any;
mod collect;
pub mod port;
pub mod serial;
pub mod settings;
pub mod spoken;
pub mod tcp;
pub mod tcp_port;
pub mod tty;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

pub use any::AnyLink;
pub use port::{Port, PortOpener};
pub use serial::{SerialLink, SerialPortConfig};
pub use settings::{Parity, SerialSettings};
pub use spoken::Spoken;
pub use tcp::TcpLink;
pub use tcp_port::TcpGateway;
pub use tty::Tty;

use crate::frame::Protocol;

/// Told of frames that answer nothing: protocol and bytes, without preamble. It must not block.
pub type Ear = Arc<dyn Fn(Protocol, &[u8]) + Send + Sync>;

/// One request and the answer that belongs to it.
///
/// A link sends the frame, then hands every complete frame that comes back to `belongs` until that says yes. Frames that
/// do not belong (late answers, echoes, foreign meters) are dropped and logged.
pub trait Link: Send {
    /// Sends `request` and returns the first frame that `belongs`.
    ///
    /// # Errors
    /// [`LinkError`] says what failed. After an error the request may or may not have reached the meter, unless the error
    /// [`never_sent`](LinkError::never_sent).
    fn exchange(
        &mut self,
        request: &[u8],
        belongs: &(dyn Fn(&[u8]) -> bool + Sync),
        patience: Duration,
    ) -> impl Future<Output = Result<Vec<u8>, LinkError>> + Send;
}

/// Why an exchange brought no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The way to the concentrator or the serial port is not open; nothing was sent.
    #[error("not connected: {0}")]
    NotConnected(String),
    /// The concentrator said that it did not send the request.
    #[error("the concentrator did not forward the request: {0}")]
    NotForwarded(String),
    /// Nothing that belongs came back in time.
    #[error("no answer within {0:?}")]
    NoAnswer(Duration),
    /// The connection broke after the request had been handed over.
    #[error("the connection broke: {0}")]
    Broken(String),
}

impl LinkError {
    /// Whether it is certain that the request never went out on the wire.
    pub fn never_sent(&self) -> bool {
        matches!(
            self,
            LinkError::NotConnected(_) | LinkError::NotForwarded(_)
        )
    }
}
