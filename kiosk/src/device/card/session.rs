//! The talk with one card. Pure but for the wire, the time and the randomness it is given.

use zeroize::Zeroizing;

use super::apdu::{ExchangeError, Wire, WireError};
use super::certificate::{Authority, CardCertificate, CertificateError};
use super::piv::authenticate::{Proof, challenge};
use super::piv::pin::{Pin, PinAnswer, verify};
use super::piv::{Entropy, PivError, Slot, object};
use super::time::CardTime;
use super::{CardKind, CardRefusal, PinOutcome, ShownCard};

/// Whose cards are accepted.
#[derive(Clone, Debug)]
pub struct Judge {
    /// The operator's card authorities.
    pub authority: Authority,
    /// The tenant that cards must belong to.
    pub tenant: String,
}

impl Judge {
    /// Finds out which card it is, and has it prove itself by its key 9E: application, certificate, challenge.
    ///
    /// # Errors
    /// When it is not accepted.
    pub fn identify(
        &self,
        wire: &mut impl Wire,
        time: &CardTime,
        random: &mut impl Entropy,
    ) -> Result<ShownCard, CardRefusal> {
        object::select(wire)?;
        let certificate = self.prove(wire, Slot::CardAuthentication, time, random)?;
        Ok(ShownCard {
            number: certificate.number,
            kind: certificate.kind,
        })
    }

    /// Shows the PIN to the card in use, and has it prove itself by the key 9A that the PIN opens.
    pub fn verify_pin(
        &self,
        wire: &mut impl Wire,
        shown: &ShownCard,
        typed: &Zeroizing<String>,
        time: &CardTime,
        random: &mut impl Entropy,
    ) -> PinOutcome {
        if shown.kind == CardKind::Resident {
            return PinOutcome::NoCard;
        }
        let Some(pin) = Pin::new(typed) else {
            return PinOutcome::Malformed;
        };
        match verify(wire, &pin) {
            Ok(PinAnswer::Right) => {}
            Ok(PinAnswer::Wrong(tries_left)) => return PinOutcome::Wrong { tries_left },
            Ok(PinAnswer::Blocked) => return PinOutcome::Blocked,
            Ok(PinAnswer::NotHere) => return PinOutcome::ContactsOnly,
            Err(why) => return PinOutcome::Refused(why.into()),
        }
        match self.prove(wire, Slot::Authentication, time, random) {
            Ok(found) if found.number == shown.number && found.kind == shown.kind => {
                PinOutcome::Right
            }
            // Two certificates of two cards: at least one of them is a copy.
            Ok(_) => PinOutcome::Refused(CardRefusal::FailedProof),
            Err(why) => PinOutcome::Refused(why),
        }
    }

    fn prove(
        &self,
        wire: &mut impl Wire,
        slot: Slot,
        time: &CardTime,
        random: &mut impl Entropy,
    ) -> Result<CardCertificate, CardRefusal> {
        let der = object::certificate(wire, slot.certificate())?
            .ok_or(PivError::Absent("certificate"))?;
        let certificate = self.authority.check(&der, slot, &self.tenant, time)?;
        match challenge(wire, slot, &certificate.key, random)? {
            Proof::Holds => Ok(certificate),
            Proof::Fails | Proof::WantsPin => Err(CardRefusal::FailedProof),
        }
    }
}

impl From<PivError> for CardRefusal {
    fn from(why: PivError) -> Self {
        match why {
            PivError::Exchange(ExchangeError::Wire(WireError::Pulled)) => CardRefusal::Pulled,
            PivError::Absent(_) => CardRefusal::NotOurs(why.to_string()),
            PivError::Exchange(_)
            | PivError::Refused { .. }
            | PivError::Unreadable { .. }
            | PivError::Entropy(_) => CardRefusal::Unreadable(why.to_string()),
        }
    }
}

impl From<CertificateError> for CardRefusal {
    fn from(why: CertificateError) -> Self {
        match why {
            CertificateError::Over => CardRefusal::Expired,
            CertificateError::NotYet => CardRefusal::NotYetValid,
            CertificateError::Malformed(_)
            | CertificateError::Foreign
            | CertificateError::Unfit(_)
            | CertificateError::Tenant => CardRefusal::NotOurs(why.to_string()),
        }
    }
}

impl From<WireError> for CardRefusal {
    fn from(why: WireError) -> Self {
        PivError::from(ExchangeError::Wire(why)).into()
    }
}

#[cfg(test)]
mod tests;
