//! One scene: the whole system with the kiosk running, and one way to look at where the money ended up.
//!
//! What fails panics with the last words of all programs, so that a scenario reads as a list of what happens.
#![allow(dead_code, reason = "every file of scenarios takes what it needs")]

pub mod accounts;
pub mod command;
pub mod gateway;
pub mod paper;

use std::time::{Duration, Instant};

use meterpost_tests::district::{Command, DistrictState};
use meterpost_tests::meter::{FaultKind, FaultScope, MeterState};
use meterpost_tests::printer::PaperState;
use meterpost_tests::scenario::stage::{Stage, StagePlan};
use meterpost_tests::scenario::topup::choose;
use meterpost_tests::scenario::touchscreen::{Shown, Touchscreen};
use meterpost_tests::validator::{Insertion, ValidatorFault};
use tempfile::TempDir;

use accounts::Closing;

/// The address of the water meter of the default district.
pub const WATER_ADDRESS: &str = "12022018000007";

/// How long anything in a scene may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A running system.
pub struct Scene {
    pub stage: Stage,
    pub screen: Touchscreen,
    before: DistrictState,
    _folder: TempDir,
}

/// What every scene runs with: fast wires, everything else as in the field.
pub fn fast() -> StagePlan {
    StagePlan {
        baud: 19_200,
        ..StagePlan::default()
    }
}

impl Scene {
    /// With fast wires.
    pub fn open() -> Scene {
        Scene::with(&fast())
    }

    /// With this plan.
    pub fn with(plan: &StagePlan) -> Scene {
        let folder = tempfile::tempdir().expect("a folder");
        let stage = Stage::set(folder.path(), plan).expect("the stage is set");
        Scene::of(folder, stage)
    }

    /// With this plan, and more in the kiosk's configuration.
    pub fn with_config(plan: &StagePlan, more: &str) -> Scene {
        let folder = tempfile::tempdir().expect("a folder");
        let stage = Stage::set(folder.path(), plan).expect("the stage is set");
        let path = stage.kiosk_config();
        let config = std::fs::read_to_string(&path).expect("a configuration");
        std::fs::write(path, config + more).expect("it is written");
        Scene::of(folder, stage)
    }

    fn of(folder: TempDir, mut stage: Stage) -> Scene {
        let before = stage.control.state().expect("the district answers");
        let screen = stage.start_kiosk().expect("the kiosk starts");
        Scene {
            stage,
            screen,
            before,
            _folder: folder,
        }
    }

    /// Tells the district something.
    #[track_caller]
    pub fn tell(&mut self, command: &Command) {
        self.stage
            .control
            .send(command)
            .expect("the district obeys");
    }

    /// Breaks the meter's next `count` requests of the kind that the fault is about.
    #[track_caller]
    pub fn meter_fault(&mut self, meter: &str, fault: FaultKind, count: u32) {
        self.meter_fault_in(meter, fault, count, None);
    }

    /// Breaks the meter's next `count` requests of this scope.
    #[track_caller]
    pub fn meter_fault_in(
        &mut self,
        meter: &str,
        fault: FaultKind,
        count: u32,
        scope: Option<FaultScope>,
    ) {
        let meter = meter.to_owned();
        self.tell(&Command::MeterFault {
            meter,
            fault,
            count,
            scope,
            delay_ms: None,
        });
    }

    #[track_caller]
    pub fn validator(&mut self, fault: ValidatorFault) {
        self.tell(&Command::ValidatorFault { fault });
    }

    #[track_caller]
    pub fn paper(&mut self, state: PaperState) {
        self.tell(&Command::Paper {
            state: Some(state),
            ends_after: None,
        });
    }

    #[track_caller]
    pub fn cut(&mut self, segment: &str) {
        self.tell(&Command::SegmentCut {
            segment: segment.to_owned(),
        });
    }

    #[track_caller]
    pub fn restore(&mut self, segment: &str) {
        self.tell(&Command::SegmentRestore {
            segment: segment.to_owned(),
        });
    }

    /// The district's truth.
    #[track_caller]
    pub fn state(&mut self) -> DistrictState {
        self.stage.control.state().expect("the district answers")
    }

    /// The truth about one meter.
    #[track_caller]
    pub fn meter(&mut self, address: &str) -> MeterState {
        self.state().meter(address).expect("the meter").clone()
    }

    /// Waits until the district's truth is so.
    #[track_caller]
    pub fn until(&mut self, what: &str, so: impl Fn(&DistrictState) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !so(&self.state()) {
            assert!(Instant::now() < end, "waited {PATIENCE:?} in vain: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for this screen with all these words in its content.
    #[track_caller]
    pub fn shows(&mut self, screen: &str, words: &[&str]) -> Shown {
        match self.screen.wait_for(&[screen], words, PATIENCE) {
            Ok(shown) => shown,
            Err(failure) => panic!("{failure}"),
        }
    }

    #[track_caller]
    pub fn touch(&mut self, id: &str) {
        if let Err(failure) = self.screen.touch(id) {
            panic!("{failure}");
        }
    }

    /// From the attract screen to the cash screen.
    #[track_caller]
    pub fn choose(&mut self, number: &str, yuan: i64) {
        if let Err(failure) = choose(&mut self.screen, number, yuan * 100, None) {
            panic!("{failure}");
        }
    }

    /// From the attract screen to the number screen, with the number typed and asked for.
    #[track_caller]
    pub fn ask_for(&mut self, number: &str) {
        self.touch("start");
        self.shows("Number", &[]);
        self.retype(number);
    }

    /// On the number screen: another number, typed and asked for.
    #[track_caller]
    pub fn retype(&mut self, number: &str) {
        if !self.shows("Number", &[]).view.contains("entry: \"\"") {
            self.touch("clear");
        }
        for digit in number.chars() {
            self.touch(&format!("digit-{digit}"));
        }
        self.shows("Number", &[number]);
        self.touch("find");
    }

    /// Holds a note to the validator until it takes it; the terminal may still be switching it on.
    #[track_caller]
    pub fn insert(&mut self, value: u32) {
        let end = Instant::now() + PATIENCE;
        loop {
            let insertion = self
                .stage
                .control
                .insert_note(value)
                .expect("the district answers");
            if insertion == Insertion::Taken {
                return;
            }
            assert!(
                Instant::now() < end,
                "the validator does not take a note of {value}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Inserts a note, and waits until the cash screen shows this sum.
    #[track_caller]
    pub fn insert_seen(&mut self, value: u32, sum: u32) {
        self.insert(value);
        self.shows("Cash", &[&format!("inserted: \"¥ {sum}.00\"")]);
    }

    /// The amount chosen and paid in one note.
    #[track_caller]
    pub fn pay(&mut self, number: &str, note: u32) {
        self.choose(number, i64::from(note));
        self.insert(note);
    }

    /// The whole good way: paid in one note, credited, the receipt printed, back at the attract screen.
    #[track_caller]
    pub fn top_up(&mut self, number: &str, note: u32) {
        self.pay(number, note);
        self.shows(
            "Done",
            &["slip: Printed", &format!("amount: \"¥ {note}.00\"")],
        );
        self.leave();
    }

    /// Closes the last screen.
    #[track_caller]
    pub fn leave(&mut self) {
        self.touch("close");
        self.shows("Attract", &[]);
    }

    /// Ends the kiosk and adds everything up.
    #[track_caller]
    pub fn close(&mut self) -> Closing {
        let after = self.state();
        self.stage.kill_kiosk().expect("the kiosk is killed");
        Closing::of(&self.stage, &self.before, after)
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.stage.last_words());
        }
    }
}
