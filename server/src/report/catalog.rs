//! Every report: its columns and its statement. `docs/reports.md` says what each figure means.

use super::asked::Name;
use super::moved::{ASKED, BUILDING, CHARGE, MOVED, TAKEN};
use super::table::Column;

const DAYS: &[Column] = &[
    Column::day("Day", "日期"),
    Column::money("Cash at terminals", "终端现金"),
    Column::money("Cash at the counter", "柜台现金"),
    Column::money("Bank transfers", "银行转账"),
    Column::money("QR payments", "扫码支付"),
    Column::money("Given back", "退款"),
    Column::money("Taken in all", "收入合计"),
    Column::money("From wallets", "钱包支付"),
    Column::money("Credited at meters", "表计充值"),
    Column::count("Credits", "充值笔数"),
];

const MONTHS: &[Column] = &[
    Column::text("Month", "月份"),
    DAYS[1],
    DAYS[2],
    DAYS[3],
    DAYS[4],
    DAYS[5],
    DAYS[6],
    DAYS[7],
    DAYS[8],
    DAYS[9],
];

const CHARGES: &[Column] = &[
    Column::moment("When", "时间"),
    Column::text("Reference", "凭证号"),
    Column::text("Account", "户号"),
    Column::text("Meter", "表号"),
    Column::word("Utility", "类型"),
    Column::word("Paid by", "支付方式"),
    Column::text("Clerk", "收费员"),
    Column::money("Money in", "收款"),
    Column::money("From wallets", "钱包支付"),
];

const TERMINALS: &[Column] = &[
    Column::text("Terminal", "终端"),
    Column::count("Credits", "充值笔数"),
    Column::money("Cash", "现金"),
    Column::money("From wallets", "钱包支付"),
    Column::money("QR payments", "扫码支付"),
    Column::money("Credited at meters", "表计充值"),
    Column::money("Owed on claims", "凭单待付"),
    Column::money("Notes in doubt", "存疑纸币"),
];

const CLERKS: &[Column] = &[
    Column::text("Clerk", "收费员"),
    Column::count("Receipts", "收款笔数"),
    Column::money("Cash at the counter", "柜台现金"),
    Column::money("Bank transfers", "银行转账"),
    Column::money("Given back", "退款"),
    Column::money("Taken in all", "收入合计"),
];

const UTILITIES: &[Column] = &[
    Column::word("Utility", "类型"),
    Column::count("Credits", "充值笔数"),
    Column::money("Cash at terminals", "终端现金"),
    Column::money("From wallets", "钱包支付"),
    Column::money("QR payments", "扫码支付"),
    Column::money("Credited at meters", "表计充值"),
];

const BUILDINGS: &[Column] = &[
    Column::text("Building", "楼栋"),
    UTILITIES[1],
    UTILITIES[2],
    UTILITIES[3],
    UTILITIES[4],
    UTILITIES[5],
];

const CASH: &[Column] = &[
    Column::text("Terminal", "终端"),
    Column::text("Box", "钱箱周期"),
    Column::moment("Since", "开始"),
    Column::moment("Emptied", "取出"),
    Column::text("By", "取款人"),
    Column::money("Notes booked", "入账纸币"),
    Column::money("Taken out", "取出金额"),
    Column::text("Counted by", "清点人"),
    Column::money("Counted", "清点金额"),
    Column::money("Difference", "差额"),
];

const ARREARS: &[Column] = &[
    Column::text("Account", "户号"),
    Column::text("Name", "姓名"),
    Column::text("Place", "地址"),
    Column::moment("Last on credit", "最近赊用"),
    Column::money("Owed", "欠款"),
];

const BALANCES: &[Column] = &[
    ARREARS[0],
    ARREARS[1],
    ARREARS[2],
    Column::money("Balance", "余额"),
    Column::money("Held", "冻结"),
    Column::money("Owed", "欠款"),
];

const ACCOUNTS: &[Column] = &[
    ARREARS[0],
    ARREARS[1],
    ARREARS[2],
    Column::money("At the beginning", "期初"),
    Column::money("Paid in", "存入"),
    Column::money("Used", "使用"),
    Column::money("Given back", "退款"),
    Column::money("At the end", "期末"),
];

const CONSUMPTION: &[Column] = &[
    ARREARS[0],
    ARREARS[1],
    ARREARS[2],
    Column::word("Utility", "类型"),
    Column::text("Meter", "表号"),
    Column::quantity("Used", "用量"),
    Column::count("Days", "天数"),
    Column::count("Days estimated", "估算天数"),
    Column::money("Charged", "费用"),
];

const LOSSES: &[Column] = &[
    Column::text("Main meter", "总表"),
    Column::word("Utility", "类型"),
    Column::quantity("Through the main meter", "总表用量"),
    Column::count("Meters behind it", "分表数"),
    Column::count("Without readings", "缺读数"),
    Column::quantity("Through those", "分表用量"),
    Column::quantity("Lost", "损耗"),
    Column::quantity("Lost, %", "损耗率 %"),
];

const ENTRIES: &[Column] = &[
    Column::moment("When", "时间"),
    Column::word("What", "事项"),
    Column::text("Reference", "凭证号"),
    Column::text("Account", "户号"),
    Column::text("Meter", "表号"),
    Column::text("Clerk", "收费员"),
    Column::word("Remark", "备注"),
    Column::money("Amount", "金额"),
];

/// A report's columns.
pub(super) fn columns(name: Name) -> &'static [Column] {
    match name {
        Name::Days => DAYS,
        Name::Months => MONTHS,
        Name::Charges => CHARGES,
        Name::Terminals => TERMINALS,
        Name::Clerks => CLERKS,
        Name::Utilities => UTILITIES,
        Name::Buildings => BUILDINGS,
        Name::Cash => CASH,
        Name::Arrears => ARREARS,
        Name::Balances => BALANCES,
        Name::Accounts => ACCOUNTS,
        Name::Consumption => CONSUMPTION,
        Name::Losses => LOSSES,
        Name::Entries => ENTRIES,
    }
}

/// A report's statement: its rows have the columns' types, in their order.
pub(super) fn statement(name: Name) -> String {
    match name {
        Name::Days => takings("day", "1 day", "day::date"),
        Name::Months => takings("month", "1 month", "to_char(day, 'YYYY-MM')"),
        Name::Charges => charges(),
        Name::Terminals => terminals(),
        Name::Clerks => clerks(),
        Name::Utilities => by_charge("coalesce(utility, '')"),
        Name::Buildings => by_charge(BUILDING),
        Name::Cash => format!("{ASKED} {CASH_BOXES}"),
        Name::Arrears => arrears(),
        Name::Balances => balances(),
        Name::Accounts => accounts(),
        Name::Consumption => consumption(),
        Name::Losses => format!("{ASKED} {LOST}"),
        Name::Entries => entries(),
    }
}

/// The sum of one kind of movement.
fn sum(what: &str) -> String {
    format!("coalesce(sum(amount) FILTER (WHERE what = '{what}'), 0)::bigint")
}

fn takings(unit: &str, step: &str, shown: &str) -> String {
    let sums: Vec<String> = [
        "till_cash",
        "counter_cash",
        "transfer",
        "code",
        "given_back",
    ]
    .map(sum)
    .into();
    let (sums, wallet, credited) = (sums.join(", "), sum("wallet"), sum("credited"));
    format!(
        "{ASKED} {MOVED} SELECT {shown}, {sums}, coalesce(sum(amount) FILTER (WHERE what IN {TAKEN}), 0)::bigint, {wallet}, {credited}, \
             count(*) FILTER (WHERE what = 'credited') \
         FROM generate_series(date_trunc('{unit}', $8::timestamp), $9::timestamp, interval '{step}') AS day \
         LEFT JOIN (SELECT what, amount, date_trunc('{unit}', to_timestamp(at) AT TIME ZONE $3) AS happened FROM moved \
                    WHERE ($4 IS NULL OR terminal = $4) AND ($5 IS NULL OR clerk = $5)) AS m ON m.happened = day \
         GROUP BY day ORDER BY day"
    )
}

fn charges() -> String {
    format!(
        "{ASKED} {CHARGE} SELECT to_timestamp(at) AT TIME ZONE $3, reference, account, meter, utility, means, clerk, \
             CASE WHEN means <> 'wallet' THEN amount ELSE 0 END, CASE WHEN means = 'wallet' THEN amount ELSE 0 END \
         FROM charge LEFT JOIN account USING (account) WHERE {} ORDER BY at, reference",
        narrow_charge()
    )
}

/// A building's or a utility's rows are credits at meters.
fn narrow_charge() -> String {
    format!(
        "($4 IS NULL OR terminal = $4) AND ($5 IS NULL OR clerk = $5) \
         AND ($6 IS NULL OR (terminal IS NOT NULL AND coalesce(utility, '') = $6)) AND ($7 IS NULL OR account = $7) \
         AND ($10 IS NULL OR (terminal IS NOT NULL AND {BUILDING} = $10)) AND ($11 IS NULL OR means = $11)"
    )
}

fn terminals() -> String {
    let sums: Vec<String> = [
        "till_cash",
        "wallet",
        "till_code",
        "credited",
        "owed",
        "in_doubt",
    ]
    .map(sum)
    .into();
    format!(
        "{ASKED} {MOVED} SELECT terminal, count(*) FILTER (WHERE what = 'credited'), {} FROM moved \
         WHERE terminal IS NOT NULL AND ($4 IS NULL OR terminal = $4) GROUP BY terminal ORDER BY terminal",
        sums.join(", ")
    )
}

fn clerks() -> String {
    let (cash, transfer, back) = (sum("counter_cash"), sum("transfer"), sum("given_back"));
    format!(
        "{ASKED} {MOVED} SELECT clerk, count(*) FILTER (WHERE what <> 'given_back'), {cash}, {transfer}, {back}, sum(amount)::bigint \
         FROM moved WHERE clerk IS NOT NULL AND ($5 IS NULL OR clerk = $5) GROUP BY clerk ORDER BY clerk"
    )
}

fn by_charge(key: &str) -> String {
    let means =
        |means: &str| format!("coalesce(sum(amount) FILTER (WHERE means = '{means}'), 0)::bigint");
    format!(
        "{ASKED} {CHARGE} SELECT {key}, count(*), {}, {}, {}, sum(amount)::bigint \
         FROM charge LEFT JOIN account USING (account) WHERE terminal IS NOT NULL AND ($4 IS NULL OR terminal = $4) \
         GROUP BY 1 ORDER BY 1",
        means("till_cash"),
        means("wallet"),
        means("code")
    )
}

/// Each box that was emptied in the period, and each one that is filling up now.
const CASH_BOXES: &str = ", emptied AS ( \
     SELECT terminal, epoch, period, lag(seq, 1, -1::bigint) OVER w AS above, seq, lag(at) OVER w AS since, at, made_by, amount \
     FROM cash_collection WINDOW w AS (PARTITION BY terminal, epoch ORDER BY seq)), \
     box AS ( \
     SELECT * FROM emptied WHERE at >= $1 AND at < $2 \
     UNION ALL \
     SELECT log.terminal, log.epoch, coalesce(last.period, 0) + 1, coalesce(last.seq, -1), 9223372036854775807, last.at, NULL, NULL, NULL \
     FROM log_read log LEFT JOIN LATERAL (SELECT period, seq, at FROM cash_collection c WHERE c.tenant = log.tenant \
          AND c.terminal = log.terminal AND c.epoch = log.epoch ORDER BY seq DESC LIMIT 1) AS last ON true) \
     SELECT terminal, epoch || '/' || period, to_timestamp(box.since) AT TIME ZONE $3, to_timestamp(box.at) AT TIME ZONE $3, made_by, \
            booked.amount, box.amount, counted_by, counted, counted - booked.amount, epoch, above, box.seq \
     FROM box LEFT JOIN cash_count USING (terminal, epoch, period) \
     CROSS JOIN LATERAL (SELECT coalesce(sum(m.cash_box), 0)::bigint AS amount FROM terminal_money m \
          WHERE m.tenant = current_setting('meterpost.tenant') AND m.terminal = box.terminal AND m.epoch = box.epoch \
          AND m.seq > box.above AND m.seq < box.seq AND m.event IN (4, 19)) AS booked \
     WHERE ($4 IS NULL OR terminal = $4) AND (box.at IS NOT NULL OR booked.amount <> 0) ORDER BY terminal, epoch, period";

fn arrears() -> String {
    format!(
        "{ASKED} SELECT account, name, place, to_timestamp(last) AT TIME ZONE $3, debt FROM ( \
             SELECT p.account, sum(p.amount)::bigint AS debt, max(j.at) FILTER (WHERE p.amount > 0) AS last \
             FROM wallet_posting p JOIN posting_journal j USING (tenant, journal) WHERE p.book = 'debt' AND j.at < $2 \
             GROUP BY p.account HAVING sum(p.amount) <> 0) AS owed \
         JOIN account USING (account) WHERE ($7 IS NULL OR account = $7) AND ($10 IS NULL OR {BUILDING} = $10) ORDER BY account"
    )
}

fn balances() -> String {
    format!(
        "{ASKED} SELECT account, name, place, balance, held, debt FROM ( \
             SELECT p.account, coalesce(-sum(p.amount) FILTER (WHERE p.book = 'wallet'), 0)::bigint AS balance, \
                    coalesce(-sum(p.amount) FILTER (WHERE p.book = 'held'), 0)::bigint AS held, \
                    coalesce(sum(p.amount) FILTER (WHERE p.book = 'debt'), 0)::bigint AS debt \
             FROM wallet_posting p JOIN posting_journal j USING (tenant, journal) WHERE p.account IS NOT NULL AND j.at < $2 \
             GROUP BY p.account) AS has \
         JOIN account USING (account) WHERE ($7 IS NULL OR account = $7) AND ($10 IS NULL OR {BUILDING} = $10) ORDER BY account"
    )
}

fn accounts() -> String {
    let kinds = |kinds: &str| {
        format!(
            "coalesce(-sum(p.amount) FILTER (WHERE j.at >= $1 AND j.kind IN ({kinds})), 0)::bigint"
        )
    };
    format!(
        "{ASKED} SELECT account.account, name, place, coalesce(before, 0), coalesce(paid, 0), coalesce(used, 0), coalesce(back, 0), \
                        coalesce(after, 0) \
         FROM account LEFT JOIN ( \
             SELECT p.account, coalesce(-sum(p.amount) FILTER (WHERE j.at < $1), 0)::bigint AS before, {} AS paid, {} AS used, {} AS back, \
                    coalesce(-sum(p.amount), 0)::bigint AS after \
             FROM wallet_posting p JOIN posting_journal j USING (tenant, journal) WHERE p.account IS NOT NULL AND j.at < $2 \
             GROUP BY p.account) AS moved ON moved.account = account.account \
         WHERE ($7 IS NULL OR account.account = $7) AND ($10 IS NULL OR {BUILDING} = $10) ORDER BY account.account",
        kinds("'wallet.top_up', 'payment.received', 'meter.returned'"),
        kinds(
            "'hold.captured', 'hold.spent', 'settlement.charged', 'settlement.owed', 'settlement.returned'"
        ),
        kinds("'reversal', 'payment.returning', 'payment.refunded'")
    )
}

/// Days by the newest revision of each.
fn consumption() -> String {
    format!(
        "{ASKED} SELECT d.account, account.name, account.place, d.utility, d.meter, round(sum(d.consumption) / 10000.0, 2)::text, \
                count(*), count(*) FILTER (WHERE d.basis = 'estimated'), sum(d.charge)::bigint \
         FROM (SELECT DISTINCT ON (meter, day) account, utility, meter, consumption, basis, charge FROM settled_day \
               WHERE day BETWEEN $8 AND $9 ORDER BY meter, day, revision DESC) AS d \
         LEFT JOIN account ON account.tenant = current_setting('meterpost.tenant') AND account.account = d.account \
         WHERE ($6 IS NULL OR d.utility = $6) AND ($7 IS NULL OR d.account = $7) AND ($10 IS NULL OR {BUILDING} = $10) \
         GROUP BY d.account, account.name, account.place, d.utility, d.meter ORDER BY d.account, d.utility, d.meter"
    )
}

/// Through a meter goes what its reading at the end of the last day says beyond that at the end of the day before the first.
const LOST: &str = ", through AS ( \
     SELECT number, utility, ends.value / 10.0 ^ ends.places - begins.value / 10.0 ^ begins.places AS amount FROM meter \
     LEFT JOIN reading ends ON ends.tenant = meter.tenant AND ends.meter = number AND ends.kind = 'day' AND ends.at = $9::timestamp \
     LEFT JOIN reading begins ON begins.tenant = meter.tenant AND begins.meter = number AND begins.kind = 'day' \
          AND begins.at = $8::timestamp - interval '1 day') \
     SELECT main.number, main.utility, round(main.amount, 2)::text, count(*), count(*) FILTER (WHERE one.amount IS NULL), \
            round(sum(one.amount), 2)::text, \
            CASE WHEN count(*) = count(one.amount) THEN round(main.amount - sum(one.amount), 2)::text END, \
            CASE WHEN count(*) = count(one.amount) AND main.amount > 0 \
                 THEN round((main.amount - sum(one.amount)) * 100 / main.amount, 1)::text END \
     FROM main_meter JOIN through main ON main.number = main_meter.main JOIN through one ON one.number = main_meter.meter \
     GROUP BY main.number, main.utility, main.amount ORDER BY main.number";

fn entries() -> String {
    format!(
        "{ASKED} {MOVED} SELECT to_timestamp(m.at) AT TIME ZONE $3, m.what, \
             CASE WHEN m.journal IS NULL THEN m.terminal || '/' || m.epoch || '/' || m.seq ELSE 'journal ' || m.journal END, \
             coalesce(m.account, s.account), s.meter, m.clerk, \
             CASE m.clock WHEN 0 THEN 'clock_unset' WHEN 1 THEN 'clock_restored' END, m.amount \
         FROM moved m \
         LEFT JOIN terminal_sale s ON s.tenant = current_setting('meterpost.tenant') AND s.terminal = m.terminal AND s.epoch = m.epoch \
              AND s.sale = m.sale \
         LEFT JOIN account ON account.tenant = current_setting('meterpost.tenant') AND account.account = coalesce(m.account, s.account) \
         WHERE ($4 IS NULL OR m.terminal = $4) AND ($5 IS NULL OR m.clerk = $5) AND ($6 IS NULL OR s.utility = $6) \
           AND ($7 IS NULL OR coalesce(m.account, s.account) = $7) AND ($10 IS NULL OR {BUILDING} = $10) \
           AND ($11 IS NULL OR m.what = $11 OR ($11 = 'taken' AND m.what IN {TAKEN})) \
           AND ($12 IS NULL OR (m.epoch = $12 AND m.seq > $13 AND m.seq < $14)) \
         ORDER BY m.at, m.terminal, m.epoch, m.seq, m.journal, m.what"
    )
}
