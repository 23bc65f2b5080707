//! A small district whose meters' money is at the server: tariffs, readings, days settled.

use jiff::civil::{Date, date};
use meterpost_ledger::Money;
use meterpost_ledger::signing::TenantId;
use meterpost_server::database::{Address, Database, migrate};
use meterpost_server::settlement::{Decided, Report, SettlementError, settle_days, supply};
use meterpost_server::staff::{Role, Staff};
use meterpost_server::tariff::{self, Draft, StoreError, Tariff, Utility, Which};
use meterpost_server::wallet::{Means, TopUp, top_up};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::database::TestDatabase;

/// Long after all days of the tests.
pub const TODAY: Date = date(2026, 6, 1);
/// 1 kWh, in the parts in which registers are counted.
pub const KWH: i64 = 10_000;
/// Noon by the tests' clock.
pub const NOW: u64 = 1_772_000_000;

pub struct District {
    pub database: TestDatabase,
    pub server: Database,
    pub tenant: TenantId,
    runtime: Runtime,
}

/// Tiers up to 240 and 400 a month, in fen a unit: 48.83 and what is said.
pub fn electricity(second: i64) -> Value {
    json!({
        "utility": "electricity", "unit": "kWh", "period": "month",
        "tiers": [{"upto": 240_000, "price": 488_300}, {"upto": 400_000, "price": second}, {"price": 788_300}],
    })
}

impl District {
    /// A tenant with one tariff for electricity from the beginning of the year.
    pub fn new() -> District {
        let district = District::bare();
        district.in_force("default", date(2026, 1, 1), &electricity(538_300));
        district
    }

    pub fn bare() -> District {
        let database = TestDatabase::new();
        let runtime = Runtime::new().expect("a runtime");
        let address = Address::plain(&database.url()).expect("an address");
        runtime.block_on(migrate(&address)).expect("the schema");
        database.sql("INSERT INTO tenant (tenant) VALUES ('east'); INSERT INTO directory (tenant, version) VALUES ('east', 1)");
        let server = Database::new(&address, 4).expect("connections");
        let tenant = TenantId::new("east").expect("a tenant");
        District {
            database,
            server,
            tenant,
            runtime,
        }
    }

    /// An account with one meter of this utility.
    pub fn account(&self, account: &str, meter: &str, utility: &str) {
        self.database.sql(&format!(
            "INSERT INTO account (tenant, account, district, changed) VALUES ('east', '{account}', 'north', 1); \
             INSERT INTO meter (tenant, number, account, utility, profile, address, segment, billing) \
             VALUES ('east', '{meter}', '{account}', '{utility}', 'dlt645-plain', '{meter}', 0, 'on_account')"
        ));
    }

    /// What the meter's register was at the end of a day, in 1/10000 kWh.
    pub fn reading(&self, meter: &str, day: Date, register: i64) {
        self.reading_of(meter, day, (register, 4, "kWh"), &json!([]));
    }

    /// The same for many meters.
    pub fn readings(&self, day: Date, registers: &[(String, i64)]) {
        let row = |(meter, register): &(String, i64)| {
            format!("('east', '{meter}', 'day', '{day}', 'kWh', {register}, 4, '{{}}')")
        };
        let rows: Vec<String> = registers.iter().map(row).collect();
        self.database.sql(&format!(
            "INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) VALUES {}",
            rows.join(", ")
        ));
    }

    pub fn reading_of(
        &self,
        meter: &str,
        day: Date,
        (value, places, unit): (i64, i16, &str),
        rates: &Value,
    ) {
        self.database.sql(&format!(
            "INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) \
             VALUES ('east', '{meter}', 'day', '{day}', '{unit}', {value}, {places}, '{{\"rates\": {rates}}}')"
        ));
    }

    pub fn draft(&self, name: &str, from: Date, content: &Value) -> i32 {
        let tariff = Tariff::parse(content).expect("a tariff");
        let draft = Draft {
            name,
            valid_from: from,
            tariff: &tariff,
        };
        self.runtime
            .block_on(async {
                let mut connection = self.server.connection().await?;
                let transaction = connection.begin(&self.tenant).await?;
                let version = tariff::draft(&transaction, (&self.tenant, "Ann"), &draft).await?;
                transaction.commit().await?;
                Ok::<_, StoreError>(version)
            })
            .expect("a draft")
    }

    /// Asks for it and lets somebody decide.
    pub fn activate(&self, which: Which<'_>, by: &str) -> Result<(), StoreError> {
        self.runtime.block_on(async {
            let mut connection = self.server.connection().await?;
            let transaction = connection.begin(&self.tenant).await?;
            tariff::ask(&transaction, which).await?;
            tariff::activate(&transaction, (&self.tenant, by), which).await?;
            transaction.commit().await?;
            Ok(())
        })
    }

    pub fn withdraw(&self, which: Which<'_>, today: Date) -> Result<(), StoreError> {
        self.runtime.block_on(async {
            let mut connection = self.server.connection().await?;
            let transaction = connection.begin(&self.tenant).await?;
            tariff::withdraw(&transaction, (&self.tenant, "Ann"), which, today).await?;
            transaction.commit().await?;
            Ok(())
        })
    }

    pub fn in_force(&self, name: &str, from: Date, content: &Value) -> i32 {
        let version = self.draft(name, from, content);
        let utility = content["utility"].as_str().and_then(Utility::parse);
        let which = Which {
            utility: utility.expect("a utility"),
            name,
            version,
        };
        self.activate(which, "Ben").expect("in force");
        version
    }

    pub fn try_settle(&self, first: Date, last: Date) -> Result<Report, SettlementError> {
        self.runtime.block_on(settle_days(
            &self.server,
            &self.tenant,
            (first, last),
            (TODAY, NOW),
        ))
    }

    pub fn settle(&self, day: Date) -> Report {
        let report = self.try_settle(day, day).expect("settled");
        super::books::check(&self.database);
        report
    }

    /// Balances looked at, at this time of 2 June.
    pub fn supply(&self, hour: i8) -> Decided {
        let local = date(2026, 6, 2).at(hour, 0, 0, 0);
        self.runtime
            .block_on(supply(&self.server, &self.tenant, local, NOW))
            .expect("looked at")
    }

    pub fn pay(&self, id: &str, account: &str, amount: i64) {
        let clerk = Staff {
            tenant: self.tenant.clone(),
            name: "Cleo".to_owned(),
            role: Role::Clerk,
        };
        let asked = TopUp {
            id,
            account,
            amount: Money(amount),
            means: Means::Cash,
            reference: "",
        };
        self.runtime.block_on(async {
            let mut connection = self.server.connection().await.expect("a connection");
            let transaction = connection.begin(&self.tenant).await.expect("begun");
            top_up(&transaction, &clerk, &asked, NOW)
                .await
                .expect("paid");
            transaction.commit().await.expect("kept");
        });
        super::books::check(&self.database);
    }

    /// Something in one transaction.
    pub fn within<T>(
        &self,
        work: impl AsyncFnOnce(&deadpool_postgres::Transaction<'_>, &TenantId) -> T,
    ) -> T {
        self.runtime.block_on(async {
            let mut connection = self.server.connection().await.expect("a connection");
            let transaction = connection.begin(&self.tenant).await.expect("begun");
            let result = work(&transaction, &self.tenant).await;
            transaction.commit().await.expect("kept");
            result
        })
    }

    /// Balance and debt of an account.
    pub fn money(&self, account: &str) -> (i64, i64) {
        let said = self.database.sql(&format!(
            "SELECT balance, debt FROM wallet WHERE account = '{account}'"
        ));
        let (balance, debt) = said.split_once('|').expect("a wallet");
        (balance.parse().expect("fen"), debt.parse().expect("fen"))
    }

    /// The newest revision of a meter's days from this one on: `day revision basis consumption charge`.
    pub fn days(&self, meter: &str, from: Date) -> Vec<String> {
        let said = self.database.sql(&format!(
            "SELECT DISTINCT ON (day) day || ' ' || revision || ' ' || basis || ' ' || consumption || ' ' || charge \
             FROM settled_day WHERE meter = '{meter}' AND day >= '{from}' ORDER BY day, revision DESC"
        ));
        said.lines().map(str::to_owned).collect()
    }

    /// What a meter was charged in all.
    pub fn charged(&self, meter: &str) -> i64 {
        let said = self.database.sql(&format!(
            "SELECT coalesce(sum(charge), 0) FROM (SELECT DISTINCT ON (day) charge FROM settled_day WHERE meter = '{meter}' \
             ORDER BY day, revision DESC) d"
        ));
        said.parse().expect("fen")
    }
}
