//! The pages' texts. English is the language of the templates; the rest is in one table, and a test finds what is missing in it.

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
        let found = || TABLE.iter().find(|(key, _)| *key == english);
        match self {
            Language::English => english,
            Language::Chinese => found().map_or(english, |(_, chinese)| chinese),
        }
    }
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

    /// Every `t("…")` of the templates and of this folder.
    fn used() -> Vec<String> {
        let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let files = [here.join("templates"), here.join("src/office")]
            .into_iter()
            .flat_map(|folder| std::fs::read_dir(folder).unwrap())
            .map(|file| file.unwrap().path())
            .filter(|path| !path.ends_with("words.rs"));
        let mut found = Vec::new();
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            for (at, _) in text.match_indices("t(") {
                // `t` by itself, not the end of `get` or `insert`.
                let before = text[..at].chars().next_back();
                let quoted = text[at + 2..].trim_start().strip_prefix('"');
                if let (false, Some(rest)) = (before.is_some_and(char::is_alphanumeric), quoted) {
                    found.push(rest.split('"').next().unwrap().to_owned());
                }
            }
        }
        found
    }

    #[test]
    fn every_text_of_the_pages_is_there_in_chinese_and_none_is_left_over() {
        let used = used();
        assert!(used.len() > 40, "the pages were found: {used:?}");
        for text in &used {
            assert!(
                TABLE.iter().any(|(english, _)| english == text),
                "not translated: {text}"
            );
        }
        for (english, chinese) in TABLE {
            let shown = used.iter().any(|text| text == english);
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
