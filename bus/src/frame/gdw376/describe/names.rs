//! What functions and items are called.

use super::super::{Item, afn};

pub(super) fn function_name(function: u8) -> &'static str {
    match function {
        afn::CONFIRM => "confirm",
        afn::RESET => "reset",
        afn::LINK => "link",
        0x03 => "relay_station",
        afn::SET => "set_parameters",
        afn::CONTROL => "control",
        afn::AUTHENTICATE => "authenticate",
        0x08 => "ask_cascaded_to_report",
        0x09 => "terminal_configuration",
        afn::READ_PARAMETERS => "read_parameters",
        0x0B => "task_data",
        afn::CLASS_1 => "current_data",
        0x0D => "frozen_data",
        0x0E => "events",
        afn::FILE => "file",
        afn::FORWARD => "forward",
        _ => "unknown",
    }
}

pub(super) fn item_name(function: u8, item: u8) -> Option<&'static str> {
    Some(match (function, item) {
        (afn::CONFIRM, 1) => "confirm all",
        (afn::CONFIRM, 2) => "deny all",
        (afn::CONFIRM, 3) => "confirm or deny each item",
        (afn::LINK, 1) => "login",
        (afn::LINK, 2) => "logout",
        (afn::LINK, 3) => "heartbeat",
        (afn::SET | afn::READ_PARAMETERS, 1) => "uplink parameters",
        (afn::SET | afn::READ_PARAMETERS, 3) => "master station addresses",
        (afn::SET | afn::READ_PARAMETERS, 10) => "meter archive",
        (afn::SET | afn::READ_PARAMETERS, 33) => "reading schedule",
        (afn::SET | afn::READ_PARAMETERS, 37) => "cascade parameters",
        (afn::SET | afn::READ_PARAMETERS, 47) => "purchase control",
        (afn::CONTROL, 1) => "remote trip",
        (afn::CONTROL, 2) => "remote close",
        (afn::CONTROL, 31) => "time synchronisation",
        (afn::CONTROL, 240) => "relay or valve of a meter",
        (afn::CLASS_1, 2) => "terminal clock",
        (afn::CLASS_1, 25) => "present power, voltage and current",
        (afn::CLASS_1, 33) => "present forward active and reactive totals",
        (afn::CLASS_1, 34) => "present reverse active and reactive totals",
        (afn::CLASS_1, 129) => "present forward active energy",
        (afn::CLASS_1, 167) => "purchase and use",
        (afn::CLASS_1, 168) => "settlement information",
        (afn::CLASS_1, 240) => "present quantity",
        (afn::CLASS_1, 241) => "books of a meter that keeps money",
        (0x0D, 1) => "daily frozen forward energy",
        (0x0D, 2) => "daily frozen reverse energy",
        (0x0D, 17) => "monthly frozen forward energy",
        (0x0D, 18) => "monthly frozen reverse energy",
        (0x0D, 240) => "daily frozen quantity",
        (0x0D, 241) => "monthly frozen quantity",
        (afn::EVENTS, 1) => "important events",
        (afn::EVENTS, 2) => "ordinary events",
        (afn::FORWARD, 1) => "transparent forward",
        (afn::FORWARD, 9) => "reading through relays",
        (afn::FORWARD, 12) => "batch of readings",
        (afn::FORWARD, 13) => "state of a batch",
        _ => return None,
    })
}

/// `AFN0C F167 P1`: how the field writes an item.
pub(super) fn label(function: u8, item: &Item) -> String {
    let point = match item.point {
        Item::ALL_POINTS => "all".to_owned(),
        number => number.to_string(),
    };
    format!("AFN{function:02X} F{} P{point}", item.function)
}
