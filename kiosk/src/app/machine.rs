//! Looking at the machine: its network, its disk, its mounts, as the system's own files show them.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::clock::local;
use crate::service::Link;

/// The loopback shows nothing.
const LOOPBACK: &str = "lo";

/// The network interfaces with their addresses, by name.
pub fn links() -> Vec<Link> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let mut addresses = addresses_v4(&read("/proc/net/fib_trie"), &read("/proc/net/route"));
    for (name, address) in addresses_v6(&read("/proc/net/if_inet6")) {
        addresses.entry(name).or_default().push(address);
    }
    let Ok(found) = fs::read_dir("/sys/class/net") else {
        return Vec::new();
    };
    let names = found
        .flatten()
        .filter_map(|item| item.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name != LOOPBACK).collect();
    names.sort();
    let link = |name: String| {
        let state = read(&format!("/sys/class/net/{name}/operstate"));
        Link {
            up: state.trim() == "up",
            addresses: addresses.remove(&name).unwrap_or_default(),
            name,
        }
    };
    names.into_iter().map(link).collect()
}

/// The machine's own addresses (`/proc/net/fib_trie` lists them as `/32 host LOCAL`), each under the interface whose route holds it most
/// closely (`/proc/net/route`, numbers in hexadecimal digits, least byte first).
fn addresses_v4(trie: &str, routes: &str) -> BTreeMap<String, Vec<String>> {
    let mut own: Vec<Ipv4Addr> = Vec::new();
    let mut last = None;
    for line in trie.lines() {
        let line = line.trim();
        if let Some(address) = line.strip_prefix("|-- ") {
            last = address.parse::<Ipv4Addr>().ok();
        } else if line == "/32 host LOCAL"
            && let Some(address) = last
            && !address.is_loopback()
            && !own.contains(&address)
        {
            own.push(address);
        }
    }
    let number = |field: Option<&str>| u32::from_str_radix(field?, 16).ok().map(u32::swap_bytes);
    let route = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let name = (*fields.first()?).to_owned();
        let net = number(fields.get(1).copied())?;
        let mask = number(fields.get(7).copied())?;
        Some((name, net, mask))
    };
    let routes: Vec<(String, u32, u32)> = routes.lines().skip(1).filter_map(route).collect();
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for address in own {
        let bits = u32::from(address);
        let closest = routes
            .iter()
            .filter(|(_, net, mask)| *mask != 0 && bits & mask == *net)
            .max_by_key(|(_, _, mask)| mask.count_ones());
        if let Some((name, ..)) = closest {
            by_name
                .entry(name.clone())
                .or_default()
                .push(address.to_string());
        }
    }
    by_name
}

/// `/proc/net/if_inet6`: address, index, prefix, scope, flags, name. Link-local ones (scope 20) say nothing.
fn addresses_v6(text: &str) -> Vec<(String, String)> {
    let line = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [address, _, _, scope, _, name] = fields[..] else {
            return None;
        };
        let bits = u128::from_str_radix(address, 16).ok()?;
        (scope == "00").then(|| (name.to_owned(), Ipv6Addr::from(bits).to_string()))
    };
    text.lines().filter_map(line).collect()
}

/// Free and whole room where this folder lies, in MiB.
pub fn room(folder: &Path) -> Option<(u64, u64)> {
    let found = rustix::fs::statvfs(folder).ok()?;
    let mib = |blocks: u64| blocks.saturating_mul(found.f_frsize) >> 20;
    Some((mib(found.f_bavail), mib(found.f_blocks)))
}

/// Whether something is mounted at this folder: it is on another device than the folder above it.
pub fn is_mounted(folder: &Path) -> bool {
    let device = |path: &Path| fs::metadata(path).map(|found| found.dev()).ok();
    let Some(above) = folder
        .canonicalize()
        .ok()
        .and_then(|path| path.parent().map(Path::to_owned))
    else {
        return false;
    };
    match (device(folder), device(&above)) {
        (Some(own), Some(above)) => own != above,
        _ => false,
    }
}

/// A wall clock's milliseconds since 1970, as people read them.
pub fn date_time(millis: u64) -> String {
    local(millis).map_or_else(String::new, |time| {
        time.strftime("%Y-%m-%d %H:%M:%S").to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIE: &str = "Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 192.168.7.0/24 2 0 2
        |-- 192.168.7.0
           /24 link UNICAST
        |-- 192.168.7.31
           /32 host LOCAL
        |-- 192.168.7.255
           /32 link BROADCAST
Local:
     |-- 127.0.0.1
        /32 host LOCAL
     |-- 192.168.7.31
        /32 host LOCAL
";
    const ROUTES: &str =
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0107A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t0007A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
wwan0\t0000A8C0\t00000000\t0001\t0\t0\t700\t0000FFFF\t0\t0\t0
";

    #[test]
    fn an_address_belongs_to_the_interface_whose_net_holds_it_most_closely() {
        let found = addresses_v4(TRIE, ROUTES);
        assert_eq!(found.get("eth0"), Some(&vec!["192.168.7.31".to_owned()]));
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_link_local_address_is_left_out() {
        let text = "fe80000000000000020c29fffe3b0a01 02 40 20 80     eth0
20010db8000000000000000000000031 02 40 00 80     eth0
";
        assert_eq!(
            addresses_v6(text),
            [("eth0".to_owned(), "2001:db8::31".to_owned())]
        );
    }

    #[test]
    fn what_is_no_table_gives_no_address() {
        assert!(addresses_v4("nonsense", "nonsense\nmore").is_empty());
        assert!(addresses_v6("x y z").is_empty());
    }

    #[test]
    fn a_plain_folder_is_no_mount() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("usb");
        fs::create_dir(&inside).unwrap();
        assert!(!is_mounted(&inside));
        assert!(!is_mounted(&folder.path().join("missing")));
        assert!(is_mounted(Path::new("/proc")));
    }

    #[test]
    fn a_disk_has_room() {
        let (free, whole) = room(Path::new("/")).unwrap();
        assert!(free <= whole && whole > 0);
    }
}
