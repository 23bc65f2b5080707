//! The list of cards that are to be refused, issued anew whenever a card is lost, revoked or taken back.

use deadpool_postgres::Transaction;
use meterpost_ledger::BulletinContent;
use meterpost_ledger::bulletin::deny::{DENY_KIND, DenyList};
use meterpost_ledger::signing::TenantId;

use crate::bulletins::{IssueError, NewBulletin, issue};
use crate::keys::Keys;

/// How long terminals may begin to apply it, in seconds: a terminal can be away for months.
const VALID_FOR: u64 = 366 * 86_400;

/// Issues the list as the cards' states have it now; its version.
///
/// # Errors
/// [`IssueError`]; nothing is issued then.
pub async fn renew(
    transaction: &Transaction<'_>,
    keys: &Keys,
    tenant: &TenantId,
    by: &str,
    now: u64,
) -> Result<u64, IssueError> {
    let rows = transaction
        .query(
            "SELECT number FROM card WHERE tenant = $1 AND state IN ('lost', 'revoked', 'reclaimed') ORDER BY number",
            &[&tenant.as_str()],
        )
        .await?;
    let cards: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get(0)).collect();
    let list = DenyList { cards: cards? };
    let shown = serde_json::json!({ "cards": list.cards.len() });
    let new = NewBulletin {
        tenant,
        terminal: None,
        content: BulletinContent::Other {
            kind: DENY_KIND.to_owned(),
            bytes: list.to_content()?,
        },
        shown,
        valid_for: VALID_FOR,
        by,
    };
    issue(transaction, keys, new, now).await
}
