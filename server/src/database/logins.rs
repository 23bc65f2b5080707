//! Two logins: one owns the schema, and changes it; the other serves, owns nothing, and does everything as the role `meterpost_server`. Whoever
//! takes over the program that serves can neither change the tables nor switch off what guards their rows.

use tokio_postgres::Client;

use super::migrations::{schema_version, session, versions};
use super::{Address, DatabaseError};

/// How a login stands to the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether it owns the tables, or is above all rules; where there are none yet, whether it may make them.
    pub owns: bool,
    /// The version of the tables; `None`: there are none yet.
    pub schema: Option<i32>,
}

impl Standing {
    /// Why a login that owns nothing cannot serve with these tables, and what to do.
    pub fn problem(&self) -> Option<String> {
        let needed = versions().last().copied().unwrap_or(0);
        match self.schema {
            Some(version) if version == needed => None,
            Some(version) if version > needed => Some(format!(
                "the schema has version {version}, and this program knows {needed}: take the newer program"
            )),
            Some(version) => Some(format!(
                "the schema has version {version}, and this program needs {needed}: run `server init --schema` as the login that owns it"
            )),
            None => Some(
                "there is no schema yet: run `server init --schema` as the login that is to own it"
                    .to_owned(),
            ),
        }
    }
}

/// How the login of this address stands.
///
/// # Errors
/// When the database does not answer.
pub async fn standing(address: &Address) -> Result<Standing, DatabaseError> {
    session(address, async |client| {
        let row = client
            .query_one(
                "SELECT to_regclass('refinery_schema_history') IS NOT NULL, \
                 (SELECT rolsuper FROM pg_roles WHERE rolname = current_user), \
                 coalesce((SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('tenant')), \
                          has_schema_privilege(current_schema(), 'CREATE'))",
                &[],
            )
            .await?;
        let (there, above, owns): (bool, bool, bool) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let owns = above || owns;
        let schema = match there {
            true => Some(version(client, owns).await?),
            false => None,
        };
        Ok(Standing { owns, schema })
    })
    .await
}

async fn version(client: &Client, owns: bool) -> Result<i32, DatabaseError> {
    if !owns {
        client.batch_execute("SET ROLE meterpost_server").await?;
    }
    schema_version(client).await
}

/// Makes the login that serves, where there is none, and lets it do what the server's role may; as the owner. Returns whether it was made.
///
/// # Errors
/// When the owner may not make roles, or the database does not answer.
pub async fn let_serve(owner: &Address, serving: &Address) -> Result<bool, DatabaseError> {
    let name = serving.config.get_user().unwrap_or_default().to_owned();
    let password = serving.config.get_password().map(<[u8]>::to_vec);
    session(owner, async |client| {
        let there = client
            .query_opt("SELECT 1 FROM pg_roles WHERE rolname = $1", &[&name])
            .await?;
        let quoted = client
            .query_one(
                "SELECT quote_ident($1), quote_literal($2)",
                &[&name, &password.map(|p| String::from_utf8_lossy(&p).into_owned())],
            )
            .await?;
        let (ident, secret): (String, Option<String>) = (quoted.try_get(0)?, quoted.try_get(1)?);
        if there.is_none() {
            let secret = secret.map_or(String::new(), |secret| format!(" PASSWORD {secret}"));
            client
                .batch_execute(&format!(
                    "CREATE ROLE {ident} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT{secret}"
                ))
                .await?;
        }
        client
            .batch_execute(&format!(
                "GRANT meterpost_server TO {ident}; \
                 ALTER POLICY look_up ON tenant TO CURRENT_USER; ALTER POLICY look_up ON log_key TO CURRENT_USER"
            ))
            .await?;
        Ok(there.is_none())
    })
    .await
}

/// Whether two addresses are of different logins.
pub fn differ(one: &Address, other: &Address) -> bool {
    one.config.get_user() != other.config.get_user()
}
