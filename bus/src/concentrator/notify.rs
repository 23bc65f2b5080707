//! Telling the service manager how it goes: `READY=1`, `STOPPING=1`, and the watchdog (sd_notify, by a datagram).

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The way to the service manager; nowhere when this program was started otherwise.
#[derive(Debug, Default)]
pub struct Notify {
    socket: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl Notify {
    /// From the values of `NOTIFY_SOCKET` (a path, or an abstract name behind `@`) and `WATCHDOG_USEC`.
    ///
    /// # Errors
    /// What the system says when there is such a socket and it cannot be used.
    pub fn new(socket: Option<&str>, watchdog_usec: Option<&str>) -> io::Result<Self> {
        let Some(name) = socket.filter(|name| !name.is_empty()) else {
            return Ok(Notify::default());
        };
        let address = match name.strip_prefix('@') {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(name)?,
        };
        let watchdog = watchdog_usec
            .and_then(|text| text.parse().ok())
            .filter(|usec| *usec > 0)
            .map(Duration::from_micros);
        Ok(Notify {
            socket: Some((UnixDatagram::unbound()?, address)),
            watchdog,
        })
    }

    /// How often [`alive`](Self::alive) has to be said: twice in the time that the manager waits.
    pub fn watchdog(&self) -> Option<Duration> {
        self.watchdog.map(|wait| wait / 2)
    }

    /// The program works; `status` is shown by the manager.
    pub fn ready(&self, status: &str) {
        self.say(&format!("READY=1\nSTATUS={status}"));
    }

    /// The program ends in order.
    pub fn stopping(&self) {
        self.say("STOPPING=1");
    }

    /// The program is alive.
    pub fn alive(&self) {
        self.say("WATCHDOG=1");
    }

    fn say(&self, text: &str) {
        if let Some((socket, address)) = &self.socket
            && let Err(error) = socket.send_to_addr(text.as_bytes(), address)
        {
            tracing::debug!(%error, "the service manager does not listen");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manager_hears_ready_alive_and_stopping() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let notify = Notify::new(path.to_str(), Some("10000000")).unwrap();
        assert_eq!(notify.watchdog(), Some(Duration::from_secs(5)));
        let heard = || {
            let mut buffer = [0; 256];
            let count = manager.recv(&mut buffer).unwrap();
            String::from_utf8(buffer[..count].to_vec()).unwrap()
        };
        notify.ready("2 wires");
        assert_eq!(heard(), "READY=1\nSTATUS=2 wires");
        notify.alive();
        assert_eq!(heard(), "WATCHDOG=1");
        notify.stopping();
        assert_eq!(heard(), "STOPPING=1");
    }

    #[test]
    fn without_a_manager_nothing_is_said() {
        let notify = Notify::new(None, Some("10")).unwrap();
        assert_eq!(notify.watchdog(), None);
        notify.ready("nobody");
        let gone = Notify::new(Some("@nobody-listens-here"), None).unwrap();
        gone.alive();
    }
}
