//! Who may see and do what, in one place. A page asks with the first of its kind before anything else; the menu shows what it may be
//! asked for.

use super::words::Language;
use crate::staff::Role::{self, Administrator, Auditor, Clerk, Maintenance, Manager};

/// Everyone who is in.
pub(super) const ALL: &[Role] = &Role::ALL;
/// See accounts, their wallets and what happened to them.
pub(super) const SEE_ACCOUNTS: &[Role] = &[Manager, Clerk, Auditor, Administrator];
/// Write accounts and their meters.
pub(super) const WRITE_ACCOUNTS: &[Role] = &[Manager, Clerk];
/// Remove an account for good.
pub(super) const REMOVE_ACCOUNTS: &[Role] = &[Manager];
/// Take and give back money, and ask for what another decides.
pub(super) const MOVE_MONEY: &[Role] = &[Manager, Clerk];
/// See what was asked for.
pub(super) const SEE_REQUESTS: &[Role] = &[Manager, Clerk, Auditor];
/// Decide what another asked for.
pub(super) const DECIDE: &[Role] = &[Manager];
/// See cards.
pub(super) const SEE_CARDS: &[Role] = &[Manager, Clerk, Auditor];
/// Order cards, and make them void. Staff cards are a manager's.
pub(super) const WRITE_CARDS: &[Role] = &[Manager, Clerk];
/// See terminals, commands, alerts and concentrators.
pub(super) const SEE_FLEET: &[Role] = &[Manager, Maintenance, Auditor];
/// Command terminals, order meters, take up alerts.
pub(super) const RUN_FLEET: &[Role] = &[Manager, Maintenance];
/// See conflicts between a terminal and its log here.
pub(super) const SEE_CONFLICTS: &[Role] = &[Manager, Auditor];
/// See a meter's readings and orders.
pub(super) const SEE_METERS: &[Role] = &[Manager, Clerk, Maintenance, Auditor];
/// See reports; a clerk those of his own takings.
pub(super) const SEE_REPORTS: &[Role] = &[Manager, Clerk, Auditor, Administrator];
/// See tariffs, and try them on an account.
pub(super) const SEE_TARIFFS: &[Role] = &[Manager, Clerk, Auditor];
/// See what stands still in the settlement.
pub(super) const SEE_SETTLEMENT: &[Role] = &[Manager, Clerk, Maintenance, Auditor];
/// See persons and their rights.
pub(super) const SEE_PEOPLE: &[Role] = &[Administrator, Auditor, Manager];
/// Give persons their rights.
pub(super) const WRITE_PEOPLE: &[Role] = &[Administrator];
/// See who did what.
pub(super) const SEE_TRAIL: &[Role] = &[Auditor, Manager, Administrator];

/// An entry of the menu: where it leads, its word, who is shown it, and what else belongs to it, by the beginning of its address.
const MENU: &[(&str, &str, &[Role], &[&str])] = &[
    ("/", "Home", ALL, &["/terminals/"]),
    (
        "/accounts",
        "Accounts",
        SEE_ACCOUNTS,
        &["/new-account", "/account-", "/receipts/"],
    ),
    ("/cards", "Cards", SEE_CARDS, &[]),
    ("/requests", "Requests", SEE_REQUESTS, &[]),
    ("/concentrators", "Meters", SEE_FLEET, &["/meters/"]),
    ("/reports", "Reports", SEE_REPORTS, &[]),
    ("/tariffs", "Tariffs", SEE_TARIFFS, &["/new-tariff"]),
    ("/settlement", "Settlement", SEE_SETTLEMENT, &[]),
    ("/alerts", "Alerts", SEE_FLEET, &[]),
    ("/enrolments", "Enrolments", SEE_FLEET, &[]),
    ("/conflicts", "Conflicts", SEE_CONFLICTS, &[]),
    ("/people", "Persons", SEE_PEOPLE, &[]),
    ("/trail", "Audit trail", SEE_TRAIL, &[]),
];

/// An entry of the menu as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// Where it leads.
    pub(super) to: &'static str,
    /// Its word.
    pub(super) word: &'static str,
    /// The digit that opens it, the same for every role.
    pub(super) key: Option<u32>,
    /// The page belongs to it.
    pub(super) here: bool,
}

/// The menu of a role, on the page of this path.
pub(super) fn menu(role: Role, words: Language, path: &str) -> Vec<Item> {
    let item = |(key, (to, word, _, more)): (u32, &(&'static str, &'static str, _, &[&str]))| {
        let within = *to != "/" && path.starts_with(to);
        Item {
            to,
            word: words.t(word),
            key: (key < 10).then_some(key),
            here: path == *to || within || more.iter().any(|begins| path.starts_with(begins)),
        }
    };
    (1..)
        .zip(MENU)
        .filter(|(_, (_, _, roles, _))| roles.contains(&role))
        .map(item)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_menu_is_there_in_chinese() {
        for (to, english, ..) in MENU {
            assert_ne!(Language::Chinese.t(english), *english, "{to}");
        }
    }

    #[test]
    fn a_page_belongs_to_one_entry_at_most_and_digits_are_the_same_for_every_role() {
        for path in super::super::routes::PAGES {
            let menu = menu(Manager, Language::English, path);
            assert!(menu.iter().filter(|item| item.here).count() < 2, "{path}");
        }
        let of = |role, to: &str| {
            let menu = menu(role, Language::English, to);
            menu.into_iter().find(|item| item.to == to)
        };
        let found = of(Clerk, "/tariffs").expect("in the menu");
        assert!(found.here && found.key == Some(7), "{found:?}");
        assert_eq!(of(Manager, "/tariffs"), Some(found));
        assert_eq!(of(Clerk, "/alerts"), None);
        assert_eq!(of(Manager, "/people").and_then(|item| item.key), None);
    }

    #[test]
    fn nobody_decides_who_may_not_ask_and_nobody_writes_who_may_not_see() {
        for (more, less) in [
            (SEE_REQUESTS, DECIDE),
            (MOVE_MONEY, DECIDE),
            (SEE_ACCOUNTS, WRITE_ACCOUNTS),
            (WRITE_ACCOUNTS, REMOVE_ACCOUNTS),
            (SEE_CARDS, WRITE_CARDS),
            (SEE_FLEET, RUN_FLEET),
            (SEE_PEOPLE, WRITE_PEOPLE),
        ] {
            assert!(less.iter().all(|role| more.contains(role)), "{less:?}");
        }
        // Who gives rights has none over money, and who looks at everything changes nothing.
        for roles in [WRITE_ACCOUNTS, MOVE_MONEY, DECIDE, WRITE_CARDS, RUN_FLEET] {
            assert!(!roles.contains(&Administrator) && !roles.contains(&Auditor));
        }
    }
}
