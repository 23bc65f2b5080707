//! The screen in memory: looked at, touched and photographed over a Unix socket.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use i_slint_backend_testing::{ElementHandle, ElementQuery, TestingBackend, TestingBackendOptions};
use meterpost_ui::Terminal;
use meterpost_ui::view::View;
use serde_json::{Value, json};
use slint::platform::{PointerEventButton, WindowEvent};
use slint::{LogicalPosition, Window};

/// The last view shown, shared with the socket's thread.
pub type Glass = Arc<Mutex<Option<View>>>;

/// Draws in memory with the software renderer, on real time, with an event loop.
///
/// # Errors
/// When another platform was chosen before.
pub fn headless_platform() -> Result<(), slint::platform::SetPlatformError> {
    slint::platform::set_platform(Box::new(TestingBackend::new(TestingBackendOptions {
        mock_time: false,
        threading: true,
        renderer_name: Some("software".into()),
    })))
}

thread_local! {
    /// The terminal, on the screen's own thread.
    static TERMINAL: RefCell<Option<Rc<Terminal>>> = const { RefCell::new(None) };
}

/// Listens in `folder` and answers one JSON command a line, each on the screen's own thread, which must be this one.
///
/// # Errors
/// When the socket cannot be made.
pub fn serve(folder: &Path, terminal: Rc<Terminal>, glass: Glass) -> std::io::Result<()> {
    TERMINAL.set(Some(terminal));
    let path = folder.join("screen.sock");
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(path)?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let glass = glass.clone();
            std::thread::spawn(move || converse(stream, &glass));
        }
    });
    Ok(())
}

fn converse(stream: UnixStream, glass: &Glass) {
    let Ok(mut writer) = stream.try_clone() else {
        return;
    };
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        let answer = match serde_json::from_str::<Value>(&line) {
            Ok(command) => answer(&command, glass),
            Err(error) => json!({ "error": error.to_string() }),
        };
        if writeln!(writer, "{answer}").is_err() {
            return;
        }
    }
}

fn answer(command: &Value, glass: &Glass) -> Value {
    let text = |key: &str| command[key].as_str().unwrap_or_default().to_owned();
    match text("cmd").as_str() {
        "screen" => {
            let view = glass.lock().ok().and_then(|g| g.clone());
            let screen = view
                .as_ref()
                .map(|v| format!("{:?}", v.screen))
                .unwrap_or_default();
            let name = screen
                .split([' ', '(', '{'])
                .next()
                .unwrap_or_default()
                .to_owned();
            json!({ "screen": name, "view": screen, "still_there": view.and_then(|v| v.still_there) })
        }
        "touch" => {
            let id = text("id");
            ask(move |terminal| touch(terminal, &id))
        }
        "key" => {
            let name = text("name");
            ask(move |terminal| press(terminal, &name))
        }
        "focus" => ask(|terminal| json!({ "focus": terminal.focused() })),
        "texts" => ask(|terminal| json!({ "texts": texts(terminal) })),
        "picture" => {
            let path = text("path");
            ask(
                move |terminal| match picture(terminal.window(), Path::new(&path)) {
                    Ok(()) => json!({ "ok": true }),
                    Err(error) => json!({ "error": error }),
                },
            )
        }
        other => json!({ "error": format!("no such command: {other}") }),
    }
}

/// Does something on the screen's thread and waits for its answer.
fn ask(act: impl FnOnce(&Terminal) -> Value + Send + 'static) -> Value {
    let (reply, answer) = channel();
    let sent = slint::invoke_from_event_loop(move || {
        let terminal = TERMINAL.with_borrow(Clone::clone);
        if let Some(terminal) = terminal {
            let _ = reply.send(act(&terminal));
        }
    });
    match sent {
        Ok(()) => answer
            .recv_timeout(Duration::from_secs(20))
            .unwrap_or_else(|_| json!({ "error": "the screen did not answer" })),
        Err(error) => json!({ "error": error.to_string() }),
    }
}

/// Presses and releases in the middle of the element with this accessible id.
fn touch(terminal: &Terminal, id: &str) -> Value {
    let wanted = id.to_owned();
    let found = ElementQuery::from_root(terminal.component())
        .match_descendants()
        .match_predicate(move |e: &ElementHandle| {
            e.accessible_id().is_some_and(|i| i == wanted.as_str())
        })
        .find_first();
    let Some(element) = found.filter(|e| e.accessible_enabled() != Some(false)) else {
        return json!({ "error": format!("nothing to touch called {id}"), "texts": texts(terminal) });
    };
    let (at, size) = (element.absolute_position(), element.size());
    let position = LogicalPosition::new(at.x + size.width / 2.0, at.y + size.height / 2.0);
    let button = PointerEventButton::Left;
    let window = terminal.window();
    window.dispatch_event(WindowEvent::PointerMoved { position });
    window.dispatch_event(WindowEvent::PointerPressed { position, button });
    window.dispatch_event(WindowEvent::PointerReleased { position, button });
    window.dispatch_event(WindowEvent::PointerExited);
    json!({ "ok": true })
}

/// Presses and releases the key of this name, as a keyboard does.
fn press(terminal: &Terminal, name: &str) -> Value {
    let Some(key) = meterpost_ui::Key::named(name) else {
        return json!({ "error": format!("no such key: {name}") });
    };
    let (text, window) = (key.text(), terminal.window());
    window.dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
    window.dispatch_event(WindowEvent::KeyReleased { text });
    json!({ "ok": true })
}

fn texts(terminal: &Terminal) -> Vec<String> {
    ElementQuery::from_root(terminal.component())
        .match_descendants()
        .find_all()
        .iter()
        .filter_map(ElementHandle::accessible_label)
        .map(Into::into)
        .filter(|label: &String| !label.is_empty())
        .collect()
}

fn picture(window: &Window, path: &Path) -> Result<(), String> {
    let pixels = window.take_snapshot().map_err(|e| e.to_string())?;
    let file = std::fs::File::create(path).map_err(|e| e.to_string())?;
    let mut encoder = png::Encoder::new(
        std::io::BufWriter::new(file),
        pixels.width(),
        pixels.height(),
    );
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(|e| e.to_string())?;
    writer
        .write_image_data(pixels.as_bytes())
        .map_err(|e| e.to_string())
}
