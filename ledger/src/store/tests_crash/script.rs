//! What happens on a scripted day.

use crate::books::testing::{
    applied, claim, closed, doubt, doubt_ended, found, intended, offered, opened, returned, slip,
    slip_done, stacked, unknown, voided, whole_sale,
};
use crate::entry::ClockQuality;
use crate::event::{Event, Slip, SlipOutcome};

/// One thing the kiosk does.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Commit(Vec<Event>),
    /// Events that break a rule: nothing happens.
    Refused(Vec<Event>),
    SyncHead,
    /// Closes the ledger and opens it again.
    Restart,
    /// The cash box is emptied, by the terminal's own count.
    Collect,
    /// The server cosigns the log as it is.
    Cosign,
    /// A bulletin comes into force.
    Bulletin,
    /// The log's key hands over to the next one.
    Rotate,
    /// Everything goes that may.
    Prune,
    /// A backup, made while selling.
    Backup,
    /// The write-ahead log is copied into the database.
    Checkpoint,
    /// The wall clock jumps, in milliseconds since 1970; with a new boot where asked for.
    Clock(u64, ClockQuality, Boot),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Boot {
    Same,
    New,
}

/// Each event in a commit of its own.
pub(super) fn each(events: Vec<Event>) -> impl Iterator<Item = Step> {
    events.into_iter().map(|event| Step::Commit(vec![event]))
}

fn split(mut events: Vec<Event>, at: usize) -> (Vec<Event>, Vec<Event>) {
    let after = events.split_off(at);
    (events, after)
}

fn started(software: &str) -> Step {
    let software = software.to_owned();
    Step::Commit(vec![Event::Started { software }])
}

/// The meter refuses the credit, and the money is owed on a claim.
fn refused_sale(sale: u64, note: u64, number: &str, purchase: u32) -> Vec<Event> {
    vec![
        opened(sale, number),
        offered(sale, note, 1000),
        stacked(sale, note, 1000),
        Event::NoteAcknowledged,
        intended(sale, purchase, 1000),
        voided(sale, purchase),
        claim(sale, 1000),
        slip(sale, Slip::Claim),
        slip_done(sale, Slip::Claim, SlipOutcome::NotPrinted("paper".into())),
        slip(sale, Slip::Claim),
        slip_done(sale, Slip::Claim, SlipOutcome::Printed),
        closed(sale),
    ]
}

/// The meter does not answer; later it shows the purchase.
fn unanswered_sale(sale: u64, note: u64, number: &str, purchase: u32) -> Vec<Event> {
    vec![
        opened(sale, number),
        offered(sale, note, 5000),
        stacked(sale, note, 5000),
        Event::NoteAcknowledged,
        intended(sale, purchase, 5000),
        unknown(sale, purchase),
        slip(sale, Slip::Pending),
        slip_done(sale, Slip::Pending, SlipOutcome::Printed),
        closed(sale),
        applied(sale, purchase),
    ]
}

/// One note comes back, one is in doubt and turns up, one is found at power-up.
fn troubled_sale(sale: u64, note: u64, number: &str, purchase: u32) -> Vec<Event> {
    vec![
        opened(sale, number),
        offered(sale, note, 2000),
        returned(note),
        offered(sale, note + 1, 500),
        doubt(note + 1),
        doubt_ended(note + 1),
        found(Some(sale), 700),
        Event::NoteAcknowledged,
        intended(sale, purchase, 700),
        applied(sale, purchase),
        slip(sale, Slip::Claim),
        slip_done(sale, Slip::Claim, SlipOutcome::Printed),
        closed(sale),
    ]
}

/// A terminal's first day: entries alone and in groups, entries longer than a page, heads synced at the end of a sale and
/// in its middle, restarts, and the write-ahead log copied and begun anew more than once.
pub(super) fn first_day() -> Vec<Step> {
    let mut steps = vec![Step::SyncHead];
    steps.extend(each(whole_sale(1, "111", 5)));
    steps.push(Step::SyncHead);
    for group in refused_sale(2, 2, "222", 5).chunks(3) {
        steps.push(Step::Commit(group.to_vec()));
    }
    steps.push(Step::Refused(vec![opened(9, "333")]));
    steps.push(Step::SyncHead);
    steps.extend([started(&"long ".repeat(2_500)), Step::Restart]);
    let (before, after) = split(unanswered_sale(3, 3, "111", 6), 4);
    steps.extend(each(before));
    steps.push(Step::SyncHead);
    steps.extend(each(after));
    steps.extend([Step::SyncHead, Step::Collect, Step::Restart]);
    steps.push(Step::Commit(troubled_sale(4, 4, "333", 9)));
    steps.extend([Step::Cosign, Step::SyncHead]);
    steps.extend(each(vec![
        opened(5, "111"),
        offered(5, 6, 2000),
        stacked(5, 6, 2000),
        Event::NoteAcknowledged,
    ]));
    // A restart in the middle of a sale.
    steps.push(Step::Restart);
    steps.extend(each(vec![
        Event::Started {
            software: "test 1".into(),
        },
        intended(5, 7, 2000),
        applied(5, 7),
        closed(5),
    ]));
    steps.extend([Step::SyncHead, Step::Backup]);
    steps.extend(each(refused_sale(6, 7, "444", 1)));
    steps.push(Step::SyncHead);
    for pair in unanswered_sale(7, 8, "555", 1).chunks(2) {
        steps.push(Step::Commit(pair.to_vec()));
    }
    steps.extend([Step::SyncHead, Step::Restart]);
    steps
}

/// Sales before [`late_day`], each in one commit; just short of the first statement of the books.
pub(super) const SALES_BEFORE: u64 = 56;

fn later_sale(sale: u64) -> Vec<Event> {
    whole_sale(SALES_BEFORE + sale, "111", 100 + sale as u32)
}

/// A day of a terminal that has sold for a while: the books are stated, the server cosigns, old entries go.
pub(super) fn late_day() -> Vec<Step> {
    let mut steps: Vec<Step> = each(later_sale(1)).collect();
    steps.extend([Step::SyncHead, Step::Cosign, Step::SyncHead]);
    steps.extend([Step::Commit(later_sale(2)), Step::Prune]);
    steps.extend([Step::Commit(later_sale(3)), Step::SyncHead, Step::Restart]);
    steps
}

/// The day after: a bulletin comes, the cash box is emptied, the key changes hands, a backup is made.
pub(super) fn day_after() -> Vec<Step> {
    let mut steps = vec![Step::Bulletin, Step::Cosign, Step::SyncHead];
    steps.extend(each(later_sale(4)));
    steps.extend([Step::Collect, Step::SyncHead, Step::Rotate, Step::SyncHead]);
    steps.extend(each(later_sale(5)));
    steps.extend([Step::Checkpoint, Step::Backup, Step::Cosign]);
    steps.extend([Step::SyncHead, Step::Restart]);
    steps.extend(each(later_sale(6)));
    steps.extend([Step::SyncHead, Step::Restart]);
    steps
}

/// A short day, for what must be repeated at every call.
pub(super) fn short_day() -> Vec<Step> {
    let mut steps: Vec<Step> = each(whole_sale(1, "111", 5)).collect();
    steps.extend([Step::SyncHead, Step::Cosign, Step::Restart]);
    let groups = refused_sale(2, 2, "222", 5);
    steps.extend(groups.chunks(4).map(|group| Step::Commit(group.to_vec())));
    steps.extend([Step::SyncHead, Step::Checkpoint, Step::Collect]);
    steps
}

/// A day on which the clock says anything: not set at power-on, beyond what 32 bits hold, and set back.
pub(super) fn day_of_clocks() -> Vec<Step> {
    const Y1970: u64 = 0;
    const Y2038: u64 = 0x8000_0000 * 1000;
    const Y2106: u64 = 0x1_0000_0000 * 1000;
    const TODAY: u64 = 1_790_000_000_000;
    let clock = |wall, quality, boot| Step::Clock(wall, quality, boot);
    let mut steps = Vec::new();
    for (number, step) in [
        clock(Y1970, ClockQuality::Unset, Boot::New),
        clock(TODAY, ClockQuality::Ntp, Boot::Same),
        clock(Y2038 - 500, ClockQuality::Rtc, Boot::Same),
        clock(Y2038 + 86_400_000, ClockQuality::Ntp, Boot::New),
        clock(TODAY + 60_000, ClockQuality::Server, Boot::Same),
        clock(Y1970 + 7, ClockQuality::Restored, Boot::New),
        clock(Y2106, ClockQuality::Ntp, Boot::Same),
        clock(Y1970, ClockQuality::Ntp, Boot::Same),
        clock(TODAY - 3_600_000, ClockQuality::Ntp, Boot::New),
    ]
    .into_iter()
    .enumerate()
    {
        let sale = number as u64 + 1;
        let (before, after) = split(whole_sale(sale, "111", 4 + sale as u32), 5);
        steps.extend(each(before));
        steps.push(step);
        steps.push(Step::Commit(after));
        steps.push(Step::SyncHead);
        if number % 3 == 2 {
            steps.push(Step::Restart);
        }
    }
    steps
}
