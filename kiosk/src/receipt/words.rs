//! Every text on a slip, in both languages.

use meterpost_ledger::Slip;
use meterpost_ui::view::Utility;

use super::ClaimReason;

/// One text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Both {
    /// Simplified Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

const fn both(zh: &'static str, en: &'static str) -> Both {
    Both { zh, en }
}

pub const TERMINAL: Both = both("自助充值终端", "Self-service top-up");
pub const COPY: Both = both("副本", "COPY");
pub const REFERENCE: Both = both("凭证号", "Reference");
pub const TIME: Both = both("时间", "Time");
pub const CLOCK_NOT_SET: Both = both("时钟未校准", "clock not set");
pub const METER: Both = both("表号", "Meter no.");
pub const UTILITY: Both = both("类别", "Utility");
pub const PLACE: Both = both("位置", "Place");
pub const PAID: Both = both("实付金额", "Paid");
pub const PAID_WITH: Both = both("支付方式", "Paid with");
pub const WALLET: Both = both("钱包", "Wallet");
pub const CODE: Both = both("扫码支付", "QR code");
pub const NOTES: Both = both("投入纸币", "Notes");
pub const BEFORE: Both = both("充值前余额", "Balance before");
pub const AFTER: Both = both("充值后余额", "Balance now");
pub const PURCHASE: Both = both("购买次数", "Purchase no.");
pub const HAPPENED: Both = both("情况说明", "What happened");
pub const TO_DO: Both = both("如何处理", "What to do");
pub const CALL: Both = both("服务电话", "Call");
pub const KEEP: Both = both(
    "请妥善保管本凭证",
    "Keep this slip until the matter is settled",
);
pub const THANKS: Both = both("感谢使用", "Thank you");
pub const LEDGER: Both = both("账本记录", "Ledger entry");
pub const SCAN: Both = both("扫码核验本次记录", "Scan to check this record");

/// The headline.
pub fn title(kind: Slip) -> Both {
    match kind {
        Slip::Receipt => both("充值收据", "Top-up receipt"),
        Slip::Claim => both("退款凭证", "Claim slip"),
        Slip::Pending => both("待到账凭证", "Payment on its way"),
    }
}

/// What the big amount is.
pub fn amount(kind: Slip) -> Both {
    match kind {
        Slip::Receipt => both("已充入表内", "Credited to the meter"),
        Slip::Claim => both("应退还给您", "We owe you"),
        Slip::Pending => both("已收款，等待到账", "Paid, not yet confirmed by the meter"),
    }
}

/// What the meter measures.
pub fn utility(utility: Utility) -> Both {
    match utility {
        Utility::Electricity => both("电", "Electricity"),
        Utility::Water => both("水", "Water"),
        Utility::HotWater => both("热水", "Hot water"),
        Utility::Gas => both("燃气", "Gas"),
        Utility::Heat => both("供热", "Heat"),
    }
}

/// Why money is owed.
pub fn claim(reason: ClaimReason) -> Both {
    match reason {
        ClaimReason::Refused => both(
            "您的表没有接受这笔充值，款项未进入表内。",
            "The meter did not take this payment. The money is not on the meter.",
        ),
        ClaimReason::HoardingLimit => both(
            "充值后表内余额将超过上限，您的表没有接受这笔充值。",
            "The meter would hold more than it may, so it did not take this payment.",
        ),
        ClaimReason::NotReached => both(
            "终端无法连接您的表，这笔款项没有充入。",
            "The meter could not be reached. This payment was not sent to it.",
        ),
        ClaimReason::NoteInDoubt => both(
            "有一张纸币卡住，是否已入钞箱需要人工核实。",
            "A note got stuck. Whether it reached the cash box has to be checked.",
        ),
    }
}

pub const CLAIM_TO_DO: Both = both(
    "请拨打服务电话并报凭证号，核实后全额退还。",
    "Call and give the reference. The amount is paid back in full after a check.",
);
pub const PENDING_HAPPENED: Both = both(
    "款项已收到并已记录，您的表尚未确认到账。",
    "Your money is recorded. The meter has not confirmed it yet.",
);
pub const PENDING_TO_DO: Both = both(
    "终端会自动继续处理，请勿重复付款。如24小时后仍未到账，请拨打服务电话并报凭证号。",
    "The terminal keeps trying; do not pay again. If the credit is not there after 24 hours, call and give the reference.",
);

#[cfg(test)]
pub fn every_text() -> Vec<Both> {
    let slips = [Slip::Receipt, Slip::Claim, Slip::Pending];
    let utilities = [
        Utility::Electricity,
        Utility::Water,
        Utility::HotWater,
        Utility::Gas,
        Utility::Heat,
    ];
    let reasons = [
        ClaimReason::Refused,
        ClaimReason::HoardingLimit,
        ClaimReason::NotReached,
        ClaimReason::NoteInDoubt,
    ];
    let mut all = vec![
        TERMINAL,
        COPY,
        REFERENCE,
        TIME,
        CLOCK_NOT_SET,
        METER,
        UTILITY,
        PLACE,
        PAID,
        PAID_WITH,
        WALLET,
        CODE,
        NOTES,
        BEFORE,
        AFTER,
        PURCHASE,
        HAPPENED,
        TO_DO,
        CALL,
        KEEP,
        THANKS,
        LEDGER,
        SCAN,
        CLAIM_TO_DO,
        PENDING_HAPPENED,
        PENDING_TO_DO,
    ];
    all.extend(slips.map(title));
    all.extend(slips.map(amount));
    all.extend(utilities.map(utility));
    all.extend(reasons.map(claim));
    all
}
