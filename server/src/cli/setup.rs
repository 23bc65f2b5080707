//! `server init`, `server tenant` and `server staff`: what has to be there before anybody calls.

use std::path::Path;

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::{KeyStore, Signer, TenantId, system_entropy};

use super::Failure;
use crate::config::Config;
use crate::database::{Database, differ, let_serve, migrate, standing};
use crate::keys::Keys;
use crate::people::{password, secret, session};
use crate::staff::{self, Role, Staff};
use crate::zones;

/// Keys and schema, or the schema alone. What is there already is left alone.
pub(super) async fn init(config: &Config, schema_only: bool) -> Result<(), Failure> {
    if !schema_only {
        keys(config)?;
    }
    let serving = config.database.address().map_err(Failure::config)?;
    let owner = config.database.owner_address().map_err(Failure::config)?;
    if !schema_only && config.database.owner_url.is_none() {
        let standing = standing(&serving).await.map_err(Failure::data)?;
        if !standing.owns {
            return match standing.problem() {
                None => {
                    println!("The schema was up to date; another login owns it.");
                    Ok(())
                }
                Some(problem) => Err(Failure::Data(problem)),
            };
        }
    }
    let applied = migrate(&owner).await.map_err(Failure::data)?;
    match applied.len() {
        0 => println!("The schema was up to date."),
        count => println!("The schema is up to date: {count} migrations applied."),
    }
    if differ(&owner, &serving) && let_serve(&owner, &serving).await.map_err(Failure::data)? {
        println!("The login that serves was made; it owns nothing.");
    }
    Ok(())
}

fn keys(config: &Config) -> Result<(), Failure> {
    if Keys::exist(&config.keys) {
        Keys::open(&config.keys, &config.witness).map_err(Failure::data)?;
        println!(
            "The keys in {} are left as they are.",
            config.keys.display()
        );
    } else {
        let keys = Keys::create(&config.keys, &config.witness).map_err(Failure::data)?;
        println!("The keys are in {}. The witness:", config.keys.display());
        println!("{}", keys.witness_key());
    }
    for (tenant, payment) in &config.payment {
        payment_key(tenant, &payment.key_file)?;
    }
    Ok(())
}

/// A new key for the witness.
pub(super) fn rotate(config: &Config) -> Result<(), Failure> {
    let keys = Keys::open(&config.keys, &config.witness).map_err(Failure::data)?;
    let keys = keys.rotate(&config.keys).map_err(Failure::data)?;
    println!("The witness has a new key. Start every server that uses this folder anew:");
    println!("{}", keys.witness_key());
    Ok(())
}

/// The key by which a payment provider knows a tenant's requests.
fn payment_key(tenant: &str, path: &Path) -> Result<(), Failure> {
    let key = match path.exists() {
        true => KeyStore::open(path),
        false => KeyStore::create(path, &mut system_entropy),
    };
    let key = key.map_err(|error| Failure::Data(format!("{}: {error}", path.display())))?;
    let public = hex::encode(key.public_key().to_bytes());
    println!("The payment provider of {tenant} needs this public key (Ed25519): {public}");
    Ok(())
}

fn tenant_id(text: &str) -> Result<TenantId, Failure> {
    TenantId::new(text).map_err(Failure::config)
}

/// A new tenant, or another time zone for one.
pub(super) async fn tenant(
    config: &Config,
    tenant: &str,
    zone: Option<&str>,
) -> Result<(), Failure> {
    let tenant = tenant_id(tenant)?;
    let address = config.database.address().map_err(Failure::config)?;
    let database = Database::new(&address, 1).map_err(Failure::config)?;
    let mut connection = database.connection().await.map_err(Failure::data)?;
    let transaction = connection.begin(&tenant).await.map_err(Failure::data)?;
    let added = transaction
        .execute(
            "INSERT INTO tenant (tenant) VALUES ($1) ON CONFLICT DO NOTHING",
            &[&tenant.as_str()],
        )
        .await
        .map_err(Failure::data)?;
    let new = config.utc_offset_minutes().filter(|_| added > 0);
    match (zone, new) {
        (Some(zone), _) => set_zone(&transaction, &tenant, zone).await?,
        (None, Some(minutes)) => set_offset(&transaction, &tenant, minutes).await?,
        (None, None) => {}
    }
    transaction.commit().await.map_err(Failure::data)?;
    match added {
        0 => println!("The tenant {tenant} was there already."),
        _ => println!("The tenant {tenant} is there."),
    }
    Ok(())
}

/// A zone without a name, that many minutes ahead of UTC.
async fn set_offset(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    minutes: i16,
) -> Result<(), Failure> {
    let sql = "UPDATE tenant SET zone = $2 WHERE tenant = $1";
    let zone = zones::of_offset(minutes);
    let set = transaction.execute(sql, &[&tenant.as_str(), &zone]).await;
    set.map(drop).map_err(Failure::data)
}

/// The zone has to be one that the database knows, which says what days are to reports, and this program, which reads and settles by it.
async fn set_zone(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    zone: &str,
) -> Result<(), Failure> {
    if zones::by_name(zone).is_none() {
        return Err(Failure::Config(format!(
            "this machine knows no time zone {zone:?}; one is Asia/Shanghai. Where that is not known either, install tzdata"
        )));
    }
    let set = transaction
        .execute(
            "UPDATE tenant SET zone = name FROM pg_timezone_names WHERE tenant = $1 AND name = $2",
            &[&tenant.as_str(), &zone],
        )
        .await
        .map_err(Failure::data)?;
    match set {
        0 => Err(Failure::Config(format!(
            "there is no time zone {zone:?}; one is Asia/Shanghai"
        ))),
        _ => Ok(()),
    }
}

/// A new person.
pub(super) async fn staff(
    config: &Config,
    tenant: &str,
    name: &str,
    role: Role,
) -> Result<(), Failure> {
    let tenant = tenant_id(tenant)?;
    let token = staff::new_token(&tenant).map_err(Failure::data)?;
    let address = config.database.address().map_err(Failure::config)?;
    let database = Database::new(&address, 1).map_err(Failure::config)?;
    let mut connection = database.connection().await.map_err(Failure::data)?;
    let transaction = connection.begin(&tenant).await.map_err(Failure::data)?;
    let person = Staff {
        tenant,
        name: name.to_owned(),
        role,
    };
    staff::add(&transaction, &person, &token)
        .await
        .map_err(|error| {
            Failure::Data(format!("{error}. Is the tenant there and the name free?"))
        })?;
    transaction.commit().await.map_err(Failure::data)?;
    println!("{token}");
    Ok(())
}

/// A password for one sign-in, for a new person or one who has lost it.
pub(super) async fn person(
    config: &Config,
    (tenant, name, role): (&str, &str, Role),
    forget: bool,
) -> Result<(), Failure> {
    let person = Staff {
        tenant: tenant_id(tenant)?,
        name: name.to_owned(),
        role,
    };
    let password = password::one_time().map_err(Failure::data)?;
    let hash = password::hash(&password).map_err(Failure::Data)?;
    let address = config.database.address().map_err(Failure::config)?;
    let database = Database::new(&address, 1).map_err(Failure::config)?;
    let mut connection = database.connection().await.map_err(Failure::data)?;
    let tenant = &person.tenant;
    let transaction = connection.begin(tenant).await.map_err(Failure::data)?;
    let there = |error| Failure::Data(format!("{error}. Is the tenant there?"));
    staff::add_without_token(&transaction, &person)
        .await
        .map_err(there)?;
    secret::set_password(&transaction, tenant, &person.name, (&hash, true))
        .await
        .map_err(Failure::data)?;
    if forget {
        let forgotten = secret::set_factor(&transaction, tenant, &person.name, None).await;
        forgotten.map_err(Failure::data)?;
    }
    session::end_all(&transaction, tenant, &person.name)
        .await
        .map_err(Failure::data)?;
    transaction.commit().await.map_err(Failure::data)?;
    println!("{password}");
    Ok(())
}
