//! What a node is told when it starts.

use std::time::Duration;

use crate::frame::cascade::NodeId;
use crate::link::SerialSettings;

/// Who a node is and on which wires it hangs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSettings {
    /// Its number, once in a district.
    pub id: NodeId,
    /// The smaller, the rather it speaks where several could.
    pub rank: u8,
    /// The area code of its terminal address, as in frames.
    pub area: u16,
    /// The number of its terminal address.
    pub terminal: u16,
    /// Its wires.
    pub ports: Vec<PortSettings>,
}

/// One wire of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortSettings {
    /// Its number at this node, 1 to 31.
    pub port: u8,
    /// The number of the wire, the same for every concentrator on it and no other wire of the district.
    pub segment: u16,
    /// Rate and framing.
    pub line: SerialSettings,
    /// What repeaters on the wire add in one direction.
    pub repeater_delay: Duration,
    /// What the adapter adds to everything that is heard.
    pub latency: Duration,
    /// Nodes known to hang here from the start. They need no hello.
    pub peers: Vec<NodeId>,
}
