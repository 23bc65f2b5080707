//! The PIN and the code that unblocks it, with their tries (SP 800-73-4 part 2, 3.2).

use super::piv::{NOT_ALLOWED, OK, PivCard, WRONG_DATA};

const BLOCKED: u16 = 0x6983;
const TRIES: u8 = 3;

/// Something that is known to its holder, with its tries.
#[derive(Clone, Debug)]
pub(super) struct Secret {
    value: [u8; 8],
    left: u8,
}

impl Secret {
    /// 123456, padded.
    pub(super) fn factory_pin() -> Secret {
        Secret::new(b"123456\xFF\xFF")
    }

    /// 12345678.
    pub(super) fn factory_puk() -> Secret {
        Secret::new(b"12345678")
    }

    /// Tries left.
    pub(super) fn left(&self) -> u8 {
        self.left
    }

    fn new(value: &[u8; 8]) -> Secret {
        Secret {
            value: *value,
            left: TRIES,
        }
    }

    /// Compares, and counts.
    fn compare(&mut self, shown: &[u8]) -> u16 {
        if self.left == 0 {
            return BLOCKED;
        }
        if shown == self.value {
            self.left = TRIES;
            return OK;
        }
        self.left -= 1;
        if self.left == 0 {
            BLOCKED
        } else {
            self.count()
        }
    }

    fn count(&self) -> u16 {
        0x63C0 | u16::from(self.left)
    }
}

impl PivCard {
    pub(super) fn verify(&mut self, shown: &[u8]) -> u16 {
        if !self.contacts {
            return NOT_ALLOWED;
        }
        if shown.is_empty() {
            return match (self.session.pin_shown, self.pin.left) {
                (true, _) => OK,
                (false, 0) => BLOCKED,
                (false, _) => self.pin.count(),
            };
        }
        if shown.len() != 8 {
            return WRONG_DATA;
        }
        let code = self.pin.compare(shown);
        self.session.pin_shown = code == OK;
        code
    }

    pub(super) fn change(&mut self, which: u8, data: &[u8]) -> u16 {
        let Ok(data) = <[u8; 16]>::try_from(data) else {
            return WRONG_DATA;
        };
        let secret = if which == 0x80 {
            &mut self.pin
        } else {
            &mut self.puk
        };
        let code = secret.compare(&data[..8]);
        if code == OK {
            secret.value.copy_from_slice(&data[8..]);
        }
        code
    }

    pub(super) fn unblock(&mut self, data: &[u8]) -> u16 {
        let Ok(data) = <[u8; 16]>::try_from(data) else {
            return WRONG_DATA;
        };
        let code = self.puk.compare(&data[..8]);
        if code == OK {
            self.pin.value.copy_from_slice(&data[8..]);
            self.pin.left = TRIES;
        }
        code
    }
}
