//! Tells whatever started the terminal that it is on the screen, and goes on telling it while the screen's loop turns: systemd's
//! notification protocol (`Type=notify`, `WatchdogSec=`). Where nobody asked, nobody is told.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use slint::{Timer, TimerMode};

/// Where to tell it.
const SOCKET: &str = "NOTIFY_SOCKET";
/// After so many microseconds of silence the terminal is taken for dead and started anew.
const PATIENCE: &str = "WATCHDOG_USEC";
/// Between two tellings, where nobody said how long silence may last.
const USUAL: Duration = Duration::from_secs(1);

/// Begins to tell, from within the screen's loop. It ends when the timer is dropped.
pub fn tell() -> Option<Timer> {
    let address = address(&std::env::var(SOCKET).ok()?)?;
    let socket = UnixDatagram::unbound().ok()?;
    let timer = Timer::default();
    let every = interval(std::env::var(PATIENCE).ok().as_deref());
    // Nothing is said before the loop has turned for the first time: only then the terminal can be touched.
    timer.start(TimerMode::Repeated, every, move || {
        if let Err(error) = socket.send_to_addr(b"READY=1\nWATCHDOG=1", &address) {
            tracing::warn!(%error, "the system's manager cannot be told that the terminal is alive");
        }
    });
    Some(timer)
}

/// A path, or with `@` a name in the abstract name space.
fn address(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name).ok(),
        None => SocketAddr::from_pathname(text).ok(),
    }
}

/// Four times within the patience, and at least once a second.
fn interval(patience: Option<&str>) -> Duration {
    let micros = patience.and_then(|text| text.parse::<u64>().ok());
    match micros {
        Some(micros) if micros > 0 => USUAL.min(Duration::from_micros(micros) / 4),
        _ => USUAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_well_within_the_patience() {
        assert_eq!(interval(Some("30000000")), USUAL);
        assert_eq!(interval(Some("2000000")), Duration::from_millis(500));
        for odd in [None, Some("0"), Some("soon")] {
            assert_eq!(interval(odd), USUAL);
        }
    }

    #[test]
    fn a_socket_is_a_path_or_an_abstract_name() {
        let path = address("/run/systemd/notify").unwrap();
        assert_eq!(
            path.as_pathname().unwrap().to_str(),
            Some("/run/systemd/notify")
        );
        assert_eq!(address("@m").unwrap().as_abstract_name(), Some(&b"m"[..]));
        assert!(address(&"x".repeat(200)).is_none());
    }
}
