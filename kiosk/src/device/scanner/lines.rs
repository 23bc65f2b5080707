//! Bytes into lines. A code ends with CR, LF or both, as the scanner is set; there is no other frame, so what cannot be a code is left out
//! whole rather than read in part.

/// The longest code, in bytes: the most letters and digits that a QR code holds (ISO/IEC 18004, version 40, level L).
pub const LONGEST: usize = 4_296;

/// A line in progress.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    held: Vec<u8>,
    /// What came of this line already cannot be a code; the rest of it is left out too.
    spoilt: bool,
}

impl Lines {
    /// Takes what came, and gives the lines that ended, without their ends and without blanks around them. Left out are empty lines,
    /// lines of more than [`LONGEST`] bytes, and those with control characters or no UTF-8: noise, or another speed.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        bytes.iter().filter_map(|byte| self.push(*byte)).collect()
    }

    /// The end of the line in progress never came.
    pub fn forget(&mut self) {
        self.held.clear();
        self.spoilt = false;
    }

    /// Whether a line is in progress.
    pub fn is_open(&self) -> bool {
        self.spoilt || !self.held.is_empty()
    }

    fn push(&mut self, byte: u8) -> Option<String> {
        match byte {
            b'\r' | b'\n' => return self.end(),
            _ if self.spoilt => {}
            _ if byte.is_ascii_control() || self.held.len() == LONGEST => {
                self.held.clear();
                self.spoilt = true;
            }
            _ => self.held.push(byte),
        }
        None
    }

    fn end(&mut self) -> Option<String> {
        let spoilt = std::mem::take(&mut self.spoilt);
        let line = String::from_utf8(std::mem::take(&mut self.held)).ok()?;
        let line = line.trim();
        let sound = !spoilt && !line.is_empty() && !line.contains(char::is_control);
        sound.then(|| line.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_ends_with_cr_lf_or_both_and_an_empty_one_says_nothing() {
        let mut lines = Lines::default();
        let found = lines.take(b"20212018\r20212019\n20212020\r\n\r\n\n 20212021 \r");
        assert_eq!(found, ["20212018", "20212019", "20212020", "20212021"]);
        assert!(!lines.is_open());
    }

    #[test]
    fn a_line_may_come_in_pieces() {
        let mut lines = Lines::default();
        assert!(lines.take(b"2026").is_empty());
        assert!(lines.is_open());
        assert_eq!(lines.take(b"0042\r"), ["20260042"]);
    }

    #[test]
    fn a_line_with_noise_in_it_is_left_out_whole_and_the_next_is_read() {
        for noise in [
            &b"20\x0060042"[..],
            b"2026\x7f0042",
            b"\xff\xfe0042",
            b"20\xc2\x8542",
        ] {
            let mut lines = Lines::default();
            assert!(lines.take(noise).is_empty());
            assert!(lines.take(b"\r").is_empty(), "{noise:?}");
            assert_eq!(lines.take(b"20260042\r"), ["20260042"], "{noise:?}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_left_out_to_its_end() {
        let mut lines = Lines::default();
        assert_eq!(lines.take(&[&[b'7'; LONGEST][..], b"\r"].concat()).len(), 1);
        assert!(lines.take(&[b'7'; LONGEST + 1]).is_empty());
        assert!(lines.take(b"20260042\r").is_empty(), "its end");
        assert_eq!(lines.take(b"20260042\r"), ["20260042"]);
    }

    #[test]
    fn a_line_whose_end_never_came_is_no_part_of_the_next() {
        let mut lines = Lines::default();
        lines.take(b"9999");
        lines.forget();
        assert_eq!(lines.take(b"20260042\r"), ["20260042"]);
        lines.take(b"\x00");
        lines.forget();
        assert_eq!(lines.take(b"20260042\r"), ["20260042"]);
    }

    proptest! {
        #[test]
        fn any_bytes_give_bounded_lines_without_control_characters(bytes in prop::collection::vec(any::<u8>(), 0..9_000)) {
            let mut lines = Lines::default();
            for line in lines.take(&bytes) {
                prop_assert!(!line.is_empty() && line.len() <= LONGEST);
                prop_assert!(!line.contains(char::is_control));
            }
        }

        #[test]
        fn where_the_bytes_are_cut_changes_nothing(bytes in prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), any::<u8>()], 0..300), cut in any::<prop::sample::Index>()) {
            let at = cut.index(bytes.len() + 1);
            let whole = Lines::default().take(&bytes);
            let mut lines = Lines::default();
            let mut parts = lines.take(&bytes[..at]);
            parts.extend(lines.take(&bytes[at..]));
            prop_assert_eq!(whole, parts);
        }

        #[test]
        fn what_noise_stood_before_a_code_never_changes_it(noise in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut lines = Lines::default();
            lines.take(&noise);
            lines.take(b"\r");
            prop_assert_eq!(lines.take(b"meterpost:meter/20260042\r\n"), ["meterpost:meter/20260042"]);
        }
    }
}
