//! The slip that goes with a card: its number and, for staff, the PIN. It is printed before the card is valid, so that no card is
//! valid whose PIN nobody knows.

use crate::device::card::{CardKind, StaffRole};
use crate::receipt::{Note, NoteLine, Raster, Typeface, note};

use super::Job;

/// What is printed.
pub(super) struct Letter<'l> {
    /// The operator's name.
    pub(super) operator: &'l str,
    /// Whom to call.
    pub(super) phone: &'l str,
    /// The card.
    pub(super) job: &'l Job,
    /// For staff.
    pub(super) pin: Option<&'l str>,
    /// Date and time of day, where the clock is set.
    pub(super) printed_at: Option<String>,
}

pub(super) fn role(kind: CardKind) -> (&'static str, &'static str) {
    match kind {
        CardKind::Resident => ("住户", "Resident"),
        CardKind::Staff(StaffRole::Maintenance) => ("维护", "Maintenance"),
        CardKind::Staff(StaffRole::Clerk) => ("业务", "Clerk"),
        CardKind::Staff(StaffRole::Manager) => ("管理", "Manager"),
    }
}

impl Letter<'_> {
    pub(super) fn raster(&self, typeface: &Typeface, width: usize) -> Raster {
        let (zh, en) = role(self.job.kind);
        let kind = format!("{zh} {en}");
        let mut lines = vec![
            NoteLine::new("卡号", "Card no.", &self.job.card, true),
            NoteLine::new("类别", "Kind", &kind, false),
        ];
        if let Some(pin) = self.pin {
            lines.push(NoteLine::new("密码", "PIN", pin, true));
        }
        if let Some(at) = &self.printed_at {
            lines.push(NoteLine::new("时间", "Time", at, false));
        }
        lines.push(NoteLine::new("服务电话", "Call", self.phone, false));
        let (zh, en) = match self.pin {
            Some(_) => (
                "请记住密码并销毁本凭证",
                "Learn the PIN, then destroy this slip. Three wrong PINs in a row block the card.",
            ),
            None => (
                "请妥善保管",
                "If the card is lost, call at once: it is blocked by its number.",
            ),
        };
        let doc = Note {
            operator: self.operator,
            title: ("卡片", "Card"),
            lines: &lines,
            foot: (zh, en),
        };
        note(&doc, typeface, width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receipt::{NARROW, WIDE};

    #[test]
    fn every_kind_of_letter_can_be_printed_on_both_papers() {
        let typeface = Typeface::embedded().unwrap();
        for kind in [
            CardKind::Resident,
            CardKind::Staff(StaffRole::Maintenance),
            CardKind::Staff(StaffRole::Clerk),
            CardKind::Staff(StaffRole::Manager),
        ] {
            let (zh, en) = role(kind);
            let texts = [
                zh,
                en,
                "卡号类别密码时间服务电话卡片",
                "请记住密码并销毁本凭证请妥善保管",
            ];
            for character in texts.concat().chars() {
                assert!(typeface.has(character), "{character}");
            }
            let job = Job {
                id: 1,
                card: "C-000042".to_owned(),
                kind,
            };
            let letter = Letter {
                operator: "East Utilities",
                phone: "400-810-0000",
                job: &job,
                pin: (kind != CardKind::Resident).then_some("482913"),
                printed_at: Some("2026-11-26 10:00".to_owned()),
            };
            for width in [WIDE, NARROW] {
                let raster = letter.raster(&typeface, width);
                assert_eq!(raster.width(), width);
                assert!(raster.bits().iter().any(|byte| *byte != 0));
            }
        }
    }
}
