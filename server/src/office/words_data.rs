//! Words of the database as people read them: states, roles, kinds, books.

/// The word, English and Chinese.
const TABLE: &[(&str, &str, &str)] = &[
    ("manager", "manager", "主管"),
    ("clerk", "clerk", "营业员"),
    ("maintenance", "maintenance", "维护员"),
    ("auditor", "auditor", "审计员"),
    ("administrator", "administrator", "管理员"),
    ("resident", "resident", "住户"),
    ("electricity", "electricity", "电"),
    ("water", "water", "水"),
    ("hot_water", "hot water", "热水"),
    ("gas", "gas", "燃气"),
    ("heat", "heat", "热力"),
    ("ordered", "ordered", "待制"),
    ("issued", "issued", "在用"),
    ("lost", "lost", "挂失"),
    ("revoked", "void", "作废"),
    ("reclaimed", "handed in", "已收回"),
    ("waiting", "waiting", "待处理"),
    ("approved", "approved", "已同意"),
    ("refused", "refused", "已拒绝"),
    ("settled", "settled", "已结清"),
    ("certified", "certified", "已签发"),
    ("done", "done", "完成"),
    ("failed", "failed", "失败"),
    ("taken", "taken by the terminal", "终端已接收"),
    ("unknown", "unknown", "未知"),
    ("expired", "expired", "已过期"),
    ("cancelled", "taken back", "已撤回"),
    ("queued", "waiting", "排队"),
    ("sent", "under way", "执行中"),
    ("applied", "done", "已执行"),
    ("read", "read", "抄表"),
    ("on", "let through", "合闸/开阀"),
    ("off", "cut off", "拉闸/关阀"),
    ("credit", "credit", "充值"),
    ("clock", "clock checked", "检查时钟"),
    ("set_clock", "clock set", "校时"),
    ("starting", "starting", "启动中"),
    ("free", "free", "空闲"),
    ("busy", "busy", "使用中"),
    ("out_of_service", "out of service", "停止服务"),
    ("locked", "closed by a command", "远程停用"),
    ("day", "day", "日"),
    ("month", "month", "月"),
    ("open", "asked for", "召读中"),
    ("missing", "missing", "缺失"),
    ("in_sync", "in order", "正常"),
    ("behind", "behind", "落后"),
    ("held", "held", "暂停"),
    ("suspect", "suspect", "可疑"),
    ("closed", "closed", "已关闭"),
    ("wallet", "wallet", "钱包"),
    ("debt", "debt", "欠款"),
    ("desk", "over the counter", "柜台"),
    ("bank", "by bank", "银行"),
    ("origin", "where it came from", "原路"),
    ("provider", "payment provider", "支付平台"),
    ("wallet.top_up", "paid in", "收款"),
    ("meter.returned", "came back from a meter", "拆表退回"),
    (
        "settlement.charged",
        "used, paid from the wallet",
        "用量扣费",
    ),
    ("settlement.owed", "used, owed", "用量欠费"),
    (
        "settlement.returned",
        "charged too much, given back",
        "多扣退回",
    ),
    ("hold.made", "put aside", "冻结"),
    ("hold.captured", "delivered to a meter", "已充入表计"),
    ("hold.released", "not delivered, given back", "未充入，解冻"),
    ("hold.spent", "delivered offline", "离线充入"),
    ("debt.repaid", "debt paid", "偿还欠款"),
    ("reversal", "given back", "冲正/退款"),
    ("payment.received", "paid by QR code", "扫码支付"),
    ("draft", "draft", "草案"),
    ("active", "active", "已生效"),
    ("withdrawn", "withdrawn", "已撤销"),
    ("fine", "in order", "正常"),
    ("warn_first", "first warning", "一级预警"),
    ("warn_second", "second warning", "二级预警"),
    ("cut_off", "cut off for debt", "欠费断供"),
    ("restore", "let through again", "恢复供应"),
    ("no_opening", "no opening reading", "无起始读数"),
    ("no_tariff", "no tariff in force", "无生效价格"),
    ("unit", "another unit", "单位不符"),
    ("register", "another register", "寄存器不符"),
    ("backwards", "ran backwards", "读数倒退"),
    ("large", "too much for one day", "用量异常"),
    ("no_history", "nothing to estimate from", "无历史用量"),
    ("silent", "no reading for long", "长期无读数"),
    ("charge", "cannot be charged", "无法计费"),
    ("lock", "close it to residents", "停用"),
    ("unlock", "open it again", "启用"),
    ("restart", "start the program anew", "重启程序"),
    ("reboot", "start the machine anew", "重启设备"),
    ("update", "install a version", "升级软件"),
    ("read_meter", "read a meter", "读取表计"),
    ("send_logs", "bring lines of its log", "上传日志"),
    ("account", "account", "户"),
    ("name", "name", "姓名"),
    ("place", "place", "地址"),
    ("district", "district", "区域"),
    ("fork", "two histories", "日志分叉"),
    ("rollback", "entries were lost", "日志回退"),
    ("older_epoch", "an older epoch", "旧纪元"),
];

/// A word in a language; the word itself where it is none of these.
pub(super) fn word(word: &str, chinese: bool) -> &str {
    let found = TABLE.iter().find(|(key, _, _)| *key == word);
    match (found, chinese) {
        (None, _) => word,
        (Some((_, english, _)), false) => english,
        (Some((_, _, chinese)), true) => chinese,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards::{CardKind, CardState};
    use crate::staff::Role;
    use crate::wallet::Via;

    #[test]
    fn every_role_state_and_way_has_its_word() {
        let mut words: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
        words.extend(CardState::ALL.iter().map(|state| state.name()));
        words.extend(CardKind::ALL.iter().map(|kind| kind.name()));
        words.extend([Via::Origin, Via::Desk, Via::Bank, Via::Provider].map(Via::name));
        for known in words {
            assert!(
                TABLE.iter().any(|(key, _, _)| *key == known),
                "no word for {known}"
            );
        }
        for (place, (key, _, _)) in TABLE.iter().enumerate() {
            let again = TABLE
                .iter()
                .skip(place + 1)
                .any(|(other, _, _)| other == key);
            assert!(!again, "{key} stands there twice");
        }
    }

    #[test]
    fn a_word_that_is_none_is_shown_as_it_is() {
        assert_eq!(word("somethingelse", true), "somethingelse");
        assert_eq!(word("revoked", false), "void");
        assert_eq!(word("revoked", true), "作废");
    }
}
