//! A concentrator's row: who it is, which session commands its meters, and how it was last.

use std::fmt;

use meterpost_bus::frame::gdw376::Address;
use meterpost_ledger::signing::TenantId;
use tokio_postgres::Row;

use super::listen::tenant_in;
use crate::database::{Database, DatabaseError};
use crate::orders::{Place, orphan};

/// A registered concentrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) tenant: TenantId,
    pub(super) area: u16,
    pub(super) address: u16,
    pub(super) password: [u8; 16],
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{} of {}", self.area, self.address, self.tenant)
    }
}

impl Known {
    /// Whether it is the one with this address.
    pub(super) fn is_at(&self, address: Address) -> bool {
        Address::of_terminal(self.area, self.address).is_some_and(|own| own.same_terminal(address))
    }
}

fn of_row(tenant: &TenantId, row: &Row) -> Result<Known, DatabaseError> {
    let (area, address): (i32, i32) = (row.try_get(0)?, row.try_get(1)?);
    let password: Option<Vec<u8>> = row.try_get(2)?;
    let damaged = || DatabaseError::Damaged(format!("concentrator {area}-{address}"));
    Ok(Known {
        tenant: tenant.clone(),
        area: u16::try_from(area).map_err(|_| damaged())?,
        address: u16::try_from(address).map_err(|_| damaged())?,
        password: match password {
            Some(bytes) => bytes.try_into().map_err(|_| damaged())?,
            None => [0; 16],
        },
    })
}

/// The concentrator that is registered for this name.
pub(super) async fn by_certificate(
    database: &Database,
    tenant: &TenantId,
    name: &str,
) -> Result<Option<Known>, DatabaseError> {
    let mut connection = database.connection().await?;
    let transaction = connection.begin(tenant).await?;
    let row = transaction
        .query_opt(
            "SELECT area, address, password FROM concentrator WHERE tenant = $1 AND certificate = $2",
            &[&tenant.as_str(), &name],
        )
        .await?;
    row.map(|row| of_row(tenant, &row)).transpose()
}

/// The concentrator with this address.
pub(super) async fn by_address(
    database: &Database,
    tenant: &TenantId,
    address: Address,
) -> Result<Option<Known>, DatabaseError> {
    // Four packed digits; an area whose digits are none is nobody's.
    let Ok(area) = format!("{:04X}", address.area).parse::<i32>() else {
        return Ok(None);
    };
    let mut connection = database.connection().await?;
    let transaction = connection.begin(tenant).await?;
    let row = transaction
        .query_opt(
            "SELECT area, address, password FROM concentrator WHERE tenant = $1 AND area = $2 AND address = $3",
            &[&tenant.as_str(), &area, &i32::from(address.terminal)],
        )
        .await?;
    row.map(|row| of_row(tenant, &row)).transpose()
}

/// A new session: from now on nobody else commands its meters. What was under way in an older one is unknown.
pub(super) async fn log_in(
    database: &Database,
    known: &Known,
    server: &str,
    in_flight: i32,
) -> Result<Place, DatabaseError> {
    let (area, address) = (i32::from(known.area), i32::from(known.address));
    let mut connection = database.connection().await?;
    let transaction = connection.begin(&known.tenant).await?;
    let row = transaction
        .query_one(
            "UPDATE concentrator SET session = session + 1, holder = $4, last_contact = now(), trouble = NULL \
             WHERE tenant = $1 AND area = $2 AND address = $3 RETURNING session",
            &[&known.tenant.as_str(), &area, &address, &server],
        )
        .await?;
    let place = Place {
        tenant: known.tenant.clone(),
        area,
        address,
        session: row.try_get(0)?,
    };
    let orphans = orphan(&transaction, &place, false, in_flight).await?;
    transaction.commit().await?;
    if orphans > 0 {
        tracing::warn!(%known, orphans, "orders of an older session are unknown; the meters will be read");
    }
    Ok(place)
}

/// It is alive. False when another session has taken its place.
pub(super) async fn touch(database: &Database, place: &Place) -> Result<bool, DatabaseError> {
    let mut connection = database.connection().await?;
    let transaction = connection.begin(&place.tenant).await?;
    let rows = transaction
        .execute(
            "UPDATE concentrator SET last_contact = now() \
             WHERE tenant = $1 AND area = $2 AND address = $3 AND session = $4",
            &[
                &place.tenant.as_str(),
                &place.area,
                &place.address,
                &place.session,
            ],
        )
        .await?;
    transaction.commit().await?;
    Ok(rows == 1)
}

/// Whether nobody commands its meters: the newest session has ended, or its server has not been heard for three touches.
pub(super) async fn is_vacant(database: &Database, place: &Place) -> Result<bool, DatabaseError> {
    let mut connection = database.connection().await?;
    let transaction = connection.begin(&place.tenant).await?;
    let row = transaction
        .query_one(
            "SELECT holder IS NULL OR last_contact < now() - interval '60 seconds' FROM concentrator \
             WHERE tenant = $1 AND area = $2 AND address = $3",
            &[&place.tenant.as_str(), &place.area, &place.address],
        )
        .await?;
    Ok(row.try_get(0)?)
}

/// Its connection is over; what was under way is unknown.
pub(super) async fn log_out(
    database: &Database,
    place: &Place,
    in_flight: i32,
) -> Result<(), DatabaseError> {
    let mut connection = database.connection().await?;
    let transaction = connection.begin(&place.tenant).await?;
    transaction
        .execute(
            "UPDATE concentrator SET holder = NULL \
             WHERE tenant = $1 AND area = $2 AND address = $3 AND session = $4",
            &[
                &place.tenant.as_str(),
                &place.area,
                &place.address,
                &place.session,
            ],
        )
        .await?;
    orphan(&transaction, place, true, in_flight).await?;
    transaction.commit().await.map_err(DatabaseError::from)
}

/// What is wrong with it, or that nothing is.
pub(super) async fn trouble(
    database: &Database,
    place: &Place,
    what: Option<&str>,
) -> Result<(), DatabaseError> {
    let mut connection = database.connection().await?;
    let transaction = connection.begin(&place.tenant).await?;
    transaction
        .execute(
            "UPDATE concentrator SET trouble = $5 \
             WHERE tenant = $1 AND area = $2 AND address = $3 AND session = $4",
            &[
                &place.tenant.as_str(),
                &place.area,
                &place.address,
                &place.session,
                &what,
            ],
        )
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// Its archive is that of the directory: so many meters.
pub(super) async fn archive_is(
    database: &Database,
    place: &Place,
    size: i32,
) -> Result<(), DatabaseError> {
    let mut connection = database.connection().await?;
    let transaction = connection.begin(&place.tenant).await?;
    transaction
        .execute(
            "UPDATE concentrator SET archive_at = now(), archive_size = $5 \
             WHERE tenant = $1 AND area = $2 AND address = $3 AND session = $4",
            &[
                &place.tenant.as_str(),
                &place.area,
                &place.address,
                &place.session,
                &size,
            ],
        )
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// Whether the name of a certificate can be a concentrator's of this tenant.
fn names_tenant(tenant: &TenantId, name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
    name.len() <= 253
        && name.bytes().all(plain)
        && name
            .split('.')
            .all(|part| !part.is_empty() && part.len() <= 63)
        && tenant_in(name).as_ref() == Some(tenant)
}

/// What came of registering a concentrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// It is registered, or was so before.
    Yes,
    /// Its name is not of this tenant: `<name>.<tenant>.<domain>`.
    Name,
    /// Another concentrator has this certificate.
    Taken,
}

/// Registers a concentrator, or gives one that is registered another certificate, password or place.
///
/// # Errors
/// When the database does not answer.
pub async fn register(
    transaction: &deadpool_postgres::Transaction<'_>,
    tenant: &TenantId,
    (area, address): (i32, i32),
    certificate: &str,
    password: Option<&[u8]>,
    place: &str,
) -> Result<Registered, DatabaseError> {
    if !names_tenant(tenant, certificate) {
        return Ok(Registered::Name);
    }
    let taken = transaction
        .query_opt(
            "SELECT FROM concentrator WHERE tenant = $1 AND certificate = $2 AND (area, address) <> ($3, $4)",
            &[&tenant.as_str(), &certificate, &area, &address],
        )
        .await?;
    if taken.is_some() {
        return Ok(Registered::Taken);
    }
    transaction
        .execute(
            "INSERT INTO concentrator (tenant, area, address, certificate, password, place) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (tenant, area, address) DO UPDATE SET certificate = $4, password = $5, place = $6",
            &[&tenant.as_str(), &area, &address, &certificate, &password, &place],
        )
        .await?;
    Ok(Registered::Yes)
}

/// A concentrator in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its area code.
    pub area: i32,
    /// Its terminal address.
    pub address: i32,
    /// The name in its certificate.
    pub certificate: String,
    /// Where it is.
    pub place: String,
    /// Whether a server holds its connection.
    pub connected: bool,
    /// When it was heard last, in seconds since 1970.
    pub last_contact: Option<i64>,
    /// What is wrong with it.
    pub trouble: Option<String>,
    /// Meters of the directory that hang on it.
    pub meters: i64,
    /// When its archive was last found or made equal to the directory.
    pub archive_at: Option<i64>,
}

/// A tenant's concentrators.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    transaction: &deadpool_postgres::Transaction<'_>,
    tenant: &TenantId,
) -> Result<Vec<Listed>, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT area, address, certificate, place, holder IS NOT NULL AND last_contact > now() - interval '2 minutes', \
             extract(epoch FROM last_contact)::bigint, trouble, \
             (SELECT count(*) FROM meter_point p WHERE p.tenant = c.tenant AND p.area = c.area AND p.address = c.address), \
             extract(epoch FROM archive_at)::bigint FROM concentrator c WHERE tenant = $1 ORDER BY area, address",
            &[&tenant.as_str()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Listed {
                area: row.try_get(0)?,
                address: row.try_get(1)?,
                certificate: row.try_get(2)?,
                place: row.try_get(3)?,
                connected: row.try_get(4)?,
                last_contact: row.try_get(5)?,
                trouble: row.try_get(6)?,
                meters: row.try_get(7)?,
                archive_at: row.try_get(8)?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificates_name_says_whose_concentrator_it_is() {
        let east = TenantId::new("east").unwrap();
        assert!(names_tenant(&east, "c1.east.example"));
        assert!(names_tenant(&east, "c1.east"));
        for name in [
            "c1.west.east.example",
            "east",
            "c1.east.",
            ".east",
            "C1.east",
            "c1.east.*",
            "",
        ] {
            assert!(!names_tenant(&east, name), "{name}");
        }
    }

    #[test]
    fn an_address_is_compared_as_it_is_on_the_wire() {
        let known = Known {
            tenant: TenantId::new("east").unwrap(),
            area: 171,
            address: 2082,
            password: [0; 16],
        };
        assert!(known.is_at(Address::of_terminal(171, 2082).unwrap()));
        assert!(!known.is_at(Address::of_terminal(172, 2082).unwrap()));
        assert!(!known.is_at(Address::of_terminal(171, 2083).unwrap()));
    }
}
