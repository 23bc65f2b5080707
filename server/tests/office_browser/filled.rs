//! A district with something on every page: people, accounts, meters, cards, money, terminals, concentrators, tariffs, settlement, slips.

use std::time::{SystemTime, UNIX_EPOCH};

use meterpost_ledger::Money;
use serde_json::json;

use crate::common::browser::Browser;
use crate::common::server::Server;
use crate::common::slip::{code, decoded, encoded, replaced, sells};
use crate::common::terminal::{Ended, Terminal, ask};

/// Everybody's own password.
pub const OWN: &str = "four plain words together";
/// Whose page is looked at.
pub const ROLES: [(&str, &str); 5] = [
    ("Mei", "manager"),
    ("林晓", "clerk"),
    ("Tao", "maintenance"),
    ("An", "auditor"),
    ("Dai", "administrator"),
];
/// The account that has everything.
pub const ACCOUNT: &str = "N-3-1201";
/// Its meters, with what each measures.
pub const ELECTRIC: &str = "260305510012";
pub const WATER: &str = "20212018000123";
const TARIFF: &str = r#"{"utility": "electricity", "unit": "kWh", "period": "month", "tiers": [{"upto": 240000, "price": 488300}, {"upto": 400000, "price": 538300}, {"price": 788300}]}"#;

pub struct Filled {
    pub server: Server,
    /// Sessions by the name of the person, and those that are half in.
    pub sessions: Vec<(String, String)>,
    /// A receipt of the counter.
    pub receipt: i64,
    /// Slips: on record, not yet, warned of, of nobody's key.
    pub slips: [String; 4],
    _terminals: Vec<Terminal>,
}

impl Filled {
    /// Fills it over plain HTTP, then starts the server anew with TLS, as an office reaches it.
    pub fn start() -> Filled {
        let server = Server::start();
        server.say(&["tenant", "east", "--zone", "Asia/Shanghai"]);
        accounts(&server);
        let (terminals, slips) = terminals(&server);
        fleet(&server);
        prices(&server);
        let mut sessions = people(&server);
        let receipt = counter(&server, &mut sessions);
        crate::common::books::check(&server.database);
        let mut filled = Filled {
            server,
            sessions,
            receipt,
            slips,
            _terminals: terminals,
        };
        filled.encrypt();
        filled
    }

    /// The session of this person, or at this step.
    pub fn session(&self, of: &str) -> Option<&str> {
        let found = self.sessions.iter().find(|(name, _)| name == of);
        found.map(|(_, token)| token.as_str())
    }

    /// With a certificate of an authority of its own.
    fn encrypt(&mut self) {
        self.server.kill();
        let authority = rcgen::KeyPair::generate().expect("a key");
        let mut of = rcgen::CertificateParams::new(Vec::<String>::new()).expect("parameters");
        of.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = rcgen::Issuer::new(of, authority);
        let key = rcgen::KeyPair::generate().expect("a key");
        let leaf = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("a name");
        let leaf = leaf.signed_by(&key, &issuer).expect("a certificate");
        let place = self.server.folder.path();
        std::fs::write(place.join("office.pem"), leaf.pem()).expect("written");
        std::fs::write(place.join("office.key"), key.serialize_pem()).expect("written");
        let config = std::fs::read_to_string(self.server.config()).expect("a configuration");
        let tls = "\n[tls]\ncertificate = \"office.pem\"\nkey = \"office.key\"\n";
        std::fs::write(self.server.config(), config + tls).expect("written");
        self.server.resume();
    }
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(now.expect("after 1970").as_secs()).expect("small")
}

fn accounts(server: &Server) {
    server.database.sql(&format!(
        "INSERT INTO directory (tenant, version) VALUES ('east', 1) ON CONFLICT DO NOTHING; \
         INSERT INTO account (tenant, account, district, name, place, changed) VALUES \
             ('east', '{ACCOUNT}', 'north', '王秀英', '3栋1201', 1), ('east', 'N-3-1202', 'north', '李强', '3栋1202', 1), \
             ('east', 'N-12-5', 'north', 'Zhang Wei', '12号楼-5', 1), ('east', 'N-12-6', 'north', '', '12号楼-6', 1); \
         INSERT INTO meter (tenant, number, account, utility, profile, address, segment, billing) VALUES \
             ('east', '{ELECTRIC}', '{ACCOUNT}', 'electricity', 'dlt645-plain', '{ELECTRIC}', 2, 'on_account'), \
             ('east', '{WATER}', '{ACCOUNT}', 'water', 'cjt188', '{WATER}', 3, 'on_meter'), \
             ('east', '260305510013', 'N-3-1202', 'electricity', 'dlt645-plain', '260305510013', 2, 'on_account'), \
             ('east', '260305510999', 'N-12-6', 'electricity', 'dlt645-plain', '260305510999', 2, 'on_account'), \
             ('east', '260305510014', 'N-12-5', 'gas', 'dlt645-plain', '260305510014', 4, 'on_meter'); \
         INSERT INTO card (tenant, number, account, kind, state, replaced_by) VALUES \
             ('east', 'C-1000123', '{ACCOUNT}', 'resident', 'issued', NULL), ('east', 'C-1000122', '{ACCOUNT}', 'resident', 'revoked', 'C-1000123'), \
             ('east', 'C-1000200', 'N-3-1202', 'resident', 'lost', NULL), ('east', 'S-7', NULL, 'maintenance', 'issued', NULL); \
         INSERT INTO main_meter (tenant, meter, main) VALUES ('east', '{ELECTRIC}', '260305510999'), ('east', '260305510013', '260305510999')"
    ));
}

/// Terminals that sell, that were copied, and that ask to be let in; and slips of theirs.
fn terminals(server: &Server) -> (Vec<Terminal>, [String; 4]) {
    let mut good = Terminal::enrolled(server, "K1");
    let mut copied = Terminal::enrolled(server, "K2");
    let (_folder, _) = ask(server, "K3");
    server
        .database
        .sql("UPDATE terminal SET district = 'north'");
    server.manage(
        "POST",
        "/api/v1/bulletins/parameters",
        Some("{\"terminal\": \"K1\", \"place\": \"东区水务\", \"phone\": \"010-5550100\", \"valid_days\": 9}"),
    );
    let now = now();
    for day in (0..6).rev() {
        good.sells(
            now - day * 86_400 - 3_000,
            (ELECTRIC, "electricity"),
            &[5_000, 2_000],
        );
        good.sells(now - day * 86_400 - 2_000, (WATER, "water"), &[1_000]);
    }
    good.owes(now - 1_500, ("260305510014", "gas"), &[1_000]);
    let period = good.is_emptied(now - 1_000, "courier");
    good.is_counted(now - 900, period, 47_500);
    good.sells(now - 500, ("260305510013", "electricity"), &[10_000]);
    let entry = sells(&mut good.ledger, 5_000);
    assert_eq!(good.sync(server), Ended::InSync);
    let on_record = code(&good.ledger, entry);
    let later = sells(&mut good.ledger, 2_000);
    let not_yet = code(&good.ledger, later);
    let forged = replaced(
        &decoded(&on_record),
        &5000_u16.to_be_bytes(),
        &9999_u16.to_be_bytes(),
    );
    assert_eq!(copied.sync(server), Ended::InSync);
    let mut copy = copied.copy_of_disk();
    let entry = sells(&mut copy.ledger, 10_000);
    let warned = code(&copy.ledger, entry);
    sells(&mut copied.ledger, 2_000);
    copied.work(3);
    assert_eq!(copied.sync(server), Ended::InSync);
    // The head on the slip convicts the log: it lies in the inbox from now on.
    let checked = Browser::new(server).post("/check", &[("code".to_owned(), warned.clone())]);
    assert!(checked.text.contains("Warning"), "{checked:?}");
    good.report(
        server,
        &json!({ "report": { "devices": {"printer": "paper is low", "validator": "ok"}, "cash_box": {"notes": 412, "money": 1_234_500}, "owed": 1000 } }),
    );
    let slips = [on_record, not_yet, warned, encoded(&forged)];
    (vec![good, copied], slips)
}

/// Concentrators with meters that answer and meters that are lost, readings, events, alerts, an order under way.
fn fleet(server: &Server) {
    server.database.sql(&format!(
        "INSERT INTO concentrator (tenant, area, address, certificate, place, holder, last_contact, trouble) VALUES \
             ('east', 3301, 7, 'c7.east.example', '3栋配电间', 'here', now(), NULL), \
             ('east', 3301, 8, 'c8.east.example', '12号楼地下室', NULL, now() - interval '3 days', 'its archive holds 2 meters of 3'); \
         INSERT INTO meter_point (tenant, meter, area, address, point, since, read_at) VALUES \
             ('east', '{ELECTRIC}', 3301, 7, 2, current_date - 40, now()), ('east', '{WATER}', 3301, 7, 3, current_date - 40, now()), \
             ('east', '260305510013', 3301, 7, 4, current_date - 40, now() - interval '3 days'), \
             ('east', '260305510999', 3301, 8, 2, current_date - 40, now() - interval '3 days'); \
         SELECT reading_partitions(0); \
         INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) \
             SELECT 'east', meter, 'day', current_date - d, 'kWh', base - d * (300 + (d * 37) % 211), 2, '{{}}' FROM generate_series(1, 30) d, \
                 (VALUES ('{ELECTRIC}', 712345), ('260305510013', 401200), ('260305510999', 2113000)) AS of (meter, base) WHERE d <> 9; \
         INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) \
             SELECT 'east', '{ELECTRIC}', 'month', date_trunc('month', current_date)::date - make_interval(months => m), 'kWh', 690000 - m * 11234, 2, '{{}}' \
             FROM generate_series(0, 5) m; \
         INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) \
             SELECT 'east', '{ELECTRIC}', 'energy', date_trunc('hour', localtimestamp) - make_interval(hours => h), 'kWh', 712345 - h * 21, 2, '{{}}' \
             FROM generate_series(1, 12) h; \
         INSERT INTO meter_period (tenant, meter, kind, first, state, asked) VALUES \
             ('east', '{ELECTRIC}', 'day', current_date - 10, 'missing', 3), ('east', '260305510013', 'day', current_date - 10, 'open', 1); \
         INSERT INTO concentrator_event (tenant, area, address, code, at, detail, meter, important) VALUES \
             ('east', 3301, 7, 203, date_trunc('second', localtimestamp), '\\x0102', '{ELECTRIC}', true), ('east', 3301, 8, 14, date_trunc('second', localtimestamp), '\\x01', NULL, false); \
         INSERT INTO alert (tenant, terminal, kind, words, since, ended_at) VALUES \
             ('east', 'K1', 'paper', 'the paper is low', now() - interval '2 hours', NULL), \
             ('east', 'K1', 'cash_box', 'the cash box was nearly full', now() - interval '2 days', now() - interval '1 day'); \
         INSERT INTO payment_dispute (tenant, terminal, epoch, sale, words, at) VALUES \
             ('east', 'K1', 1, 3, 'the log says 30.00, the payment is of 20.00', {})",
        now()
    ));
}

/// Tariffs in all states, settled days, what stands still, what was decided.
fn prices(server: &Server) {
    server.database.sql(&format!(
        "INSERT INTO tariff_version (tenant, utility, name, version, valid_from, content, state, drafted_by, activated_by, activated_at, withdrawn_by, withdrawn_at) VALUES \
             ('east', 'electricity', 'default', 1, current_date - 300, '{TARIFF}', 'active', 'Ann', 'Ben', now(), NULL, NULL), \
             ('east', 'electricity', 'default', 2, current_date + 30, '{TARIFF}', 'waiting', 'Ann', NULL, NULL, NULL, NULL), \
             ('east', 'electricity', 'default', 3, current_date + 60, '{TARIFF}', 'draft', 'Mei', NULL, NULL, NULL, NULL), \
             ('east', 'electricity', 'shops', 1, current_date - 90, '{TARIFF}', 'withdrawn', 'Ann', NULL, NULL, 'Ann', now()); \
         INSERT INTO settled_day (tenant, meter, day, revision, account, utility, tariff, version, basis, consumption, rates, before, after, \
             charge, lines, period, used, carry) \
             SELECT 'east', '{ELECTRIC}', current_date - 20 + n, 1, '{ACCOUNT}', 'electricity', 'default', 1, 'read', 100000, '{{}}', '{{0}}', '{{0}}', \
                 488, '[]', date_trunc('month', current_date)::date, 100000 * (n + 1), 0 FROM generate_series(0, 18) n; \
         INSERT INTO settlement_problem (tenant, meter, day, reason, words) VALUES \
             ('east', '260305510013', current_date - 4, 'backwards', 'the register ran from 4012.00 back to 4003.12'); \
         INSERT INTO supply_decision (tenant, account, decision, left_over, at) VALUES \
             ('east', 'N-3-1202', 'warn_first', 1850, {now} - 90000), ('east', 'N-3-1202', 'cut_off', -1234, {now} - 4000); \
         INSERT INTO holiday (tenant, day) VALUES ('east', current_date + 70)",
        now = now()
    ));
}

/// Everybody of a role, inside; and three who are on the way in.
fn people(server: &Server) -> Vec<(String, String)> {
    let mut sessions = Vec::new();
    let mut keep = |name: &str, browser: &Browser| {
        let token = browser.session().expect("a session").to_owned();
        sessions.push((name.to_owned(), token));
    };
    for (name, role) in ROLES {
        let one_time = server.say(&["person", "--tenant", "east", "--name", name, "--role", role]);
        let mut browser = Browser::new(server);
        browser.comes_in_first(name, &one_time, OWN);
        keep(name, &browser);
    }
    let come = |name: &str, password: &str| {
        let mut browser = Browser::new(server);
        let page = browser.get("/sign-in");
        let fields = [("tenant", "east"), ("name", name), ("password", password)];
        let page = browser.send(&page, "/sign-in", &fields);
        (browser, page)
    };
    let (browser, page) = come("Mei", OWN);
    assert!(page.text.contains("authenticator"), "{page:?}");
    keep("code", &browser);
    let one_time = server.say(&[
        "person", "--tenant", "east", "--name", "Neu", "--role", "clerk",
    ]);
    let (browser, _) = come("Neu", &one_time);
    keep("factor", &browser);
    let one_time = server.say(&[
        "person", "--tenant", "east", "--name", "Nia", "--role", "clerk",
    ]);
    let (mut browser, page) = come("Nia", &one_time);
    let secret = crate::common::browser::between(&page.text, "<code>", "</code>").replace(' ', "");
    let code = crate::common::browser::code(&secret, 0);
    let page = browser.send(&page, "/sign-in/code", &[("code", &code)]);
    assert!(page.text.contains("Choose a new password"), "{page:?}");
    keep("password", &browser);
    sessions
}

/// Money over the counter, asked back; a meter taken down; cards, commands and orders, by the pages themselves. The receipt.
fn counter(server: &Server, sessions: &mut [(String, String)]) -> i64 {
    let desk = |name: &str| {
        let mut browser = Browser::new(server);
        let found = sessions.iter().find(|(of, _)| of == name);
        browser.set_session(&found.expect("a session").1);
        browser
    };
    let (mut clerk, mut manager) = (desk("林晓"), desk("Mei"));
    let does = |browser: &mut Browser, page: &str, action: &str, fields: &[(&str, &str)]| {
        let page = browser.get(page);
        let done = browser.send(&page, action, fields);
        assert_eq!(done.status, 200, "{action}: {done:?}");
    };
    let account = format!("/accounts/{ACCOUNT}");
    let top_ups = format!("{account}/top-ups");
    let cash = [("amount", "200.00"), ("means", "cash"), ("reference", "")];
    does(&mut clerk, &account, &top_ups, &cash);
    let bank = [
        ("amount", "35.50"),
        ("means", "transfer"),
        ("reference", "ICBC 20261103-77"),
    ];
    does(&mut clerk, &account, &top_ups, &bank);
    let receipt = server
        .database
        .sql("SELECT min(journal) FROM posting_journal");
    for (amount, reason) in [
        ("10.00", "typed one nought too many"),
        ("5.00", "paid twice"),
    ] {
        let back = [
            ("journal", receipt.as_str()),
            ("amount", amount),
            ("via", "desk"),
            ("reason", reason),
        ];
        does(&mut clerk, &account, "/requests", &back);
    }
    let first = server
        .database
        .sql("SELECT reversal FROM reversal WHERE amount = 500");
    let decide = format!("/requests/{first}");
    does(&mut manager, "/requests", &decide, &[("approved", "true")]);
    let meter = "/accounts/N-12-5/meter?meter=260305510014";
    let down = [
        ("meter", "260305510014"),
        ("reading", "1203.4 m3"),
        ("balance", "12.30"),
        ("reason", "the display is dark"),
    ];
    does(&mut clerk, meter, "/accounts/N-12-5/meter-down", &down);
    let named = [
        ("district", "north"),
        ("name", "李强"),
        ("place", "3栋1202室"),
    ];
    does(
        &mut clerk,
        "/accounts/N-3-1202",
        "/accounts/N-3-1202",
        &named,
    );
    let named = [
        ("district", "north"),
        ("name", "王秀英"),
        ("place", "3栋1201室"),
    ];
    does(&mut clerk, &account, &account, &named);
    does(
        &mut clerk,
        "/cards",
        "/cards",
        &[("account", "N-12-5"), ("terminal", "K1")],
    );
    let commands = "/terminals/K1/commands";
    for (command, with) in [("send_logs", ""), ("lock", "the door is open")] {
        does(
            &mut manager,
            "/terminals/K1",
            commands,
            &[("command", command), ("with", with)],
        );
    }
    let orders = format!("/meters/{ELECTRIC}/orders");
    does(
        &mut manager,
        &format!("/meters/{ELECTRIC}"),
        &orders,
        &[("kind", "read")],
    );
    let balance = server.database.sql(&format!(
        "SELECT balance FROM wallet WHERE account = '{ACCOUNT}'"
    ));
    assert_eq!(balance, Money(23_050).0.to_string());
    receipt.parse().expect("a journal")
}
