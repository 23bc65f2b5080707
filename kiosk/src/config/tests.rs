use super::*;

const EXAMPLE: &str = include_str!("../../../docs/examples/kiosk.toml");

/// The example with one piece replaced; the piece must be there.
fn with(old: &str, new: &str) -> String {
    assert!(EXAMPLE.contains(old), "the example has no {old:?}");
    EXAMPLE.replacen(old, new, 1)
}

fn problems(text: &str) -> Vec<Problem> {
    Config::parse(text).expect_err("the text should be refused")
}

/// The one problem of the example with one piece replaced.
fn problem(old: &str, new: &str) -> Problem {
    let mut found = problems(&with(old, new));
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

#[test]
fn every_language_of_the_screens_can_be_the_first() {
    for (word, language) in crate::language::words() {
        let text = with("# language = \"zh\"", &format!("language = \"{word}\" #"));
        assert_eq!(Config::parse(&text).unwrap().terminal.language, language);
    }
}

fn line_of(text: &str, piece: &str) -> usize {
    1 + text.lines().position(|l| l.contains(piece)).unwrap()
}

#[test]
fn the_example_is_whole_and_its_comments_show_the_defaults() {
    let config = Config::parse(EXAMPLE).unwrap();
    assert_eq!(config.terminal.id, "K1");
    assert_eq!(
        (
            config.terminal.currency.as_str(),
            config.terminal.currency_sign.as_str()
        ),
        ("CNY", "¥")
    );
    assert_eq!(config.limits.highest_sale, Money(50_000));
    assert_eq!(
        config.limits.amounts,
        [2000, 5000, 10_000, 20_000].map(Money)
    );
    assert_eq!(config.bus.masters.len(), 2);
    assert_eq!(config.meters.len(), 2);
    assert_eq!(config.meters[1].low_balance, Money(500));
    assert_eq!(config.timeouts, Timeouts::default());
    assert_eq!(config.printer.width, 576);

    let uncommented: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(key) if key.contains(" = ") => format!("{key}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let mut explicit = Config::parse(&uncommented).unwrap();
    let reader = explicit
        .cards
        .as_mut()
        .and_then(|cards| cards.reader.take());
    assert_eq!(reader.as_deref(), Some("ACR39U"));
    assert_eq!(explicit.validator.serial.take(), Some(1_873_452));
    assert_eq!(explicit, config, "a commented key must show its default");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Config::load(Path::new("/nonexistent/kiosk.toml")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("/nonexistent/kiosk.toml: 1 problem\n"),
        "{error}"
    );
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_the_file() {
    let text = with("id = \"K1\"", "id = \"K-1\"")
        .replace("currency = \"CNY\"", "currency = \"RMB\"")
        .replace("area = 3301", "area = 33010");
    let error = ConfigErrors::new(PathBuf::from("kiosk.toml"), problems(&text));
    let places: Vec<&str> = error.problems.iter().map(|p| p.place.as_str()).collect();
    assert_eq!(
        places,
        ["[terminal] id", "[terminal] currency", "[bus] area"]
    );
    let shown = error.to_string();
    assert!(
        shown.starts_with(
            "kiosk.toml: 3 problems\n\n  line 5: [terminal] id\n    \"K-1\" cannot be used\n"
        ),
        "{shown}"
    );
}

#[test]
fn broken_syntax_is_told_with_its_line_and_nothing_else() {
    let text = with("area = 3301", "area = = 3301");
    let found = problems(&text);
    assert_eq!(found[0].line, Some(line_of(&text, "area = =")));
    assert!(found.iter().all(|p| p.place == "the file"), "{found:?}");
}

#[test]
fn an_unknown_key_brings_the_nearest_known_one() {
    let found = problem("low_balance = \"5.00\"", "low_balnce = \"5.00\"");
    assert_eq!(
        (found.what.as_str(), found.right.as_str()),
        ("unknown key", "`low_balance`")
    );
    assert_eq!(found.place, "[[meter]] number 2, low_balnce");
    let found = problem("[server]\n", "colour = 3\n[server]\n");
    assert_eq!(
        found.right,
        "one of masters, area, address, protection, tls_ca, tls_certificate, tls_key, tls_crl, tls_name"
    );
}

#[test]
fn an_unknown_table_brings_the_nearest_known_one() {
    let found = problem("[timeouts] ", "[timeout] ");
    assert_eq!(
        (found.place.as_str(), found.right.as_str()),
        ("timeout", "[timeouts]")
    );
}

#[test]
fn a_missing_key_is_told_at_its_table() {
    let text = with("phone = ", "# phone = ");
    let found = problems(&text);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].place.as_str(), found[0].what.as_str()),
        ("[terminal] phone", "missing")
    );
    assert_eq!(found[0].line, Some(line_of(&text, "[terminal]")));
}

#[test]
fn an_empty_file_misses_every_required_key_and_the_meters() {
    let found = problems("");
    let missing = found.iter().filter(|p| p.what == "missing").count();
    assert_eq!(missing, 14, "{found:#?}");
    assert!(found.iter().any(|p| p.place == "[[meter]]"));
}

#[test]
fn a_wrong_type_says_what_it_is_and_what_is_right() {
    let found = problem("highest_sale = \"500.00\"", "highest_sale = 500");
    assert_eq!(found.what, "this is an integer");
    assert!(found.right.contains("in quotes"));
    assert_eq!(
        problem("id = \"K1\"", "id = true").what,
        "this is a boolean"
    );
    assert_eq!(
        problem("masters = [\"192.168.1.10:7000\", ", "masters = [7000, ").what,
        "this is an integer"
    );
    assert_eq!(
        problem("area = 3301", "area = \"3301\"").what,
        "this is a string"
    );
}

#[test]
fn single_meter_table_instead_of_a_list_is_explained() {
    let text = EXAMPLE
        .split("[[meter]]")
        .take(2)
        .collect::<Vec<_>>()
        .join("[meter]");
    let found = problems(&text);
    assert!(
        found
            .iter()
            .any(|p| p.what == "this is one table, not a list of tables"),
        "{found:#?}"
    );
}

#[test]
fn rules_of_single_values() {
    let cases = [
        ("id = \"K1\"", "id = \"\"", "empty"),
        (
            "tenant = \"east-district\"",
            "tenant = \"East\"",
            "cannot be used",
        ),
        (
            "phone = \"400-810-0000\"",
            "phone = \"call us\"",
            "cannot be used",
        ),
        ("# language = \"zh\"", "language = \"de\" #", "not known"),
        ("# clock = \"system\"", "clock = \"gps\" #", "not known"),
        ("currency = \"CNY\"", "currency = \"cny\"", "not known"),
        (
            "device = \"/dev/serial/by-id/usb-ITL_NV9USB-if00\"",
            "device = \"\"",
            "empty",
        ),
        (
            "device = \"/dev/serial/by-id/usb-ITL_NV9USB-if00\"",
            "device = \"ttyUSB0\"",
            "cannot be used",
        ),
        (
            "tcp = \"192.168.1.50:9100\"",
            "tcp = \"192.168.1.50\"",
            "no host and port",
        ),
        ("# width = 576", "width = 600 #", "not a paper width"),
        ("address = 1\n", "address = 0\n", "out of range"),
        ("address = 1\n", "address = 65535\n", "out of range"),
        ("segment = 2", "segment = 32", "out of range"),
        ("# baud = 2400", "baud = 2401 #", "not a rate"),
        ("# parity = \"even\"", "parity = \"mark\" #", "not known"),
        ("utility = \"water\"", "utility = \"watr\"", "not known"),
        (
            "profile = \"cjt188-prepaid\"",
            "profile = \"dlt645-plain\"\n#",
            "cannot be used",
        ),
        (
            "address = \"000012345678\"",
            "address = \"12345678\"",
            "cannot be used",
        ),
        (
            "customer = \"20260042\"",
            "customer = \"A0042\"",
            "cannot be used",
        ),
        (
            "number = \"20260042\"",
            "number = \"042\"",
            "cannot be used",
        ),
        ("# idle = 60", "idle = 5", "out of range"),
        ("# idle = 60", "idle = -5", "out of range"),
        ("# attempts = 3", "attempts = 0", "out of range"),
        (
            "highest_sale = \"500.00\"",
            "highest_sale = \"0.00\"",
            "not positive",
        ),
        (
            "highest_sale = \"500.00\"",
            "highest_sale = \"5oo\"",
            "not an amount",
        ),
        (
            "low_balance = \"5.00\"",
            "low_balance = \"-1\"",
            "not positive",
        ),
        (
            "amounts = [\"20.00\", \"50.00\", ",
            "amounts = [\"50.00\", \"20.00\", ",
            "stands after",
        ),
        ("\"200.00\"]", "\"600.00\"]", "more than the highest sale"),
        (
            "notes = [\"5.00\", \"10.00\", ",
            "notes = [\"5.00\", \"5.00\", ",
            "stands after",
        ),
        (
            "\"50.00\", \"100.00\"]\n# serial",
            "\"50.00\", \"1000.00\"]\n# serial",
            "would never be taken",
        ),
        (
            "masters = [\"192.168.1.10:7000\", ",
            "masters = [\"192.168.1.10\", ",
            "no host and port",
        ),
    ];
    for (old, new, expected) in cases {
        let found = problems(&with(old, new));
        assert!(
            found.iter().any(|p| p.what.contains(expected)),
            "{new}: {found:#?}"
        );
        assert!(
            found
                .iter()
                .all(|p| p.line.is_some() && !p.right.is_empty()),
            "{new}: {found:#?}"
        );
    }
}

#[test]
fn lists_that_are_empty_or_too_long_are_refused() {
    let amounts = "amounts = [\"20.00\", \"50.00\", \"100.00\", \"200.00\"]";
    assert_eq!(problem(amounts, "amounts = []").what, "0 amounts");
    let seven = "amounts = [\"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\"]";
    assert_eq!(problem(amounts, seven).what, "7 amounts");
    let masters = "masters = [\"192.168.1.10:7000\", \"192.168.1.11:7000\"]";
    assert_eq!(
        problem(masters, "masters = []").what,
        "no concentrator at all"
    );
}

#[test]
fn the_same_meter_twice_is_told_with_the_first_line() {
    let text = with("number = \"20260042\"", "number = \"000012345678\"");
    let found = problems(&text);
    let first = line_of(&text, "number = \"000012345678\"");
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].what,
        format!("000012345678 is used twice, first in line {first}")
    );
}

#[test]
fn tls_needs_its_files_and_an_unknown_protection_is_none() {
    let found = problem("protection = \"tls\"", "protection = \"ssl\"");
    assert_eq!(found.what, "\"ssl\" is not known");
    let found = problem("tls_key = ", "# tls_key = ");
    assert_eq!(
        (found.place.as_str(), found.what.as_str()),
        ("[bus] tls_key", "missing")
    );
}

#[test]
fn the_same_address_on_the_same_segment_is_one_meter() {
    let second = "[[meter]]\nnumber = \"777777\"\nutility = \"electricity\"\nprofile = \"dlt645-plain\"\n\
                  address = \"000012345678\"\nsegment = 1\ncustomer = \"1\"\n";
    let found = problems(&format!("{EXAMPLE}\n{second}"));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0]
            .what
            .contains("000012345678 on segment 1 is used twice")
    );
    let elsewhere = second.replace("segment = 1", "segment = 3");
    assert!(Config::parse(&format!("{EXAMPLE}\n{elsewhere}")).is_ok());
}

#[test]
fn only_meters_that_check_it_need_a_customer_number() {
    assert!(Config::parse(&with("customer = \"20260042\"\n", "")).is_ok());
    assert_eq!(problem("customer = \"112233445566\"\n", "").what, "missing");
}

#[test]
fn a_profile_for_another_utility_is_refused() {
    let found = problems(&with("utility = \"electricity\"", "utility = \"gas\""));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].right, "\"cjt188-prepaid\"");
}

#[test]
fn a_profile_is_any_that_takes_money_over_the_wire_alone() {
    let low = with(
        "profile = \"cjt188-prepaid\"",
        "profile = \"cjt188-prepaid-low-first\"",
    );
    let config = Config::parse(&low).unwrap();
    let names: Vec<&str> = config.meters.iter().map(|m| m.profile.name()).collect();
    assert!(names.contains(&"cjt188-prepaid-low-first"), "{names:?}");
    for other in [
        "cjt188-volume",
        "cjt188-on-account",
        "dlt645-esam",
        "mbus-water",
    ] {
        let wrong = format!("profile = \"{other}\"");
        let found = problems(&with("profile = \"cjt188-prepaid\"", &wrong));
        assert!(found[0].what.contains("not known"), "{found:#?}");
    }
}

#[test]
fn a_printer_is_either_on_the_network_or_on_a_line() {
    let both = problem(
        "tcp = \"192.168.1.50:9100\"",
        "tcp = \"192.168.1.50:9100\"\ndevice = \"/dev/ttyS0\"",
    );
    assert!(both.what.contains("both"));
    let none = problem("tcp = \"192.168.1.50:9100\"", "");
    assert_eq!(none.what, "missing");
    let serial = with(
        "tcp = \"192.168.1.50:9100\"",
        "device = \"/dev/ttyS0\"\nbaud = 19200",
    );
    let address = Config::parse(&serial).unwrap().printer.address;
    let expected = crate::device::printer::PrinterAddress::Serial {
        device: "/dev/ttyS0".into(),
        baud: 19200,
    };
    assert_eq!(address, expected);
}

#[test]
fn a_server_is_optional_and_only_reached_protected() {
    let (before, rest) = EXAMPLE.split_once("\n[server]\n").unwrap();
    let (_, after) = rest.split_once("\n[").unwrap();
    let alone = format!("{before}\n[{after}");
    assert_eq!(Config::parse(&alone).unwrap().server, None);
    let config = Config::parse(EXAMPLE).unwrap();
    assert_eq!(config.server.unwrap().heartbeat.as_secs(), 60);
    let url = "url = \"https://server.example:8443\"";
    let here = Config::parse(&with(url, "url = \"http://127.0.0.1:8443\"")).unwrap();
    assert_eq!(here.server.unwrap().url, "http://127.0.0.1:8443");
    let open = problem(url, "url = \"http://server.example:8443\"");
    assert!(open.what.contains("unprotected"), "{open:?}");
    let nonsense = problem(url, "url = \"server.example\"");
    assert!(nonsense.what.contains("not the address"), "{nonsense:?}");
    let no_ca = problem("ca = \"/etc/meterpost/server-ca.pem\"", "");
    assert_eq!(no_ca.what, "missing");
}

#[test]
fn a_scanner_is_optional_and_has_a_line_of_its_own() {
    let scanner = Config::parse(EXAMPLE).unwrap().scanner.unwrap();
    assert_eq!(scanner.baud, 9600);
    let line = "device = \"/dev/serial/by-id/usb-NLS_FM430-if00\"";
    let table = format!("[scanner]\n{line}");
    assert_eq!(Config::parse(&with(&table, "")).unwrap().scanner, None);
    assert_eq!(problem(line, "").what, "missing");
    let bare = problem(line, "device = \"ttyACM0\"");
    assert!(bare.what.contains("cannot be used"), "{bare:?}");
    let slow = format!("{line}\nbaud = 1234");
    assert!(problem(line, &slow).what.contains("not a usual rate"));
    let validators = "device = \"/dev/serial/by-id/usb-ITL_NV9USB-if00\"";
    let taken = problem(line, validators);
    assert_eq!(taken.what, "the line is that of [validator] already");
}

#[test]
fn a_card_reader_is_optional_and_needs_the_card_authority() {
    let cards = Config::parse(EXAMPLE).unwrap().cards.unwrap();
    assert_eq!(cards.ca, Path::new("/etc/meterpost/cards.pem"));
    assert_eq!(cards.reader, None);
    let table = "[cards]\nca = \"/etc/meterpost/cards.pem\"";
    assert_eq!(Config::parse(&with(table, "")).unwrap().cards, None);
    let bare = problem("ca = \"/etc/meterpost/cards.pem\"", "");
    assert_eq!(bare.what, "missing");
    let slip = problem("# reader = \"ACR39U\"", "raeder = \"ACR39U\"");
    assert_eq!(slip.right, "`reader`");
}
