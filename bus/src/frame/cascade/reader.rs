//! Taking a message apart, low byte first, with errors that name the field.

use super::NodeId;
use crate::frame::FrameError;

/// What is left of a message.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn bytes<const N: usize>(&mut self, field: &str) -> Result<[u8; N], FrameError> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or_else(|| {
            FrameError::Content(format!("a cascade message ends before its {field}"))
        })?;
        self.0 = rest;
        Ok(*head)
    }

    pub(super) fn byte(&mut self, field: &str) -> Result<u8, FrameError> {
        let [byte] = self.bytes(field)?;
        Ok(byte)
    }

    pub(super) fn number(&mut self, field: &str) -> Result<u16, FrameError> {
        Ok(u16::from_le_bytes(self.bytes(field)?))
    }

    pub(super) fn node(&mut self, field: &str) -> Result<NodeId, FrameError> {
        let number = self.number(field)?;
        NodeId::new(number)
            .ok_or_else(|| FrameError::Content(format!("the {field} {number} names no node")))
    }

    /// A count byte, which must not exceed `most`, and as many nodes, none of them twice.
    pub(super) fn nodes(&mut self, field: &str, most: usize) -> Result<Vec<NodeId>, FrameError> {
        let count = usize::from(self.byte(field)?);
        if count > most {
            return Err(FrameError::Content(format!(
                "the {field} has {count} nodes; more than {most} are not allowed"
            )));
        }
        let mut nodes = Vec::with_capacity(count);
        for _ in 0..count {
            let node = self.node(field)?;
            if nodes.contains(&node) {
                return Err(FrameError::Content(format!(
                    "the {field} names node {node} twice"
                )));
            }
            nodes.push(node);
        }
        Ok(nodes)
    }

    pub(super) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    /// Nothing may follow.
    pub(super) fn end(&self) -> Result<(), FrameError> {
        match self.0.len() {
            0 => Ok(()),
            count => Err(FrameError::Trailing { count }),
        }
    }
}

/// A count byte and the nodes.
pub(super) fn put_nodes(out: &mut Vec<u8>, nodes: &[NodeId]) {
    out.push(u8::try_from(nodes.len()).unwrap_or(u8::MAX));
    for node in nodes {
        out.extend(node.number().to_le_bytes());
    }
}
