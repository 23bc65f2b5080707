//! How the terminal feels, beside a browser in kiosk mode that shows a copy of its first screen: start, memory, processor, touch.
//!
//! Both run on the same display in memory, one after the other, and are looked at from outside: by pixels, by `/proc`, by events of
//! the display's own test extension.

mod family;
mod figures;
mod finger;
mod framebuffer;
mod rival;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub use figures::{Figures, Side, Spread};

use super::Failure;
use super::programs::beside;
use super::stage::{Stage, StagePlan, text};
use family::{memory, processor};
use finger::Finger;
use framebuffer::{Display, Region};

/// The panel.
const PANEL: (u32, u32) = (1280, 800);
const PPI: &str = "149.4";
/// The title on the first screen, which is there from its first moment on and looks the same whatever works.
const TITLE: Region = Region {
    left: 40,
    top: 140,
    width: 400,
    height: 100,
};
/// On the page of the meter's number: what is typed, the key 5 and the key that deletes.
const ENTRY: Region = Region {
    left: 60,
    top: 200,
    width: 600,
    height: 90,
};
const KEY: Region = Region {
    left: 926,
    top: 284,
    width: 140,
    height: 140,
};
const FIVE: (i16, i16) = (996, 361);
const DELETE: (i16, i16) = (1160, 690);
const START: (i16, i16) = (240, 347);
/// How long one start, or one answer to a touch, is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is measured how often.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Starts of each program, after one that is not counted.
    pub starts: usize,
    /// Touches.
    pub touches: usize,
    /// How long the first screen is left alone for its processor time.
    pub idle: Duration,
}

/// Measures both. `tell` hears what is being done.
///
/// # Errors
/// When Xvfb or the browser is missing, or a program does not come up.
pub fn measure(folder: &Path, plan: Plan, tell: impl Fn(&str)) -> Result<Figures, Failure> {
    let display = Display::start(folder, PANEL)?;
    let stage = Stage::set(&folder.join("stage"), &StagePlan::default())?;
    let page = rival::page(folder)?;
    tell("the terminal …");
    let config = text(&stage.kiosk_config());
    let kiosk = || start_kiosk(&display, folder, &config);
    let (terminal, touches) = side(&display, &kiosk, plan, |running| {
        tell("touches …");
        touch(&display, running, plan.touches)
    })?;
    tell("the browser …");
    let browser = || rival::start(&display, folder, &page);
    let (browser, ()) = side(&display, &browser, plan, |_| Ok(()))?;
    let (echo, answer) = touches;
    Ok(Figures {
        terminal,
        browser,
        echo,
        answer,
    })
}

/// A program that is ended when dropped, with all that it started.
struct Running {
    child: Child,
}

impl Drop for Running {
    fn drop(&mut self) {
        for id in family::family(self.child.id()).into_iter().rev() {
            let _ = Command::new("kill")
                .args(["-9", &id.to_string()])
                .stderr(Stdio::null())
                .status();
        }
        let _ = self.child.wait();
    }
}

fn start_kiosk(display: &Display, folder: &Path, config: &str) -> Result<Running, Failure> {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("kiosk.log"))?;
    let size = format!("{}x{}", PANEL.0, PANEL.1);
    let child = Command::new(beside("kiosk")?)
        .args(["run", "--config", config, "--size", &size, "--ppi", PPI])
        .env("DISPLAY", display.name())
        .env("SLINT_BACKEND", "winit-software")
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    Ok(Running { child })
}

/// One program: started so often, left alone, then used.
fn side<T>(
    display: &Display,
    start: &dyn Fn() -> Result<Running, Failure>,
    plan: Plan,
    then: impl Fn(&Running) -> Result<T, Failure>,
) -> Result<(Side, T), Failure> {
    // What the first screen looks like is learned from a start that is not counted, which also brings the program into memory.
    let first = start()?;
    let wanted = display.settled(TITLE)?;
    drop(first);
    let mut starts = Vec::new();
    let mut last = None;
    for _ in 0..plan.starts {
        drop(last.take());
        let glass_is_clear = |seen: &[u8]| seen != wanted;
        display.until(TITLE, (Instant::now(), PATIENCE), glass_is_clear)?;
        let from = Instant::now();
        let running = start()?;
        starts.push(display.until(TITLE, (from, PATIENCE), |seen| seen == wanted)?);
        last = Some(running);
    }
    let running = last.ok_or_else(|| Failure::new("at least one start is to be measured"))?;
    // What a start still has to do belongs to the start.
    std::thread::sleep(Duration::from_secs(10));
    let (from, before) = (Instant::now(), processor(running.child.id()));
    std::thread::sleep(plan.idle);
    let taken = processor(running.child.id()) - before;
    let side = Side {
        start: Spread::of(starts),
        memory: memory(running.child.id())?,
        idle_percent: taken / from.elapsed().as_secs_f64() * 100.0,
    };
    let more = then(&running)?;
    Ok((side, more))
}

/// Types digits: how long from the touch until the key looks touched, and until the digit stands in the field.
fn touch(display: &Display, running: &Running, times: usize) -> Result<(Spread, Spread), Failure> {
    let finger = Finger::on(display.name())?;
    finger.tap(START)?;
    display.settled(ENTRY)?;
    let (mut echoes, mut answers) = (Vec::new(), Vec::new());
    for _ in 0..times {
        finger.above(FIVE)?;
        pause(60);
        let (key, entry) = (display.look(KEY)?, display.look(ENTRY)?);
        let from = Instant::now();
        finger.press()?;
        echoes.push(display.until(KEY, (from, PATIENCE), |seen| seen != key)?);
        answers.push(display.until(ENTRY, (from, PATIENCE), |seen| seen != entry)?);
        finger.release()?;
        pause(60);
        finger.tap(DELETE)?;
        pause(120);
        if display.look(ENTRY)? != entry {
            // The digit may still be there, and would be taken for an answer.
            pause(700);
        }
    }
    memory(running.child.id())?;
    Ok((Spread::of(echoes), Spread::of(answers)))
}

fn pause(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}
