//! One whole top-up: the resident's touches and notes, and what it led to.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

use super::Failure;
use super::stage::{ELECTRICITY, Stage, StagePlan};
use super::touchscreen::Touchscreen;
use crate::district::DistrictState;
use crate::district::client::Control;
use crate::validator::Insertion;

/// What a top-up led to. Money is in exact decimal strings.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// In the cash box.
    pub paid: String,
    /// Added to the meter.
    pub credited: String,
    /// The meter's balance before.
    pub meter_before: String,
    /// The meter's balance after.
    pub meter_after: String,
    /// Entries in the ledger.
    pub entries: u64,
    /// The ledger's own verification says ok.
    pub checkpoint_ok: bool,
    /// The receipt's picture.
    pub receipt_png: Option<PathBuf>,
    /// The screens' pictures, in order.
    pub screens: Vec<PathBuf>,
}

/// An exact decimal of a number of hundredths.
pub fn decimal(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let magnitude = hundredths.unsigned_abs();
    format!("{sign}{}.{:02}", magnitude / 100, magnitude % 100)
}

/// The money in the cash box, in hundredths.
pub fn in_box(state: &DistrictState) -> i64 {
    i64::try_from(state.validator.box_total + state.validator.collected_total).unwrap_or(i64::MAX)
        * 100
}

/// Takes pictures of the screens, one after the other.
#[derive(Debug)]
pub struct Album {
    folder: PathBuf,
    /// The pictures so far.
    pub pictures: Vec<PathBuf>,
}

impl Album {
    /// An album in a folder.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn in_folder(folder: &Path) -> Result<Album, Failure> {
        std::fs::create_dir_all(folder)?;
        Ok(Album {
            folder: folder.to_path_buf(),
            pictures: Vec::new(),
        })
    }

    /// Takes the next picture: `03-name.png`.
    ///
    /// # Errors
    /// When it cannot be taken or written.
    pub fn take(&mut self, screen: &mut Touchscreen, name: &str) -> Result<(), Failure> {
        let path = self
            .folder
            .join(format!("{:02}-{name}.png", self.pictures.len() + 1));
        screen.picture(&path)?;
        self.pictures.push(path);
        Ok(())
    }
}

impl Album {
    /// Keeps a picture that was taken already.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub fn keep(&mut self, picture: &Path, name: &str) -> Result<(), Failure> {
        let path = self
            .folder
            .join(format!("{:02}-{name}.png", self.pictures.len() + 1));
        std::fs::rename(picture, &path)?;
        self.pictures.push(path);
        Ok(())
    }
}

/// How long a screen may take to come.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// The screens a resident passes, up to the cash screen; pictures where an album is given.
///
/// # Errors
/// When a screen does not come.
pub fn choose(
    screen: &mut Touchscreen,
    number: &str,
    minor: i64,
    mut album: Option<&mut Album>,
) -> Result<(), Failure> {
    let mut take = |screen: &mut Touchscreen, name: &str| match album.as_deref_mut() {
        Some(album) => album.take(screen, name),
        None => Ok(()),
    };
    screen.wait_for(&["Attract"], &["cash: Works", "meters: Works"], PATIENCE)?;
    take(screen, "attract")?;
    begin_by_number(screen)?;
    type_number(screen, number)?;
    screen.wait_for(&["Number"], &[number], PATIENCE)?;
    take(screen, "number")?;
    screen.touch("find")?;
    screen.wait_for(&["Meter"], &[], PATIENCE)?;
    take(screen, "meter")?;
    screen.touch(&format!("amount-{minor}"))?;
    screen.wait_for(&["Cash"], &[], PATIENCE)?;
    Ok(())
}

/// From the attract screen by number to the choice of how to pay an amount, where there is one.
///
/// # Errors
/// When a screen does not come.
pub fn choose_way(screen: &mut Touchscreen, number: &str, minor: i64) -> Result<(), Failure> {
    begin_by_number(screen)?;
    type_number(screen, number)?;
    screen.touch("find")?;
    screen.wait_for(&["Meter"], &[], PATIENCE)?;
    screen.touch(&format!("amount-{minor}"))?;
    screen.wait_for(&["Pay"], &[], PATIENCE).map(drop)
}

/// From the attract screen to the number: at once, or past the choice of how to begin where the terminal has a card reader.
///
/// # Errors
/// When a screen does not come.
pub fn begin_by_number(screen: &mut Touchscreen) -> Result<(), Failure> {
    screen.touch("start")?;
    let shown = screen.wait_for(&["Number", "Identify"], &[], PATIENCE)?;
    if shown.screen == "Identify" {
        screen.touch("by-number")?;
        screen.wait_for(&["Number"], &[], PATIENCE)?;
    }
    Ok(())
}

/// After a card was shown: its account, and from there to the first of its meters.
///
/// # Errors
/// When a screen does not come.
pub fn first_meter_of_card(screen: &mut Touchscreen) -> Result<(), Failure> {
    screen.wait_for(&["Who"], &[], PATIENCE)?;
    screen.touch("choose-0")?;
    screen.wait_for(&["Meter"], &[], PATIENCE).map(drop)
}

/// Types digits on the keypad.
///
/// # Errors
/// When a key is not there.
pub fn type_number(screen: &mut Touchscreen, number: &str) -> Result<(), Failure> {
    for digit in number.chars() {
        screen.touch(&format!("digit-{digit}"))?;
    }
    Ok(())
}

/// Inserts a note, again and again while the validator still gets ready to take it.
///
/// # Errors
/// When the validator does not take it in time.
pub fn insert(stage: &mut Stage, value: u32) -> Result<(), Failure> {
    insert_unless(&mut stage.control, value, || false)
        .map_err(|failure| Failure::new(format!("{failure}\n{}", stage.last_words())))
}

/// The same over another connection to the district, until `over` says that nobody will take it any more.
///
/// # Errors
/// When the validator does not take it in time.
pub fn insert_unless(
    control: &mut Control,
    value: u32,
    over: impl Fn() -> bool,
) -> Result<(), Failure> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end && !over() {
        let insertion = control
            .insert_note(value)
            .map_err(|e| Failure::new(e.to_string()))?;
        if insertion == Insertion::Taken {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(Failure::new(format!(
        "the validator does not take a note of {value}"
    )))
}

/// Plays one top-up of the electricity meter in a folder and says what it led to.
///
/// # Errors
/// When anything does not happen that should.
pub fn play(folder: &Path, plan: &StagePlan) -> Result<Summary, Failure> {
    let mut stage = Stage::set(folder, plan)?;
    let mut album = Album::in_folder(&stage.folder.join("screens"))?;
    let before = state(&mut stage)?;
    let mut screen = stage.start_kiosk()?;
    let played = resident(&mut stage, &mut screen, &mut album);
    played.map_err(|failure| Failure::new(format!("{failure}\n{}", stage.last_words())))?;
    let after = state(&mut stage)?;
    stage.kill_kiosk()?;
    let verdict = stage.verify_ledger()?;
    summary(&before, &after, &verdict, album.pictures)
}

fn resident(stage: &mut Stage, screen: &mut Touchscreen, album: &mut Album) -> Result<(), Failure> {
    choose(screen, ELECTRICITY, 5_000, Some(album))?;
    album.take(screen, "cash")?;
    // The share of the amount reads the same in every language.
    for (note, percent) in [(20, 40), (20, 80)] {
        insert(stage, note)?;
        screen.wait_for(&["Cash"], &[&format!("percent: {percent},")], PATIENCE)?;
    }
    album.take(screen, "cash-inserted")?;
    insert(stage, 10)?;
    screen.wait_for(&["Delivering"], &[], PATIENCE)?;
    album.take(screen, "delivering")?;
    screen.wait_for(&["Done"], &["slip: Printed"], PATIENCE)?;
    album.take(screen, "done")?;
    screen.touch("close")?;
    screen.wait_for(&["Attract"], &[], PATIENCE)?;
    Ok(())
}

/// The district's truth.
///
/// # Errors
/// When the district is gone.
pub fn state(stage: &mut Stage) -> Result<DistrictState, Failure> {
    stage
        .control
        .state()
        .map_err(|e| Failure::new(e.to_string()))
}

/// What happened between two states of the district.
///
/// # Errors
/// When the meter is gone.
pub fn summary(
    before: &DistrictState,
    after: &DistrictState,
    verdict: &Value,
    screens: Vec<PathBuf>,
) -> Result<Summary, Failure> {
    let meter = |state: &DistrictState| {
        state
            .meter(ELECTRICITY)
            .cloned()
            .ok_or_else(|| Failure::new("the meter is gone"))
    };
    let (first, last) = (meter(before)?, meter(after)?);
    Ok(Summary {
        paid: decimal(in_box(after) - in_box(before)),
        credited: decimal(last.cumulative - first.cumulative),
        meter_before: decimal(first.balance),
        meter_after: decimal(last.balance),
        entries: verdict["size"].as_u64().unwrap_or(0),
        checkpoint_ok: verdict["verdict"] == "ok",
        receipt_png: after.printer.slips.last().map(|slip| slip.png.clone()),
        screens,
    })
}
