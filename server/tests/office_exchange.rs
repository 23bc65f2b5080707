//! Accounts as files: taken along, and taken in after a dry run.

mod common;

use common::browser::{Browser, Page, between};
use common::server::Server;

const OWN: &str = "four plain words together";
const HEAD: &str = "account,district,name,place,meter,utility,profile,address,segment\r\n";

fn clerk() -> (Server, Browser) {
    let server = Server::start();
    let one_time = server.say(&[
        "person", "--tenant", "east", "--name", "Lin", "--role", "clerk",
    ]);
    let mut browser = Browser::new(&server);
    browser.comes_in_first("Lin", &one_time, OWN);
    (server, browser)
}

fn tried(browser: &mut Browser, file: &[u8]) -> Page {
    let page = browser.get("/account-import");
    let form = between(&page.text, "name=\"form\" value=\"", "\"").to_owned();
    browser.upload("/account-import", &form, file)
}

/// Confirms what was tried.
fn taken_in(browser: &mut Browser, tried: &Page) -> Page {
    let text = between(&tried.text, "readonly>", "</textarea>");
    let text = text
        .replace("&#38;", "&")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'");
    browser.send(tried, "/account-import/apply", &[("text", &text)])
}

#[test]
fn a_dry_run_changes_nothing_and_its_confirmation_takes_in_just_what_was_tried() {
    let (server, mut browser) = clerk();
    let file = format!(
        "\u{feff}{HEAD}A,north,王小明,3栋1201,1001,water,cjt188-2004,26030551001200,1\r\nA,north,王小明,3栋1201,1002,electricity,dlt645-plain,260305510012,2\r\nB,north,\"Li, Na\",<b>,,,,,\r\n"
    );
    let page = tried(&mut browser, file.as_bytes());
    assert!(page.text.contains("Opened: 2, changed: 0"), "{page:?}");
    assert_eq!(server.database.sql("SELECT count(*) FROM account"), "0");
    let done = taken_in(&mut browser, &page);
    assert!(done.text.contains("Opened: 2, changed: 0"), "{done:?}");
    let found = "SELECT string_agg(account || ':' || name || ':' || place, ' ' ORDER BY account) FROM account";
    assert_eq!(server.database.sql(found), "A:王小明:3栋1201 B:Li, Na:<b>");
    assert_eq!(
        server
            .database
            .sql("SELECT count(*) FROM meter WHERE account = 'A'"),
        "2"
    );
    assert_eq!(
        server.database.sql("SELECT count(*) FROM account_history"),
        "2"
    );

    // A file with one of its meters changes that one and takes nothing away.
    let file =
        format!("{HEAD}A,north,王小明,3栋1202,1002,electricity,dlt645-plain,260305510019,2\r\n");
    let page = tried(&mut browser, file.as_bytes());
    taken_in(&mut browser, &page);
    let meters = "SELECT string_agg(number || ':' || address, ' ' ORDER BY number) FROM meter";
    assert_eq!(
        server.database.sql(meters),
        "1001:26030551001200 1002:260305510019"
    );
}

#[test]
fn each_row_that_does_not_fit_is_told_and_then_nothing_at_all_is_taken_in() {
    let (server, mut browser) = clerk();
    server.database.sql(
        "INSERT INTO account (tenant, account, district, changed) VALUES ('east', 'X', 'north', 1); \
         INSERT INTO meter (tenant, number, account, utility, profile, address, segment) VALUES ('east', '9999', 'X', 'water', 'p', 'a', 1)",
    );
    let file = format!(
        "{HEAD}A,north,W,,1001,water,p,26030551001200,1\r\nB,north,L,,9999,water,p,26030551001201,1\r\nC,no rth,L,,,,,,\r\nD,north,L,,12,water,p,26030551001201,1\r\n"
    );
    let page = tried(&mut browser, file.as_bytes());
    for (row, why) in [
        (3, "belongs to another account"),
        (4, "its district is"),
        (5, "4 to 14 digits"),
    ] {
        let line = page
            .text
            .lines()
            .find(|line| line.contains(&format!("<td class=\"number\">{row}</td>")));
        assert!(page.text.contains(why) && line.is_some(), "{row}: {page:?}");
    }
    assert!(!page.text.contains("/account-import/apply"), "{page:?}");
    assert_eq!(server.database.sql("SELECT count(*) FROM account"), "1");
    for (file, why) in [
        (&b"account,name\r\nA,B"[..], "district"),
        (&[0xcd, 0xf5, b',', 0xff][..], "UTF-8"),
        (b"PK\x03\x04", "workbook"),
        (b"", "empty"),
    ] {
        let page = tried(&mut browser, file);
        assert!(page.text.contains(why), "{why}: {page:?}");
    }
}

#[test]
fn what_is_taken_along_can_be_taken_in_again_as_either_file() {
    let (server, mut browser) = clerk();
    let file = format!(
        "{HEAD}A,north,=1+1,3栋1201,0001001,water,cjt188-2004,26030551001200,1\r\nB,north,@x,,,,,,\r\n"
    );
    let page = tried(&mut browser, file.as_bytes());
    taken_in(&mut browser, &page);
    for format in ["csv", "xlsx"] {
        let bytes = browser.download(&format!("/account-export?format={format}"));
        if format == "csv" {
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(text.contains(",'=1+1,") && !text.contains(",=1"), "{text}");
        }
        let page = tried(&mut browser, &bytes);
        assert!(
            page.text.contains("Opened: 0, changed: 2"),
            "{format}: {page:?}"
        );
        taken_in(&mut browser, &page);
    }
    let names = "SELECT string_agg(name, ' ' ORDER BY account) FROM account";
    assert_eq!(server.database.sql(names), "=1+1 @x");
    assert_eq!(
        server.database.sql("SELECT count(*) FROM account_history"),
        "2",
        "nothing became different"
    );
    let trail = "SELECT count(*) FROM audit WHERE act = 'accounts.export' AND outcome = 'done'";
    assert_eq!(server.database.sql(trail), "2");
}

#[test]
fn a_file_without_this_sessions_word_is_not_even_read() {
    let (server, mut browser) = clerk();
    let file = format!("{HEAD}A,north,W,,,,,,\r\n");
    let page = browser.upload("/account-import", "guessed", file.as_bytes());
    assert_eq!(page.status, 403, "{page:?}");
    browser.site = "cross-site";
    let page = browser.upload("/account-import", "guessed", file.as_bytes());
    assert_eq!(page.status, 403, "{page:?}");
    assert_eq!(
        server
            .database
            .sql("SELECT count(*) FROM audit WHERE act LIKE 'accounts.import%'"),
        "0"
    );
}
