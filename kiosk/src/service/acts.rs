//! What staff can do in the menu: one variant an act, with its name in entries and on buttons, who may, and what is asked first.

use meterpost_ledger::SaleId;
use meterpost_ui::view::Word;

use super::role::Area;

/// The name of an installation, in entries.
pub const UPDATE_FROM_USB: &str = "update-from-usb";

/// An act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Every field of the glass is touched.
    TestTouch,
    /// The glass shows its colours.
    TestColours,
    /// A page is printed.
    TestPrinter,
    /// The reader says which card it sees.
    TestCard,
    /// The scanner says that it read a code.
    TestScanner,
    /// A note is recognised and given back.
    TestValidator,
    /// The cash box is emptied.
    Collect,
    /// What was in it is counted.
    Count(u64),
    /// The slip of a collection is printed.
    PrintCollection(u64),
    /// A meter is read again for an open delivery.
    LookAgain(SaleId),
    /// A claim is printed again.
    PrintClaim(SaleId),
    /// The ledger is checked.
    VerifyLedger,
    /// The ledger is written to a USB stick.
    ExportLedger,
    /// The meter looked at is read.
    ReadMeter,
    /// Every meter of the wire looked at is.
    AskEveryMeter,
    /// The server is called.
    SyncNow,
    /// The readiness report is printed.
    PrintReadiness,
    /// A bundle from the USB stick is installed: the one at this place of the list.
    UpdateFromUsb(u64),
    /// The program is started anew.
    Restart,
    /// The machine is started anew.
    Reboot,
    /// The machine is shut down.
    ShutDown,
}

impl Act {
    /// Every act that needs no number.
    pub const PLAIN: [Act; 16] = [
        Act::TestTouch,
        Act::TestColours,
        Act::TestPrinter,
        Act::TestCard,
        Act::TestScanner,
        Act::TestValidator,
        Act::Collect,
        Act::VerifyLedger,
        Act::ExportLedger,
        Act::ReadMeter,
        Act::AskEveryMeter,
        Act::SyncNow,
        Act::PrintReadiness,
        Act::Restart,
        Act::Reboot,
        Act::ShutDown,
    ];

    /// Its name, without the number of what it is about.
    pub fn kind(self) -> &'static str {
        match self {
            Act::TestTouch => "test-touch",
            Act::TestColours => "test-colours",
            Act::TestPrinter => "test-printer",
            Act::TestCard => "test-card",
            Act::TestScanner => "test-scanner",
            Act::TestValidator => "test-validator",
            Act::Collect => "collect",
            Act::Count(_) => "count",
            Act::PrintCollection(_) => "print-collection",
            Act::LookAgain(_) => "look-again",
            Act::PrintClaim(_) => "print-claim",
            Act::VerifyLedger => "verify-ledger",
            Act::ExportLedger => "export-ledger",
            Act::ReadMeter => "read-meter",
            Act::AskEveryMeter => "ask-every-meter",
            Act::SyncNow => "sync-now",
            Act::PrintReadiness => "print-readiness",
            Act::UpdateFromUsb(_) => UPDATE_FROM_USB,
            Act::Restart => "restart",
            Act::Reboot => "reboot",
            Act::ShutDown => "shutdown",
        }
    }

    /// Its name in entries and on its button.
    pub fn name(self) -> String {
        match self {
            Act::Count(number)
            | Act::UpdateFromUsb(number)
            | Act::PrintCollection(number)
            | Act::LookAgain(SaleId(number))
            | Act::PrintClaim(SaleId(number)) => format!("{}-{number}", self.kind()),
            _ => self.kind().to_owned(),
        }
    }

    /// The act of a name.
    pub fn parse(name: &str) -> Option<Act> {
        if let Some(act) = Act::PLAIN.into_iter().find(|act| act.kind() == name) {
            return Some(act);
        }
        let (kind, number) = name.rsplit_once('-')?;
        let number = number.parse().ok()?;
        let act = match kind {
            "count" => Act::Count(number),
            "print-collection" => Act::PrintCollection(number),
            "look-again" => Act::LookAgain(SaleId(number)),
            "print-claim" => Act::PrintClaim(SaleId(number)),
            UPDATE_FROM_USB => Act::UpdateFromUsb(number),
            _ => return None,
        };
        Some(act)
    }

    /// Whose part of the menu it belongs to.
    pub fn area(self) -> Area {
        match self {
            Act::TestTouch
            | Act::TestColours
            | Act::TestPrinter
            | Act::TestCard
            | Act::TestScanner
            | Act::TestValidator => Area::Devices,
            Act::Collect | Act::Count(_) | Act::PrintCollection(_) => Area::CashBox,
            Act::LookAgain(_) | Act::PrintClaim(_) => Area::Pending,
            Act::VerifyLedger | Act::ExportLedger => Area::Ledger,
            Act::ReadMeter | Act::AskEveryMeter => Area::Bus,
            Act::SyncNow => Area::Server,
            Act::UpdateFromUsb(_) => Area::Software,
            Act::PrintReadiness => Area::Readiness,
            Act::Restart | Act::Reboot | Act::ShutDown => Area::Power,
        }
    }

    /// The words on its button.
    pub fn word(self) -> Word {
        match self {
            Act::TestTouch
            | Act::TestColours
            | Act::TestCard
            | Act::TestScanner
            | Act::TestValidator => Word::BeginTest,
            Act::TestPrinter => Word::PrintTestPage,
            Act::Collect => Word::Collect,
            Act::Count(_) => Word::CountNow,
            Act::PrintCollection(_) => Word::PrintCollection,
            Act::LookAgain(_) => Word::LookAgain,
            Act::PrintClaim(_) => Word::PrintClaimAgain,
            Act::VerifyLedger => Word::Verify,
            Act::ExportLedger => Word::Export,
            Act::ReadMeter => Word::ReadItNow,
            Act::AskEveryMeter => Word::AskEveryMeter,
            Act::SyncNow => Word::SyncNow,
            Act::PrintReadiness => Word::PrintReport,
            Act::UpdateFromUsb(_) => Word::InstallUpdate,
            Act::Restart => Word::RestartProgram,
            Act::Reboot => Word::RestartMachine,
            Act::ShutDown => Word::ShutDown,
        }
    }

    /// Whether it is drawn as something that matters, and asked about first.
    pub fn grave(self) -> bool {
        matches!(
            self,
            Act::Collect
                | Act::ExportLedger
                | Act::UpdateFromUsb(_)
                | Act::Restart
                | Act::Reboot
                | Act::ShutDown
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_is_found_by_its_name() {
        let numbered = [
            Act::Count(3),
            Act::PrintCollection(4),
            Act::LookAgain(SaleId(42)),
            Act::PrintClaim(SaleId(43)),
            Act::UpdateFromUsb(2),
        ];
        for act in Act::PLAIN.into_iter().chain(numbered) {
            assert_eq!(Act::parse(&act.name()), Some(act), "{act:?}");
        }
        for name in ["", "count", "count-x", "sale-4", "collect-1"] {
            assert_eq!(Act::parse(name), None, "{name}");
        }
    }
}
