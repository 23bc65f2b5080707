//! A terminal that comes back after weeks without the server: how long its backlog takes, and what a resident notices of it meanwhile.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use meterpost_ledger::signing::KeyStore;
use meterpost_ledger::{
    BootId, ClockQuality, Event, Folder, Ledger, MeterPurse, MeterRef, Money, NoteEvidence, NoteId,
    SaleId, Slip, SlipOutcome, Stamp,
};
use serde::Serialize;

use super::Failure;
use super::office::Office;
use super::stage::{ELECTRICITY, Stage, StagePlan, TERMINAL};
use super::topup::{PATIENCE, choose, insert};
use super::touchscreen::Touchscreen;

/// How long the server was away.
const AWAY: Duration = Duration::from_secs(30 * 86_400);
/// A meter that was sold for meanwhile; what it says now is nobody's question.
const METER: &str = "000000000009";
/// How long the backlog may take before it counts as stuck.
const STUCK: Duration = Duration::from_secs(900);
/// Between two questions for the head: a person's quota at the server is ten a second.
const ASK: Duration = Duration::from_millis(150);
/// Sales measured once all is at the server.
const AFTER: usize = 3;

/// What came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figures {
    /// Entries that waited.
    pub entries: u64,
    /// Milliseconds from the terminal's start until the server had cosigned all of them.
    pub ms: u64,
    /// Entries a second.
    pub rate: u64,
    /// Heads that it cosigned, by the terminal's own entries.
    pub heads: usize,
    /// Sales made meanwhile, and the median of their times from the first touch to the receipt, in milliseconds.
    pub sales: usize,
    /// As `sales` says.
    pub sale_ms: u64,
    /// The same once nothing waited any more.
    pub sale_ms_after: u64,
    /// Entries under the server's head, by its own check.
    pub at_server: u64,
    /// Entries that the terminal holds a cosignature for and the server lacks.
    pub lost: u64,
}

/// Plays it in a folder with so many entries at least, of which the server lets so many wait for a head.
///
/// # Errors
/// When the stage cannot be set, a sale fails, or the backlog gets stuck.
pub fn play(
    folder: &Path,
    (entries, unsigned): (u64, u64),
    tell: impl Fn(&str),
) -> Result<Figures, Failure> {
    let office = Office::open_where(folder, &format!("most_unsigned = {unsigned}"))?;
    let address = office.address.parse();
    let address = address.map_err(|error| Failure::new(format!("{}: {error}", office.address)))?;
    let plan = StagePlan {
        baud: 19_200,
        ..StagePlan::default()
    };
    let mut stage = Stage::set_online(folder, &plan, Some((&office, address)))?;
    tell("writing what was sold without the server");
    let waited = sell_alone(&stage.data(), entries)?;
    tell(&format!(
        "{waited} entries wait; the terminal starts and the server is there"
    ));
    let began = Instant::now();
    let mut screen = stage.start_kiosk()?;
    let mut meanwhile = Vec::new();
    let took = std::thread::scope(|scope| {
        let brought = scope.spawn(|| brought(&office, waited, began));
        screen.wait_for(&["Attract"], &["cash: Works", "meters: Works"], PATIENCE)?;
        while !brought.is_finished() {
            meanwhile.push(sale(&mut stage, &mut screen)?);
            tell(&format!("{} sales meanwhile", meanwhile.len()));
        }
        let panicked = |_| Failure::new("the question for the head panicked");
        brought.join().map_err(panicked)?
    })?;
    let mut after = Vec::new();
    for _ in 0..AFTER {
        after.push(sale(&mut stage, &mut screen)?);
    }
    stage.kill_kiosk()?;
    let (ours, theirs) = (stage.verify_ledger()?, office.verify(TERMINAL)?);
    if ours["verdict"] != "ok" || theirs["verdict"] != "ok" {
        return Err(Failure::new(format!("{ours}\n{theirs}")));
    }
    let number = |value: &serde_json::Value| value.as_u64().unwrap_or(0);
    let is_contact = |entry: &&serde_json::Value| {
        let event = entry["event"].as_str();
        event.is_some_and(|event| event.starts_with("Contact"))
    };
    let heads = stage.list_ledger()?.iter().filter(is_contact).count();
    let at_server = number(&theirs["size"]);
    Ok(Figures {
        entries: waited,
        ms: millis(took),
        heads,
        rate: (waited as f64 / took.as_secs_f64()) as u64,
        sales: meanwhile.len(),
        sale_ms: median(meanwhile),
        sale_ms_after: median(after),
        at_server,
        lost: number(&ours["cosigned"]).saturating_sub(at_server),
    })
}

/// Waits until the server has cosigned more entries than waited; how long after `began` that was.
fn brought(office: &Office, waited: u64, began: Instant) -> Result<Duration, Failure> {
    loop {
        let head = office.head(TERMINAL)?;
        let took = began.elapsed();
        if head["cosigned"].as_u64() >= Some(waited) {
            return Ok(took);
        }
        if took > STUCK {
            return Err(Failure::new(format!("the backlog is stuck: {head}")));
        }
        std::thread::sleep(ASK);
    }
}

/// A top-up with a note, from the first touch to the receipt.
fn sale(stage: &mut Stage, screen: &mut Touchscreen) -> Result<Duration, Failure> {
    let began = Instant::now();
    choose(screen, ELECTRICITY, 1_000, None)?;
    insert(stage, 10)?;
    screen.wait_for(&["Done"], &["slip: Printed"], PATIENCE)?;
    let took = began.elapsed();
    screen.touch("close")?;
    screen.wait_for(&["Attract"], &[], PATIENCE)?;
    Ok(took)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn median(mut times: Vec<Duration>) -> u64 {
    times.sort_unstable();
    times.get(times.len() / 2).copied().map_or(0, millis)
}

/// Appends whole sales to the ledger of a terminal that does not run; its size then.
fn sell_alone(data: &Path, entries: u64) -> Result<u64, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(error.to_string());
    let folder = Folder::new(data);
    let key = KeyStore::open(&folder.key()).map_err(|e| failed(&e))?;
    let (mut ledger, _) = Ledger::open(&folder, Box::new(key)).map_err(|e| failed(&e))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let past = now.map_err(|e| failed(&e))?.saturating_sub(AWAY);
    let mut purchase = 0;
    while ledger.size() < entries {
        let stamp = Stamp {
            boot: BootId([9; 16]),
            monotonic_ms: u64::from(purchase) * 60_000,
            wall: millis(past) + u64::from(purchase) * 60_000,
            quality: ClockQuality::Ntp,
        };
        // A hundred sales a commit: what is measured begins afterwards.
        let (sale, note) = (ledger.books().next_sale().0, ledger.books().next_note().0);
        let sales = (0..100).flat_map(|n| {
            purchase += 1;
            whole_sale(SaleId(sale + n), NoteId(note + n), purchase)
        });
        let events: Vec<Event> = sales.collect();
        ledger.commit(&stamp, &events).map_err(|e| failed(&e))?;
    }
    ledger.sync_head().map_err(|e| failed(&e))?;
    Ok(ledger.size())
}

fn purse(purchase_number: u32) -> MeterPurse {
    MeterPurse {
        purchase_number,
        balance: Money(1_250),
        last_amount: None,
        cumulative: None,
    }
}

fn whole_sale(sale: SaleId, note: NoteId, number: u32) -> Vec<Event> {
    let amount = Money(1_000);
    vec![
        Event::SaleOpened {
            sale,
            meter: MeterRef {
                number: METER.into(),
                utility: "electricity".into(),
                profile: "dlt645-plain".into(),
            },
            target: amount,
            before: purse(number - 1),
            card: None,
        },
        Event::NoteOffered {
            sale,
            note,
            value: amount,
        },
        Event::NoteStacked {
            sale: Some(sale),
            note: Some(note),
            value: amount,
            evidence: NoteEvidence::Credit,
        },
        Event::NoteAcknowledged,
        Event::DeliveryIntended {
            sale,
            number,
            amount,
            before: purse(number - 1),
        },
        Event::DeliveryApplied {
            sale,
            number,
            after: purse(number),
        },
        Event::SlipIntended {
            sale,
            slip: Slip::Receipt,
            copy: 0,
            amount: None,
        },
        Event::SlipDone {
            sale,
            slip: Slip::Receipt,
            outcome: SlipOutcome::Printed,
        },
        Event::SaleClosed { sale },
    ]
}
