//! A concentrator that has connected by itself and said who it is.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncReadExt;

use crate::frame::gdw376::{Address, Frame, Gdw376, afn};
use crate::frame::scan::{Found, Scanner};
use crate::uplink::{Arrived, UplinkError, UplinkStream};

/// How long a connection may take to say who it is.
const LOGIN: Duration = Duration::from_secs(15);
/// Bytes it may take for that.
const AHEAD: usize = 4096;

/// An open connection whose first frame of AFN 02H told an address. That the address is its own is for the certificate to say:
/// [`peer_is`](Caller::peer_is), [`names`](Caller::names).
#[derive(Debug)]
pub struct Caller {
    pub(super) address: Address,
    pub(super) stream: UplinkStream,
    peer: SocketAddr,
}

/// Why a connection is nobody's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotKnown {
    /// No TLS came about.
    #[error(transparent)]
    Uplink(#[from] UplinkError),
    /// It did not say who it is, or broke off.
    #[error("{0}")]
    NoLogin(String),
}

impl Caller {
    /// Goes through the handshake, if there is one, and reads until the peer has logged in. What was read is put back, for
    /// whoever speaks to it.
    ///
    /// # Errors
    /// [`NotKnown`] says why it is to be dropped. It takes 25 s and 4096 bytes at most.
    pub async fn identify(arrived: Arrived) -> Result<Caller, NotKnown> {
        let peer = arrived.peer();
        let mut stream = arrived.secure().await?;
        match tokio::time::timeout(LOGIN, login(&mut stream)).await {
            Ok(Ok(address)) => Ok(Caller {
                address,
                stream,
                peer,
            }),
            Ok(Err(why)) => Err(NotKnown::NoLogin(why)),
            Err(_) => Err(NotKnown::NoLogin("no login came".to_owned())),
        }
    }

    /// The address that it logged in with.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Where it comes from.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Whether it is encrypted and a certificate of the operator's CA was shown.
    pub fn is_encrypted(&self) -> bool {
        self.stream.is_encrypted()
    }

    /// Whether its certificate is for this name; never so without TLS.
    pub fn peer_is(&self, name: &str) -> bool {
        self.stream.peer_is(name)
    }

    /// The host names in its certificate; none without TLS.
    pub fn names(&self) -> Vec<String> {
        self.stream.names()
    }

    pub(super) fn into_stream(self) -> UplinkStream {
        self.stream
    }
}

/// Reads until the concentrator has said who it is, and puts everything back for whoever talks to it.
async fn login(stream: &mut UplinkStream) -> Result<Address, String> {
    let mut scanner = Scanner::new::<Gdw376>();
    let mut ahead = Vec::new();
    let mut chunk = [0; 512];
    while ahead.len() < AHEAD {
        let count = match stream.read(&mut chunk).await {
            Ok(0) => return Err("it closed the connection".to_owned()),
            Ok(count) => count,
            Err(error) => return Err(error.to_string()),
        };
        let new = chunk.get(..count).unwrap_or_default();
        ahead.extend_from_slice(new);
        for found in scanner.push(new) {
            let Found::Frame { bytes, .. } = found else {
                continue;
            };
            if let Ok(frame) = Frame::decode(&bytes)
                && frame.afn == afn::LINK
                && frame.control.upward()
            {
                stream.unread(&ahead);
                return Ok(frame.address);
            }
        }
    }
    Err("it says much, but not who it is".to_owned())
}
