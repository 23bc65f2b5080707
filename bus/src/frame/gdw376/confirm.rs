//! AFN 00H: confirm and deny, as a whole (F1, F2) or item by item (F3).

use super::units::{header, read_header};
use super::{Item, UnitError, afn};

/// What a confirm frame says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// F1: everything accepted.
    All,
    /// F2: everything refused.
    None,
    /// F3: a verdict for each item of a frame with function `afn`.
    Each {
        /// The function that is answered.
        afn: u8,
        /// One verdict an item.
        verdicts: Vec<Verdict>,
    },
}

/// The verdict on one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The item's point.
    pub point: u16,
    /// The item's function.
    pub function: u8,
    /// 0 = accepted; everything else refuses. See [`not_forwarded`] for the codes of this project's concentrator.
    pub error: u8,
}

/// What becomes of an order to a relay or valve (05 F240), where it is not simply done (0). Codes of this project.
pub mod switched {
    /// The order's time was over: it was not sent.
    pub const TOO_LATE: u8 = 0xA0;
    /// There is no such measuring point, or its wire is not this concentrator's: it was not sent.
    pub const NO_SUCH_POINT: u8 = 0xA1;
    /// It was not sent.
    pub const NOT_SENT: u8 = 0xA2;
    /// The meter said no, or nothing, and has not moved.
    pub const NOT_DONE: u8 = 0xA3;
    /// The meter said yes and has not got there yet: read it again later.
    pub const UNDER_WAY: u8 = 0xA4;
    /// It may or may not have taken effect: read the meter before anything else.
    pub const UNKNOWN: u8 = 0xA5;

    /// A code in words; `None` for codes that this project did not define.
    pub fn meaning(code: u8) -> Option<&'static str> {
        Some(match code {
            TOO_LATE => "the order came too late and was not sent",
            NO_SUCH_POINT => "there is no such measuring point on this concentrator's wires",
            NOT_SENT => "the order was not sent",
            NOT_DONE => "the meter has not moved",
            UNDER_WAY => "the meter said yes and has not got there yet",
            UNKNOWN => "what became of the order is not known: read the meter",
            _ => return None,
        })
    }
}

/// Error codes with which the concentrator denies a forward. All of them mean: **nothing was sent on the wire**.
///
/// The standard leaves codes from 02H on open; these stand in the upper half so that they meet no vendor's small numbers.
pub mod not_forwarded {
    /// No segment has this port.
    pub const UNKNOWN_PORT: u8 = 0x80;
    /// Too many requests wait for this port.
    pub const QUEUE_FULL: u8 = 0x81;
    /// The request waited longer than allowed and was dropped, never to be sent.
    pub const STALE: u8 = 0x82;
    /// The port's device is not there or cannot be opened.
    pub const PORT_CLOSED: u8 = 0x83;
    /// The request makes no sense: no content, or a framing the port cannot do.
    pub const MALFORMED: u8 = 0x84;
    /// The concentrator is being stopped.
    pub const STOPPING: u8 = 0x85;
    /// The password is wrong.
    pub const PASSWORD: u8 = 0x86;

    /// The cascade knows no way to the wire.
    pub const NO_WAY: u8 = 0x90;
    /// Another concentrator speaks on the wire, and did not take the request.
    pub const NOT_OWNER: u8 = 0x91;
    /// The request's time was up before it could be sent.
    pub const EXPIRED: u8 = 0x92;
    /// The way through the cascade was too long.
    pub const HOP_LIMIT: u8 = 0x93;
    /// A concentrator on the way has too many requests under way.
    pub const BUSY: u8 = 0x94;
    /// The request does not fit into a cascade message.
    pub const TOO_LONG: u8 = 0x95;

    /// A code in words; `None` for codes that this project did not define.
    pub fn meaning(code: u8) -> Option<&'static str> {
        Some(match code {
            UNKNOWN_PORT => "no segment has this port",
            QUEUE_FULL => "too many requests wait for this port",
            STALE => "the request waited too long and was dropped",
            PORT_CLOSED => "the port's device cannot be opened",
            MALFORMED => "the request is malformed",
            STOPPING => "the concentrator is being stopped",
            PASSWORD => "the password is wrong",
            NO_WAY => "no concentrator that can be reached is on this wire",
            NOT_OWNER => "another concentrator speaks on the wire and did not take the request",
            EXPIRED => "the request's time was up before it could be sent",
            HOP_LIMIT => "the way through the concentrators is too long",
            BUSY => "a concentrator on the way has too many requests under way",
            TOO_LONG => "the request does not fit through the cascade",
            _ => return None,
        })
    }
}

impl Confirm {
    /// Whether everything was accepted.
    pub fn accepts_all(&self) -> bool {
        match self {
            Confirm::All => true,
            Confirm::None => false,
            Confirm::Each { verdicts, .. } => verdicts.iter().all(|verdict| verdict.error == 0),
        }
    }

    /// The item of a confirm frame.
    ///
    /// # Errors
    /// [`UnitError::Range`] for a verdict on a point or function without a code.
    pub fn to_item(&self) -> Result<Item, UnitError> {
        match self {
            Confirm::All => Ok(Item::of_terminal(1, Vec::new())),
            Confirm::None => Ok(Item::of_terminal(2, Vec::new())),
            Confirm::Each { afn, verdicts } => {
                let mut data = vec![*afn];
                for verdict in verdicts {
                    data.extend(header(verdict.point, verdict.function)?);
                    data.push(verdict.error);
                }
                Ok(Item::of_terminal(3, data))
            }
        }
    }

    /// Reads the items of a confirm frame.
    ///
    /// A verdict whose DT is `03 00` on a link function is a heartbeat's (F3) written as a plain number, as masters in the
    /// field do; several bits in one verdict's header give one verdict each.
    ///
    /// # Errors
    /// [`UnitError`] when there is no item, an unknown one, or a verdict is cut short.
    pub fn from_items(items: &[Item]) -> Result<Confirm, UnitError> {
        let item = items.first().ok_or(UnitError::Short)?;
        match item.function {
            1 => Ok(Confirm::All),
            2 => Ok(Confirm::None),
            3 => {
                let (afn, rest) = item.data.split_first().ok_or(UnitError::Short)?;
                Ok(Confirm::Each {
                    afn: *afn,
                    verdicts: verdicts(*afn, rest)?,
                })
            }
            _ => Err(UnitError::Malformed("a confirm has F1, F2 or F3")),
        }
    }
}

fn verdicts(function: u8, rest: &[u8]) -> Result<Vec<Verdict>, UnitError> {
    let (entries, left) = rest.as_chunks::<5>();
    if left.iter().any(|byte| *byte != 0) {
        return Err(UnitError::Short);
    }
    let mut verdicts = Vec::new();
    for (at, [da1, da2, dt1, dt2, error]) in entries.iter().copied().enumerate() {
        let head = [da1, da2, dt1, dt2];
        if at > 0 && head == [0; 4] && error == 0 {
            break;
        }
        let (points, functions) = if function == afn::LINK && head == [0, 0, 3, 0] {
            (vec![0], vec![3])
        } else {
            read_header(head)?
        };
        for point in points {
            verdicts.extend(functions.iter().map(|function| Verdict {
                point,
                function: *function,
                error,
            }));
        }
    }
    Ok(verdicts)
}
