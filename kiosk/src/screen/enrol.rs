//! Setting a new terminal up on its own glass: the code that the office must see too, until a person has decided.

use std::rc::Rc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use meterpost_ui::Terminal;
use meterpost_ui::view::{EnrolState, EnrolView, HelpView, Language, Screen, View};

use super::{Panel, RunError, fit, on_screen, prepare, shower, stop_on_signal};
use crate::app::{Setup, SystemClock, random_id};
use crate::config::ServerConfig;
use crate::receipt::Modules;
use crate::sync::{ENROL_PAUSE, EnrolError, Enrolment, Line, Progress};

/// How long "approved" stays on the glass.
const SHOWN: Duration = Duration::from_secs(3);

/// What the glass says around it.
#[derive(Clone, Debug)]
struct Frame {
    language: Language,
    place: String,
    terminal: String,
}

impl Frame {
    fn view(&self, code: &str, state: EnrolState) -> View {
        let picture = Modules::encode(&format!("{} {code}", self.terminal)).ok();
        View {
            language: self.language,
            place: self.place.clone(),
            // A new terminal's clock is not to be trusted yet.
            clock: String::new(),
            screen: Screen::Enrol(EnrolView {
                terminal: self.terminal.clone(),
                code: code.to_owned(),
                picture: picture.and_then(Modules::for_screen),
                state,
            }),
            still_there: None,
            help: HelpView::default(),
        }
    }
}

/// Shows how the enrolment stands until it is over or the program is asked to end; the log's origin where it was approved. A refusal and
/// what cannot be mended here stay on the glass until then: whoever stands there has to see them.
///
/// # Errors
/// [`RunError`] where there is no glass; the inner one is the enrolment's, and `None` where nobody decided.
pub fn enrol(
    setup: &Setup,
    server: ServerConfig,
    panel: Panel,
) -> Result<Result<Option<String>, EnrolError>, RunError> {
    let _boundary = prepare()?;
    let terminal = Rc::new(Terminal::new(|_| {}).map_err(on_screen)?);
    fit(&terminal, panel);
    let show = shower(&terminal)?;
    let frame = Frame {
        language: setup.rules.language,
        place: setup.rules.place.clone(),
        terminal: setup.rules.terminal.clone(),
    };
    let (ended, outcome) = channel();
    let setup = setup.clone();
    // Nothing is ever sent: the thread wakes up when this end is gone.
    let (stop, stopped) = channel::<()>();
    std::thread::Builder::new()
        .name("enrol".into())
        .spawn(move || {
            let wait = |pause| stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout);
            let result = ask(&setup, &server, &frame, &show, wait);
            let _ = ended.send(result);
        })
        .map_err(on_screen)?;
    stop_on_signal().map_err(on_screen)?;
    terminal.run().map_err(on_screen)?;
    drop(stop);
    Ok(outcome.recv().unwrap_or(Ok(None)))
}

/// Asks until it is decided; `wait` gives `false` where the program ends.
fn ask(
    setup: &Setup,
    server: &ServerConfig,
    frame: &Frame,
    show: &impl Fn(View),
    wait: impl Fn(Duration) -> bool,
) -> Result<Option<String>, EnrolError> {
    let who = (setup.tenant.as_str(), setup.rules.terminal.as_str());
    let begun = Line::new(server)
        .map_err(EnrolError::from)
        .and_then(|line| Ok((line, Enrolment::begin(&setup.folder, who.0, who.1)?)));
    let (line, enrolment) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            show(frame.view("", EnrolState::Failed(error.to_string())));
            while wait(ENROL_PAUSE) {}
            return Err(error);
        }
    };
    let clock = SystemClock::new(setup.clock, random_id());
    let code = enrolment.code();
    loop {
        let (state, decided) = match enrolment.ask(&line, &clock.stamp()) {
            Ok(Progress::Waiting) => (EnrolState::Waiting, None),
            Ok(Progress::Enrolled(origin)) => (EnrolState::Enrolled, Some(Ok(Some(origin)))),
            Err(EnrolError::Line(error)) => (EnrolState::Away(error.to_string()), None),
            Err(EnrolError::Refused) => (EnrolState::Refused, Some(Err(EnrolError::Refused))),
            Err(error) => (EnrolState::Failed(error.to_string()), Some(Err(error))),
        };
        show(frame.view(&code, state));
        match decided {
            None if wait(ENROL_PAUSE) => {}
            None => return Ok(None),
            Some(Ok(origin)) => {
                wait(SHOWN);
                let _ = slint::quit_event_loop();
                return Ok(origin);
            }
            Some(Err(error)) => {
                while wait(ENROL_PAUSE) {}
                return Err(error);
            }
        }
    }
}
