//! Every report: its columns and its statement. `docs/reports.md` says what each figure means.

use super::accounts::{accounts, arrears, balances, consumption, losses};
use super::asked::{Asked, Name, Span};
use super::moved::{ASKED, BUILDING, TAKEN, charge, moved, moved_of_account};
use super::summed::{Gaps, Part, sums};
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

/// The period's moments, and its days.
const MOMENTS: (&str, &str) = ("$1", "$2");
const ALL_DAYS: (&str, &str) = ("$8::date", "$9::date");

/// A report's statement: its rows have the columns' types, in their order.
pub(super) fn statement(asked: &Asked, span: &Span, gaps: &Gaps) -> String {
    let gaps = &gaps.before(span.beyond);
    match asked.name {
        Name::Days => takings((asked, gaps), "day", "1 day", "day::date"),
        Name::Months => takings((asked, gaps), "month", "1 month", "to_char(day, 'YYYY-MM')"),
        Name::Charges => charges(),
        Name::Terminals => terminals(gaps),
        Name::Clerks => clerks(gaps),
        Name::Utilities => utilities(gaps),
        Name::Buildings => buildings(gaps),
        Name::Cash => format!("{ASKED} {CASH_BOXES}"),
        Name::Arrears => arrears(),
        Name::Balances => balances(),
        Name::Accounts => accounts(),
        Name::Consumption => consumption(span),
        Name::Losses => losses(),
        Name::Entries => entries(asked),
    }
}

/// The sum of one kind of movement.
fn sum(what: &str) -> String {
    format!("coalesce(sum(amount) FILTER (WHERE what = '{what}'), 0)::bigint")
}

/// How many there were of one kind.
fn number(what: &str) -> String {
    format!("coalesce(sum(count) FILTER (WHERE {what}), 0)::bigint")
}

/// Movements as they are narrowed: by terminal and clerk only where somebody asks for one.
pub(super) fn moved_part(asked: &Asked) -> Part {
    match asked.narrowed.terminal.is_none() && asked.narrowed.clerk.is_none() {
        true => Part::Total,
        false => Part::Moved,
    }
}

fn takings((asked, gaps): (&Asked, &Gaps), unit: &str, step: &str, shown: &str) -> String {
    let figures: Vec<String> = [
        "till_cash",
        "counter_cash",
        "transfer",
        "code",
        "given_back",
    ]
    .map(sum)
    .into();
    let (figures, wallet, credited) = (figures.join(", "), sum("wallet"), sum("credited"));
    format!(
        "{ASKED} {} SELECT {shown}, {figures}, coalesce(sum(amount) FILTER (WHERE what IN {TAKEN}), 0)::bigint, {wallet}, {credited}, {} \
         FROM generate_series(date_trunc('{unit}', $8::timestamp), $9::timestamp, interval '{step}') AS day \
         LEFT JOIN (SELECT what, amount, count, date_trunc('{unit}', sums.day::timestamp) AS happened FROM sums \
                    WHERE ($4 IS NULL OR terminal = $4) AND ($5 IS NULL OR clerk = $5)) AS m ON m.happened = day \
         GROUP BY day ORDER BY day",
        sums(moved_part(asked), ALL_DAYS, gaps),
        number("what = 'credited'")
    )
}

fn charges() -> String {
    format!(
        "{ASKED} SELECT to_timestamp(at) AT TIME ZONE $3, reference, account, meter, utility, means, clerk, \
             CASE WHEN means <> 'wallet' THEN amount ELSE 0 END, CASE WHEN means = 'wallet' THEN amount ELSE 0 END \
         FROM ({}) AS charge LEFT JOIN account USING (account) WHERE {} ORDER BY at, reference",
        charge(MOMENTS),
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

fn terminals(gaps: &Gaps) -> String {
    let figures: Vec<String> = [
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
        "{ASKED} {} SELECT terminal, {}, {} FROM sums \
         WHERE terminal IS NOT NULL AND ($4 IS NULL OR terminal = $4) GROUP BY terminal ORDER BY terminal",
        sums(Part::Moved, ALL_DAYS, gaps),
        number("what = 'credited'"),
        figures.join(", ")
    )
}

fn clerks(gaps: &Gaps) -> String {
    let (cash, transfer, back) = (sum("counter_cash"), sum("transfer"), sum("given_back"));
    format!(
        "{ASKED} {} SELECT clerk, {}, {cash}, {transfer}, {back}, sum(amount)::bigint \
         FROM sums WHERE clerk IS NOT NULL AND ($5 IS NULL OR clerk = $5) GROUP BY clerk ORDER BY clerk",
        sums(Part::Moved, ALL_DAYS, gaps),
        number("what <> 'given_back'")
    )
}

/// Cash, from wallets and by code.
fn by_means() -> String {
    ["till_cash", "wallet", "code"].map(sum).join(", ")
}

fn utilities(gaps: &Gaps) -> String {
    format!(
        "{ASKED} {} SELECT coalesce(utility, ''), sum(count)::bigint, {}, sum(amount)::bigint \
         FROM sums WHERE terminal IS NOT NULL AND ($4 IS NULL OR terminal = $4) GROUP BY 1 ORDER BY 1",
        sums(Part::Charge, ALL_DAYS, gaps),
        by_means()
    )
}

/// By the account: whose building is which may change at any time.
fn buildings(gaps: &Gaps) -> String {
    format!(
        "{ASKED} {} SELECT {BUILDING}, sum(count)::bigint, {}, sum(amount)::bigint \
         FROM sums LEFT JOIN account USING (account) WHERE $4 IS NULL OR terminal = $4 GROUP BY 1 ORDER BY 1",
        sums(Part::Credit, ALL_DAYS, gaps),
        by_means()
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

fn entries(asked: &Asked) -> String {
    let rows = match asked.narrowed.account {
        Some(_) => moved_of_account(MOMENTS),
        None => moved(MOMENTS),
    };
    format!(
        "{ASKED} SELECT to_timestamp(m.at) AT TIME ZONE $3, m.what, \
             CASE WHEN m.journal IS NULL THEN m.terminal || '/' || m.epoch || '/' || m.seq ELSE 'journal ' || m.journal END, \
             coalesce(m.account, s.account), s.meter, m.clerk, \
             CASE m.clock WHEN 0 THEN 'clock_unset' WHEN 1 THEN 'clock_restored' END, m.amount \
         FROM ({rows}) AS m \
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
