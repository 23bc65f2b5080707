//! The pages' texts. English is the language of the templates; the rest is in tables, and a test finds what is missing in them.

use super::{words_data, words_desk};

/// A language of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// As cookies and HTML have it.
    pub(super) fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Chinese => "zh-CN",
        }
    }

    /// The language of this code, or of one that begins with it.
    pub(super) fn parse(code: &str) -> Option<Language> {
        match code.trim().get(..2)?.to_ascii_lowercase().as_str() {
            "en" => Some(Language::English),
            "zh" => Some(Language::Chinese),
            _ => None,
        }
    }

    /// A text in this language.
    pub(super) fn t(self, english: &'static str) -> &'static str {
        let found = || all().find(|(key, _)| *key == english);
        match self {
            Language::English => english,
            Language::Chinese => found().map_or(english, |(_, chinese)| chinese),
        }
    }

    /// A word of the database in this language.
    pub(super) fn of(self, word: &str) -> &str {
        words_data::word(word, self == Language::Chinese)
    }
}

/// All texts.
fn all() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    TABLE.iter().chain(words_desk::TABLE)
}

/// English and Chinese, in the order of the pages.
const TABLE: &[(&str, &str)] = &[
    ("Skip to the content", "跳到内容"),
    ("Home", "首页"),
    ("Accounts", "用户"),
    ("Sign out", "退出登录"),
    ("Sign in", "登录"),
    ("District", "区域"),
    ("Name", "姓名"),
    ("Password", "密码"),
    ("Continue", "继续"),
    ("Code of your authenticator app", "身份验证器中的验证码"),
    (
        "Six digits; a new one every 30 seconds",
        "六位数字，每 30 秒更新",
    ),
    ("Set up the second factor", "设置第二重验证"),
    (
        "Scan this with an authenticator app on your phone, then enter the code that it shows.",
        "请用手机上的身份验证器扫描，然后输入显示的验证码。",
    ),
    (
        "It cannot be scanned? Type this into the app:",
        "无法扫描？请在验证器中输入：",
    ),
    ("Choose a new password", "请设置新密码"),
    ("New password", "新密码"),
    (
        "At least 12 characters; a few words are best",
        "至少 12 个字符，用几个词组成最好",
    ),
    (
        "The name, the password or the code is wrong. Check them and try again.",
        "姓名、密码或验证码有误，请核对后重试。",
    ),
    (
        "Too many wrong tries. Wait this many seconds, then try again:",
        "错误次数过多，请等待以下秒数后重试：",
    ),
    (
        "The password is too short: at least 12 characters.",
        "密码太短：至少 12 个字符。",
    ),
    (
        "The password is too long: at most 200 bytes.",
        "密码太长：最多 200 字节。",
    ),
    (
        "This password would be tried first by anybody. Choose another one.",
        "这个密码太容易猜到，请换一个。",
    ),
    (
        "The sign-in took too long or was begun elsewhere. Begin again.",
        "登录超时或已在别处开始，请重新登录。",
    ),
    ("Terminals", "终端"),
    ("Entries at the server", "服务器已存条目"),
    ("Last contact", "上次联系"),
    ("In order", "正常"),
    ("Held: see the conflicts", "已暂停：请查看冲突"),
    ("No terminal is enrolled yet.", "尚无已登记的终端。"),
    ("Find an account", "查找用户"),
    (
        "Number, name, place, meter or card",
        "户号、姓名、地址、表号或卡号",
    ),
    ("Search", "查找"),
    ("No account fits.", "没有符合的用户。"),
    (
        "Only the first 50 are shown. Type more.",
        "只显示前 50 个，请输入更多内容。",
    ),
    ("Account", "户号"),
    ("Place", "地址"),
    ("Meters", "表计"),
    ("Cards", "卡"),
    ("Wallet", "钱包"),
    ("Balance", "余额"),
    ("Held", "冻结"),
    ("Owed", "欠款"),
    ("Take money at the counter", "柜台收款"),
    ("Amount", "金额"),
    ("Paid in cash", "现金"),
    ("By bank transfer", "银行转账"),
    (
        "Reference of the receipt or the transfer",
        "收据号或转账流水号",
    ),
    ("Take", "收款"),
    ("Movements", "明细"),
    ("When", "时间"),
    ("What", "事项"),
    ("By", "经办人"),
    ("Nothing yet.", "暂无记录。"),
    ("Check a receipt", "查验凭条"),
    (
        "Scan the code on the slip with your phone, copy the text that it shows, and paste it here.",
        "请用手机扫描凭条上的二维码，复制显示的文字并粘贴到这里。",
    ),
    (
        "Text of the code; it begins with MP1:",
        "二维码文字，以 MP1: 开头",
    ),
    ("Check", "查验"),
    ("Genuine and on record", "真实，已入账"),
    (
        "A terminal printed this, and the server has it on record. There is nothing to do; keep the slip.",
        "此凭条由终端打印，服务器已有记录。无需任何操作，请保留凭条。",
    ),
    ("Genuine, not yet on record", "真实，尚未入账"),
    (
        "A terminal signed this, but has not brought it to the server yet, as while it has no network. Keep the slip and check it again tomorrow. If it is still not on record then, bring it to the office.",
        "此凭条由终端签名，但尚未上传到服务器（例如终端暂时断网）。请保留凭条，明天再次查验；若仍未入账，请携带凭条到营业厅。",
    ),
    (
        "Warning: signed by the terminal, but the record says something else",
        "警告：终端已签名，但与记录不符",
    ),
    (
        "Something is wrong with this terminal, or the slip was made with a stolen key. The operator has been told. Bring the slip to the office; do not pay or hand out anything for it before.",
        "该终端存在问题，或凭条由被盗的密钥制作。运营方已收到通知。请携带凭条到营业厅；在此之前请勿据此付款或兑付。",
    ),
    ("Not genuine", "不真实"),
    (
        "No terminal of this operator signed this. Nothing on such a slip counts. If a terminal printed it for you, bring it to the office and say which terminal.",
        "此凭条未经本运营方任何终端签名，其内容无效。如果是终端为您打印的，请携带凭条到营业厅并说明是哪台终端。",
    ),
    ("Unreadable", "无法识别"),
    (
        "This is not the whole text of a slip's code. Scan it again in good light, flat, and copy all of the text from MP1: to its end.",
        "这不是凭条二维码的完整文字。请将凭条放平，在光线充足处重新扫描，并复制从 MP1: 到末尾的全部文字。",
    ),
    (
        "Too many checks from here. Wait a minute, then try again.",
        "查验过于频繁，请一分钟后再试。",
    ),
    ("What the terminal signed", "终端签名的内容"),
    ("Slip", "凭条"),
    ("Receipt: the credit is at the meter", "凭条：已充值到表"),
    (
        "Claim: the terminal owes this money",
        "欠款凭条：终端欠付此款",
    ),
    (
        "Pending: it is not known yet whether the credit reached the meter",
        "待定凭条：尚不确定是否已充值到表",
    ),
    (
        "A slip printed long after its sale; its code does not say more",
        "交易很久之后打印的凭条，二维码不含更多内容",
    ),
    ("Utility", "类别"),
    ("Reports", "报表"),
    ("From", "开始日期"),
    ("Until", "结束日期"),
    ("At the end of", "截至"),
    ("Terminal", "终端"),
    ("Clerk", "收费员"),
    ("Building", "楼栋"),
    ("Utility", "类型"),
    ("All", "全部"),
    ("Electricity", "电"),
    ("Water", "水"),
    ("Hot water", "热水"),
    ("Gas", "燃气"),
    ("Heat", "供热"),
    ("Meter", "表号"),
    ("by a clock that had not been set", "终端时钟未校准"),
    ("Terminal", "终端"),
    ("Entry", "条目号"),
    ("Heat", "热力"),
    ("Show", "查询"),
    ("Save as", "导出"),
    ("Nothing in this period.", "此期间没有记录。"),
    ("Pages", "分页"),
    ("Previous page", "上一页"),
    ("Next page", "下一页"),
    ("rows", "行"),
    ("Put a meter behind a main meter", "设置分表的总表"),
    ("Meter", "表号"),
    ("Main meter; left empty: behind none", "总表；留空则取消"),
    ("Put", "保存"),
    ("There is no such page.", "没有这个页面。"),
    ("Your role does not allow this.", "您的角色没有此权限。"),
    (
        "The form is not this session's own. Go back, load the page anew, and send it again.",
        "表单已失效，请返回刷新页面后重新提交。",
    ),
    (
        "What was entered cannot be taken. Go back and correct it:",
        "输入有误，请返回修改：",
    ),
    (
        "Something is wrong at the server. Nothing was changed; try again in a minute.",
        "服务器出现问题，未作任何更改，请稍后重试。",
    ),
    ("Tariffs", "价格方案"),
    ("Tariff", "价格"),
    ("Version", "版本"),
    ("Valid from", "生效日期"),
    ("State", "状态"),
    ("Drafted by", "起草人"),
    ("Activated by", "批准人"),
    ("Withdrawn by", "撤回人"),
    ("Draft a version", "起草新版本"),
    (
        "Name of the tariff; default is for meters that name none",
        "方案名称；default 用于未指定方案的表计",
    ),
    ("Tariff as JSON", "价格方案（JSON）"),
    ("Save the draft", "保存草稿"),
    ("Ask for activation", "申请生效"),
    ("Activate", "批准生效"),
    ("Withdraw", "撤回"),
    ("Try it on an account's settled days", "用某户已结算日试算"),
    ("First day", "起始日"),
    ("Last day", "截止日"),
    ("Calculate", "试算"),
    ("Meter", "表计"),
    ("Days", "天数"),
    ("Consumption", "用量"),
    ("Was charged", "原金额"),
    ("By this tariff", "按此方案"),
    ("Difference", "差额"),
    (
        "This account has no settled days there.",
        "该户在此期间没有已结算日。",
    ),
    ("Settlement", "结算"),
    ("Meters that are not settled", "未结算的表计"),
    ("All meters are settled.", "所有表计均已结算。"),
    ("Since", "起始"),
    ("Why", "原因"),
    ("Enter a change of a register", "登记换表或读数核实"),
    ("Day", "日期"),
    ("The old register ended at", "旧表止度"),
    ("The new register began at", "新表起度"),
    ("Reason", "原因说明"),
    ("Enter", "登记"),
    ("Remove", "删除"),
    ("When it is warned and cut off", "预警与断供规则"),
    (
        "Account; empty: all that have nothing of their own",
        "户号；留空表示所有未单独设置的用户",
    ),
    ("First warning at", "一级预警余额"),
    ("Second warning at", "二级预警余额"),
    ("Emergency credit", "应急额度"),
    ("Not cut off from", "不断供时段起"),
    ("until", "止"),
    ("Never cut off", "保电（不断供）"),
    ("Days on which nobody is cut off", "不断供的节假日"),
    ("Leaks and use by night", "漏损与夜间用量"),
    ("The night", "夜间时段"),
    ("Nights of a leak", "漏损判定夜数"),
    (
        "Smallest flow above, units an hour",
        "最小流量高于（单位/小时）",
    ),
    ("Use in a night above, units", "夜间用量高于（单位）"),
    ("The night begins at", "夜间开始于"),
    ("and ends at", "结束于"),
    (
        "Nights in a row of a leak; empty: leaks are not watched",
        "连续多少夜判为漏损；留空则不监测",
    ),
    (
        "Use in a night above, units; empty: not watched",
        "夜间用量高于（单位）；留空则不监测",
    ),
    (
        "A quantity is a number such as 0.005, and a time one such as 02:00.",
        "用量如 0.005，时间如 02:00。",
    ),
    ("Of", "对象"),
    ("Warned, cut off and restored", "预警、断供与恢复记录"),
    ("Balance less debt", "余额减欠款"),
    (
        "A register is a number such as 515.25; rates follow the total, with spaces between.",
        "读数形如 515.25；分时读数写在总读数之后，用空格隔开。",
    ),
    (
        "An amount is a number such as 20.00, and a time one such as 22:00.",
        "金额形如 20.00，时间形如 22:00。",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `t("…")` of the templates and of this folder, and the files' whole text.
    fn used() -> (Vec<String>, String) {
        let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let files = [here.join("templates"), here.join("src/office")]
            .into_iter()
            .flat_map(|folder| std::fs::read_dir(folder).unwrap())
            .map(|file| file.unwrap().path())
            .chain([here.join("src/head_end/inbox.rs")])
            .filter(|path| !path.to_string_lossy().contains("words"));
        let (mut found, mut whole) = (Vec::new(), String::new());
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            whole.push_str(&text);
            for (at, _) in text.match_indices("t(") {
                // `t` by itself, not the end of `get` or `insert`.
                let before = text[..at].chars().next_back();
                let quoted = text[at + 2..].trim_start().strip_prefix('"');
                if let (false, Some(rest)) = (before.is_some_and(char::is_alphanumeric), quoted) {
                    found.push(rest.split('"').next().unwrap().to_owned());
                }
            }
        }
        (found, whole)
    }

    #[test]
    fn every_text_of_the_pages_is_there_in_chinese_and_none_is_left_over() {
        let (used, whole) = used();
        assert!(used.len() > 40, "the pages were found: {used:?}");
        for text in &used {
            assert!(
                all().any(|(english, _)| english == text),
                "not translated: {text}"
            );
        }
        for (english, chinese) in all() {
            // Menus and lists of acts keep their words in tables.
            let shown = whole.contains(&format!("\"{english}\""));
            assert!(shown, "on no page: {english}");
            assert!(chinese.chars().any(|c| c > '\u{2e80}'), "{chinese}");
        }
    }

    #[test]
    fn languages_are_known_by_their_beginning() {
        for (code, language) in [
            ("zh", Some(Language::Chinese)),
            ("zh-TW", Some(Language::Chinese)),
            ("EN-us", Some(Language::English)),
            ("de", None),
            ("", None),
            ("z", None),
        ] {
            assert_eq!(Language::parse(code), language, "{code}");
        }
    }
}
