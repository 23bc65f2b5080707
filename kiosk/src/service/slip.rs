//! The slips for staff, in Chinese and English as every slip is.

use meterpost_ledger::Money;

use super::Sight;
use super::facts::{Facts, SlipText};
use super::inside::Closed;
use super::pages::Check;

type Line = (&'static str, &'static str, String, bool);

fn line(zh: &'static str, en: &'static str, value: impl Into<String>) -> Line {
    (zh, en, value.into(), false)
}

fn strong(zh: &'static str, en: &'static str, value: impl Into<String>) -> Line {
    (zh, en, value.into(), true)
}

/// Which terminal, when, and who.
fn head(sight: &Sight<'_>, facts: &Facts, who: &str) -> Vec<Line> {
    let time = facts.time.clone();
    vec![
        line("终端", "Terminal", sight.rules.terminal.clone()),
        line("时间", "Time", time.unwrap_or_else(|| "-".to_owned())),
        line("人员", "By", who),
    ]
}

fn money(sight: &Sight<'_>, amount: Money) -> String {
    format!("{} {amount}", sight.rules.currency)
}

/// A page that shows what the printer can.
pub(super) fn test_page(sight: &Sight<'_>, facts: &Facts, who: &str) -> SlipText {
    let mut lines = head(sight, facts, who);
    lines.push(strong("数字", "Digits", "0123456789"));
    lines.push(line("金额", "Amount", money(sight, Money(123_456))));
    lines.push(line("版本", "Version", env!("CARGO_PKG_VERSION")));
    SlipText {
        title: ("打印测试", "Test page"),
        lines,
        foot: (
            "字迹应清晰、完整、居中，切纸应整齐。本页不是收据。",
            "It should be dark, whole and straight. This is no receipt.",
        ),
    }
}

/// What a cash box held, and what was counted.
pub(super) fn collection(
    sight: &Sight<'_>,
    facts: &Facts,
    who: &str,
    closed: &Closed,
    copy: u32,
) -> SlipText {
    let mut lines = head(sight, facts, who);
    lines.push(line("周期", "Period", closed.period.to_string()));
    for (value, count) in &closed.notes {
        let worth = Money(
            value
                .0
                .saturating_mul(i64::try_from(*count).unwrap_or(i64::MAX)),
        );
        let text = format!("{value} × {count} = {worth}");
        lines.push(line("纸币", "Notes", text));
    }
    lines.push(strong(
        "应有金额",
        "Expected",
        money(sight, closed.expected),
    ));
    match closed.counted {
        Some(counted) => {
            let difference = Money(counted.0.saturating_sub(closed.expected.0));
            lines.push(strong("清点金额", "Counted", money(sight, counted)));
            lines.push(strong("差额", "Difference", money(sight, difference)));
        }
        None => lines.push(line("清点金额", "Counted", "__________")),
    }
    lines.push(line("联次", "Copy", copy.to_string()));
    lines.push(line("签字", "Signature", "__________"));
    SlipText {
        title: ("钱箱清点单", "Cash collection"),
        lines,
        foot: (
            "一联随现金，一联存档。",
            "One copy goes with the money, one stays with the books.",
        ),
    }
}

/// Every check, passed or not.
pub(super) fn readiness(sight: &Sight<'_>, facts: &Facts, who: &str, checks: &[Check]) -> SlipText {
    let mut lines = head(sight, facts, who);
    let failing = checks.iter().filter(|check| !check.passed).count();
    for check in checks {
        let (zh, en) = check.printed();
        let value = if check.passed {
            "通过 ok"
        } else {
            "未通过 FAIL"
        };
        lines.push((zh, en, value.to_owned(), !check.passed));
    }
    let verdict = match failing {
        0 => "可以运行 ready".to_owned(),
        n => format!("未就绪 not ready: {n}/{}", checks.len()),
    };
    lines.push(strong("结论", "Verdict", verdict));
    SlipText {
        title: ("就绪检查", "Readiness report"),
        lines,
        foot: (
            "未通过的项目须在投入使用前处理。",
            "What fails has to be put right before residents use the terminal.",
        ),
    }
}
