//! What concentrators told by themselves, to be worked off by people: each event is open until somebody takes it up.

use deadpool_postgres::Transaction;
use jiff::civil::DateTime;
use meterpost_bus::frame::gdw376::item::event::erc;
use meterpost_ledger::signing::TenantId;

use crate::database::DatabaseError;

/// Most events shown.
const MOST: i64 = 200;

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Of the concentrator with this area code.
    pub area: i32,
    /// And this address.
    pub address: i32,
    /// Its code (ERC of Q/GDW 376.1 §5.5.10).
    pub code: i16,
    /// When it happened, by the concentrator's clock.
    pub at: DateTime,
    /// Its detail, in hex: with the code and the time it names the event.
    pub detail: String,
    /// The meter that it is about.
    pub meter: Option<String>,
    /// The concentrator counts it among the important ones.
    pub important: bool,
    /// Who took it up.
    pub taken_by: Option<String>,
}

impl Event {
    /// What happened, in a few words.
    pub fn words(&self) -> &'static str {
        match u8::try_from(self.code) {
            Ok(erc::PARAMETERS_CHANGED) => "parameters were changed",
            Ok(erc::METER_CLOCK) => "the meter's clock is off",
            Ok(erc::METER_FAULT) => "the meter has a fault: its battery",
            Ok(erc::POWER) => "the concentrator was without power",
            Ok(erc::WRONG_PASSWORD) => "somebody tried a wrong password",
            Ok(erc::TERMINAL_FAULT) => "the concentrator has a fault",
            Ok(erc::METER_LOST) => "the meter does not answer any more, or answers again",
            Ok(erc::SUPPLY_CHANGED) => "valve or relay changed without an order",
            Ok(erc::TAMPER) => "the meter was opened or tampered with",
            Ok(erc::SUPPLY_SWITCHED) => "valve or relay was switched by order",
            Ok(erc::STARTED) => "the concentrator was started",
            Ok(erc::CLOCK_SET) => "the concentrator's clock was set",
            Ok(erc::TAKE_OVER) => "another concentrator's wire was taken over or handed back",
            _ => "something else",
        }
    }
}

/// The open ones first, then the newest.
///
/// # Errors
/// The database's.
pub async fn inbox(transaction: &Transaction<'_>) -> Result<Vec<Event>, DatabaseError> {
    let rows = transaction
        .query(
            // Those that are open are few, and of the others the newest are found by their index: together they are sorted at once.
            "SELECT area, address, code, at, encode(detail, 'hex'), meter, important, taken_by FROM ( \
                 SELECT * FROM concentrator_event WHERE taken_by IS NULL \
                 UNION ALL (SELECT * FROM concentrator_event WHERE taken_by IS NOT NULL ORDER BY received_at DESC LIMIT $1)) AS e \
             ORDER BY taken_by IS NOT NULL, NOT important, received_at DESC LIMIT $1",
            &[&MOST],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(Event {
            area: row.try_get(0)?,
            address: row.try_get(1)?,
            code: row.try_get(2)?,
            at: row.try_get(3)?,
            detail: row.try_get(4)?,
            meter: row.try_get(5)?,
            important: row.try_get(6)?,
            taken_by: row.try_get(7)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Somebody takes an event up; whether it was open.
///
/// # Errors
/// The database's.
pub async fn take_up(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (area, address, code): (i32, i32, i16),
    (at, detail): (DateTime, &str),
    by: &str,
) -> Result<bool, DatabaseError> {
    let taken = transaction
        .execute(
            "UPDATE concentrator_event SET taken_by = $7 WHERE tenant = $1 AND area = $2 AND address = $3 AND code = $4 AND at = $5 \
             AND encode(detail, 'hex') = $6 AND taken_by IS NULL",
            &[&tenant.as_str(), &area, &address, &code, &at, &detail, &by],
        )
        .await?;
    Ok(taken > 0)
}
