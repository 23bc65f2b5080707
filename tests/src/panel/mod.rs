//! The demo on a desktop: the kiosk in its window, and beside it a small panel with the hands and eyes of the district.
//!
//! Closing the kiosk's window ends all; so does closing the panel, which is a power cut for the terminal.

mod hands;
mod monitor;
mod slip;
mod window;

use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use slint::{ComponentHandle, PhysicalPosition, PhysicalSize, Weak};

use crate::scenario::Failure;
use crate::scenario::demo::{keep_receipt, ledger_words, look_further, near, room_for_sockets};
use crate::scenario::demo_server::{checked_at_server, cosigned};
use crate::scenario::demo_world::DemoWorld;
use crate::scenario::office::TENANT;
use crate::scenario::stage::{ELECTRICITY, StagePlan, WATER};
use crate::scenario::teller::Teller;
use crate::scenario::topup::{decimal, in_box, state};
use hands::Act;
use monitor::Places;
use window::Panel;

/// Opens both windows in front of a stage in this folder, and returns when one of them was closed.
///
/// # Errors
/// Without a display, or when a program does not come up; the error has its last words.
pub fn open(folder: &Path, plan: &StagePlan, teller: Teller) -> Result<(), Failure> {
    room_for_sockets(folder)?;
    let screen = monitor::primary()?;
    let panel = Panel::new().map_err(on_display)?;
    let (sender, acts) = channel();
    window::connect(&panel, &sender);
    panel.show().map_err(on_display)?;
    let places = monitor::side_by_side(screen, panel.window().scale_factor());
    place(&panel, &places);
    teller.head("The terminal opens in one window, and a panel with its devices in another.");
    teller.say(&format!(
        "Type {ELECTRICITY} (electricity) or {WATER} (water) at the terminal, choose an amount,"
    ));
    teller.say(
        "and insert notes at the panel. Pull the cable or take the paper away whenever you like.",
    );
    teller.say("At \"Phone\" the panel's telephone pays the code. Switch the server off in between: cash is taken as before.");
    teller.say("Close the terminal's window to end.");
    let worker = std::thread::spawn({
        let (folder, plan, remote) = (folder.to_path_buf(), plan.clone(), panel.as_weak());
        move || {
            let ended = run_stage((&folder, &plan), &places, &remote, &acts, teller);
            let _ = slint::quit_event_loop();
            ended
        }
    });
    slint::run_event_loop().map_err(on_display)?;
    let _ = panel.hide();
    // Fails only when the worker has ended already.
    let _ = sender.send(Act::End);
    let mut world = worker
        .join()
        .map_err(|_| Failure::new("the panel's thread panicked"))??;
    conclude(&mut world, teller)
}

/// Closes both windows, from any thread.
pub fn close() {
    let _ = slint::quit_event_loop();
}

fn on_display(error: impl std::fmt::Display) -> Failure {
    Failure::new(format!(
        "no window can be opened ({error}); play without a display: DISPLAY= make demo"
    ))
}

fn place(panel: &Panel, places: &Places) {
    let (width, height) = places.panel_size;
    panel.window().set_size(PhysicalSize::new(width, height));
    panel
        .window()
        .set_position(PhysicalPosition::new(places.panel_left, 0));
}

/// The stage with a kiosk on it, until the kiosk's window or the panel is closed.
fn run_stage(
    (folder, plan): (&Path, &StagePlan),
    places: &Places,
    remote: &Weak<Panel>,
    acts: &Receiver<Act>,
    teller: Teller,
) -> Result<DemoWorld, Failure> {
    let mut world = DemoWorld::set(folder, plan, teller)?;
    world
        .stage
        .open_kiosk(places.kiosk_size, places.kiosk_scale)?;
    let password = world.office.person("Demo", "manager")?;
    teller.say(&format!(
        "The back office: {}, district {TENANT}, name Demo, password {password}; it asks for an authenticator app once.",
        world.office.url()
    ));
    let served = hands::serve(&mut world, remote, acts);
    let stage = &mut world.stage;
    let status = stage.kiosk_ended()?;
    match (served, status) {
        (Ok(()), Some(status)) if !status.success() => Err(Failure::new(format!(
            "the terminal ended: {status}\n{}",
            stage.last_words()
        ))),
        (Ok(()), _) => Ok(world),
        (Err(failure), _) => Err(Failure::new(format!("{failure}\n{}", stage.last_words()))),
    }
}

/// What the visit led to.
fn conclude(world: &mut DemoWorld, teller: Teller) -> Result<(), Failure> {
    // Where the panel was closed, the terminal still runs: what it has to bring, it brings.
    if world.stage.kiosk_ended()?.is_none() {
        world.office.start()?;
        let _ = teller.during("the terminal brings its entries", || {
            cosigned(&world.office, 0)
        });
    }
    let stage = &mut world.stage;
    stage.kill_kiosk()?;
    // What fell into the printer is still being cut.
    std::thread::sleep(Duration::from_millis(200));
    let last = state(stage)?;
    let verdict = teller.during("checking the ledger", || stage.verify_ledger())?;
    teller.head("What it led to");
    teller.say(&format!("in the cash box  ¥{}", decimal(in_box(&last))));
    for meter in &last.meters {
        let bought: i64 = meter.applied.iter().map(|a| a.amount).sum();
        let (balance, bought) = (decimal(meter.balance), decimal(bought));
        teller.say(&format!(
            "meter {:<14}  ¥{balance}, of which ¥{bought} bought here",
            meter.meter
        ));
    }
    teller.say(&ledger_words(&verdict));
    checked_at_server(&world.office, &stage.folder, teller)?;
    if let Some(slip) = last.printer.slips.last() {
        let receipt = keep_receipt(stage, &slip.png)?;
        teller.say(&format!("newest slip      {}", near(&receipt).display()));
    }
    look_further(stage, teller)?;
    if verdict["verdict"] == "ok" {
        Ok(())
    } else {
        Err(Failure::new("the ledger does not verify"))
    }
}
