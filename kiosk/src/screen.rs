//! The screen of a running terminal: the window, the language and size, the way from touches to the engine.

mod alive;
mod enrol;

pub use enrol::enrol;

use std::rc::Rc;
use std::str::FromStr;
use std::sync::mpsc::Sender;

use meterpost_ui::Terminal;

use crate::app::{Boundary, Message, Setup, StartError, start};
use crate::device::speech::{self, SpeechEvent, SpeechSettings};
use crate::flow::Input;

/// A window's size in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Across.
    pub width: u32,
    /// Down.
    pub height: u32,
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Size, String> {
        let wrong =
            || format!("`{text}` is no size; write width x height in pixels, such as 1280x800");
        let (width, height) = text.split_once('x').ok_or_else(wrong)?;
        let number = |s: &str| {
            s.parse()
                .ok()
                .filter(|n| (200..=8000).contains(n))
                .ok_or_else(wrong)
        };
        Ok(Size {
            width: number(width)?,
            height: number(height)?,
        })
    }
}

/// Why the terminal could not be run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The ledger or the system.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The screen.
    #[error("the screen cannot be opened: {0}")]
    Screen(String),
}

fn on_screen(error: impl std::fmt::Display) -> RunError {
    RunError::Screen(error.to_string())
}

/// Runs the terminal until the window is closed or the program is asked to end.
///
/// # Errors
/// [`RunError`], before any note is taken.
pub fn run(setup: Setup, panel: Panel) -> Result<(), RunError> {
    let boundary = prepare()?;
    // The engine is started last, but touches need its inbox: they go through this slot.
    let inbox: Rc<std::cell::OnceCell<Sender<Message>>> = Rc::default();
    let touched = inbox.clone();
    let terminal = Terminal::new(move |intent| {
        if let Some(sender) = touched.get() {
            let _ = sender.send(Message::Input(Input::Person(intent)));
        }
    })
    .map_err(on_screen)?;
    let terminal = Rc::new(terminal);
    fit(&terminal, panel);
    terminal.set_keys(setup.keys);
    let show = shower(&terminal)?;
    let speech = setup.speech.clone();
    let running = start(setup, boundary, show)?;
    let _ = inbox.set(running.sender());
    if let Some(settings) = speech {
        give_voice(&terminal, settings, running.sender());
    }
    stop_on_signal().map_err(on_screen)?;
    let _alive = alive::tell();
    terminal.run().map_err(on_screen)
}

/// Lends the terminal its voice. Without one it sells as before.
fn give_voice(terminal: &Terminal, settings: SpeechSettings, engine: Sender<Message>) {
    let remote = terminal.remote();
    let report = move |event| match event {
        SpeechEvent::State(state) => drop(engine.send(Message::Input(Input::Speech(state)))),
        SpeechEvent::Headphones(plugged) => drop(remote.speak(plugged)),
    };
    match speech::spawn(settings, report) {
        Ok(voice) => terminal.set_speaker(voice),
        Err(error) => tracing::error!(%error, "the voice cannot be started"),
    }
}

/// The panel that is drawn on, where the platform does not know it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Panel {
    /// Its pixels; as the platform wants if not given.
    pub size: Option<Size>,
    /// Its pixels per inch, so that a centimetre is one on every panel.
    pub ppi: Option<f32>,
}

fn fit(terminal: &Terminal, panel: Panel) {
    if let Some(ppi) = panel.ppi {
        let scale_factor = meterpost_ui::scale_factor(ppi);
        terminal
            .window()
            .dispatch_event(slint::platform::WindowEvent::ScaleFactorChanged { scale_factor });
    }
    if let Some(size) = panel.size {
        terminal
            .window()
            .set_size(slint::PhysicalSize::new(size.width, size.height));
    }
}

/// SIGTERM and SIGINT end the event loop; the engine then writes its second head and stops.
fn stop_on_signal() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            runtime.block_on(async {
                let mut terminate =
                    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = tokio::signal::ctrl_c() => {}
                }
                let _ = slint::quit_event_loop();
                Ok::<(), std::io::Error>(())
            })
        })?;
    Ok(())
}

#[cfg(not(feature = "rig"))]
fn prepare() -> Result<Boundary, RunError> {
    Ok(crate::app::unwatched())
}

#[cfg(not(feature = "rig"))]
fn shower(
    terminal: &Rc<Terminal>,
) -> Result<impl Fn(meterpost_ui::view::View) + Send + 'static, RunError> {
    let remote = terminal.remote();
    Ok(move |view| {
        if let Err(error) = remote.show(view) {
            tracing::debug!(%error, "the screen has gone");
        }
    })
}

/// With a rig: the screens are drawn in memory, and the rig listens at the boundaries.
#[cfg(feature = "rig")]
fn prepare() -> Result<Boundary, RunError> {
    crate::rig::headless_platform().map_err(on_screen)?;
    Ok(match crate::rig::folder() {
        Some(folder) => crate::rig::watched(&folder),
        None => crate::app::unwatched(),
    })
}

#[cfg(feature = "rig")]
fn shower(
    terminal: &Rc<Terminal>,
) -> Result<impl Fn(meterpost_ui::view::View) + Send + 'static, RunError> {
    let glass = crate::rig::Glass::default();
    if let Some(folder) = crate::rig::folder() {
        crate::rig::serve(&folder, terminal.clone(), glass.clone()).map_err(on_screen)?;
    }
    let remote = terminal.remote();
    Ok(move |view: meterpost_ui::view::View| {
        let _ = remote.show(view.clone());
        if let Ok(mut shown) = glass.lock() {
            *shown = Some(view);
        }
    })
}
