//! One of the ways to a meter, chosen at run time.

use std::time::Duration;

use super::{Link, LinkError, SerialLink, TcpLink};
use crate::master::ForwardLink;

/// Any of the links, for whoever reads from a file or a command line which one it is.
pub enum AnyLink {
    /// A serial port of this machine.
    Serial(SerialLink),
    /// A serial gateway on the network.
    Tcp(TcpLink),
    /// A wire behind a concentrator.
    Forward(ForwardLink),
}

impl Link for AnyLink {
    async fn exchange(
        &mut self,
        request: &[u8],
        belongs: &(dyn Fn(&[u8]) -> bool + Sync),
        patience: Duration,
    ) -> Result<Vec<u8>, LinkError> {
        match self {
            AnyLink::Serial(link) => link.exchange(request, belongs, patience).await,
            AnyLink::Tcp(link) => link.exchange(request, belongs, patience).await,
            AnyLink::Forward(link) => link.exchange(request, belongs, patience).await,
        }
    }
}
