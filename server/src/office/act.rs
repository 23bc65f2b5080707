//! An act at a desk: noted before it begins, done in one transaction or not at all, noted again when it has ended.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::{EntropyError, system_entropy};

use super::desk::Desk;
use super::page::PageError;
use crate::App;
use crate::api::ApiError;
use crate::audit;

/// Does something for the person at this desk.
///
/// # Errors
/// What the act says, and the database's; nothing has changed then.
pub(super) async fn act<T>(
    app: &App,
    desk: &Desk,
    (word, object): (&str, &str),
    work: impl AsyncFnOnce(&Transaction<'_>) -> Result<T, ApiError>,
) -> Result<T, PageError> {
    let words = desk.words;
    let (tenant, name) = (&desk.session.staff.tenant, &desk.session.staff.name);
    let trouble = PageError::database(words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let noted = audit::begin(&mut connection, tenant, name, word, object).await;
    let noted = noted.map_err(&trouble)?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let done = work(&transaction).await?;
        transaction.commit().await?;
        Ok::<_, ApiError>(done)
    }
    .await;
    let ended = audit::end(&mut connection, tenant, noted, &result).await;
    ended.map_err(&trouble)?;
    result.map_err(|error| PageError::refused(words, &error))
}

/// A name that is given out with a form, so that a form sent twice does its work once.
///
/// # Errors
/// When the system has no randomness.
pub(super) fn form_id() -> Result<String, EntropyError> {
    let mut random = [0; 16];
    system_entropy(&mut random)?;
    Ok(format!("desk-{}", hex::encode(random)))
}
