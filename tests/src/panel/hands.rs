//! The panel's worker: does at the district what a person presses, and shows what the district says.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use slint::{Image, ModelRc, VecModel, Weak};

use super::slip;
use super::window::{MeterRow, Panel};
use crate::district::{Command, DistrictState};
use crate::meter::MeterState;
use crate::printer::PaperState;
use crate::provider::Provider;
use crate::scenario::Failure;
use crate::scenario::demo::near;
use crate::scenario::demo_world::DemoWorld;
use crate::scenario::stage::{ELECTRICITY, Stage, WATER};
use crate::scenario::topup::{decimal, in_box};
use crate::validator::{Insertion, ValidatorFault};

/// How often the district is asked.
const EVERY: Duration = Duration::from_millis(300);

/// What a person can do at the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Hold a note of so many units to the validator.
    Insert(u32),
    /// Take the paper out, or put it in.
    PaperOut(bool),
    /// Jam the validator, or clear it.
    Jam(bool),
    /// Pull the meters' cable out of the concentrator, or put it back.
    CableCut(bool),
    /// Scan the code on the glass with a telephone, and pay it.
    Telephone,
    /// Switch the server off, or on again.
    ServerOff(bool),
    /// Leave: the panel is closed.
    End,
}

/// What is broken right now.
#[derive(Clone, Copy, Debug, Default)]
struct Broken {
    paper: bool,
    jam: bool,
    cable: bool,
    server: bool,
}

/// Serves until the kiosk has ended or the panel is closed.
///
/// # Errors
/// When the district is gone.
pub(super) fn serve(
    world: &mut DemoWorld,
    remote: &Weak<Panel>,
    acts: &Receiver<Act>,
) -> Result<(), Failure> {
    let mut broken = Broken::default();
    let mut news = "Touch the terminal's screen to begin.".to_owned();
    let mut slip = None;
    while world.stage.kiosk_ended()?.is_none() {
        let state = world.stage.control.state().map_err(gone)?;
        if !show(remote, &state, broken, &news, &mut slip) {
            return Ok(());
        }
        match acts.recv_timeout(EVERY) {
            Ok(Act::End) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Ok(act) => news = carry_out(world, act, &mut broken)?,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
    Ok(())
}

fn gone(error: crate::district::DistrictError) -> Failure {
    Failure::new(error.to_string())
}

/// Does it, and says what became of it.
fn carry_out(world: &mut DemoWorld, act: Act, broken: &mut Broken) -> Result<String, Failure> {
    let stage = &mut world.stage;
    let (commands, words) = match act {
        Act::End => (vec![], ""),
        Act::Insert(value) => {
            let insertion = stage.control.insert_note(value).map_err(gone)?;
            return Ok(insertion_words(value, insertion));
        }
        Act::Telephone => return Ok(telephone(&world.provider)),
        Act::ServerOff(off) => {
            broken.server = off;
            return Ok(match off {
                true => {
                    world.office.kill()?;
                    "The server is off. The terminal sells for cash as before."
                }
                false => {
                    world.office.start()?;
                    "The server is back; the terminal brings what it lacks."
                }
            }
            .to_owned());
        }
        Act::PaperOut(out) => {
            broken.paper = out;
            let state = if out { PaperState::Out } else { PaperState::Ok };
            let words = if out {
                "The printer has no paper."
            } else {
                "The printer has paper again."
            };
            (
                vec![Command::Paper {
                    state: Some(state),
                    ends_after: None,
                }],
                words,
            )
        }
        Act::Jam(on) => {
            broken.jam = on;
            let fault = if on {
                ValidatorFault::Jam
            } else {
                ValidatorFault::JamCleared
            };
            let words = if on {
                "The validator is jammed."
            } else {
                "The validator is clear again."
            };
            (vec![Command::ValidatorFault { fault }], words)
        }
        Act::CableCut(cut) => {
            broken.cable = cut;
            let words = if cut {
                "No meter can be reached."
            } else {
                "The meters can be reached again."
            };
            (cable_commands(stage, cut), words)
        }
    };
    for command in &commands {
        stage.control.send(command).map_err(gone)?;
    }
    Ok(words.to_owned())
}

/// Pays what can be paid: the terminal shows one code at a time.
fn telephone(provider: &Provider) -> String {
    let open: Vec<String> = {
        let world = provider.world();
        let open = |order: &&String| world.orders.state(order) == "open";
        world.orders.all.keys().filter(open).cloned().collect()
    };
    match open.iter().any(|number| provider.pay(number)) {
        true => "The telephone has paid the code.".to_owned(),
        false => "There is no code to scan. Choose an amount, then \"Phone\".".to_owned(),
    }
}

/// Every wire, by the name of its tty.
fn cable_commands(stage: &Stage, cut: bool) -> Vec<Command> {
    let names = stage
        .places
        .segments
        .iter()
        .filter_map(|tty| tty.file_name()?.to_str());
    let command = |name: &str| match cut {
        true => Command::SegmentCut {
            segment: name.to_owned(),
        },
        false => Command::SegmentRestore {
            segment: name.to_owned(),
        },
    };
    names.map(command).collect()
}

fn insertion_words(value: u32, insertion: Insertion) -> String {
    match insertion {
        Insertion::Taken => format!("¥{value}: the validator took it."),
        Insertion::Refused => format!(
            "¥{value}: not taken. The validator takes notes on the cash screen, one at a time."
        ),
        Insertion::Unknown => format!("¥{value}: the validator knows no such note."),
    }
}

/// Puts it on the panel; `false` when the panel is closed.
fn show(
    remote: &Weak<Panel>,
    state: &DistrictState,
    broken: Broken,
    news: &str,
    shown_slip: &mut Option<PathBuf>,
) -> bool {
    let rows: Vec<MeterRow> = state.meters.iter().filter_map(row).collect();
    let news = news.to_owned();
    let total = format!("In the cash box: ¥{}", decimal(in_box(state)));
    let newest = state
        .printer
        .slips
        .last()
        .map(|slip| slip.png.clone())
        .filter(|p| Some(p) != shown_slip.as_ref());
    let picture = newest.as_ref().and_then(|path| slip::pixels(path));
    let path_words = newest.as_ref().map(|path| near(path).display().to_string());
    if newest.is_some() {
        *shown_slip = newest;
    }
    let shown = remote.upgrade_in_event_loop(move |panel| {
        panel.set_news(news.into());
        panel.set_paper_out(broken.paper);
        panel.set_jammed(broken.jam);
        panel.set_cut(broken.cable);
        panel.set_server_off(broken.server);
        panel.set_box_total(total.into());
        panel.set_meters(ModelRc::new(VecModel::from(rows)));
        if let Some(words) = path_words {
            panel.set_slip_path(words.into());
        }
        if let Some(picture) = picture {
            panel.set_slip(Image::from_rgb8(picture));
        }
    });
    shown.is_ok()
}

/// The meters that the terminal knows, with the numbers that residents type.
fn row(meter: &MeterState) -> Option<MeterRow> {
    let (kind, number) = match meter.meter.as_str() {
        ELECTRICITY => ("Electricity", ELECTRICITY),
        address if address.starts_with("12") => ("Water", WATER),
        _ => return None,
    };
    Some(MeterRow {
        kind: kind.into(),
        number: number.into(),
        balance: format!("¥{}", decimal(meter.balance)).into(),
        supply: if meter.supply_on { "" } else { ", off" }.into(),
    })
}
