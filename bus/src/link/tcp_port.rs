//! The port behind a TCP gateway that passes bytes through, for whoever listens to the line itself.

use std::io;
use std::net::ToSocketAddrs;
use std::time::Duration;

use tokio::net::TcpStream;

use super::{Port, PortOpener, SerialSettings};

const CONNECT: Duration = Duration::from_secs(5);

/// A serial gateway at `host:port`. Rate and framing are set at the gateway, not from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TcpGateway {
    /// `host:port`.
    pub endpoint: String,
}

impl PortOpener for TcpGateway {
    /// Connects. The caller is held up for up to five seconds, so this is for tools that have nothing else to do. The
    /// settings are not told to the gateway.
    fn open(&self, _settings: &SerialSettings) -> io::Result<Box<dyn Port>> {
        let mut fault = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in self.endpoint.to_socket_addrs()? {
            match std::net::TcpStream::connect_timeout(&address, CONNECT) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    stream.set_nonblocking(true)?;
                    return Ok(Box::new(TcpStream::from_std(stream)?));
                }
                Err(error) => fault = error,
            }
        }
        Err(fault)
    }

    fn name(&self) -> String {
        self.endpoint.clone()
    }
}

impl Port for TcpStream {
    fn set(&mut self, settings: &SerialSettings) -> io::Result<()> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            format!("{settings} must be set at the gateway"),
        ))
    }

    fn discard_input(&mut self) -> io::Result<()> {
        let mut chunk = [0; 512];
        // As for a terminal device: a gateway that babbles without end must not hold the caller here.
        for _ in 0..128 {
            match self.try_read(&mut chunk) {
                Ok(0) => {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "closed by the gateway",
                    ));
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
