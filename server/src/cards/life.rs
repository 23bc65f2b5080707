//! The life of a card, as one table. Pure.
//!
//! ```text
//! ordered ──issue──► issued ──report lost──► lost ──find──► issued
//!    │                 │                       │
//!    └──revoke──┐      ├──revoke, replace──┐   ├──revoke, replace──► revoked
//!               ▼      │                   ▼   │
//!             revoked  └──reclaim──► reclaimed ◄──reclaim── lost, revoked
//! ```
//!
//! Only an issued card is valid. A card that was revoked or reclaimed is never valid again; a lost one is when it is found,
//! unless another took its place.

use thiserror::Error;

/// Whose card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardKind {
    /// A household's.
    Resident,
    /// Of somebody who repairs and empties terminals.
    Maintenance,
    /// Of somebody who serves residents.
    Clerk,
    /// Of somebody who decides.
    Manager,
}

/// A key on the card (NIST SP 800-73-4 part 1, table 4b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// 9E, without a PIN.
    CardAuthentication,
    /// 9A, behind the PIN.
    Authentication,
}

impl Slot {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Slot::CardAuthentication => "9E",
            Slot::Authentication => "9A",
        }
    }

    /// The slot of this name.
    pub fn parse(name: &str) -> Option<Slot> {
        let all = [Slot::CardAuthentication, Slot::Authentication];
        all.into_iter().find(|slot| slot.name() == name)
    }
}

impl CardKind {
    /// All of them.
    pub const ALL: [CardKind; 4] = [
        CardKind::Resident,
        CardKind::Maintenance,
        CardKind::Clerk,
        CardKind::Manager,
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            CardKind::Resident => "resident",
            CardKind::Maintenance => "maintenance",
            CardKind::Clerk => "clerk",
            CardKind::Manager => "manager",
        }
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<CardKind> {
        CardKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The organisational unit in its certificates.
    pub fn unit(self) -> &'static str {
        match self {
            CardKind::Resident => "resident",
            CardKind::Maintenance => "staff:maintenance",
            CardKind::Clerk => "staff:clerk",
            CardKind::Manager => "staff:manager",
        }
    }

    /// The keys it has.
    pub fn slots(self) -> &'static [Slot] {
        match self {
            CardKind::Resident => &[Slot::CardAuthentication],
            CardKind::Maintenance | CardKind::Clerk | CardKind::Manager => {
                &[Slot::CardAuthentication, Slot::Authentication]
            }
        }
    }

    /// Days that its certificates are good for. Whoever holds a staff card is asked for it every half year.
    pub fn days(self) -> u32 {
        match self {
            CardKind::Resident => 1826,
            CardKind::Maintenance | CardKind::Clerk | CardKind::Manager => 183,
        }
    }
}

/// Where a card is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardState {
    /// It is to be made.
    Ordered,
    /// It was made and handed out: the only state in which it is valid.
    Issued,
    /// Its holder misses it.
    Lost,
    /// It is void.
    Revoked,
    /// It is void, and back at the desk.
    Reclaimed,
}

/// What happens to a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardAct {
    /// A desk made it.
    Issue,
    /// Its holder misses it.
    ReportLost,
    /// It turned up.
    Find,
    /// It is made void.
    Revoke,
    /// It came back.
    Reclaim,
    /// Another takes its place, and it is void.
    Replace,
}

/// The card's state does not allow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a card that is {} cannot be {}", state.name(), act.done())]
pub struct NotAllowed {
    /// Its state.
    pub state: CardState,
    /// What was asked.
    pub act: CardAct,
}

impl CardState {
    /// All of them.
    pub const ALL: [CardState; 5] = [
        CardState::Ordered,
        CardState::Issued,
        CardState::Lost,
        CardState::Revoked,
        CardState::Reclaimed,
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            CardState::Ordered => "ordered",
            CardState::Issued => "issued",
            CardState::Lost => "lost",
            CardState::Revoked => "revoked",
            CardState::Reclaimed => "reclaimed",
        }
    }

    /// The state of this name.
    pub fn parse(name: &str) -> Option<CardState> {
        CardState::ALL
            .into_iter()
            .find(|state| state.name() == name)
    }

    /// What becomes of it.
    ///
    /// # Errors
    /// [`NotAllowed`].
    pub fn after(self, act: CardAct) -> Result<CardState, NotAllowed> {
        use CardAct::{Find, Issue, Reclaim, Replace, ReportLost, Revoke};
        use CardState::{Issued, Lost, Ordered, Reclaimed, Revoked};
        match (self, act) {
            (Ordered, Issue) | (Lost, Find) => Ok(Issued),
            (Issued, ReportLost) => Ok(Lost),
            (Ordered | Issued | Lost, Revoke) | (Issued | Lost, Replace) => Ok(Revoked),
            (Issued | Lost | Revoked, Reclaim) => Ok(Reclaimed),
            (Ordered, ReportLost | Find | Reclaim | Replace)
            | (Issued, Issue | Find)
            | (Lost, Issue | ReportLost)
            | (Revoked, Issue | ReportLost | Find | Revoke | Replace)
            | (Reclaimed, Issue | ReportLost | Find | Revoke | Reclaim | Replace) => {
                Err(NotAllowed { state: self, act })
            }
        }
    }
}

impl CardAct {
    fn done(self) -> &'static str {
        match self {
            CardAct::Issue => "issued",
            CardAct::ReportLost => "reported lost",
            CardAct::Find => "found",
            CardAct::Revoke => "revoked",
            CardAct::Reclaim => "reclaimed",
            CardAct::Replace => "replaced",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTS: [CardAct; 6] = [
        CardAct::Issue,
        CardAct::ReportLost,
        CardAct::Find,
        CardAct::Revoke,
        CardAct::Reclaim,
        CardAct::Replace,
    ];

    #[test]
    fn a_card_is_issued_lost_found_and_comes_back() {
        let mut state = CardState::Ordered;
        for (act, becomes) in [
            (CardAct::Issue, CardState::Issued),
            (CardAct::ReportLost, CardState::Lost),
            (CardAct::Find, CardState::Issued),
            (CardAct::Revoke, CardState::Revoked),
            (CardAct::Reclaim, CardState::Reclaimed),
        ] {
            state = state.after(act).unwrap();
            assert_eq!(state, becomes);
        }
    }

    #[test]
    fn a_void_card_is_never_valid_again_whatever_happens() {
        for start in [CardState::Revoked, CardState::Reclaimed] {
            let mut reached = vec![start];
            let mut at = 0;
            while let Some(state) = reached.get(at).copied() {
                for act in ACTS {
                    if let Ok(next) = state.after(act)
                        && !reached.contains(&next)
                    {
                        reached.push(next);
                    }
                }
                at += 1;
            }
            assert!(
                !reached.contains(&CardState::Issued),
                "{start:?}: {reached:?}"
            );
        }
    }

    #[test]
    fn a_refusal_says_what_and_why() {
        let refused = CardState::Reclaimed.after(CardAct::Replace).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "a card that is reclaimed cannot be replaced"
        );
    }

    #[test]
    fn names_lead_back_to_what_they_name() {
        for state in CardState::ALL {
            assert_eq!(CardState::parse(state.name()), Some(state));
        }
        for kind in CardKind::ALL {
            assert_eq!(CardKind::parse(kind.name()), Some(kind));
        }
        assert_eq!(Slot::parse("9A"), Some(Slot::Authentication));
        assert_eq!(CardState::parse("found"), None);
    }
}
