//! `[cascade]` in the concentrator's file.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::concentrator::config::SegmentConfig;
use crate::frame::cascade::NodeId;

/// A concentrator's part in the cascade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CascadeConfig {
    /// Its number, once in a district.
    pub node: NodeId,
    /// The smaller, the rather it speaks where several could.
    pub rank: u8,
    /// The wires it shares.
    pub wires: Vec<CascadeWire>,
}

/// One wire that takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CascadeWire {
    /// The port of the `[[segment]]`.
    pub port: u8,
    /// The wire's number, the same at every concentrator on it.
    pub segment: u16,
    /// What repeaters add in one direction.
    pub repeater_delay: Duration,
    /// Nodes known to hang there.
    pub peers: Vec<NodeId>,
}

/// As it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::concentrator) struct FileCascade {
    node: Spanned<u16>,
    #[serde(default = "middle")]
    rank: u8,
    #[serde(default)]
    wire: Vec<FileWire>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileWire {
    port: Spanned<u8>,
    segment: Spanned<u16>,
    repeater_delay_ms: Option<Spanned<u64>>,
    #[serde(default)]
    peers: Vec<Spanned<u16>>,
}

fn middle() -> u8 {
    100
}

/// Tells of a mistake: where it stands, and what would be right.
pub(in crate::concentrator) type Tell<'a> = &'a mut dyn FnMut(usize, String);

/// Checks the section against the wires there are.
pub(in crate::concentrator) fn check(
    file: &FileCascade,
    segments: &[SegmentConfig],
    tell: Tell<'_>,
) -> Option<CascadeConfig> {
    let node = node(&file.node, "node", tell);
    let mut ports = BTreeSet::new();
    let mut numbers = BTreeSet::new();
    let mut wires = Vec::new();
    for wire in &file.wire {
        let port = *wire.port.get_ref();
        if !segments.iter().any(|segment| segment.port == port) {
            tell(
                wire.port.span().start,
                format!("port {port} has no [[segment]]; give the port of one that is there"),
            );
        }
        if !ports.insert(port) {
            tell(
                wire.port.span().start,
                format!("port {port} is there twice; one [[cascade.wire]] a port"),
            );
        }
        let segment = *wire.segment.get_ref();
        if segment == 0 || !numbers.insert(segment) {
            tell(
                wire.segment.span().start,
                format!(
                    "segment is {segment}; it must be between 1 and 65535, another one for each wire of the district, \
                     and the same at every concentrator on the wire"
                ),
            );
        }
        let peers: Vec<NodeId> = wire
            .peers
            .iter()
            .filter_map(|peer| self::node(peer, "a peer", tell))
            .collect();
        wires.push(CascadeWire {
            port,
            segment,
            repeater_delay: delay(wire.repeater_delay_ms.as_ref(), tell),
            peers,
        });
    }
    if file.wire.is_empty() {
        tell(
            file.node.span().start,
            "[cascade] shares no wire; add [[cascade.wire]] with `port` and `segment` for each shared one".to_owned(),
        );
    }
    Some(CascadeConfig {
        node: node?,
        rank: file.rank,
        wires,
    })
}

fn node(number: &Spanned<u16>, name: &str, tell: Tell<'_>) -> Option<NodeId> {
    let node = NodeId::new(*number.get_ref());
    if node.is_none() {
        tell(
            number.span().start,
            format!(
                "{name} is {}; it must be between 1 and 65534, once in the district",
                number.get_ref()
            ),
        );
    }
    node
}

fn delay(millis: Option<&Spanned<u64>>, tell: Tell<'_>) -> Duration {
    let Some(millis) = millis else {
        return Duration::ZERO;
    };
    if *millis.get_ref() > 2000 {
        tell(
            millis.span().start,
            "repeater_delay_ms must be between 0 and 2000".to_owned(),
        );
    }
    Duration::from_millis(*millis.get_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::concentrator::Config;

    const HEAD: &str = "area = \"0171\"\naddress = 1\nlisten = \"127.0.0.1:0\"\nstate = \"state.json\"\n\
                        [[segment]]\nport = 2\ndevice = \"wire\"\n";

    fn parse(cascade: &str) -> Result<Option<CascadeConfig>, String> {
        match Config::parse(&format!("{HEAD}{cascade}"), "file") {
            Ok(config) => Ok(config.cascade),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_shared_wire_is_read_with_its_peers_and_delay() {
        let text = "[cascade]\nnode = 17\nrank = 10\n[[cascade.wire]]\nport = 2\nsegment = 5\n\
                    repeater_delay_ms = 40\npeers = [18]\n";
        let wire = CascadeWire {
            port: 2,
            segment: 5,
            repeater_delay: Duration::from_millis(40),
            peers: vec![NodeId::new(18).unwrap()],
        };
        let cascade = parse(text).unwrap().unwrap();
        assert_eq!((cascade.node.number(), cascade.rank), (17, 10));
        assert_eq!(cascade.wires, [wire]);
        assert_eq!(parse("").unwrap(), None);
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let wire = "[[cascade.wire]]\nport = 3\nsegment = 0\nrepeater_delay_ms = 5000\n";
        let told = parse(&format!("[cascade]\nnode = 0\n{wire}")).unwrap_err();
        for what in [
            "file:9: node is 0",
            "file:11: port 3 has no [[segment]]",
            "file:12: segment is 0",
            "file:13: repeater_delay_ms",
        ] {
            assert!(told.contains(what), "{what} in {told}");
        }
        let told = parse("[cascade]\nnode = 1\n").unwrap_err();
        assert!(told.contains("shares no wire"), "{told}");
    }
}
