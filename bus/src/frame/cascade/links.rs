//! A node's own account of its ports and of whom it hears there: the answer to [`Operation::Links`](super::Operation::Links).

use super::NodeId;
use super::reader::{Reader, put_nodes};
use crate::frame::FrameError;
use crate::frame::gdw376;

/// How masters name a port: the terminal's address and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortName {
    /// The area code as it stands in frames.
    pub area: u16,
    /// The terminal's number.
    pub terminal: u16,
    /// The port, 1 to 31.
    pub port: u8,
}

impl PortName {
    /// The name of `port` of the terminal `address`.
    pub fn new(address: gdw376::Address, port: u8) -> PortName {
        PortName {
            area: address.area,
            terminal: address.terminal,
            port,
        }
    }
}

/// One wire of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkEntry {
    /// The wire's number, the same for every concentrator on it.
    pub segment: u16,
    /// The node's port.
    pub port: u8,
    /// Its rate in units of 100 bits per second.
    pub rate: u16,
    /// What repeaters on it add to each direction, in units of 10 ms.
    pub delay: u16,
    /// Who speaks there, as far as the node knows.
    pub owner: Option<NodeId>,
    /// The other concentrators it hears there, the owner among them, each once.
    pub members: Vec<NodeId>,
}

/// All wires of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkTable {
    /// The area code of the node's own terminal address, as it stands in frames.
    pub area: u16,
    /// The number of its terminal address.
    pub terminal: u16,
    /// Changes whenever the table does.
    pub version: u16,
    /// Reports that wait for a [`Operation::Report`](super::Operation::Report).
    pub reports: u8,
    /// Its wires.
    pub links: Vec<LinkEntry>,
}

/// Concentrators on one wire that a table can name.
const MAX_MEMBERS: usize = 32;
/// Ports of one node.
const MAX_LINKS: usize = 31;

impl LinkTable {
    /// The bytes of an answer. Members beyond 32 on one wire and ports beyond 31 are left out.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(self.area.to_le_bytes());
        out.extend(self.terminal.to_le_bytes());
        out.extend(self.version.to_le_bytes());
        out.push(self.reports);
        out.push(u8::try_from(self.links.len().min(MAX_LINKS)).unwrap_or_default());
        for link in self.links.iter().take(MAX_LINKS) {
            out.extend(link.segment.to_le_bytes());
            out.push(link.port);
            out.extend(link.rate.to_le_bytes());
            out.extend(link.delay.to_le_bytes());
            out.extend(link.owner.map_or(0, NodeId::number).to_le_bytes());
            put_nodes(
                &mut out,
                link.members.get(..MAX_MEMBERS).unwrap_or(&link.members),
            );
        }
        out
    }

    /// Reads the content of an answer.
    ///
    /// # Errors
    /// [`FrameError::Content`] names the field that is wrong.
    pub fn decode(bytes: &[u8]) -> Result<LinkTable, FrameError> {
        let mut reader = Reader(bytes);
        let area = reader.number("area code")?;
        let terminal = reader.number("terminal's number")?;
        let version = reader.number("version of the table")?;
        let reports = reader.byte("number of reports")?;
        let count = reader.byte("number of links")?;
        if usize::from(count) > MAX_LINKS {
            return Err(FrameError::Content(format!(
                "a table of {count} links; more than {MAX_LINKS} are not allowed"
            )));
        }
        let mut links = Vec::new();
        for _ in 0..count {
            links.push(LinkEntry {
                segment: reader.number("segment")?,
                port: reader.byte("port")?,
                rate: reader.number("rate")?,
                delay: reader.number("repeater delay")?,
                owner: NodeId::new(reader.number("owner")?),
                members: reader.nodes("members of a wire", MAX_MEMBERS)?,
            });
        }
        reader.end()?;
        Ok(LinkTable {
            area,
            terminal,
            version,
            reports,
            links,
        })
    }
}
