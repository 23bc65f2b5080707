//! Commands as a card takes them apart (ISO 7816-4, 5.1): short and extended.

/// A command.
#[derive(Debug)]
pub(super) struct Apdu<'a> {
    pub(super) class: u8,
    pub(super) ins: u8,
    pub(super) p1: u8,
    pub(super) p2: u8,
    pub(super) data: &'a [u8],
    /// Bytes of answer that are wanted at most.
    pub(super) room: usize,
}

impl<'a> Apdu<'a> {
    /// `None` if the lengths do not fit the bytes.
    pub(super) fn take(bytes: &'a [u8]) -> Option<Apdu<'a>> {
        let [class, ins, p1, p2, body @ ..] = bytes else {
            return None;
        };
        let (data, room) = body_of(body)?;
        Some(Apdu {
            class: *class,
            ins: *ins,
            p1: *p1,
            p2: *p2,
            data,
            room,
        })
    }
}

fn body_of(body: &[u8]) -> Option<(&[u8], usize)> {
    let full = |le: usize, whole: usize| if le == 0 { whole } else { le };
    match body {
        [] => Some((&[], 0)),
        [le] => Some((&[], full(usize::from(*le), 256))),
        [0, high, low] => {
            let le = usize::from(u16::from_be_bytes([*high, *low]));
            Some((&[], full(le, 65_536)))
        }
        [0, high, low, rest @ ..] => {
            let lc = usize::from(u16::from_be_bytes([*high, *low]));
            match rest.len().checked_sub(lc)? {
                0 => Some((rest, 0)),
                2 => {
                    let le = u16::from_be_bytes([rest[lc], rest[lc + 1]]);
                    Some((&rest[..lc], full(usize::from(le), 65_536)))
                }
                _ => None,
            }
        }
        [lc, rest @ ..] => {
            let lc = usize::from(*lc);
            match rest.len().checked_sub(lc)? {
                0 => Some((rest, 0)),
                1 => Some((&rest[..lc], full(usize::from(rest[lc]), 256))),
                _ => None,
            }
        }
    }
}
