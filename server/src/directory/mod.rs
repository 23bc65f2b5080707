//! The directory: who lives where, with which meters and cards, and what terminals are told of it.
//!
//! | file | what |
//! |---|---|
//! | `change` | taking in accounts, meters and cards, each change under the directory's next version |
//! | `columns`, `sheet`, `import` | accounts as rows, as files, and taken in from them |
//! | `edit` | one change to one account, as people make them |
//! | `pricing` | the household, and tariffs of its own for a meter |
//! | `handover` | another holder: cards and money of the old one |
//! | `removal` | meters that are taken down, and the money left in them |
//! | `history` | as an account was and as it became |
//! | `district` | which terminal serves which district |
//! | `told` | the bulletin for one terminal: nothing, a difference, or all |
//! | `rows` | accounts with what belongs to them, from the database |
//! | `search` | accounts by what people know of them |
//! | `deny` | the list of cards that are to be refused |
//! | `mask` | names as they leave the server |

pub mod change;
pub mod columns;
pub mod deny;
pub mod district;
pub mod edit;
pub mod handover;
pub mod history;
pub mod import;
mod mask;
pub mod pricing;
pub mod removal;
mod rows;
pub mod search;
pub mod sheet;
pub mod told;

pub use change::{ChangeError, NewAccount, change, touch};
pub use rows::{AccountRow, one, page};

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;

use crate::database::DatabaseError;

/// The directory's next version, under a lock that lasts as long as the transaction: versions become visible in their order.
pub(crate) async fn next_version(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
) -> Result<i64, DatabaseError> {
    let row = transaction
        .query_one(
            "INSERT INTO directory (tenant, version) VALUES ($1, 1) \
             ON CONFLICT (tenant) DO UPDATE SET version = directory.version + 1 RETURNING version",
            &[&tenant.as_str()],
        )
        .await?;
    Ok(row.try_get(0)?)
}
