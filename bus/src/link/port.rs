//! What a serial link needs of a port, so that the same link runs over a terminal device and over anything else that
//! carries bytes.

use std::fmt::Debug;
use std::io;

use tokio::io::{AsyncRead, AsyncWrite};

use super::SerialSettings;

/// An open port.
pub trait Port: AsyncRead + AsyncWrite + Unpin + Send {
    /// Changes rate and framing for everything that follows.
    ///
    /// # Errors
    /// What the system says; the port may then be half set and must be closed.
    fn set(&mut self, settings: &SerialSettings) -> io::Result<()>;

    /// Throws away what has arrived, and notices that the device is gone: reading is the only way to see a hang-up in time.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] when the device is gone, else what the system says.
    fn discard_input(&mut self) -> io::Result<()>;
}

/// A place where a port can be opened, again and again.
pub trait PortOpener: Send + Sync + Debug {
    /// Opens the port with this rate and framing, without input that is older than the call.
    ///
    /// # Errors
    /// What the system says: missing, taken, or cannot be set this way.
    fn open(&self, settings: &SerialSettings) -> io::Result<Box<dyn Port>>;

    /// What the port is called in messages, such as its device.
    fn name(&self) -> String;
}
