//! A database of its own in the tests' private cluster, gone when the test ends.

use std::path::Path;
use std::process::{Command, Output};

/// A database; dropped with this.
pub struct TestDatabase {
    cluster: String,
    name: String,
}

fn cluster() -> String {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells");
    let script = Path::new(&here).join("../scripts/database.sh");
    let output = Command::new(script).output().expect("bash");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "no PostgreSQL: {said}");
    String::from_utf8(output.stdout)
        .expect("text")
        .trim()
        .to_owned()
}

/// Runs SQL as the cluster's owner and returns what it prints.
pub fn psql(url: &str, sql: &str) -> String {
    let output = Command::new("psql")
        .args([
            "--no-psqlrc",
            "-qtA",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            url,
            "-c",
            sql,
        ])
        .output()
        .expect("psql");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{sql}: {said}");
    String::from_utf8(output.stdout)
        .expect("text")
        .trim()
        .to_owned()
}

impl TestDatabase {
    pub fn new() -> TestDatabase {
        TestDatabase::within(cluster())
    }

    /// In another cluster than the tests' common one.
    pub fn within(cluster: String) -> TestDatabase {
        let folder = tempfile::tempdir().expect("a name");
        let unique = folder.path().file_name().expect("named").to_string_lossy();
        let unique: String = unique.chars().filter(char::is_ascii_alphanumeric).collect();
        let name = format!("test_{}_{}", std::process::id(), unique.to_lowercase());
        psql(&cluster, &format!("CREATE DATABASE {name}"));
        TestDatabase { cluster, name }
    }

    /// One that belongs to a login of its own, and the login that is to serve. Neither is a superuser.
    pub fn owned() -> (Logins, TestDatabase) {
        let database = TestDatabase::new();
        let (owner, serving) = (
            format!("{}_o", database.name),
            format!("{}_s", database.name),
        );
        database.sql(&format!(
            "CREATE ROLE {owner} LOGIN CREATEROLE; ALTER DATABASE {} OWNER TO {owner}",
            database.name
        ));
        let logins = Logins {
            cluster: database.cluster.clone(),
            owner,
            serving,
        };
        (logins, database)
    }

    /// How to reach it.
    pub fn url(&self) -> String {
        self.cluster
            .replace("dbname=postgres", &format!("dbname={}", self.name))
    }

    /// As an older program left it: the schema of that version, with what of the data it has room for.
    pub fn back_to(&self, version: i32) {
        self.sql("ALTER SCHEMA public RENAME TO newest; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let target = meterpost_server::database::Target::Version(version);
        let address = meterpost_server::database::Address::plain(&self.url()).expect("an address");
        runtime
            .block_on(meterpost_server::database::migrate_to(&address, target))
            .expect("the older schema");
        // Parents before children: their tables were made first. What triggers wrote is copied like the rest, so none fires.
        let copy = "SET session_replication_role = replica; DO $$ DECLARE t record; BEGIN \
            FOR t IN SELECT c.oid, c.relname, \
                (SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute \
                 WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns \
                FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') \
                AND NOT c.relispartition AND c.relname <> 'refinery_schema_history' ORDER BY c.oid LOOP \
                EXECUTE format('INSERT INTO public.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM newest.%I', \
                    t.relname, t.columns, t.columns, t.relname); \
            END LOOP; END $$; \
            SELECT setval('public.certificate_serial', (SELECT last_value FROM newest.certificate_serial)); \
            DROP SCHEMA newest CASCADE";
        self.sql(copy);
    }

    /// What the database answers to the server's own role, for the tenant `east`.
    pub fn as_server(&self, sql: &str) -> Output {
        let sql = format!("SET ROLE meterpost_server; SET meterpost.tenant = 'east'; {sql}");
        let url = self.url();
        let arguments = ["-qtA", "-v", "ON_ERROR_STOP=1", "-d", &url, "-c", &sql];
        Command::new("psql").args(arguments).output().expect("psql")
    }

    /// The tables of a tenant's rows, by the catalogue.
    pub fn tables(&self) -> Vec<String> {
        let said = self.sql(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped \
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1",
        );
        said.lines().map(str::to_owned).collect()
    }

    /// The tables in which a word stands anywhere.
    pub fn traces(&self, word: &str) -> Vec<String> {
        let rows = self.of_each_table(&|table| {
            format!("SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table} AS t WHERE t::text LIKE '%{word}%')")
        });
        rows.lines().map(str::to_owned).collect()
    }

    /// A tenant's rows, a line with a hash for each table; without the sums of days, which a server makes whenever it likes.
    pub fn digests(&self, tenant: &str) -> Vec<String> {
        let rows = self.of_each_table(&|table| {
            format!(
                "SELECT '{table} ' || count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\")), '') \
                 FROM {table} AS t WHERE tenant = '{tenant}'"
            )
        });
        let others = rows.lines().filter(|line| !line.starts_with("moved_"));
        others.map(str::to_owned).collect()
    }

    fn of_each_table(&self, sql: &dyn Fn(&str) -> String) -> String {
        let each: Vec<String> = self.tables().iter().map(|table| sql(table)).collect();
        self.sql(&each.join(" UNION ALL "))
    }

    /// Runs SQL in it as its owner, who sees all tenants.
    pub fn sql(&self, sql: &str) -> String {
        psql(&self.url(), sql)
    }
}

/// Logins; dropped with this, which outlives their database.
pub struct Logins {
    cluster: String,
    pub owner: String,
    pub serving: String,
}

impl Logins {
    /// How one of them reaches a database.
    pub fn url(database: &TestDatabase, login: &str) -> String {
        database
            .url()
            .replace("user=postgres", &format!("user={login}"))
    }
}

impl Drop for Logins {
    fn drop(&mut self) {
        let sql = format!(
            "DROP ROLE IF EXISTS {}; DROP ROLE IF EXISTS {}",
            self.serving, self.owner
        );
        let mut psql = Command::new("psql");
        let _ = psql.args(["-q", "-d", &self.cluster, "-c", &sql]).output();
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let _ = Command::new("psql")
            .args(["-q", "-d", &self.cluster, "-c"])
            .arg(format!(
                "DROP DATABASE IF EXISTS {} WITH (FORCE)",
                self.name
            ))
            .output();
    }
}
