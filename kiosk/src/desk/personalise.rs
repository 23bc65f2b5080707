//! What a desk puts on a card. Pure but for the wire and the randomness.
//!
//! Each step leaves a card that the next attempt can open: its own id is written before the codes that are derived from it, and
//! the codes before the certificates. Nothing that is on the card makes it valid; the server does, at the very end.

use zeroize::Zeroizing;

use super::secrets::{DeskSecret, random_pin};
use crate::device::card::apdu::Wire;
use crate::device::card::piv::authenticate::PublicKey;
use crate::device::card::piv::manage::{
    Cipher, ManagementKey, authenticate, generate, put_data, set_management_key,
};
use crate::device::card::piv::pin::{Pin, PinAnswer, Puk, change_puk, unblock};
use crate::device::card::piv::{Entropy, Object, PivError, Slot, object};
use crate::device::card::tlv;
use crate::device::card::{CardKind, CardRefusal, PinOutcome};

/// What cards leave the factory with (NIST test cards, YubiKeys, PivApplet).
const FACTORY_KEY: [u8; 24] = [
    1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
];
const FACTORY_PUK: [u8; 8] = *b"12345678";
/// The tag of the id in the card holder unique identifier.
const GUID: u32 = 0x34;
/// The card's last day, as that object has it; the certificates say when it really is.
const NO_LAST_DAY: [u8; 8] = *b"20991231";

/// Why a card was not made. The texts are for the clerk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MakeError {
    /// Not with this card: it is another's, or cannot do what it should. Another card may do.
    #[error("this card cannot be used: {0}")]
    Unsuited(String),
    /// The talk with the card broke off. The same card may do.
    #[error("the card was not finished: {0}")]
    BrokenOff(String),
}

impl From<PivError> for MakeError {
    fn from(why: PivError) -> Self {
        match why {
            PivError::Exchange(_) | PivError::Entropy(_) => MakeError::BrokenOff(why.to_string()),
            PivError::Refused { .. } | PivError::Absent(_) | PivError::Unreadable { .. } => {
                MakeError::Unsuited(why.to_string())
            }
        }
    }
}

/// A card that lets this desk work on it.
#[derive(Debug)]
pub struct Opened {
    id: [u8; 16],
    /// It had the factory's codes when it was opened.
    fresh: bool,
}

/// Opens a card, which is blank or was made by this desk, and gives it an id and a management key of its own.
///
/// # Errors
/// When it is another's, or cannot be spoken to.
pub fn open(
    wire: &mut impl Wire,
    secret: &DeskSecret,
    random: &mut impl Entropy,
) -> Result<Opened, MakeError> {
    object::select(wire)?;
    if let Some(id) = id_of(wire)? {
        for cipher in Cipher::ALL {
            let key = secret.management_key(cipher, &id);
            if let Some(key) = key
                && authenticate(wire, &key, random)?
            {
                return Ok(Opened { id, fresh: false });
            }
        }
    }
    let cipher = factory_cipher(wire, random)?.ok_or_else(|| {
        MakeError::Unsuited("neither blank nor made at this desk (its management key)".to_owned())
    })?;
    if object::certificate(wire, Object::CARD_AUTHENTICATION)?.is_some() {
        return Err(MakeError::Unsuited(
            "it holds somebody's certificate".to_owned(),
        ));
    }
    let mut id = [0; 16];
    random(&mut id).map_err(MakeError::BrokenOff)?;
    put_data(wire, Object::HOLDER_ID, &object::holder_id(id, NO_LAST_DAY))?;
    if let Some(key) = secret.management_key(cipher, &id) {
        set_management_key(wire, &key)?;
    }
    Ok(Opened { id, fresh: true })
}

/// The id that this desk, or somebody else, gave the card.
fn id_of(wire: &mut impl Wire) -> Result<Option<[u8; 16]>, MakeError> {
    let inside = object::get_data(wire, Object::HOLDER_ID, "holder id")?;
    let id = inside.and_then(|inside| {
        let id = tlv::find(&inside, GUID).ok()?;
        <[u8; 16]>::try_from(id).ok()
    });
    Ok(id)
}

/// The cipher under which the card takes the factory's key.
fn factory_cipher(
    wire: &mut impl Wire,
    random: &mut impl Entropy,
) -> Result<Option<Cipher>, MakeError> {
    for cipher in [Cipher::TripleDes, Cipher::Aes192] {
        let key = ManagementKey::new(cipher, Zeroizing::new(FACTORY_KEY.to_vec()));
        if let Some(key) = key
            && authenticate(wire, &key, random)?
        {
            return Ok(Some(cipher));
        }
    }
    Ok(None)
}

/// Gives an opened card its unblocking code and a new PIN; the PIN.
///
/// # Errors
/// When it takes neither this desk's code nor the factory's, or cannot be spoken to.
pub fn secure(
    wire: &mut impl Wire,
    opened: &Opened,
    secret: &DeskSecret,
    random: &mut impl Entropy,
) -> Result<Zeroizing<String>, MakeError> {
    let typed = random_pin(random).map_err(MakeError::BrokenOff)?;
    let pin = Pin::new(&typed).ok_or_else(|| MakeError::BrokenOff("no PIN".to_owned()))?;
    let puk = secret.puk(&opened.id);
    // A wrong code costs a try: the likelier one first. The right one gives the tries back.
    let mut changed = opened.fresh && take_over(wire, &puk)?;
    for _ in 0..2 {
        if unblock(wire, &puk, &pin)? == PinAnswer::Right {
            return Ok(typed);
        }
        if changed {
            break;
        }
        changed = take_over(wire, &puk)?;
    }
    Err(MakeError::Unsuited(
        "its unblocking code is neither the factory's nor this desk's".to_owned(),
    ))
}

/// The factory's unblocking code gives way to this desk's.
fn take_over(wire: &mut impl Wire, puk: &Puk) -> Result<bool, MakeError> {
    let factory = Puk(Zeroizing::new(FACTORY_PUK));
    Ok(change_puk(wire, &factory, puk)? == PinAnswer::Right)
}

/// The keys that a kind of card has.
pub fn slots(kind: CardKind) -> &'static [Slot] {
    match kind {
        CardKind::Resident => &[Slot::CardAuthentication],
        CardKind::Staff(_) => &[Slot::CardAuthentication, Slot::Authentication],
    }
}

/// Makes the card's keys; their public halves in the order of [`slots`].
///
/// # Errors
/// When it cannot, or cannot be spoken to.
pub fn make_keys(wire: &mut impl Wire, kind: CardKind) -> Result<Vec<PublicKey>, MakeError> {
    let made: Result<_, PivError> = slots(kind)
        .iter()
        .map(|slot| generate(wire, *slot))
        .collect();
    Ok(made?)
}

/// Puts the certificates and the remaining objects onto the card. What it held before of another kind is removed.
///
/// # Errors
/// When it refuses, or cannot be spoken to.
pub fn complete(
    wire: &mut impl Wire,
    kind: CardKind,
    certificates: &[Vec<u8>],
    random: &mut impl Entropy,
) -> Result<(), MakeError> {
    for (slot, der) in slots(kind).iter().zip(certificates) {
        put_data(wire, slot.certificate(), &object::close_certificate(der))?;
    }
    if kind == CardKind::Resident
        && object::get_data(wire, Object::AUTHENTICATION, "certificate")?.is_some()
    {
        put_data(wire, Object::AUTHENTICATION, &[])?;
    }
    let mut card = [0; 14];
    random(&mut card).map_err(MakeError::BrokenOff)?;
    put_data(wire, Object::CAPABILITIES, &object::capabilities(card))?;
    Ok(())
}

impl From<CardRefusal> for MakeError {
    fn from(why: CardRefusal) -> Self {
        match why {
            CardRefusal::Pulled | CardRefusal::Unreadable(_) => {
                MakeError::BrokenOff(why.to_string())
            }
            CardRefusal::NotOurs(_)
            | CardRefusal::Expired
            | CardRefusal::NotYetValid
            | CardRefusal::FailedProof => {
                MakeError::Unsuited(format!("finished, it does not prove itself: {why}"))
            }
        }
    }
}

/// What a PIN that was just set must be.
///
/// # Errors
/// When it is not right.
pub fn must_be_right(outcome: PinOutcome) -> Result<(), MakeError> {
    match outcome {
        PinOutcome::Right => Ok(()),
        PinOutcome::Refused(why) => Err(why.into()),
        PinOutcome::ContactsOnly => Err(MakeError::BrokenOff(
            "it takes its PIN in a reader with contacts only".to_owned(),
        )),
        other => Err(MakeError::Unsuited(format!(
            "it does not take its PIN: {other:?}"
        ))),
    }
}
