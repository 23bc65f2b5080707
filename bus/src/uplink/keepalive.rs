//! Noticing a peer that is gone without a word.

use std::io;
use std::time::Duration;

use rustix::net::sockopt::{
    set_socket_keepalive, set_tcp_keepcnt, set_tcp_keepidle, set_tcp_keepintvl,
};
use tokio::net::TcpStream;

/// Silence after which the system asks whether the peer is still there.
const IDLE: Duration = Duration::from_secs(30);
/// How often it asks again.
const INTERVAL: Duration = Duration::from_secs(10);
/// How many questions may stay unanswered.
const PROBES: u32 = 3;

/// Small frames go out at once, and a dead peer is noticed after a minute even if nobody writes.
pub(super) fn settle(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    set_socket_keepalive(stream, true)?;
    set_tcp_keepidle(stream, IDLE)?;
    set_tcp_keepintvl(stream, INTERVAL)?;
    set_tcp_keepcnt(stream, PROBES)?;
    Ok(())
}
