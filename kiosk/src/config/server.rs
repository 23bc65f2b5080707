//! `[server]`: without it the terminal works alone.

use std::path::PathBuf;
use std::time::Duration;

use super::ServerConfig;
use super::reader::Section;
use super::sections::is_endpoint;
use crate::flow::PayRules;

const URL: &str = "\"https://server.example:8443\"; http:// for a server on this machine only";
const CA: &str = "the PEM file of the authority: ca.pem, as `server ca init` makes it";

/// Seconds between two calls when there is nothing new, if the file does not say.
const HEARTBEAT: u64 = 60;

const PAY: &str = "[\"wallet\", \"code\"], or one of them: the ways to pay beside cash";

/// `Some(None)`: there is no such table.
pub fn read(s: Section) -> Option<Option<ServerConfig>> {
    if s.line().is_none() {
        return Some(None);
    }
    let url = s.require("url", s.text("url", URL), URL);
    let ca = s.text("ca", CA);
    let heartbeat = s
        .number("heartbeat", 1..=3600, " seconds")
        .unwrap_or(HEARTBEAT);
    let pay = ways_to_pay(&s);
    let url = url.and_then(|url| match endpoint(&url.value) {
        Some((true, _)) if ca.is_none() => {
            s.require::<()>("ca", None, CA);
            None
        }
        Some((false, host)) if !is_loopback(host) => {
            let what = format!("\"{}\" would send everything unprotected", url.value);
            s.wrong("url", url.line, what, URL);
            None
        }
        Some(_) => Some(url.value),
        None => {
            let what = format!("\"{}\" is not the address of a server", url.value);
            s.wrong("url", url.line, what, URL);
            None
        }
    });
    s.finish();
    Some(Some(ServerConfig {
        url: url?,
        ca: ca.map(|ca| PathBuf::from(ca.value)),
        heartbeat: Duration::from_secs(heartbeat),
        pay,
    }))
}

fn ways_to_pay(s: &Section) -> PayRules {
    let mut pay = PayRules::default();
    for way in s.text_list("pay", PAY).unwrap_or_default() {
        match way.value.as_str() {
            "wallet" => pay.wallet = true,
            "code" => pay.code = true,
            other => s.wrong("pay", way.line, format!("\"{other}\" is not known"), PAY),
        }
    }
    pay
}

/// Whether the way is encrypted, and host and port.
fn endpoint(url: &str) -> Option<(bool, &str)> {
    let (encrypted, rest) = match url.split_once("://")? {
        ("https", rest) => (true, rest),
        ("http", rest) => (false, rest),
        _ => return None,
    };
    is_endpoint(rest).then_some((encrypted, rest))
}

fn is_loopback(endpoint: &str) -> bool {
    let host = endpoint.rsplit_once(':').map_or(endpoint, |(host, _)| host);
    let host = host.trim_matches(['[', ']']);
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
