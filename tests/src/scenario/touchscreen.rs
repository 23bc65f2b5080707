//! The kiosk's screen as the rig's hands and eyes reach it.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Failure;
use super::json_socket::JsonSocket;

/// The screen of a running kiosk.
#[derive(Debug)]
pub struct Touchscreen {
    socket: JsonSocket,
}

/// What is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The screen's name: `Attract`, `Number`, `Cash`, …
    pub screen: String,
    /// Its whole content, in debug form.
    pub view: String,
}

impl Touchscreen {
    /// Connects to the kiosk whose rig folder this is.
    ///
    /// # Errors
    /// When no kiosk listens there.
    pub fn connect(folder: &Path) -> Result<Touchscreen, Failure> {
        let socket = JsonSocket::connect(&folder.join("screen.sock"), Duration::from_secs(30))?;
        Ok(Touchscreen { socket })
    }

    /// What is shown now.
    ///
    /// # Errors
    /// When the kiosk is gone.
    pub fn shown(&mut self) -> Result<Shown, Failure> {
        let answer = self.socket.ask(&json!({ "cmd": "screen" }))?;
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        Ok(Shown {
            screen: text("screen"),
            view: text("view"),
        })
    }

    /// Waits until one of these screens is shown, with all these words in its content.
    ///
    /// # Errors
    /// When it does not come in time; the error says what is shown instead.
    pub fn wait_for(
        &mut self,
        screens: &[&str],
        words: &[&str],
        patience: Duration,
    ) -> Result<Shown, Failure> {
        let end = Instant::now() + patience;
        loop {
            let shown = self.shown()?;
            if screens.contains(&shown.screen.as_str())
                && words.iter().all(|w| shown.view.contains(w))
            {
                return Ok(shown);
            }
            if Instant::now() >= end {
                return Err(Failure::new(format!(
                    "waited {patience:?} for {screens:?} with {words:?}, but the screen shows {}",
                    shown.view
                )));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Touches the element with this id.
    ///
    /// # Errors
    /// When there is no such element, or it is disabled.
    pub fn touch(&mut self, id: &str) -> Result<(), Failure> {
        self.socket
            .ask(&json!({ "cmd": "touch", "id": id }))
            .map(drop)
    }

    /// Presses the key of this name: `F1`.
    ///
    /// # Errors
    /// When there is no such key.
    pub fn key(&mut self, name: &str) -> Result<(), Failure> {
        self.socket
            .ask(&json!({ "cmd": "key", "name": name }))
            .map(drop)
    }

    /// The id of the control that has the focus of the keys.
    ///
    /// # Errors
    /// When the kiosk is gone.
    pub fn focus(&mut self) -> Result<Option<String>, Failure> {
        let answer = self.socket.ask(&json!({ "cmd": "focus" }))?;
        Ok(answer["focus"].as_str().map(str::to_owned))
    }

    /// The words on the screen.
    ///
    /// # Errors
    /// When the kiosk is gone.
    pub fn texts(&mut self) -> Result<Vec<String>, Failure> {
        let answer = self.socket.ask(&json!({ "cmd": "texts" }))?;
        let texts = answer["texts"].as_array().cloned().unwrap_or_default();
        Ok(texts
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect())
    }

    /// Saves a picture of the screen.
    ///
    /// # Errors
    /// When it cannot be drawn or written.
    pub fn picture(&mut self, path: &Path) -> Result<(), Failure> {
        self.socket
            .ask(&json!({ "cmd": "picture", "path": path }))
            .map(drop)
    }
}
