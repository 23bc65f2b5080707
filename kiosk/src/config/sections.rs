//! The tables of the file, one function each. A function returns `None` only after it wrote down why.

use std::path::PathBuf;

use meterpost_bus::uplink::{Security, TlsFiles};
use meterpost_ledger::Money;
use meterpost_ui::view::Language;

use super::reader::{Located, Section};

use super::{BusConfig, ClockSource, LimitsConfig, PrinterConfig, TerminalConfig, ValidatorConfig};
use crate::device::printer::PrinterAddress;
use crate::language;
use crate::receipt;

/// The most amounts a meter's page can show.
pub(crate) const MOST_AMOUNTS: usize = 6;

/// Currencies whose smallest unit is a hundredth, with their signs.
const CURRENCIES: [(&str, &str); 6] = [
    ("CNY", "¥"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("HKD", "HK$"),
    ("MOP", "MOP$"),
    ("USD", "$"),
];

/// Keeps a text that follows a rule; writes the rule down otherwise.
pub(super) fn checked(
    s: &Section,
    key: &'static str,
    right: &str,
    rule: impl Fn(&str) -> bool,
) -> Option<String> {
    let text = s.require(key, s.text(key, right), right)?;
    if rule(&text.value) {
        return Some(text.value);
    }
    s.wrong(
        key,
        text.line,
        format!("\"{}\" cannot be used", text.value),
        right,
    );
    None
}

fn is_id(text: &str) -> bool {
    (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_tenant(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(allowed)
}

/// `[terminal]`
pub fn terminal(s: Section) -> Option<TerminalConfig> {
    let id = checked(&s, "id", "1 to 16 letters and digits: \"K1\"", is_id);
    let tenant = checked(
        &s,
        "tenant",
        "1 to 32 small letters, digits and hyphens: \"east-district\"",
        is_tenant,
    );
    let place = checked(
        &s,
        "place",
        "the operator's name, at most 40 characters",
        |t| t.chars().count() <= 40,
    );
    let phone = checked(
        &s,
        "phone",
        "a telephone number: \"400-810-0000\"",
        is_phone,
    );
    // Where an optional key is there and wrong, that is written down and nothing is loaded; the default does no harm.
    let language = s
        .choice("language", &language::words())
        .unwrap_or(Language::Chinese);
    let currency = currency(&s);
    let data = s
        .require("data", s.text("data", DATA), DATA)
        .map(|d| PathBuf::from(d.value));
    let head = s
        .text("head", "a file, better on another disk than `data`")
        .map(|h| PathBuf::from(h.value));
    let clocks = [("system", ClockSource::System), ("rtc", ClockSource::Rtc)];
    let clock = s.choice("clock", &clocks).unwrap_or(ClockSource::System);
    s.finish();
    let (currency, currency_sign) = currency?;
    Some(TerminalConfig {
        id: id?,
        tenant: tenant?,
        place: place?,
        phone: phone?,
        language,
        currency,
        currency_sign,
        data: data?,
        head,
        clock,
    })
}

const DATA: &str = "the folder of the ledger: \"/var/lib/meterpost\"";

fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits >= 3
        && text.len() <= 24
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || b" +-()".contains(&b))
}

fn currency(s: &Section) -> Option<(String, String)> {
    let right = CURRENCIES
        .iter()
        .map(|(code, _)| format!("\"{code}\""))
        .collect::<Vec<_>>()
        .join(", ");
    let code = s.require("currency", s.text("currency", &right), &right)?;
    let sign = CURRENCIES
        .iter()
        .find(|(known, _)| *known == code.value)
        .map(|(_, sign)| *sign);
    let Some(sign) = sign else {
        s.wrong(
            "currency",
            code.line,
            format!("\"{}\" is not known", code.value),
            right,
        );
        return None;
    };
    Some((code.value, sign.to_owned()))
}

/// `[limits]`
pub fn limits(s: Section) -> Option<LimitsConfig> {
    let highest = s.require(
        "highest_sale",
        s.money("highest_sale"),
        "the highest sum of one sale: \"500.00\"",
    );
    let right = "one to six amounts: [\"20.00\", \"50.00\", \"100.00\"]";
    let amounts = s.require("amounts", s.money_list("amounts"), right);
    if let Some(list) = &amounts {
        rising(&s, "amounts", list);
        if list.is_empty() || list.len() > MOST_AMOUNTS {
            let line = list.first().map(|l| l.line).or(s.line()).unwrap_or(1);
            s.wrong("amounts", line, format!("{} amounts", list.len()), right);
        }
        if let Some(highest) = &highest {
            for amount in list.iter().filter(|a| a.value > highest.value) {
                let what = format!(
                    "\"{}\" is more than the highest sale, \"{}\"",
                    amount.value, highest.value
                );
                s.wrong(
                    "amounts",
                    amount.line,
                    what,
                    format!("at most \"{}\"", highest.value),
                );
            }
        }
    }
    s.finish();
    Some(LimitsConfig {
        highest_sale: highest?.value,
        amounts: values(amounts?),
    })
}

/// Each greater than the one before, so none twice.
fn rising(s: &Section, key: &'static str, list: &[Located<Money>]) {
    for pair in list.windows(2) {
        if pair[1].value <= pair[0].value {
            let what = format!("\"{}\" stands after \"{}\"", pair[1].value, pair[0].value);
            s.wrong(key, pair[1].line, what, "each greater than the one before");
        }
    }
}

fn values(list: Vec<Located<Money>>) -> Vec<Money> {
    list.into_iter().map(|l| l.value).collect()
}

/// `[validator]`
pub fn validator(s: Section, highest_sale: Option<Money>) -> Option<ValidatorConfig> {
    let device = checked(&s, "device", DEVICE, |d| d.starts_with('/'));
    let right = "the notes taken: [\"5.00\", \"10.00\", \"20.00\"]";
    let notes = s.require("notes", s.money_list("notes"), right);
    if let Some(list) = &notes {
        rising(&s, "notes", list);
        if list.is_empty() {
            s.wrong("notes", s.line().unwrap_or(1), "no note at all", right);
        }
        for note in list
            .iter()
            .filter(|n| highest_sale.is_some_and(|highest| n.value > highest))
        {
            let what = format!(
                "\"{}\" is more than [limits] highest_sale and would never be taken",
                note.value
            );
            s.wrong("notes", note.line, what, "notes up to the highest sale");
        }
    }
    let serial = s
        .number("serial", 0..=u64::from(u32::MAX), "")
        .and_then(|n| u32::try_from(n).ok());
    let capacity = s.number("capacity", 1..=100_000, " notes").unwrap_or(0);
    s.finish();
    Some(ValidatorConfig {
        capacity,
        device: device?,
        notes: values(notes?),
        serial,
    })
}

pub(super) const DEVICE: &str = "the full path of a serial line: \"/dev/serial/by-id/…\"";
/// Rates of serial printers and scanners.
const BAUDS: [u64; 5] = [9600, 19_200, 38_400, 57_600, 115_200];

/// `[printer]`
pub fn printer(s: Section) -> Option<PrinterConfig> {
    let tcp_right = "host:port: \"192.168.1.50:9100\"";
    let tcp = s.text("tcp", tcp_right);
    let device = s.text("device", DEVICE);
    let baud = baud(&s, 9600);
    let width = width(&s);
    let address = match (&tcp, &device) {
        (Some(_), Some(both)) => {
            s.wrong(
                "device",
                both.line,
                "both `tcp` and `device` are given",
                "one of the two",
            );
            None
        }
        (Some(tcp), None) if is_endpoint(&tcp.value) => {
            Some(PrinterAddress::Tcp(tcp.value.clone()))
        }
        (Some(tcp), None) => {
            s.wrong(
                "tcp",
                tcp.line,
                format!("\"{}\" has no host and port", tcp.value),
                tcp_right,
            );
            None
        }
        (None, Some(device)) if device.value.starts_with('/') => Some(PrinterAddress::Serial {
            device: device.value.clone(),
            baud,
        }),
        (None, Some(device)) => {
            s.wrong(
                "device",
                device.line,
                format!("\"{}\" is not a full path", device.value),
                DEVICE,
            );
            None
        }
        (None, None) => {
            s.require::<()>(
                "tcp",
                None,
                "`tcp = \"host:9100\"` or `device = \"/dev/…\"`",
            );
            None
        }
    };
    s.finish();
    Some(PrinterConfig {
        address: address?,
        width: width?,
    })
}

pub(super) fn baud(s: &Section, default: u32) -> u32 {
    let Some(baud) = s.number("baud", 300..=115_200, " baud") else {
        return default;
    };
    if !BAUDS.contains(&baud) {
        let right = BAUDS.map(|b| b.to_string()).join(", ");
        s.wrong(
            "baud",
            s.line().unwrap_or(1),
            format!("{baud} is not a usual rate"),
            right,
        );
    }
    u32::try_from(baud).unwrap_or(default)
}

fn width(s: &Section) -> Option<usize> {
    let right = format!(
        "{} (80 mm roll) or {} (58 mm roll)",
        receipt::WIDE,
        receipt::NARROW
    );
    let Some(dots) = s.number("width", 1..=4096, " dots") else {
        return Some(receipt::WIDE);
    };
    let dots = usize::try_from(dots).unwrap_or(0);
    if dots == receipt::WIDE || dots == receipt::NARROW {
        return Some(dots);
    }
    s.wrong(
        "width",
        s.line().unwrap_or(1),
        format!("{dots} dots is not a paper width"),
        right,
    );
    None
}

/// `host:port` with a port that exists.
pub(super) fn is_endpoint(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty()
            && !host.contains(char::is_whitespace)
            && port.parse::<u16>().is_ok_and(|p| p > 0)
    })
}

/// `[bus]`
pub fn bus(s: Section) -> Option<BusConfig> {
    let right = "host:port of each concentrator: [\"192.168.1.10:7000\"]";
    let masters = s.require("masters", s.text_list("masters", right), right);
    if let Some(list) = &masters {
        if list.is_empty() {
            s.wrong(
                "masters",
                s.line().unwrap_or(1),
                "no concentrator at all",
                right,
            );
        }
        for master in list.iter().filter(|m| !is_endpoint(&m.value)) {
            s.wrong(
                "masters",
                master.line,
                format!("\"{}\" has no host and port", master.value),
                right,
            );
        }
    }
    let area = s.require(
        "area",
        s.number("area", 0..=9999, ""),
        "a whole number from 0 to 9999",
    );
    let address = s.require(
        "address",
        s.number("address", 1..=65_534, ""),
        "a whole number from 1 to 65534",
    );
    let security = protection(&s);
    let name = s.text(
        "tls_name",
        "the host name in the concentrators' certificates",
    );
    s.finish();
    Some(BusConfig {
        masters: masters?.into_iter().map(|m| m.value).collect(),
        area: u16::try_from(area?).ok()?,
        address: u16::try_from(address?).ok()?,
        security: security?,
        name: name.map(|name| name.value),
    })
}

/// How the way to the concentrators is protected.
#[derive(Clone, Copy)]
enum Protection {
    Loopback,
    Plain,
    Tls,
}

fn protection(s: &Section) -> Option<Security> {
    let choices = [
        ("loopback", Protection::Loopback),
        ("plain", Protection::Plain),
        ("tls", Protection::Tls),
    ];
    let told = s.choice("protection", &choices);
    let unknown = told.is_none() && s.has("protection");
    let chosen = told.unwrap_or(Protection::Loopback);
    let file = |key, right| {
        let value = s.text(key, right);
        let value = match chosen {
            Protection::Tls => s.require(key, value, right),
            Protection::Loopback | Protection::Plain => value,
        };
        value.map(|path| PathBuf::from(path.value))
    };
    let ca = file("tls_ca", "the PEM file of the operator's CA");
    let certificate = file(
        "tls_certificate",
        "the PEM file of this terminal's certificate",
    );
    let key = file(
        "tls_key",
        "the PEM file of that certificate's key, mode 600",
    );
    let crl = s.text("tls_crl", "the PEM file of what the CA has revoked");
    if unknown {
        return None;
    }
    Some(match chosen {
        Protection::Loopback => Security::PlainOnLoopback,
        Protection::Plain => Security::PlainAllowed,
        Protection::Tls => Security::Tls(TlsFiles {
            ca: ca?,
            certificate: certificate?,
            key: key?,
            crl: crl.map(|path| PathBuf::from(path.value)),
        }),
    })
}
