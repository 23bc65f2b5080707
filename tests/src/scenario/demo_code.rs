//! The part of the demo in which a telephone pays.

use super::Failure;
use super::demo::photograph;
use super::stage::{ELECTRICITY, Stage};
use super::telephone;
use super::teller::Teller;
use super::topup::{Album, PATIENCE, choose_way};
use super::touchscreen::Touchscreen;
use crate::provider::Provider;

/// What it pays, in minor units.
pub const PAID: i64 = 2_000;

/// A resident pays by QR code.
///
/// # Errors
/// When anything does not happen that should.
pub fn pay_by_code(
    stage: &Stage,
    provider: &Provider,
    screen: &mut Touchscreen,
    album: &mut Album,
    teller: Teller,
) -> Result<(), Failure> {
    teller.head("6. A telephone pays");
    teller.say("The next resident has no cash. The terminal writes down what it is about to ask for, the server makes an order at");
    teller.say("the payment provider, and its code is on the glass.");
    choose_way(screen, ELECTRICITY, PAID)?;
    screen.wait_for(&["Pay"], &["code: Some(true)"], PATIENCE)?;
    photograph(screen, album, "pay", teller)?;
    screen.touch("pay-code")?;
    let picture = stage.folder.join("code.png");
    let number = teller.during("the telephone scans the code and pays ¥20", || {
        telephone::pay(screen, provider, &picture)
    })?;
    album.keep(&picture, "code")?;
    teller.say(&format!("The provider has the money of order {number}."));
    teller.during(
        "the terminal takes it over, and the meter is credited",
        || screen.wait_for(&["Done"], &["slip: Printed"], PATIENCE),
    )?;
    photograph(screen, album, "code-done", teller)?;
    screen.touch("close")?;
    screen.wait_for(&["Attract"], &[], PATIENCE).map(drop)
}
