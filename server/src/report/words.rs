//! Words that rows hold, as people read them.

use super::table::{Language, Said};

const WORDS: [(&str, Said); 18] = [
    ("till_cash", Said("Cash at a terminal", "终端现金")),
    ("counter_cash", Said("Cash at the counter", "柜台现金")),
    ("transfer", Said("Bank transfer", "银行转账")),
    ("code", Said("QR payment", "扫码支付")),
    (
        "till_code",
        Said("QR payment at a terminal", "终端扫码支付"),
    ),
    ("given_back", Said("Given back", "退款")),
    ("wallet", Said("From a wallet", "钱包支付")),
    ("credited", Said("Credited at a meter", "表计充值")),
    ("owed", Said("Owed on a claim", "凭单待付")),
    ("in_doubt", Said("Note in doubt", "存疑纸币")),
    ("taken", Said("All that is taken", "全部收入")),
    ("electricity", Said("Electricity", "电")),
    ("water", Said("Water", "水")),
    ("hot_water", Said("Hot water", "热水")),
    ("gas", Said("Gas", "燃气")),
    ("heat", Said("Heat", "热力")),
    ("clock_unset", Said("clock not set", "时钟未设置")),
    ("clock_restored", Said("clock restored", "时钟为恢复值")),
];

/// The word in a language; itself where it is none of ours.
pub(super) fn said(word: &str, language: Language) -> &str {
    let found = WORDS.iter().find(|(known, _)| *known == word);
    found.map_or(word, |(_, said)| said.in_(language))
}
