//! What a kind of meter can be ordered. Pure.

use meterpost_bus::meter::profile::{ProfileProtocol, Quantity};
use meterpost_bus::meter::{Capability, Profile};

use super::Kind;

/// Why a meter of this kind cannot be ordered that, in words; `None` where it can. `on_meter`: the meter keeps the money.
pub fn unable(kind: Kind, on_meter: bool, profile: &Profile) -> Option<String> {
    let name = &profile.name;
    let cannot = match kind {
        Kind::Read => return None,
        Kind::Switch(_) => {
            let able =
                profile.can(Capability::Switch) && profile.protocol() != ProfileProtocol::Mbus;
            (!able).then_some("has no valve or relay that obeys over the wire")
        }
        Kind::Credit(_) => {
            (!on_meter || !profile.takes_money()).then_some("takes no money over the wire")
        }
        Kind::Clock => {
            (!tells_time(profile)).then_some("tells no time over the wire; look at its display")
        }
        // Whether it was set is found out by reading it, and by nothing else.
        Kind::SetClock => (!(tells_time(profile) && takes_time(profile)))
            .then_some("has no clock that can be set over the wire; set it with the maker's tool"),
    };
    cannot.map(|cannot| format!("this kind of meter ({name}) {cannot}"))
}

/// Whether its clock can be read: DL/T 645-2007 has date and time for every meter, of others the profile names the register.
fn tells_time(profile: &Profile) -> bool {
    profile.protocol() == ProfileProtocol::Dlt645
        || profile
            .registers
            .iter()
            .any(|register| register.quantity == Quantity::Clock)
}

/// Whether its clock can be set. The others are only read.
fn takes_time(profile: &Profile) -> bool {
    let written = [ProfileProtocol::Dlt645, ProfileProtocol::Cjt188];
    profile.can(Capability::Clock) && written.contains(&profile.protocol())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_checked_where_it_can_be_read_and_set_where_it_obeys() {
        let able = |kind, name| {
            let profile = Profile::builtin(name).expect("built in");
            unable(kind, true, &profile).is_none()
        };
        for (name, told, set) in [
            ("dlt645-plain", true, true),
            ("dlt645-remote", true, true),
            ("dlt645-1997", false, false),
            ("cjt188-prepaid", true, true),
            ("cjt188-on-account", true, true),
            ("cjt188-heat", true, false),
            ("mbus-heat", false, false),
        ] {
            assert_eq!(able(Kind::Clock, name), told, "{name}");
            assert_eq!(able(Kind::SetClock, name), set, "{name}");
            assert!(able(Kind::Read, name));
        }
    }

    #[test]
    fn who_cannot_is_told_why() {
        let profile = Profile::builtin("mbus-heat").expect("built in");
        for (kind, why) in [
            (Kind::Switch(true), "valve or relay"),
            (Kind::Credit(1), "money"),
            (Kind::Clock, "display"),
            (Kind::SetClock, "be set"),
        ] {
            let told = unable(kind, true, &profile).expect("it cannot");
            assert!(told.contains("mbus-heat") && told.contains(why), "{told}");
        }
        let prepaid = Profile::builtin("dlt645-plain").expect("built in");
        assert!(unable(Kind::Credit(1), false, &prepaid).is_some());
        assert_eq!(unable(Kind::Credit(1), true, &prepaid), None);
    }
}
