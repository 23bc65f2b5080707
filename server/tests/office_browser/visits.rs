//! Every page there is, and every look it can have.

use std::collections::BTreeSet;

use super::filled::{ACCOUNT, ELECTRIC, Filled, WATER};

/// A page that is looked at.
#[derive(Clone, Debug)]
pub struct Visit {
    /// What it is called among the pictures.
    pub name: &'static str,
    /// The route of the server's own table.
    pub route: &'static str,
    pub address: String,
    /// Whose session, or at which step; empty: nobody's.
    pub who: &'static str,
    /// What somebody does there that leads on, as a script; empty: they look.
    pub then: &'static str,
    /// The page tells that something was refused.
    pub refused: bool,
}

/// Routes that are looked at and are no pages: files, and ways to other pages.
pub const NO_PAGES: &[&str] = &[
    "/language",
    "/account-export",
    "/terminals/{terminal}/commands/{version}/log",
    "/assets/office.css",
    "/assets/office.js",
    "/assets/icon.svg",
];

/// A script that fills the fields of the form with this action, and sends it.
macro_rules! sends {
    ($action:literal $(, $name:literal = $value:literal)*) => {
        concat!(
            "const form = document.querySelector('form[action=\"", $action, "\"]');",
            $("form.elements['", $name, "'].value = '", $value, "';",)*
            "form.submit();"
        )
    };
}

/// Chooses a file with these rows, and sends it.
macro_rules! takes_in {
    ($rows:literal) => {
        concat!(
            "const file = new File(['account,district,name,place\\n",
            $rows,
            "'], 'a.csv', {type: 'text/csv'});",
            "const all = new DataTransfer(); all.items.add(file);",
            "document.querySelector('#file').files = all.files;",
            "document.querySelector('form[action=\"/account-import\"]').submit();"
        )
    };
}

const TRIED: &str = "/tariffs/electricity/default/2";
const REPORTS: [(&str, &str); 14] = [
    ("report of days", "days"),
    ("report of months", "months"),
    ("report of charges", "charges"),
    ("report of terminals", "terminals"),
    ("report of clerks", "clerks"),
    ("report of utilities", "utilities"),
    ("report of buildings", "buildings"),
    ("report of cash", "cash"),
    ("report of arrears", "arrears"),
    ("report of balances", "balances"),
    ("report of accounts", "accounts"),
    ("report of consumption", "consumption"),
    ("report of losses", "losses"),
    ("report of entries", "entries"),
];

/// All of them, in the order in which a newcomer meets them.
pub fn visits(filled: &Filled) -> Vec<Visit> {
    let mut all = way_in();
    all.extend(desk(filled));
    all.extend(
        REPORTS.map(|(name, of)| look(name, "/reports/{name}", &format!("/reports/{of}"), "Mei")),
    );
    all.extend(fleet());
    all.extend(rules());
    all.extend(checks(filled));
    all.extend(errors());
    all
}

fn look(name: &'static str, route: &'static str, address: &str, who: &'static str) -> Visit {
    Visit {
        name,
        route,
        address: address.to_owned(),
        who,
        then: "",
        refused: false,
    }
}

fn does(visit: Visit, then: &'static str, refused: bool) -> Visit {
    Visit {
        then,
        refused,
        ..visit
    }
}

fn way_in() -> Vec<Visit> {
    let sign_in = |name, who| look(name, "/sign-in", "/sign-in", who);
    let wrong = sends!(
        "/sign-in",
        "tenant" = "east",
        "name" = "Mei",
        "password" = "wrong"
    );
    vec![
        sign_in("sign in", ""),
        does(sign_in("sign in, wrong", ""), wrong, true),
        sign_in("sign in, second factor set up", "factor"),
        sign_in("sign in, code", "code"),
        does(
            sign_in("sign in, wrong code", "code"),
            sends!("/sign-in/code", "code" = "000000"),
            true,
        ),
        sign_in("sign in, new password", "password"),
        does(
            sign_in("sign in, weak password", "password"),
            sends!("/sign-in/password", "password" = "short"),
            true,
        ),
    ]
}

fn desk(filled: &Filled) -> Vec<Visit> {
    let account = format!("/accounts/{ACCOUNT}");
    let meter = |query: &str| format!("{account}/meter{query}");
    let import = |name| look(name, "/account-import", "/account-import", "Mei");
    vec![
        look("terminals", "/", "/", "Mei"),
        look("terminals, for a clerk", "/", "/", "林晓"),
        look("accounts", "/accounts", "/accounts", "Mei"),
        look("accounts found", "/accounts", "/accounts?q=N-", "Mei"),
        look(
            "accounts, none found",
            "/accounts",
            "/accounts?q=zzz",
            "林晓",
        ),
        look("new account", "/new-account", "/new-account", "林晓"),
        look("account", "/accounts/{account}", &account, "Mei"),
        look(
            "account, for an auditor",
            "/accounts/{account}",
            &account,
            "An",
        ),
        look(
            "account that is new",
            "/accounts/{account}",
            "/accounts/N-12-6",
            "林晓",
        ),
        look(
            "meter of an account",
            "/accounts/{account}/meter",
            &meter(&format!("?meter={ELECTRIC}")),
            "Mei",
        ),
        look(
            "meter added",
            "/accounts/{account}/meter",
            &meter(""),
            "Mei",
        ),
        look(
            "receipt",
            "/receipts/{journal}",
            &format!("/receipts/{}", filled.receipt),
            "林晓",
        ),
        import("import"),
        does(
            import("import tried"),
            takes_in!("N-9-1,north,New,9-1\\n"),
            false,
        ),
        does(
            import("import that does not fit"),
            takes_in!("N 9,,x,y\\n"),
            false,
        ),
        look("cards", "/cards", "/cards?q=C-", "Mei"),
        look("cards, none found", "/cards", "/cards?q=zzz", "An"),
        look("card", "/cards/{number}", "/cards/C-1000123", "Mei"),
        look(
            "card that is void",
            "/cards/{number}",
            "/cards/C-1000122",
            "An",
        ),
        look("requests", "/requests", "/requests", "Mei"),
        look("requests, for a clerk", "/requests", "/requests", "林晓"),
        look("reports", "/reports", "/reports", "Mei"),
    ]
}

fn fleet() -> Vec<Visit> {
    let terminal = "/terminals/{terminal}";
    let one = "/concentrators/{area}/{address}";
    vec![
        look("terminal", terminal, "/terminals/K1", "Mei"),
        look("terminal that is held", terminal, "/terminals/K2", "An"),
        look(
            "parameters",
            "/terminals/{terminal}/parameters",
            "/terminals/K1/parameters",
            "Mei",
        ),
        look("concentrators", "/concentrators", "/concentrators", "Tao"),
        look("concentrator", one, "/concentrators/3301/7", "Tao"),
        look(
            "concentrator with lost meters",
            one,
            "/concentrators/3301/8",
            "Mei",
        ),
        look(
            "meter, an order under way",
            "/meters/{meter}",
            &format!("/meters/{ELECTRIC}"),
            "Mei",
        ),
        look(
            "meter without readings",
            "/meters/{meter}",
            &format!("/meters/{WATER}"),
            "Tao",
        ),
        look("alerts", "/alerts", "/alerts", "Tao"),
        look("enrolments", "/enrolments", "/enrolments", "Mei"),
        look(
            "enrolments, for an auditor",
            "/enrolments",
            "/enrolments",
            "An",
        ),
        look("conflicts", "/conflicts", "/conflicts", "Mei"),
    ]
}

fn rules() -> Vec<Visit> {
    let version = "/tariffs/{utility}/{name}/{version}";
    let fault = sends!(
        "/tariffs",
        "name" = "home",
        "valid_from" = "2027-01-01",
        "content" = "{}"
    );
    let person = sends!("/people", "name" = "Xin", "role" = "clerk");
    vec![
        look("tariffs", "/tariffs", "/tariffs", "Mei"),
        does(
            look("tariff with a fault", "/tariffs", "/tariffs", "Mei"),
            fault,
            true,
        ),
        look("new tariff", "/new-tariff", "/new-tariff", "Mei"),
        look(
            "new tariff from an older version",
            "/new-tariff",
            "/new-tariff?utility=electricity&name=default&version=1",
            "Mei",
        ),
        does(
            look(
                "new tariff with faults",
                "/new-tariff",
                "/new-tariff",
                "Mei",
            ),
            "document.querySelector('form[action=\"/new-tariff\"] button[value=\"save\"]').click();",
            true,
        ),
        look(
            "tariff in force",
            version,
            "/tariffs/electricity/default/1",
            "Mei",
        ),
        look("tariff that waits", version, TRIED, "Mei"),
        look(
            "tariff drafted",
            version,
            "/tariffs/electricity/default/3",
            "Mei",
        ),
        look(
            "tariff withdrawn",
            version,
            "/tariffs/electricity/shops/1",
            "An",
        ),
        does(look("tariff tried", version, TRIED, "Mei"), TRY, false),
        look("settlement", "/settlement", "/settlement", "Mei"),
        look(
            "settlement, for a clerk",
            "/settlement",
            "/settlement",
            "林晓",
        ),
        look("persons", "/people", "/people", "Mei"),
        look("persons, for an administrator", "/people", "/people", "Dai"),
        does(
            look("password for one sign-in", "/people", "/people", "Dai"),
            person,
            false,
        ),
        look("audit trail", "/trail", "/trail", "Mei"),
        look(
            "audit trail, nothing found",
            "/trail",
            "/trail?actor=nobody",
            "An",
        ),
    ]
}

/// The last two weeks of the account.
const TRY: &str = "const form = document.querySelector('form[method=get]'); const day = 86400000; \
    const at = ago => new Date(Date.now() - ago * day).toISOString().slice(0, 10); \
    form.elements.account.value = 'N-3-1201'; form.elements.first.value = at(14); form.elements.last.value = at(3); form.submit();";

fn checks(filled: &Filled) -> Vec<Visit> {
    let names = [
        "check, on record",
        "check, not yet on record",
        "check, a warning",
        "check, not genuine",
    ];
    let mut all = vec![look("check", "/check", "/check", "")];
    for (name, code) in names.into_iter().zip(&filled.slips) {
        let escaped: String = code.bytes().map(|byte| format!("%{byte:02X}")).collect();
        all.push(look(name, "/check", &format!("/check?code={escaped}"), ""));
    }
    all.push(look(
        "check, unreadable",
        "/check",
        "/check?code=hello",
        "Mei",
    ));
    all
}

fn errors() -> Vec<Visit> {
    let refused = |visit| does(visit, "", true);
    let unclear = sends!("/accounts/N-12-6/top-ups", "amount" = "much");
    vec![
        refused(look(
            "error, nothing there",
            "/terminals/{terminal}",
            "/terminals/nowhere",
            "Mei",
        )),
        refused(look(
            "error, not for this role",
            "/people",
            "/people",
            "林晓",
        )),
        does(
            look(
                "error, an amount that is none",
                "/accounts/{account}",
                "/accounts/N-12-6",
                "林晓",
            ),
            unclear,
            true,
        ),
    ]
}

/// The routes that are pages and are not among the visits, by what the server itself answers to a look at them.
pub fn missing(
    visits: &[Visit],
    mut is_looked_at: impl FnMut(&'static str) -> bool,
) -> Vec<&'static str> {
    let visited: BTreeSet<&str> = visits.iter().map(|visit| visit.route).collect();
    let all = meterpost_server::office::PAGES.iter().copied();
    all.filter(|route| !visited.contains(route) && !NO_PAGES.contains(route) && is_looked_at(route))
        .collect()
}
