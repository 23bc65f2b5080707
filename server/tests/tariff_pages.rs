//! The pages of tariffs, as browsers of two managers see them.

mod common;

use common::browser::Browser;
use common::server::Server;

fn inside(server: &Server, name: &str, role: &str) -> Browser {
    let one_time = server.say(&["person", "--tenant", "east", "--name", name, "--role", role]);
    let mut browser = Browser::new(server);
    browser.comes_in_first(name, &one_time, "four plain words together");
    browser
}

const CONTENT: &str =
    r#"{"utility": "electricity", "unit": "kWh", "period": "month", "tiers": [{"price": 600000}]}"#;

#[test]
fn one_manager_drafts_and_asks_and_another_one_activates() {
    let server = Server::start();
    let (mut lin, mut mona) = (
        inside(&server, "Lin", "manager"),
        inside(&server, "Mona", "manager"),
    );
    let list = lin.get("/tariffs");
    let draft = |content| {
        [
            ("name", "home"),
            ("valid_from", "2026-01-01"),
            ("content", content),
        ]
    };
    // A fault is told with its field, and what was entered is still there.
    let wrong = CONTENT.replace("600000", "-1");
    let page = lin.send(&list, "/tariffs", &draft(wrong.as_str()));
    assert_eq!(page.status, 422);
    assert!(
        page.text.contains("tiers[0].price") && page.text.contains("value=\"home\""),
        "{page:?}"
    );
    let drafted = lin.send(&page, "/tariffs", &draft(CONTENT));
    let place = "/tariffs/electricity/home/1";
    assert_eq!((drafted.status, drafted.path.as_str()), (200, place));
    assert!(drafted.text.contains("draft") && !drafted.text.contains("value=\"activate\""));
    let asked = lin.send(&drafted, place, &[("act", "ask")]);
    assert!(asked.text.contains("waiting") && !asked.text.contains("value=\"activate\""));
    // Sent by hand all the same.
    let alone = lin.send(&asked, place, &[("act", "activate")]);
    assert_eq!(alone.status, 422);
    assert!(alone.text.contains("another person"), "{alone:?}");
    let seen = mona.get(place);
    assert!(seen.text.contains("value=\"activate\""));
    let active = mona.send(&seen, place, &[("act", "activate")]);
    assert!(
        active.text.contains("active") && active.text.contains("Mona"),
        "{active:?}"
    );
    let begun = mona.send(&active, place, &[("act", "withdraw")]);
    assert_eq!(begun.status, 422);
    let trail = server.database.sql("SELECT actor || ' ' || act || ' ' || outcome FROM audit WHERE act LIKE 'tariff.%' ORDER BY id");
    assert_eq!(
        trail,
        "Lin tariff.draft done\nLin tariff.ask done\nLin tariff.activate four_eyes\nMona tariff.activate done\nMona tariff.withdraw state"
    );
    assert_eq!(mona.get("/tariffs/electricity/home/2").status, 404);
    assert_eq!(mona.get("/tariffs/steam/home/1").status, 404);
}

#[test]
fn a_version_is_tried_on_an_accounts_settled_days_and_changes_nothing() {
    let server = Server::start();
    server.database.sql(&format!(
        "INSERT INTO account (tenant, account, district, changed) VALUES ('east', 'A', 'north', 1); \
         INSERT INTO tariff_version (tenant, utility, name, version, valid_from, content, state, drafted_by, activated_by, activated_at) \
         VALUES ('east', 'electricity', 'default', 1, '2026-01-01', '{CONTENT}', 'active', 'Ann', 'Ben', now()); \
         INSERT INTO settled_day (tenant, meter, day, revision, account, utility, tariff, version, basis, consumption, rates, before, after, \
             charge, lines, period, used, carry) \
         SELECT 'east', '1001', '2026-03-01'::date + n, 1, 'A', 'electricity', 'default', 1, 'read', 100000, '{{}}', '{{0}}', '{{0}}', 600, '[]', \
             '2026-03-01', 100000 * (n + 1), 0 FROM generate_series(0, 9) n"
    ));
    let mut lin = inside(&server, "Lin", "manager");
    let list = lin.get("/tariffs");
    let tiers = r#"{"utility": "electricity", "unit": "kWh", "period": "month", "tiers": [{"upto": 60000, "price": 500000}, {"price": 900000}]}"#;
    let draft = [
        ("name", "default"),
        ("valid_from", "2026-07-01"),
        ("content", tiers),
    ];
    let page = lin.send(&list, "/tariffs", &draft);
    assert_eq!(page.path, "/tariffs/electricity/default/2", "{page:?}");
    // From the sixth day on 50 kWh were used before: 10 more at 50.00, 40 at 90.00; and 50 × 60.00 by the old one.
    let tried =
        lin.get("/tariffs/electricity/default/2?account=A&first=2026-03-06&last=2026-03-10");
    for shown in ["1001", "50.0000", "30.00", "41.00", "11.00"] {
        assert!(tried.text.contains(shown), "{shown}: {tried:?}");
    }
    let nobody =
        lin.get("/tariffs/electricity/default/2?account=B&first=2026-03-06&last=2026-03-10");
    assert!(
        nobody.status == 422 && nobody.text.contains("no settled days"),
        "{nobody:?}"
    );
    assert_eq!(
        server
            .database
            .sql("SELECT count(*), sum(charge) FROM settled_day"),
        "10|6000"
    );
}

#[test]
fn a_clerk_looks_and_drafts_nothing_and_maintenance_does_not_look() {
    let server = Server::start();
    let mut clerk = inside(&server, "Cleo", "clerk");
    let list = clerk.get("/tariffs");
    assert!(list.status == 200 && !list.text.contains("textarea"));
    let form = common::browser::between(&list.text, "name=\"form\" value=\"", "\"").to_owned();
    let fields = [
        ("form", form),
        ("name", "x".into()),
        ("valid_from", "2026-01-01".into()),
        ("content", CONTENT.into()),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    assert_eq!(clerk.post("/tariffs", &fields).status, 403);
    let mut maintenance = inside(&server, "Max", "maintenance");
    assert_eq!(maintenance.get("/tariffs").status, 403);
}

#[test]
fn a_manager_enters_terms_holidays_and_a_changed_register_and_is_told_what_is_wrong() {
    let server = Server::start();
    server.database.sql(
        "INSERT INTO account (tenant, account, district, changed) VALUES ('east', 'A', 'north', 1); \
         INSERT INTO meter (tenant, number, account, utility, profile, address, segment, billing) \
         VALUES ('east', '1001', 'A', 'electricity', 'dlt645-plain', '1001', 0, 'on_account'); \
         INSERT INTO settlement_problem (tenant, meter, day, reason, words) VALUES ('east', '1001', '2026-03-02', 'backwards', 'it ran back'); \
         INSERT INTO supply_decision (tenant, account, decision, left_over, at) VALUES ('east', 'A', 'cut_off', -1234, 0)",
    );
    let mut lin = inside(&server, "Lin", "manager");
    let page = lin.get("/settlement");
    for shown in ["it ran back", "cut off for debt", "-12.34"] {
        assert!(page.text.contains(shown), "{shown}: {page:?}");
    }
    let register = |meter, last| {
        [
            ("meter", meter),
            ("day", "2026-03-02"),
            ("last", last),
            ("first", "0"),
            ("reason", "changed"),
        ]
    };
    let wrong = lin.send(&page, "/settlement/registers", &register("1001", "5,5"));
    assert!(
        wrong.status == 422 && wrong.text.contains("515.25"),
        "{wrong:?}"
    );
    let nobody = lin.send(&page, "/settlement/registers", &register("9999", "515.5"));
    assert!(
        nobody.status == 422 && nobody.text.contains("9999"),
        "{nobody:?}"
    );
    let done = lin.send(&page, "/settlement/registers", &register("1001", "515.5"));
    assert_eq!((done.status, done.path.as_str()), (200, "/settlement"));
    let kept = server
        .database
        .sql("SELECT meter, last, first, entered_by FROM register_change");
    assert_eq!(kept, "1001|{5155000}|{0}|Lin");

    let terms = |account, second| {
        [
            ("account", account),
            ("warn_first", "20"),
            ("warn_second", second),
            ("emergency", "5.00"),
            ("quiet_from", "22:00"),
            ("quiet_to", "08:00"),
            ("keep_power", "yes"),
        ]
    };
    let wrong = lin.send(&page, "/settlement/terms", &terms("A", "30"));
    assert!(
        wrong.status == 422 && wrong.text.contains("not below the second"),
        "{wrong:?}"
    );
    lin.send(&page, "/settlement/terms", &terms("A", "10"));
    lin.send(
        &page,
        "/settlement/terms",
        &terms("", "10").map(|(n, v)| if n == "keep_power" { ("x", v) } else { (n, v) }),
    );
    let kept = server.database.sql("SELECT account, warn_first, warn_second, emergency, keep_power FROM supply_terms ORDER BY account");
    assert_eq!(kept, "|2000|1000|500|f\nA|2000|1000|500|t");

    lin.send(
        &page,
        "/settlement/holidays",
        &[("day", "2026-02-17"), ("act", "add")],
    );
    assert_eq!(server.database.sql("SELECT day FROM holiday"), "2026-02-17");
    lin.send(
        &page,
        "/settlement/holidays",
        &[("day", "2026-02-17"), ("act", "remove")],
    );
    assert_eq!(server.database.sql("SELECT count(*) FROM holiday"), "0");
    let trail = server.database.sql("SELECT act || ' ' || outcome FROM audit WHERE actor = 'Lin' AND act ~ '^(register|supply)' ORDER BY id");
    let acts: Vec<&str> = trail.lines().collect();
    assert_eq!(acts.len(), 7, "{acts:?}");
    assert_eq!(
        acts[..2],
        ["register.change refused", "register.change done"]
    );
}

#[test]
fn a_tariff_is_typed_into_a_form_that_loses_nothing_and_says_what_is_wrong_where_it_is() {
    let server = Server::start();
    let mut lin = inside(&server, "Lin", "manager");
    let page = lin.get("/new-tariff");
    let mut typed = vec![
        ("name", "home"),
        ("valid_from", "2026-07-01"),
        ("utility", "electricity"),
        ("unit", "kWh"),
        ("period", "month"),
        ("tiers", "3"),
        ("tiers.0.upto", "240"),
        ("tiers.0.price", "0.4883"),
        ("tiers.2.price", "0,5383"),
        ("rates", "0"),
        ("surcharges", "1"),
        ("surcharges.0.name", "fund <b>"),
        ("surcharges.0.price", "0.01"),
        ("fixed", "3.50"),
        ("tax", "13"),
        ("tax_included", "yes"),
    ];
    let with = |typed: &[(&'static str, &'static str)], act| {
        let mut fields = typed.to_vec();
        fields.push(("act", act));
        fields
    };
    let kept = |page: &common::browser::Page| {
        for (field, value) in [
            ("name", "home"),
            ("tiers.0.price", "0.4883"),
            ("surcharges.0.price", "0.01"),
            ("fixed", "3.50"),
        ] {
            let input = common::browser::between(&page.text, &format!("id=\"{field}\""), ">");
            assert!(
                input.contains(&format!("value=\"{value}\"")),
                "{field}: {input}"
            );
        }
        assert!(!page.text.contains("fund <b>"), "escaped");
        assert!(page.text.contains("<option value=\"yes\" selected>"));
    };
    // A row more, though one of the numbers cannot be read yet.
    let page = lin.send(&page, "/new-tariff", &with(&typed, "rates"));
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.text.contains("id=\"rates.0.hours\"") && !page.text.contains("rates.1."));
    kept(&page);
    let page = lin.send(&page, "/new-tariff", &with(&typed, "save"));
    assert_eq!(page.status, 422);
    let fault = common::browser::between(&page.text, "id=\"tiers.2.price-fault\"", "</p>");
    assert!(fault.contains("with a point"), "{fault}");
    assert!(
        page.text.contains("value=\"0,5383\""),
        "what was typed is there"
    );
    kept(&page);
    typed.retain(|(field, _)| *field != "tiers.2.price");
    typed.push(("tiers.2.price", "0.5383"));
    let page = lin.send(&page, "/new-tariff", &with(&typed, "try"));
    // 300 kWh: 240 × 0.4883 + 60 × 0.5383 + 300 × 0.01 + 3.50 = 155.99; the tax is in the prices.
    assert!(
        page.status == 200 && page.text.contains(">155.99<"),
        "{page:?}"
    );
    assert_eq!(
        server.database.sql("SELECT count(*) FROM tariff_version"),
        "0"
    );
    let page = lin.send(&page, "/new-tariff", &with(&typed, "save"));
    assert_eq!(page.path, "/tariffs/electricity/home/1", "{page:?}");
    let content = server.database.sql("SELECT content FROM tariff_version");
    let content: serde_json::Value = serde_json::from_str(&content).unwrap();
    assert_eq!(
        content,
        serde_json::json!({
            "utility": "electricity", "unit": "kWh", "period": "month", "fixed": 350,
            "tiers": [{"upto": 240_000, "price": 488_300}, {"price": 538_300}],
            "surcharges": [{"name": "fund <b>", "price": 10_000}], "tax": {"rate": 1_300, "included": true},
        })
    );
    // The next version begins with this one, whose name is taken over and whose day is asked for.
    let again = lin.get("/new-tariff?utility=electricity&name=home&version=1");
    kept_from_version(&again);
    let wrong = lin.send(
        &again,
        "/new-tariff",
        &[
            ("name", "Not A Name"),
            ("valid_from", "2026-08-01"),
            ("utility", "water"),
            ("unit", "m3"),
            ("period", "month"),
            ("tiers.0.price", "3"),
            ("act", "save"),
        ],
    );
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("id=\"name-fault\""), "{wrong:?}");
    assert_eq!(
        lin.get("/new-tariff?utility=electricity&name=home&version=9")
            .status,
        404
    );
}

fn kept_from_version(page: &common::browser::Page) {
    for (field, value) in [
        ("tiers.0.upto", "240"),
        ("tiers.1.price", "0.5383"),
        ("fixed", "3.5"),
        ("tax", "13"),
    ] {
        let input = common::browser::between(&page.text, &format!("id=\"{field}\""), ">");
        assert!(
            input.contains(&format!("value=\"{value}\"")),
            "{field}: {input}"
        );
    }
}
