//! `[service]`: the service menu. Without it, staff enter by card alone.

use std::path::PathBuf;
use std::time::Duration;

use super::ServerConfig;
use super::reader::Section;
use crate::device::card::StaffRole;
use crate::service::role::name as role_name;
use crate::service::{Door, Person, ServiceRules, pin};

const PERSON: &str = "a heading [[service.person]] for each";
const NAME: &str = "1 to 32 characters, each person another one: \"Wang\"";
const PIN: &str = "the line that `kiosk service pin` prints: \"$argon2id$...\"";
const DOOR: &str =
    "the contact of the door: { file = \"/sys/class/gpio/gpio17/value\", open = \"1\" }";
const USB: &str = "the folder where a USB stick is mounted: \"/media/usb\"";
/// Longest name of a person, in characters.
const LONGEST_NAME: usize = 32;

/// Reads the table. `server` is what was read of `[server]`: without one there are no codes.
pub fn read(s: Section, server: Option<&Option<ServerConfig>>) -> Option<ServiceRules> {
    let usual = ServiceRules::default();
    let people: Vec<Option<Person>> = s.tables("person", PERSON).into_iter().map(person).collect();
    let people: Option<Vec<Person>> = people.into_iter().collect();
    if let Some(people) = &people {
        twice(&s, people);
    }
    let seconds = s.number("time_out", 30..=3600, " (seconds)");
    let codes = s.choice("code", &[("server", true), ("none", false)]);
    let has_server = !matches!(server, Some(None));
    if codes == Some(true) && !has_server {
        let line = s.line().unwrap_or(1);
        s.wrong("code", line, "there is no server to tell codes", "\"none\"");
    }
    let door = s.table("door", DOOR).map(door);
    let usb = s.text("usb", USB);
    s.finish();
    Some(ServiceRules {
        people: people?,
        code: codes.unwrap_or(has_server),
        time_out: seconds.map_or(usual.time_out, Duration::from_secs),
        door: match door {
            Some(door) => Some(door?),
            None => None,
        },
        usb: usb.map(|usb| PathBuf::from(usb.value)),
        can: usual.can,
    })
}

fn person(s: Section) -> Option<Person> {
    let name = s.require("name", s.text("name", NAME), NAME);
    let roles = [StaffRole::Clerk, StaffRole::Maintenance, StaffRole::Manager];
    let roles = roles.map(|role| (role_name(role), role));
    let right = "\"clerk\", \"maintenance\", \"manager\"";
    let role = s.require("role", s.choice("role", &roles), right);
    let hash = s.require("pin", s.text("pin", PIN), PIN);
    let mut right = true;
    if let Some(name) = &name
        && name.value.chars().count() > LONGEST_NAME
    {
        s.wrong("name", name.line, "too long", NAME);
        right = false;
    }
    if let Some(hash) = &hash
        && !pin::is_hash(&hash.value)
    {
        s.wrong("pin", hash.line, "this is no hash of a PIN", PIN);
        right = false;
    }
    s.finish();
    let person = Person {
        name: name?.value,
        role: role?,
        pin: hash?.value,
    };
    right.then_some(person)
}

/// Entries name people, so a name is one person's.
fn twice(s: &Section, people: &[Person]) {
    for (place, person) in people.iter().enumerate() {
        if people[..place]
            .iter()
            .any(|other| other.name == person.name)
        {
            let what = format!("\"{}\" is there twice", person.name);
            s.wrong("person", s.line().unwrap_or(1), what, NAME);
        }
    }
}

fn door(s: Section) -> Option<Door> {
    let file = s.require("file", s.text("file", DOOR), DOOR);
    let open = s.require("open", s.text("open", DOOR), DOOR);
    s.finish();
    Some(Door {
        file: PathBuf::from(file?.value),
        open: open?.value,
    })
}
