//! The address of whoever is at the other end of a connection: of the connection itself, never of a header that a caller sets.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::net::TcpListener;

use crate::tls::TlsListener;

/// The other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

impl Peer {
    /// Who counts as one caller: an address, or the network of an IPv6 address, of which anybody has 2^64. None for this machine itself:
    /// that is a proxy, behind which everybody is.
    pub fn caller(self) -> Option<IpAddr> {
        let address = self.0.ip().to_canonical();
        match address {
            address if address.is_loopback() => None,
            IpAddr::V4(_) => Some(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Some(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
            }
        }
    }
}

impl Connected<IncomingStream<'_, TcpListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Peer {
        Peer(*stream.remote_addr())
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Peer {
        Peer(*stream.remote_addr())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_addresses_is_one_caller_and_a_proxy_none() {
        let caller = |text: &str| {
            Peer(text.parse().unwrap())
                .caller()
                .map(|ip| ip.to_string())
        };
        assert_eq!(caller("192.0.2.7:1").as_deref(), Some("192.0.2.7"));
        assert_eq!(caller("[::ffff:192.0.2.7]:1").as_deref(), Some("192.0.2.7"));
        assert_eq!(
            caller("[2001:db8:1:2:3::4]:1").as_deref(),
            Some("2001:db8:1:2::")
        );
        assert_eq!(caller("127.0.0.1:1"), None);
        assert_eq!(caller("[::1]:1"), None);
    }
}
