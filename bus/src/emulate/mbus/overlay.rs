//! Several meters that speak at once.
//!
//! A meter signals a 0 by drawing more current, so the line shows a 0 wherever any meter sends one. Meters start at slightly
//! different times, so a receiver sees bits of one where it expects those of another.

/// Bits of a byte on the wire: start, eight data bits low first, even parity, stop.
const BITS: usize = 11;

/// What a receiver makes of frames sent at once. Each has the bit times by which it starts late. `None` where nobody speaks.
pub fn together(frames: &[(usize, Vec<u8>)]) -> Option<Vec<u8>> {
    if let [(_, alone)] = frames {
        return Some(alone.clone());
    }
    let end = frames
        .iter()
        .map(|(late, frame)| late + frame.len() * BITS)
        .max()?;
    let mut line = vec![true; end];
    for (late, frame) in frames {
        let bits = frame.iter().flat_map(|&byte| on_the_wire(byte));
        for (level, bit) in line.iter_mut().skip(*late).zip(bits) {
            *level &= bit;
        }
    }
    Some(received(&line))
}

fn on_the_wire(byte: u8) -> [bool; BITS] {
    let bit = |place: u8| byte >> place & 1 == 1;
    let parity = byte.count_ones() % 2 == 1;
    [
        false,
        bit(0),
        bit(1),
        bit(2),
        bit(3),
        bit(4),
        bit(5),
        bit(6),
        bit(7),
        parity,
        true,
    ]
}

/// A receiver that takes whatever follows a falling edge for a byte, right or wrong.
fn received(line: &[bool]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.iter().position(|&level| !level) {
        rest = rest.get(start..).unwrap_or_default();
        let data = rest.iter().skip(1).take(8);
        bytes.push(
            data.enumerate()
                .fold(0, |byte, (place, &bit)| byte | u8::from(bit) << place),
        );
        rest = rest.get(BITS..).unwrap_or_default();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_frame_passes_and_two_at_the_same_instant_are_their_common_ones() {
        assert_eq!(together(&[]), None);
        assert_eq!(together(&[(7, vec![0xE5, 0x68])]), Some(vec![0xE5, 0x68]));
        assert_eq!(
            together(&[(0, vec![0x37, 0xF0]), (0, vec![0x3B])]),
            Some(vec![0x33, 0xF0])
        );
        assert_eq!(
            together(&[(0, vec![0xE5]), (0, vec![0xE5])]),
            Some(vec![0xE5])
        );
    }

    #[test]
    fn a_frame_a_little_later_is_garbage() {
        let both = together(&[(0, vec![0xE5]), (3, vec![0xE5])]).unwrap();
        assert!(!both.is_empty());
        assert_ne!(both, [0xE5]);
        assert_eq!(
            together(&[(0, vec![0xE5]), (40, vec![0xE5])]),
            Some(vec![0xE5, 0xE5])
        );
    }
}
