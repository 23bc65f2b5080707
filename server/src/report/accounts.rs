//! Reports with a row for each account or meter. What an account has now stands in its wallet; what it had before is that less what was posted since:
//! so a report up to today reads no posting that is older than its period.

use super::asked::Span;
use super::moved::{ASKED, BUILDING};

/// How postings and their journals go together.
const POSTED: &str =
    "posting_journal j JOIN wallet_posting p ON p.tenant = j.tenant AND p.journal = j.journal";

/// Narrowed to an account or a building.
fn narrow() -> String {
    format!("($7 IS NULL OR account.account = $7) AND ($10 IS NULL OR {BUILDING} = $10)")
}

pub(super) fn arrears() -> String {
    format!(
        "{ASKED}, since AS MATERIALIZED (SELECT p.account, sum(p.amount)::bigint AS debt FROM {POSTED} \
             WHERE j.at >= $2 AND p.book = 'debt' GROUP BY p.account) \
         SELECT account.account, account.name, account.place, \
             (SELECT to_timestamp(max(j.at)) AT TIME ZONE $3 FROM wallet_posting p \
              JOIN posting_journal j ON j.tenant = p.tenant AND j.journal = p.journal \
              WHERE p.account = w.account AND p.book = 'debt' AND p.amount > 0 AND j.at < $2), \
             w.debt - coalesce(since.debt, 0) \
         FROM wallet w JOIN account ON account.tenant = w.tenant AND account.account = w.account \
         LEFT JOIN since ON since.account = w.account \
         WHERE w.debt - coalesce(since.debt, 0) <> 0 AND {} ORDER BY account.account",
        narrow()
    )
}

/// What wallets had at the end of the day, of those that there were then, as `since` and `w`.
fn had(wallets: &str, shown: &str) -> String {
    let of = |book: &str| {
        format!("coalesce(sum(p.amount) FILTER (WHERE p.book = '{book}'), 0)::bigint AS {book}")
    };
    format!(
        "{ASKED}, since AS MATERIALIZED (SELECT p.account, {}, {}, {} FROM {POSTED} \
             WHERE j.at >= $2 AND p.account IS NOT NULL GROUP BY p.account) \
         SELECT {shown} FROM {wallets} LEFT JOIN since ON since.account = w.account \
         WHERE (since.account IS NULL OR EXISTS (SELECT FROM {POSTED} WHERE p.account = w.account AND j.at < $2))",
        of("wallet"),
        of("held"),
        of("debt"),
    )
}

/// Balance, what is held of it, and what is owed.
const HAD: [&str; 3] = [
    "w.balance + coalesce(since.wallet, 0)",
    "w.held + coalesce(since.held, 0)",
    "w.debt - coalesce(since.debt, 0)",
];

pub(super) fn balances() -> String {
    let of_accounts =
        "wallet w JOIN account ON account.tenant = w.tenant AND account.account = w.account";
    let shown = format!(
        "account.account, account.name, account.place, {}",
        HAD.join(", ")
    );
    format!(
        "{} AND {} ORDER BY account.account",
        had(of_accounts, &shown),
        narrow()
    )
}

/// Some of them, where nothing is narrowed: only their accounts are looked at.
pub(super) fn balances_page(piece: &str) -> String {
    let [balance, held, debt] = HAD;
    let shown =
        format!("w.tenant, w.account, {balance} AS balance, {held} AS held, {debt} AS debt");
    format!(
        "SELECT account.account, account.name, account.place, told.balance, told.held, told.debt \
         FROM ({} ORDER BY w.account {piece}) AS told JOIN account ON account.tenant = told.tenant AND account.account = told.account \
         ORDER BY account.account",
        had("wallet w", &shown)
    )
}

/// How many they are and their sums, where nothing is narrowed: no account is looked at.
pub(super) fn balances_sums() -> String {
    let sums = HAD.map(|of| format!("sum({of})::text"));
    had("wallet w", &format!("count(*), {}", sums.join(", ")))
}

/// The journals that count as paid in, used and given back.
pub(super) const KINDS: [&str; 3] = [
    "('wallet.top_up', 'payment.received', 'meter.returned')",
    "('hold.captured', 'hold.spent', 'settlement.charged', 'settlement.owed', 'settlement.returned')",
    "('reversal', 'payment.returning', 'payment.refunded')",
];

/// What moved in an account's wallet since the period began.
fn moves() -> String {
    let of = |kinds: &str| {
        format!(
            "coalesce(-sum(p.amount) FILTER (WHERE j.at < $2 AND j.kind IN {kinds}), 0)::bigint"
        )
    };
    let [paid, used, back] = KINDS.map(of);
    format!(
        "{paid} AS paid, {used} AS used, {back} AS back, coalesce(-sum(p.amount) FILTER (WHERE j.at < $2), 0)::bigint AS moved, \
         coalesce(-sum(p.amount) FILTER (WHERE j.at >= $2), 0)::bigint AS later"
    )
}

const ACCOUNT_COLUMNS: &str = "account.account, account.name, account.place, \
     coalesce(w.balance + w.held - w.debt, 0) - coalesce(m.later, 0) - coalesce(m.moved, 0), coalesce(m.paid, 0), coalesce(m.used, 0), \
     coalesce(m.back, 0), coalesce(w.balance + w.held - w.debt, 0) - coalesce(m.later, 0)";

pub(super) fn accounts() -> String {
    format!(
        "{ASKED}, m AS MATERIALIZED (SELECT p.account, {} FROM {POSTED} \
             WHERE j.at >= $1 AND p.account IS NOT NULL AND ($7 IS NULL OR p.account = $7) GROUP BY p.account) \
         SELECT {ACCOUNT_COLUMNS} FROM account LEFT JOIN wallet w ON w.tenant = account.tenant AND w.account = account.account \
         LEFT JOIN m ON m.account = account.account WHERE {} ORDER BY account.account",
        moves(),
        narrow()
    )
}

/// The same for some of them, each by its own postings.
pub(super) fn accounts_page(piece: &str) -> String {
    format!(
        "{ASKED}, began AS MATERIALIZED (SELECT min(journal) AS journal FROM (SELECT journal FROM posting_journal WHERE at >= $1 OFFSET 0) AS j) \
         SELECT {ACCOUNT_COLUMNS} FROM (SELECT tenant, account, name, place FROM account WHERE {} ORDER BY account {piece}) AS account \
         LEFT JOIN wallet w ON w.tenant = account.tenant AND w.account = account.account \
         LEFT JOIN LATERAL (SELECT {} FROM wallet_posting p JOIN posting_journal j ON j.tenant = p.tenant AND j.journal = p.journal \
             WHERE p.account = account.account AND p.journal >= (SELECT journal FROM began) AND j.at >= $1) AS m ON true \
         ORDER BY account.account",
        narrow(),
        moves()
    )
}

/// What was settled, a row for each account, utility and meter.
///
/// Days by the newest revision of each; of whole months, as they are summed. Of one month they lie in that order.
fn settled(span: &Span) -> String {
    const SUMS: &str = "sum(consumption) AS consumption, sum(days) AS days, sum(estimated) AS estimated, sum(charge) AS charge";
    const MONTHS: &str =
        "SELECT account, utility, meter, consumption, days, estimated, charge FROM settled_month";
    const DAYS: &str = "SELECT DISTINCT ON (meter, day) account, utility, meter, consumption, 1 AS days, (basis = 'estimated')::integer AS estimated, charge \
         FROM settled_day WHERE day BETWEEN $8 AND $9 ORDER BY meter, day, revision DESC";
    let rows = match (span.one_month(), span.whole_months()) {
        (true, _) => format!("{MONTHS} WHERE month = $8"),
        (false, true) => {
            format!(
                "SELECT account, utility, meter, {SUMS} FROM ({MONTHS} WHERE month >= $8 AND month <= $9) AS r GROUP BY account, utility, meter"
            )
        }
        (false, false) => {
            format!(
                "SELECT account, utility, meter, {SUMS} FROM ({DAYS}) AS r GROUP BY account, utility, meter"
            )
        }
    };
    format!(
        "SELECT * FROM ({rows}) AS d WHERE ($6 IS NULL OR d.utility = $6) AND ($7 IS NULL OR d.account = $7)"
    )
}

/// The rows of [`settled`], or some of them, as they are shown.
fn shown(settled: &str) -> String {
    format!(
        "{ASKED} SELECT d.account, account.name, account.place, d.utility, d.meter, round(d.consumption / 10000.0, 2)::text, \
                d.days::bigint, d.estimated::bigint, d.charge::bigint \
         FROM ({settled}) AS d \
         LEFT JOIN account ON account.tenant = current_setting('meterpost.tenant') AND account.account = d.account \
         WHERE $10 IS NULL OR {BUILDING} = $10 ORDER BY d.account, d.utility, d.meter"
    )
}

pub(super) fn consumption(span: &Span) -> String {
    shown(&settled(span))
}

/// Some of them, where no building is asked for: only their accounts are looked at.
pub(super) fn consumption_page(span: &Span, piece: &str) -> String {
    let settled = settled(span);
    shown(&format!(
        "{settled} ORDER BY d.account, d.utility, d.meter {piece}"
    ))
}

/// Through a meter goes what its reading at the end of the last day says beyond that at the end of the day before the first. All readings of
/// those two days are read at once, by their own index: two searches for each meter took seconds for ten thousand of them.
pub(super) fn losses() -> String {
    let at = |moment: &str| {
        format!("(SELECT meter, value, places FROM reading WHERE kind = 'day' AND at = {moment})")
    };
    format!(
        "{ASKED}, through AS MATERIALIZED ( \
             SELECT number, ends.value / 10.0 ^ ends.places - begins.value / 10.0 ^ begins.places AS amount \
             FROM (SELECT meter AS number FROM main_meter UNION SELECT main FROM main_meter) AS one \
             LEFT JOIN {} AS ends ON ends.meter = number LEFT JOIN {} AS begins ON begins.meter = number), \
         behind AS MATERIALIZED ( \
             SELECT main AS number, count(*) AS meters, count(one.amount) AS known, sum(one.amount) AS amount \
             FROM main_meter JOIN through one ON one.number = main_meter.meter JOIN meter ON meter.number = main_meter.meter GROUP BY main) \
         SELECT number, meter.utility, round(main.amount, 2)::text, behind.meters, behind.meters - behind.known, round(behind.amount, 2)::text, \
                CASE WHEN behind.meters = behind.known THEN round(main.amount - behind.amount, 2)::text END, \
                CASE WHEN behind.meters = behind.known AND main.amount > 0 \
                     THEN round((main.amount - behind.amount) * 100 / main.amount, 1)::text END \
         FROM behind JOIN through main USING (number) JOIN meter USING (number) ORDER BY number",
        at("$9::timestamp"),
        at("$8::timestamp - interval '1 day'")
    )
}
