//! Who may do what: one table.

use meterpost_ui::view::Word;

use crate::device::card::StaffRole;

/// A part of the service menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Area {
    /// How the terminal is.
    Glance,
    /// Deliveries and claims that are open, and the legal ways to close them.
    Pending,
    /// Devices and their tests.
    Devices,
    /// The meter bus.
    Bus,
    /// Counters, emptying, counting.
    CashBox,
    /// Taking a count that differs from what was expected.
    Difference,
    /// The ledger: checking and exporting it.
    Ledger,
    /// The talk with the server.
    Server,
    /// Network, clock, parameters, lines of the log.
    Machine,
    /// Versions and their installation.
    Software,
    /// The readiness report.
    Readiness,
    /// Starting anew and shutting down.
    Power,
}

/// Every part, with who may: clerk, maintenance, manager.
pub const TABLE: [(Area, [bool; 3]); 12] = [
    (Area::Glance, [true, true, true]),
    (Area::Pending, [true, true, true]),
    (Area::Devices, [false, true, true]),
    (Area::Bus, [false, true, true]),
    (Area::CashBox, [false, true, true]),
    (Area::Difference, [false, false, true]),
    (Area::Ledger, [false, true, true]),
    (Area::Server, [false, true, true]),
    (Area::Machine, [false, true, true]),
    (Area::Software, [false, true, true]),
    (Area::Readiness, [false, true, true]),
    (Area::Power, [false, true, true]),
];

/// Whether this role may use this part.
pub fn may(role: StaffRole, area: Area) -> bool {
    let column = match role {
        StaffRole::Clerk => 0,
        StaffRole::Maintenance => 1,
        StaffRole::Manager => 2,
    };
    TABLE
        .iter()
        .any(|(listed, who)| *listed == area && who[column])
}

/// The role on the glass.
pub fn word(role: StaffRole) -> Word {
    match role {
        StaffRole::Clerk => Word::Clerk,
        StaffRole::Maintenance => Word::Maintenance,
        StaffRole::Manager => Word::Manager,
    }
}

/// The role in entries and in the configuration.
pub fn name(role: StaffRole) -> &'static str {
    match role {
        StaffRole::Clerk => "clerk",
        StaffRole::Maintenance => "maintenance",
        StaffRole::Manager => "manager",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Area; 12] = [
        Area::Glance,
        Area::Pending,
        Area::Devices,
        Area::Bus,
        Area::CashBox,
        Area::Difference,
        Area::Ledger,
        Area::Server,
        Area::Machine,
        Area::Software,
        Area::Readiness,
        Area::Power,
    ];

    /// A part that is added has to be named here, or this does not compile.
    fn listed(area: Area) -> bool {
        match area {
            Area::Glance
            | Area::Pending
            | Area::Devices
            | Area::Bus
            | Area::CashBox
            | Area::Difference
            | Area::Ledger
            | Area::Server
            | Area::Machine
            | Area::Software
            | Area::Readiness
            | Area::Power => ALL.contains(&area),
        }
    }

    #[test]
    fn every_part_is_in_the_table_once() {
        for area in ALL {
            assert!(listed(area));
            let rows = TABLE.iter().filter(|(found, _)| *found == area).count();
            assert_eq!(rows, 1, "{area:?}");
        }
        assert_eq!(TABLE.len(), ALL.len());
    }

    #[test]
    fn a_clerk_sees_the_glance_and_what_is_pending_and_a_manager_everything() {
        for area in ALL {
            let clerk = matches!(area, Area::Glance | Area::Pending);
            assert_eq!(may(StaffRole::Clerk, area), clerk, "{area:?}");
            let maintenance = area != Area::Difference;
            assert_eq!(may(StaffRole::Maintenance, area), maintenance, "{area:?}");
            assert!(may(StaffRole::Manager, area), "{area:?}");
        }
    }
}
