//! How large the screen is, and where the two windows go on it.

use x11rb::connection::Connection;
use x11rb::protocol::randr::ConnectionExt;

use crate::scenario::Failure;

/// The kiosk's window in logical pixels, as its design wants it.
const KIOSK: (f32, f32) = (1370.0, 856.0);
/// How wide the panel's window is, in logical pixels. Its height is the monitor's, for the picture of the slip.
const PANEL_WIDTH: f32 = 290.0;
/// Left free above and below for the desktop's bars and the windows' titles, in real pixels.
const BARS: u32 = 80;
/// Smaller than this, nobody can read it; then the windows overlap.
const SMALLEST_SCALE: f32 = 0.5;

/// A monitor, in real pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Monitor {
    pub(super) left: i32,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// Where the windows go, in real pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Places {
    pub(super) kiosk_size: (u32, u32),
    /// Real pixels for a logical one in the kiosk's window.
    pub(super) kiosk_scale: f32,
    pub(super) panel_size: (u32, u32),
    pub(super) panel_left: i32,
}

/// The primary monitor, or all of the screen where the server knows no monitors.
///
/// # Errors
/// Without an X display.
pub(super) fn primary() -> Result<Monitor, Failure> {
    let unseen = |error: &dyn std::fmt::Display| {
        Failure::new(format!(
            "the display cannot be reached ({error}); play without one: DISPLAY= make demo"
        ))
    };
    let (connection, number) = x11rb::connect(None).map_err(|e| unseen(&e))?;
    let screen = &connection.setup().roots[number];
    let asked = connection
        .randr_get_monitors(screen.root, true)
        .ok()
        .and_then(|cookie| cookie.reply().ok());
    let monitors = asked.map(|reply| reply.monitors).unwrap_or_default();
    let chosen = monitors.iter().find(|m| m.primary).or(monitors.first());
    Ok(match chosen {
        Some(m) => Monitor {
            left: m.x.into(),
            width: m.width.into(),
            height: m.height.into(),
        },
        None => Monitor {
            left: 0,
            width: screen.width_in_pixels.into(),
            height: screen.height_in_pixels.into(),
        },
    })
}

/// The kiosk as large as fits beside the panel, never larger than its design at the desktop's own scale.
pub(super) fn side_by_side(monitor: Monitor, desktop_scale: f32) -> Places {
    let panel_width = (PANEL_WIDTH * desktop_scale).min(monitor.width as f32 / 2.0);
    let free = (
        monitor.width as f32 - panel_width,
        monitor.height.saturating_sub(BARS) as f32,
    );
    let kiosk_scale = desktop_scale
        .min(free.0 / KIOSK.0)
        .min(free.1 / KIOSK.1)
        .max(SMALLEST_SCALE);
    Places {
        kiosk_size: (
            (KIOSK.0 * kiosk_scale) as u32,
            (KIOSK.1 * kiosk_scale) as u32,
        ),
        kiosk_scale,
        panel_size: (panel_width as u32, free.1 as u32),
        panel_left: monitor.left + monitor.width as i32 - panel_width as i32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn monitor(width: u32, height: u32) -> Monitor {
        Monitor {
            left: 0,
            width,
            height,
        }
    }

    #[test]
    fn on_a_large_monitor_the_kiosk_has_its_design_size() {
        let places = side_by_side(monitor(1920, 1080), 1.0);
        assert_eq!((places.kiosk_size, places.panel_left), ((1370, 856), 1630));
    }

    #[test]
    fn on_a_small_monitor_both_still_fit_beside_each_other() {
        let places = side_by_side(monitor(1366, 768), 1.0);
        assert!(
            places.kiosk_size.0 as i32 <= places.panel_left,
            "{places:?}"
        );
        assert!(places.kiosk_size.1 <= 768 - BARS, "{places:?}");
    }

    #[test]
    fn a_dense_desktop_gets_as_many_more_pixels() {
        let places = side_by_side(monitor(3840, 2160), 2.0);
        assert_eq!(
            (places.kiosk_scale, places.kiosk_size.0, places.panel_size.0),
            (2.0, 2740, 580)
        );
    }
}
