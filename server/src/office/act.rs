//! An act at a desk: noted before it begins, done in one transaction or not at all, noted again when it has ended.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::{EntropyError, system_entropy};

use super::desk::Desk;
use super::page::PageError;
use crate::App;
use crate::api::ApiError;
use crate::audit;
use crate::database::DatabaseError;

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
    let done = tried(app, desk, (word, object), work, ApiError::clone).await?;
    done.map_err(|error| PageError::refused(desk.words, &error))
}

/// The same, where the page itself says why an act was refused; the trail says it as `told` has it.
///
/// # Errors
/// The database's about the trail. What the act says is inside.
pub(super) async fn tried<T, E: From<DatabaseError>>(
    app: &App,
    desk: &Desk,
    (word, object): (&str, &str),
    work: impl AsyncFnOnce(&Transaction<'_>) -> Result<T, E>,
    told: impl Fn(&E) -> ApiError,
) -> Result<Result<T, E>, PageError> {
    let (tenant, name) = (&desk.session.staff.tenant, &desk.session.staff.name);
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let noted = audit::begin(&mut connection, tenant, name, word, object).await;
    let noted = noted.map_err(&trouble)?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let done = work(&transaction).await?;
        let committed = transaction.commit().await;
        committed.map_err(DatabaseError::from)?;
        Ok::<_, E>(done)
    }
    .await;
    let outcome = result.as_ref().map(|_| ()).map_err(&told);
    let ended = audit::end(&mut connection, tenant, noted, &outcome).await;
    ended.map_err(&trouble)?;
    Ok(result)
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
