//! What a meter measures: the byte "device type" of a header.

/// The name of a device type (EN 13757-3, table of device types).
pub fn medium_name(medium: u8) -> &'static str {
    match medium {
        0x00 => "other",
        0x01 => "oil",
        0x02 => "electricity",
        0x03 => "gas",
        0x04 => "heat (outlet)",
        0x05 => "steam",
        0x06 => "warm water",
        0x07 => "water",
        0x08 => "heat cost allocator",
        0x09 => "compressed air",
        0x0A => "cooling (outlet)",
        0x0B => "cooling (inlet)",
        0x0C => "heat (inlet)",
        0x0D => "heat and cooling",
        0x0E => "bus or system",
        0x15 => "hot water",
        0x16 => "cold water",
        0x17 => "dual water",
        0x18 => "pressure",
        0x19 => "converter",
        0x1A => "smoke detector",
        0x1B => "room sensor",
        0x1C => "gas detector",
        0x20 => "electricity breaker",
        0x21 => "gas or water valve",
        0x25 => "customer display",
        0x28 => "waste water",
        0x29 => "garbage",
        0x31 => "communication controller",
        0x36 => "radio converter",
        _ => "unknown",
    }
}
