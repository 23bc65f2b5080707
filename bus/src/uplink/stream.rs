//! A connection between a concentrator and a master, whichever side made it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsStream;

use super::fault::explain_io;
use super::peers::{is_for, names_in};

/// An open uplink.
#[derive(Debug)]
pub struct UplinkStream {
    way: Way,
    /// Bytes that were read ahead and are yet to be handed out.
    ahead: Vec<u8>,
}

#[derive(Debug)]
enum Way {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl UplinkStream {
    pub(super) fn plain(stream: TcpStream) -> Self {
        UplinkStream {
            way: Way::Plain(stream),
            ahead: Vec::new(),
        }
    }

    pub(super) fn tls(stream: impl Into<TlsStream<TcpStream>>) -> Self {
        UplinkStream {
            way: Way::Tls(Box::new(stream.into())),
            ahead: Vec::new(),
        }
    }

    /// Gives back bytes that were read to learn who is there; they are read first.
    pub fn unread(&mut self, bytes: &[u8]) {
        self.ahead.splice(0..0, bytes.iter().copied());
    }

    /// Whether it is encrypted and the peer has shown a certificate of the operator's CA.
    pub fn is_encrypted(&self) -> bool {
        matches!(self.way, Way::Tls(_))
    }

    /// Whether the peer's certificate is for this host name or IP address; never so without TLS.
    pub fn peer_is(&self, name: &str) -> bool {
        self.peer_certificate()
            .is_some_and(|certificate| is_for(certificate, name))
    }

    /// The host names in the peer's certificate (subjectAltName, dNSName); none without TLS.
    pub fn names(&self) -> Vec<String> {
        self.peer_certificate().map(names_in).unwrap_or_default()
    }

    /// The peer's certificate in DER form; `None` without TLS.
    pub fn certificate(&self) -> Option<&[u8]> {
        self.peer_certificate().map(AsRef::as_ref)
    }

    fn peer_certificate(&self) -> Option<&CertificateDer<'static>> {
        match &self.way {
            Way::Plain(_) => None,
            Way::Tls(stream) => stream.get_ref().1.peer_certificates()?.first(),
        }
    }
}

/// The peer refuses our certificate only after our side of the handshake of TLS 1.3 is over, so the reason comes with the
/// first read.
fn explained(result: Poll<io::Result<()>>) -> Poll<io::Result<()>> {
    result.map_err(|error| io::Error::new(error.kind(), explain_io(&error)))
}

impl AsyncRead for UplinkStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            let count = self.ahead.len().min(buffer.remaining());
            buffer.put_slice(self.ahead.get(..count).unwrap_or_default());
            self.ahead.drain(..count);
            return Poll::Ready(Ok(()));
        }
        match &mut self.way {
            Way::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Way::Tls(stream) => explained(Pin::new(stream).poll_read(context, buffer)),
        }
    }
}

impl AsyncWrite for UplinkStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.way {
            Way::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Way::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.way {
            Way::Plain(stream) => Pin::new(stream).poll_flush(context),
            Way::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.way {
            Way::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Way::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
