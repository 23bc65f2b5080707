//! Who a concentrator is.

use std::fmt;

use crate::frame::dlt645::Address;

/// The number of a concentrator, 1 to 65534, once in a district.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u16);

/// The digits that every concentrator's address begins with. Meters must not have numbers of this block.
const BLOCK: u64 = 9_768_000;

impl NodeId {
    /// The smallest number.
    pub const FIRST: NodeId = NodeId(1);
    /// The largest number.
    pub const LAST: NodeId = NodeId(u16::MAX - 1);

    /// The node with this number; `None` for 0 and 65535, which name nobody.
    pub const fn new(number: u16) -> Option<NodeId> {
        match number {
            0 | u16::MAX => None,
            number => Some(NodeId(number)),
        }
    }

    /// Its number.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// Its meter-shaped address: the digits `9768000` and the five digits of its number.
    pub fn address(self) -> Address {
        let mut rest = BLOCK * 100_000 + u64::from(self.0);
        let mut wire = [0; 6];
        for byte in &mut wire {
            let pair = (rest % 100) as u8;
            *byte = ((pair / 10) << 4) | (pair % 10);
            rest /= 100;
        }
        Address::from_wire(wire)
    }

    /// The node whose address this is; `None` for any other address.
    pub fn of_address(address: Address) -> Option<NodeId> {
        let number = crate::frame::bytes::bcd_to_u64(&address.to_wire())?;
        if number / 100_000 != BLOCK {
            return None;
        }
        NodeId::new(u16::try_from(number % 100_000).ok()?)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_twelve_digits_of_the_reserved_block() {
        let node = NodeId::new(217).unwrap();
        assert_eq!(node.address().to_string(), "976800000217");
        assert!(node.address().is_single());
    }

    #[test]
    fn every_number_comes_back_from_its_address_and_no_meter_is_a_node() {
        for number in 1..u16::MAX {
            let node = NodeId::new(number).unwrap();
            assert_eq!(NodeId::of_address(node.address()), Some(node));
        }
        for digits in [
            "260305510012",
            "976800000000",
            "976800065535",
            "976800099999",
        ] {
            let address = Address::from_digits(digits).unwrap();
            assert_eq!(NodeId::of_address(address), None, "{digits}");
        }
        assert_eq!(NodeId::of_address(Address::BROADCAST), None);
        assert_eq!(NodeId::of_address(Address::WILDCARD), None);
    }
}
