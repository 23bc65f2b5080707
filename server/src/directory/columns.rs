//! Accounts as rows of a sheet: a row for each meter, and one for an account without any. Pure.

use meterpost_ledger::Money;
use meterpost_ledger::bulletin::directory::MeterRecord;

use super::change::NewAccount;
use super::rows::AccountRow;
use crate::typed::with_places;

/// The columns, by the names in the first row.
pub const COLUMNS: [&str; 15] = [
    "account",
    "district",
    "name",
    "place",
    "meter",
    "utility",
    "profile",
    "address",
    "segment",
    "baud",
    "parity",
    "customer",
    "meter_place",
    "low_balance",
    "on_account",
];
/// Those that have to be there.
const NEEDED: [&str; 2] = ["account", "district"];

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which row, counted from 1 as spreadsheets do.
    pub row: usize,
    /// What is wrong and what would be right.
    pub why: String,
}

/// An account of a sheet, with the row where it begins.
#[derive(Clone, Debug)]
pub struct SheetAccount {
    /// Its first row.
    pub row: usize,
    /// The account, with the meters that the sheet has.
    pub account: NewAccount,
}

/// An account's rows.
pub fn rows_of(account: &AccountRow) -> Vec<[String; 15]> {
    let head = [
        account.account.clone(),
        account.district.clone(),
        account.name.clone(),
        account.place.clone(),
    ];
    let row = |meter: Option<&MeterRecord>| {
        let text = |of: &dyn Fn(&MeterRecord) -> String| meter.map_or_else(String::new, of);
        let [number, district, name, place] = head.clone();
        [
            number,
            district,
            name,
            place,
            text(&|m| m.number.clone()),
            text(&|m| m.utility.clone()),
            text(&|m| m.profile.clone()),
            text(&|m| m.address.clone()),
            text(&|m| m.segment.to_string()),
            text(&|m| m.baud.map_or_else(String::new, |baud| baud.to_string())),
            text(&|m| m.parity.clone().unwrap_or_default()),
            text(&|m| m.customer.clone().unwrap_or_default()),
            text(&|m| m.place.clone()),
            text(&|m| Money(m.low_balance).to_string()),
            text(&|m| if m.on_account { "yes" } else { "no" }.to_owned()),
        ]
    };
    match account.meters.as_slice() {
        [] => vec![row(None)],
        meters => meters.iter().map(|meter| row(Some(meter))).collect(),
    }
}

/// The places of the known columns in a sheet's first row.
struct Places([Option<usize>; 15]);

impl Places {
    fn of(first: &[String]) -> Result<Places, Problem> {
        let wrong = |why: String| Problem { row: 1, why };
        let mut places = [None; 15];
        for (place, name) in first.iter().enumerate() {
            let name = name.trim().to_lowercase();
            if name.is_empty() {
                continue;
            }
            let known = COLUMNS.iter().position(|column| *column == name);
            let known = known.ok_or_else(|| {
                wrong(format!(
                    "there is no column \"{name}\"; the columns are {}",
                    COLUMNS.join(", ")
                ))
            })?;
            if places[known].replace(place).is_some() {
                return Err(wrong(format!("the column \"{name}\" stands there twice")));
            }
        }
        for needed in NEEDED {
            let known = COLUMNS.iter().position(|column| *column == needed);
            if known.is_none_or(|known| places[known].is_none()) {
                return Err(wrong(format!("the column \"{needed}\" is missing")));
            }
        }
        Ok(Places(places))
    }

    fn get<'r>(&self, row: &'r [String], column: &str) -> &'r str {
        let known = COLUMNS.iter().position(|known| *known == column);
        let place = known.and_then(|known| self.0[known]);
        place
            .and_then(|place| row.get(place))
            .map_or("", |text| text.trim())
    }
}

/// The accounts of a sheet whose first row names the columns. Rows of one account stand one after the other or apart; all say the same of it.
pub fn accounts_of(sheet: &[Vec<String>]) -> (Vec<SheetAccount>, Vec<Problem>) {
    let Some(first) = sheet.first() else {
        let why = "the file is empty; its first row names the columns".to_owned();
        return (Vec::new(), vec![Problem { row: 1, why }]);
    };
    let places = match Places::of(first) {
        Ok(places) => places,
        Err(problem) => return (Vec::new(), vec![problem]),
    };
    let mut accounts: Vec<SheetAccount> = Vec::new();
    let mut known = std::collections::HashMap::new();
    let mut problems = Vec::new();
    for (place, row) in sheet.iter().enumerate().skip(1) {
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let at = place + 1;
        let number = places.get(row, "account").to_owned();
        let here = *known.entry(number.clone()).or_insert_with(|| {
            accounts.push(SheetAccount {
                row: at,
                account: NewAccount {
                    account: number,
                    district: places.get(row, "district").to_owned(),
                    name: places.get(row, "name").to_owned(),
                    place: places.get(row, "place").to_owned(),
                    meters: Vec::new(),
                    cards: Vec::new(),
                },
            });
            accounts.len() - 1
        });
        if let Err(why) = add_row(&mut accounts[here].account, &places, row) {
            problems.push(Problem { row: at, why });
        }
    }
    (accounts, problems)
}

/// Adds what a row says to its account.
fn add_row(account: &mut NewAccount, places: &Places, row: &[String]) -> Result<(), String> {
    for (column, first) in [
        ("district", &account.district),
        ("name", &account.name),
        ("place", &account.place),
    ] {
        let here = places.get(row, column);
        if here != first {
            return Err(format!(
                "{column} is \"{here}\", and \"{first}\" in the account's first row; all rows of an account say the same"
            ));
        }
    }
    if places.get(row, "meter").is_empty() {
        return Ok(());
    }
    let meter = meter(places, row)?;
    if account
        .meters
        .iter()
        .any(|other| other.number == meter.number)
    {
        return Err(format!("meter {} stands there twice", meter.number));
    }
    account.meters.push(meter);
    Ok(())
}

fn meter(places: &Places, row: &[String]) -> Result<MeterRecord, String> {
    let text = |column: &'static str| places.get(row, column);
    let some = |column: &'static str| Some(text(column).to_owned()).filter(|text| !text.is_empty());
    let number = |column: &'static str| {
        let found = text(column);
        found
            .parse::<u32>()
            .map_err(|_| format!("{column} is \"{found}\", which is no number"))
    };
    let low_balance = match text("low_balance") {
        "" => Money::ZERO,
        text => with_places(text)
            .parse()
            .map_err(|_| format!("low_balance is \"{text}\", which is no amount such as 20.00"))?,
    };
    let on_account = match text("on_account").to_lowercase().as_str() {
        "" | "no" | "0" | "false" | "否" => false,
        "yes" | "1" | "true" | "是" => true,
        other => return Err(format!("on_account is \"{other}\", and not yes or no")),
    };
    let segment = number("segment")?;
    Ok(MeterRecord {
        number: text("meter").to_owned(),
        utility: text("utility").to_owned(),
        profile: text("profile").to_owned(),
        address: text("address").to_owned(),
        segment: u8::try_from(segment).map_err(|_| "segment is 1 to 31".to_owned())?,
        baud: match text("baud") {
            "" => None,
            _ => Some(number("baud")?),
        },
        parity: some("parity"),
        customer: some("customer"),
        place: text("meter_place").to_owned(),
        low_balance: low_balance.0,
        owner: None,
        on_account,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(rows: &[&[&str]]) -> Vec<Vec<String>> {
        let row = |cells: &&[&str]| cells.iter().map(|&cell| cell.to_owned()).collect();
        rows.iter().map(row).collect()
    }

    fn whys(rows: &[&[&str]]) -> Vec<(usize, String)> {
        let (_, problems) = accounts_of(&sheet(rows));
        problems.into_iter().map(|p| (p.row, p.why)).collect()
    }

    const HEAD: &[&str] = &[
        "account", "district", "name", "meter", "utility", "profile", "address", "segment",
    ];

    #[test]
    fn rows_of_one_account_come_together_and_empty_ones_are_nothing() {
        let (accounts, problems) = accounts_of(&sheet(&[
            HEAD,
            &["A", "north", "Wang", "1001", "water", "p", "1", "1"],
            &["B", "north", "Li"],
            &["", " "],
            &["A", "north", "Wang", "1002", "gas", "p", "2", "2"],
        ]));
        assert_eq!(problems, []);
        let found: Vec<(usize, &str, usize)> = accounts
            .iter()
            .map(|one| {
                (
                    one.row,
                    one.account.account.as_str(),
                    one.account.meters.len(),
                )
            })
            .collect();
        assert_eq!(found, [(2, "A", 2), (3, "B", 0)]);
    }

    #[test]
    fn each_row_says_what_is_wrong_with_it() {
        let rows: &[&[&str]] = &[
            HEAD,
            &["A", "north", "Wang", "1001", "water", "p", "1", "1"],
            &["A", "south", "Wang", "1002", "water", "p", "1", "1"],
            &["A", "north", "Wang", "1001", "water", "p", "1", "1"],
            &["B", "north", "Li", "1003", "water", "p", "1", "first"],
            &["B", "north", "Li", "1004", "water", "p", "1", "300"],
        ];
        let found = whys(rows);
        let rows: Vec<usize> = found.iter().map(|(row, _)| *row).collect();
        assert_eq!(rows, [3, 4, 5, 6]);
        for (place, word) in ["south", "twice", "no number", "1 to 31"]
            .iter()
            .enumerate()
        {
            assert!(found[place].1.contains(word), "{found:?}");
        }
    }

    #[test]
    fn a_sheet_without_its_columns_is_refused_as_a_whole() {
        assert!(whys(&[])[0].1.contains("empty"));
        assert!(whys(&[&["account", "name"]])[0].1.contains("district"));
        assert!(
            whys(&[&["account", "district", "colour"]])[0]
                .1
                .contains("colour")
        );
        assert!(
            whys(&[&["account", "district", "account"]])[0]
                .1
                .contains("twice")
        );
    }

    #[test]
    fn what_was_written_is_read_again() {
        let meter = MeterRecord {
            number: "1001".into(),
            utility: "electricity".into(),
            profile: "dlt645-plain".into(),
            address: "260305510012".into(),
            segment: 3,
            baud: Some(9600),
            parity: Some("none".into()),
            customer: Some("42".into()),
            place: "cellar".into(),
            low_balance: 2050,
            owner: None,
            on_account: true,
        };
        let account = AccountRow {
            account: "A".into(),
            district: "north".into(),
            name: "王小明".into(),
            place: "3-1".into(),
            meters: vec![meter],
            cards: vec!["C1".into()],
        };
        let mut sheet = vec![COLUMNS.map(str::to_owned).to_vec()];
        sheet.extend(rows_of(&account).into_iter().map(|row| row.to_vec()));
        let (accounts, problems) = accounts_of(&sheet);
        assert_eq!(problems, []);
        let read = &accounts[0].account;
        assert_eq!(read.meters, account.meters);
        assert_eq!(
            (&read.account, &read.district, &read.name, &read.place),
            (
                &account.account,
                &account.district,
                &account.name,
                &account.place
            )
        );
    }
}
