//! A finger on an X display: button events of the X server's own test extension, which no program can tell from a person's.

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, MOTION_NOTIFY_EVENT, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::scenario::Failure;

/// The button that a touch panel reports.
const LEFT: u8 = 1;

/// A finger.
pub struct Finger {
    connection: RustConnection,
    root: Window,
}

impl Finger {
    /// On this display.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub fn on(display: &str) -> Result<Finger, Failure> {
        let (connection, number) = x11rb::connect(Some(display)).map_err(lost)?;
        let root = connection.setup().roots[number].root;
        Ok(Finger { connection, root })
    }

    /// Moves to a place without touching.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn above(&self, (x, y): (i16, i16)) -> Result<(), Failure> {
        self.send(MOTION_NOTIFY_EVENT, 0, (x, y))
    }

    /// Touches where it is.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn press(&self) -> Result<(), Failure> {
        self.send(BUTTON_PRESS_EVENT, LEFT, (0, 0))
    }

    /// Lets go.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn release(&self) -> Result<(), Failure> {
        self.send(BUTTON_RELEASE_EVENT, LEFT, (0, 0))
    }

    /// A whole touch.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn tap(&self, at: (i16, i16)) -> Result<(), Failure> {
        self.above(at)?;
        self.press()?;
        self.release()
    }

    /// The reply to a question of no interest says that the event has been handed on.
    fn send(&self, kind: u8, detail: u8, (x, y): (i16, i16)) -> Result<(), Failure> {
        let sent = self
            .connection
            .xtest_fake_input(kind, detail, 0, self.root, x, y, 0);
        sent.map_err(lost)?;
        self.connection
            .get_input_focus()
            .map_err(lost)?
            .reply()
            .map_err(lost)?;
        Ok(())
    }
}

fn lost(error: impl std::fmt::Display) -> Failure {
    Failure::new(format!("the display is gone: {error}"))
}
