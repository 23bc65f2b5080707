//! Every route against callers who must not pass. A route that is not in the table fails the test.

mod common;

use std::collections::BTreeMap;

use common::server::{Server, TENANT};
use common::terminal::{http, try_http};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Gate {
    /// Everybody: it tells nothing and changes nothing that a person does not decide.
    Open,
    /// Terminals, by signed call.
    Terminal,
    /// The payment provider, by signed callback.
    Provider,
    /// People with one of these roles.
    Staff(&'static [&'static str]),
}

/// Who serves residents at the desk, and who looks on.
const SERVING: [&str; 2] = ["manager", "clerk"];
const LOOKING: [&str; 3] = ["manager", "clerk", "auditor"];

const ROUTES: &[(&str, &str, Gate)] = &[
    ("get", "/healthz", Gate::Open),
    ("post", "/api/v1/witness", Gate::Open),
    ("post", "/api/v1/enrolment", Gate::Open),
    ("post", "/api/v1/log/entries", Gate::Terminal),
    ("post", "/api/v1/log/add-checkpoint", Gate::Terminal),
    ("post", "/api/v1/status", Gate::Terminal),
    ("post", "/api/v1/commands/log", Gate::Terminal),
    (
        "post",
        "/api/v1/terminals/{terminal}/commands",
        Gate::Staff(&["manager", "maintenance"]),
    ),
    (
        "get",
        "/api/v1/terminals/{terminal}/commands",
        Gate::Staff(&["manager", "maintenance", "auditor"]),
    ),
    (
        "post",
        "/api/v1/terminals/{terminal}/commands/{version}/cancel",
        Gate::Staff(&["manager", "maintenance"]),
    ),
    (
        "get",
        "/api/v1/terminals/{terminal}/commands/{version}/log",
        Gate::Staff(&["manager", "maintenance", "auditor"]),
    ),
    (
        "get",
        "/api/v1/alerts",
        Gate::Staff(&["manager", "maintenance", "auditor"]),
    ),
    (
        "post",
        "/api/v1/alerts/{id}/take",
        Gate::Staff(&["manager", "maintenance"]),
    ),
    (
        "post",
        "/api/v1/bulletins/limits",
        Gate::Staff(&["manager"]),
    ),
    (
        "post",
        "/api/v1/bulletins/parameters",
        Gate::Staff(&["manager"]),
    ),
    (
        "post",
        "/api/v1/bulletins/tariffs",
        Gate::Staff(&["manager"]),
    ),
    ("post", "/api/v1/bulletins/directory", Gate::Terminal),
    (
        "post",
        "/api/v1/accounts",
        Gate::Staff(&["manager", "clerk"]),
    ),
    (
        "get",
        "/api/v1/accounts",
        Gate::Staff(&["manager", "clerk", "auditor"]),
    ),
    (
        "post",
        "/api/v1/terminals/{terminal}/district",
        Gate::Staff(&["manager"]),
    ),
    (
        "get",
        "/api/v1/bulletins",
        Gate::Staff(&["manager", "maintenance", "auditor"]),
    ),
    (
        "get",
        "/api/v1/enrolments",
        Gate::Staff(&["manager", "maintenance", "auditor"]),
    ),
    (
        "post",
        "/api/v1/enrolments/{terminal}/approve",
        Gate::Staff(&["manager"]),
    ),
    (
        "post",
        "/api/v1/enrolments/{terminal}/refuse",
        Gate::Staff(&["manager"]),
    ),
    (
        "get",
        "/api/v1/terminals",
        Gate::Staff(&["manager", "maintenance", "auditor"]),
    ),
    (
        "get",
        "/api/v1/conflicts",
        Gate::Staff(&["manager", "auditor"]),
    ),
    ("post", "/api/v1/wallet/balance", Gate::Terminal),
    ("post", "/api/v1/wallet/hold", Gate::Terminal),
    ("post", "/api/v1/payments", Gate::Terminal),
    ("post", "/api/v1/payments/state", Gate::Terminal),
    ("post", "/api/v1/payments/cancel", Gate::Terminal),
    ("post", "/api/v1/payments/take", Gate::Terminal),
    ("post", "/api/v1/payments/callback", Gate::Provider),
    (
        "get",
        "/api/v1/payments",
        Gate::Staff(&["manager", "clerk", "auditor"]),
    ),
    (
        "post",
        "/api/v1/payments/{number}/refund",
        Gate::Staff(&["manager", "clerk"]),
    ),
    (
        "get",
        "/api/v1/wallets/{account}",
        Gate::Staff(&["manager", "clerk", "auditor"]),
    ),
    (
        "post",
        "/api/v1/wallets/{account}/top-ups",
        Gate::Staff(&["manager", "clerk"]),
    ),
    (
        "get",
        "/api/v1/holds",
        Gate::Staff(&["manager", "clerk", "auditor"]),
    ),
    (
        "get",
        "/api/v1/disputes",
        Gate::Staff(&["manager", "clerk", "auditor"]),
    ),
    (
        "post",
        "/api/v1/holds/{terminal}/{hold}/end",
        Gate::Staff(&["manager"]),
    ),
    (
        "get",
        "/api/v1/reversals",
        Gate::Staff(&["manager", "clerk", "auditor"]),
    ),
    (
        "post",
        "/api/v1/reversals",
        Gate::Staff(&["manager", "clerk"]),
    ),
    (
        "post",
        "/api/v1/reversals/{id}/approve",
        Gate::Staff(&["manager"]),
    ),
    (
        "post",
        "/api/v1/reversals/{id}/refuse",
        Gate::Staff(&["manager"]),
    ),
    ("get", "/api/v1/cards", Gate::Staff(&LOOKING)),
    ("post", "/api/v1/cards", Gate::Staff(&SERVING)),
    ("post", "/api/v1/cards/{number}/lost", Gate::Staff(&SERVING)),
    (
        "post",
        "/api/v1/cards/{number}/found",
        Gate::Staff(&SERVING),
    ),
    (
        "post",
        "/api/v1/cards/{number}/revoke",
        Gate::Staff(&SERVING),
    ),
    (
        "post",
        "/api/v1/cards/{number}/reclaim",
        Gate::Staff(&SERVING),
    ),
    (
        "post",
        "/api/v1/cards/{number}/replace",
        Gate::Staff(&SERVING),
    ),
    ("post", "/api/v1/cards/{number}/make", Gate::Staff(&SERVING)),
    ("post", "/api/v1/card-losses", Gate::Terminal),
    ("get", "/api/v1/card-jobs", Gate::Staff(&LOOKING)),
    ("post", "/api/v1/card-jobs/next", Gate::Terminal),
    ("post", "/api/v1/card-jobs/certify", Gate::Terminal),
    ("post", "/api/v1/card-jobs/done", Gate::Terminal),
    ("post", "/api/v1/card-jobs/failed", Gate::Terminal),
    (
        "post",
        "/api/v1/concentrators",
        Gate::Staff(&["manager", "maintenance"]),
    ),
    (
        "get",
        "/api/v1/concentrators",
        Gate::Staff(&["manager", "maintenance", "auditor"]),
    ),
    (
        "post",
        "/api/v1/meters/{meter}/point",
        Gate::Staff(&["manager", "maintenance"]),
    ),
    (
        "post",
        "/api/v1/orders",
        Gate::Staff(&["manager", "maintenance"]),
    ),
    (
        "get",
        "/api/v1/orders",
        Gate::Staff(&["manager", "maintenance", "auditor"]),
    ),
    (
        "post",
        "/api/v1/orders/{id}/settle",
        Gate::Staff(&["manager"]),
    ),
    (
        "get",
        "/api/v1/meters/{meter}/readings",
        Gate::Staff(&["manager", "clerk", "maintenance", "auditor"]),
    ),
    (
        "get",
        "/api/v1/leases",
        Gate::Staff(&["manager", "maintenance", "auditor"]),
    ),
    (
        "post",
        "/api/v1/meters/{meter}/lease",
        Gate::Staff(&["manager"]),
    ),
    (
        "post",
        "/api/v1/meters/{meter}/lease/fence",
        Gate::Staff(&["manager"]),
    ),
];

/// All routes, as the description has them.
fn described() -> Vec<(String, String)> {
    let document = serde_json::to_value(meterpost_server::api::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let mut routes = Vec::new();
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            routes.push((method.clone(), path.clone()));
        }
    }
    routes
}

#[test]
fn every_route_is_in_the_table_and_the_table_has_no_other() {
    let mut ours: Vec<(String, String)> = ROUTES
        .iter()
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    let mut theirs = described();
    ours.sort();
    theirs.sort();
    assert_eq!(ours, theirs);
}

#[test]
fn no_route_answers_without_credentials_to_another_tenant_or_to_a_lesser_role() {
    let server = Server::start();
    let roles = ["manager", "clerk", "maintenance", "auditor"];
    let tokens: BTreeMap<&str, String> = roles
        .iter()
        .map(|role| (*role, server.staff(TENANT, &format!("The {role}"), role)))
        .collect();
    for &(method, path, gate) in ROUTES {
        let places = [
            ("{terminal}", "K1"),
            ("{account}", "K1"),
            ("{hold}", "K1"),
            ("{number}", "1"),
            ("{version}", "1"),
            ("{id}", "1"),
            ("{meter}", "m1"),
        ];
        let fill = |path: String, (name, value): &(&str, &str)| path.replace(name, value);
        let path = places.iter().fold(path.to_owned(), fill);
        let method = method.to_uppercase();
        let body = (method == "POST").then_some("{\"code\": \"0000-0000\"}");
        let call = |token: Option<&str>| server.call(&method, &path, token, body).0;
        match gate {
            Gate::Open => assert!(![401, 403].contains(&call(None)), "{path}"),
            Gate::Terminal | Gate::Provider => {
                assert_eq!(call(None), 401, "{path}");
                assert_eq!(call(Some(&server.manager)), 401, "{path}");
            }
            Gate::Staff(allowed) => {
                assert_eq!(call(None), 401, "{path}");
                assert_eq!(call(Some("east.nonsense")), 401, "{path}");
                // The token of a person of this tenant, said to be another's.
                let moved = server.manager.replacen("east", "west", 1);
                assert_eq!(call(Some(&moved)), 401, "{path}");
                for (role, token) in &tokens {
                    let refused = [401, 403].contains(&call(Some(token)));
                    assert_eq!(refused, !allowed.contains(role), "{path} as {role}");
                }
            }
        }
    }
}

#[test]
fn a_tenant_sees_nothing_of_another_even_where_a_query_forgets_to_ask() {
    let server = Server::start();
    server.say(&["tenant", "west"]);
    let west = server.staff("west", "Wei", "manager");
    let mut terminal = common::terminal::Terminal::enrolled(&server, "K1");
    terminal.work(3);
    terminal.sync(&server);
    for path in [
        "/api/v1/terminals",
        "/api/v1/enrolments",
        "/api/v1/conflicts",
        "/api/v1/cards",
        "/api/v1/card-jobs",
        "/api/v1/concentrators",
        "/api/v1/orders",
        "/api/v1/leases",
    ] {
        let (status, text) = server.call("GET", path, Some(&west), None);
        assert_eq!((status, text.as_str()), (200, "[]"), "{path}");
    }
    let as_west = "SET ROLE meterpost_server; SET meterpost.tenant = 'west'; \
         SELECT (SELECT count(*) FROM log) + (SELECT count(*) FROM entry) + (SELECT count(*) FROM tile)";
    assert_eq!(server.database.sql(as_west), "0");
}

#[test]
fn the_servers_role_can_neither_change_nor_remove_what_is_cosigned() {
    let server = Server::start();
    let mut terminal = common::terminal::Terminal::enrolled(&server, "K1");
    terminal.work(5);
    terminal.sync(&server);
    let role = "SET ROLE meterpost_server; SET meterpost.tenant = 'east'";
    let removed =
        format!("{role}; WITH gone AS (DELETE FROM entry RETURNING 1) SELECT count(*) FROM gone");
    assert_eq!(server.database.sql(&removed), "0");
    for sql in [
        "UPDATE entry SET bytes = ''",
        "DELETE FROM audit",
        "DELETE FROM log",
        "UPDATE conflict SET kind = ''",
    ] {
        let output = server.database.as_server(sql);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("permission denied"), "{sql}: {said}");
    }
}

#[test]
fn hostile_requests_get_an_error_and_the_server_goes_on() {
    let server = Server::start();
    let url = |path: &str| format!("{}{path}", server.url());
    let huge = vec![b'x'; 3 * 1024 * 1024];
    // Refused before it is read, so the connection may be gone while it is still being sent.
    let refused = try_http("POST", &url("/api/v1/enrolment"), None, Some(&huge));
    assert!(!matches!(refused, Ok((status, _)) if status != 413));
    let (status, text) = http("POST", &url("/api/v1/enrolment"), None, Some(b"nonsense"));
    assert_eq!(status, 400, "{text}");
    assert!(text.contains("\"code\":\"request\""), "{text}");
    let header = Some(("meterpost-signature", "x".repeat(5000)));
    let (status, _) = http(
        "POST",
        &url("/api/v1/log/entries?first=0"),
        header,
        Some(b"x"),
    );
    assert_eq!(status, 401);
    let header = Some((
        "meterpost-signature",
        format!("meterpost/east/K1/1 1 {}", "A".repeat(86) + "=="),
    ));
    let (status, text) = http(
        "POST",
        &url("/api/v1/log/entries?first=0"),
        header,
        Some(b"x"),
    );
    assert_eq!(status, 404, "{text}");
    let (status, _) = http("GET", &url("/nowhere"), None, None);
    assert_eq!(status, 404);
    assert_eq!(http("GET", &url("/healthz"), None, None).0, 200);
}

#[test]
fn the_description_of_the_routes_is_the_one_that_was_agreed() {
    let document = meterpost_server::api::openapi().to_pretty_json().unwrap();
    insta::assert_snapshot!(document);
}
