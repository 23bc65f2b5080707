//! Which report, of which days, narrowed to what.

use deadpool_postgres::Transaction;
use jiff::civil::Date;
use meterpost_ledger::signing::TenantId;

use super::table::Said;
use crate::database::DatabaseError;

/// A report's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// Takings, day by day.
    Days,
    /// Takings, month by month.
    Months,
    /// Every top-up.
    Charges,
    /// By terminal.
    Terminals,
    /// By clerk.
    Clerks,
    /// By utility.
    Utilities,
    /// By building.
    Buildings,
    /// Cash in boxes, taken out and counted.
    Cash,
    /// Who owes.
    Arrears,
    /// What accounts hold at the end of a day.
    Balances,
    /// What accounts held, paid in and used.
    Accounts,
    /// What meters whose money is here used, and what it cost.
    Consumption,
    /// Main meters against those behind them.
    Losses,
    /// The entries behind a figure.
    Entries,
}

impl Name {
    /// All of them, in the order of the list.
    pub const ALL: [Name; 14] = [
        Name::Days,
        Name::Months,
        Name::Charges,
        Name::Terminals,
        Name::Clerks,
        Name::Utilities,
        Name::Buildings,
        Name::Cash,
        Name::Arrears,
        Name::Balances,
        Name::Accounts,
        Name::Consumption,
        Name::Losses,
        Name::Entries,
    ];

    /// As addresses and configurations have it.
    pub fn word(self) -> &'static str {
        match self {
            Name::Days => "days",
            Name::Months => "months",
            Name::Charges => "charges",
            Name::Terminals => "terminals",
            Name::Clerks => "clerks",
            Name::Utilities => "utilities",
            Name::Buildings => "buildings",
            Name::Cash => "cash",
            Name::Arrears => "arrears",
            Name::Balances => "balances",
            Name::Accounts => "accounts",
            Name::Consumption => "consumption",
            Name::Losses => "losses",
            Name::Entries => "entries",
        }
    }

    /// The report of this word.
    pub fn parse(word: &str) -> Option<Name> {
        Name::ALL.into_iter().find(|name| name.word() == word)
    }

    /// As people call it.
    pub fn title(self) -> Said {
        match self {
            Name::Days => Said("Daily takings", "日收费报表"),
            Name::Months => Said("Monthly takings", "月收费报表"),
            Name::Charges => Said("Charges", "充值明细"),
            Name::Terminals => Said("By terminal", "按终端统计"),
            Name::Clerks => Said("By clerk", "按收费员统计"),
            Name::Utilities => Said("By utility", "按能源类型统计"),
            Name::Buildings => Said("By building", "按楼栋统计"),
            Name::Cash => Said("Cash reconciliation", "现金对账"),
            Name::Arrears => Said("Arrears", "欠费清单"),
            Name::Balances => Said("Wallet balances", "钱包余额"),
            Name::Accounts => Said("Accounts over the period", "用户期间汇总"),
            Name::Consumption => Said("Consumption and what it cost", "用量与费用明细"),
            Name::Losses => Said("Losses", "损耗分析"),
            Name::Entries => Said("Entries", "流水明细"),
        }
    }

    /// Whether it tells what is on one day, not what happened over days.
    pub fn is_of_one_day(self) -> bool {
        matches!(self, Name::Arrears | Name::Balances)
    }
}

/// To what a report is narrowed; nothing: to all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// One terminal.
    pub terminal: Option<String>,
    /// One person's takings.
    pub clerk: Option<String>,
    /// One utility.
    pub utility: Option<String>,
    /// One account.
    pub account: Option<String>,
    /// One building.
    pub building: Option<String>,
    /// One kind of movement, or `taken` for all that is taken.
    pub what: Option<String>,
    /// Of the terminal's log: the epoch, and entries between two places, both left out.
    pub log: Option<(i64, i64, i64)>,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which report.
    pub name: Name,
    /// From the beginning of this local day; the month's first where it is left out.
    pub from: Option<Date>,
    /// To the end of this local day; today where it is left out.
    pub until: Option<Date>,
    /// Narrowed to what.
    pub narrowed: Narrowed,
}

/// Longest period whose days or months are told one by one, in days.
const LONGEST: i32 = 3700;

/// The days asked for, and their moments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The tenant's time zone.
    pub zone: String,
    /// The first local day.
    pub from: Date,
    /// The last local day.
    pub until: Date,
    /// When the first one begins, in seconds since 1970.
    pub first: i64,
    /// When the last one is over.
    pub beyond: i64,
    /// What day it is there now.
    pub today: Date,
}

impl Span {
    /// Whether there is such a period for a report.
    pub fn fits(&self, name: Name) -> bool {
        let days = self.until.since(self.from).map(|span| span.get_days());
        let short = days.is_ok_and(|days| days < LONGEST);
        self.from <= self.until && (short || !matches!(name, Name::Days | Name::Months))
    }

    /// Whether it is whole months, the running one as far as it has come.
    pub(super) fn whole_months(&self) -> bool {
        let ends = self.until == self.until.last_of_month() || self.until >= self.today;
        self.from.day() == 1 && ends
    }

    /// Whether it is one whole month.
    pub(super) fn one_month(&self) -> bool {
        self.whole_months() && self.from.first_of_month() == self.until.first_of_month()
    }
}

/// The days that are asked for, in the tenant's time zone; `now` in seconds since 1970.
///
/// # Errors
/// The database's.
pub async fn span(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    asked: &Asked,
    now: u64,
) -> Result<Span, DatabaseError> {
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let unit = match asked.name {
        Name::Months => "year",
        _ => "month",
    };
    let row = transaction
        .query_one(
            "SELECT zone, first, last, extract(epoch FROM first::timestamp AT TIME ZONE zone)::bigint, \
                    extract(epoch FROM (last + 1)::timestamp AT TIME ZONE zone)::bigint, today \
             FROM (SELECT zone, (to_timestamp($2::bigint) AT TIME ZONE zone)::date AS today FROM tenant WHERE tenant = $1) AS now, \
             LATERAL (SELECT coalesce($4::date, today) AS last) AS ends, \
             LATERAL (SELECT coalesce($3::date, date_trunc($5::text, last::timestamp)::date) AS first) AS begins",
            &[&tenant.as_str(), &now, &asked.from, &asked.until, &unit],
        )
        .await?;
    Ok(Span {
        zone: row.try_get(0)?,
        from: row.try_get(1)?,
        until: row.try_get(2)?,
        first: row.try_get(3)?,
        beyond: row.try_get(4)?,
        today: row.try_get(5)?,
    })
}
