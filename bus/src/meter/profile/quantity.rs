//! What values measure and what status words tell.

use super::section::{Words, word_of};

/// What a value measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Quantity {
    /// Active energy.
    Energy,
    /// Reactive energy.
    ReactiveEnergy,
    /// Volume.
    Volume,
    /// Heat or cold.
    Heat,
    /// Power.
    Power,
    /// Flow.
    Flow,
    /// Voltage.
    Voltage,
    /// Current.
    Current,
    /// Frequency.
    Frequency,
    /// Temperature.
    Temperature,
    /// Pressure.
    Pressure,
    /// Time worked.
    Duration,
    /// Money left, or bought.
    Money,
    /// A count.
    Count,
    /// The meter's clock.
    Clock,
    /// A status word.
    Status,
    /// Anything else.
    Other,
}

/// What a status word can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Condition {
    /// The battery is low.
    BatteryLow,
    /// The battery of the clock is low.
    ClockBatteryLow,
    /// The clock is wrong.
    ClockFault,
    /// The memory has a fault.
    MemoryFault,
    /// The relay or valve, or what drives it, has a fault.
    SupplyFault,
    /// The security module has a fault.
    SecurityFault,
    /// The sensor has a fault.
    SensorFault,
    /// The cover was opened.
    CoverOpen,
    /// A magnet was brought near.
    Magnet,
    /// Water or gas flows where it should not.
    Leak,
    /// The flow is reversed.
    ReverseFlow,
    /// The meter is overdrawn.
    Overdrawn,
    /// The credit is nearly used up.
    CreditLow,
    /// The relay or valve has cut the supply.
    SupplyOff,
    /// The meter may be programmed.
    ProgrammingAllowed,
}

impl Quantity {
    pub(super) const WORDS: &'static Words<Self> = &[
        ("energy", Quantity::Energy),
        ("reactive_energy", Quantity::ReactiveEnergy),
        ("volume", Quantity::Volume),
        ("heat", Quantity::Heat),
        ("power", Quantity::Power),
        ("flow", Quantity::Flow),
        ("voltage", Quantity::Voltage),
        ("current", Quantity::Current),
        ("frequency", Quantity::Frequency),
        ("temperature", Quantity::Temperature),
        ("pressure", Quantity::Pressure),
        ("duration", Quantity::Duration),
        ("money", Quantity::Money),
        ("count", Quantity::Count),
        ("clock", Quantity::Clock),
        ("status", Quantity::Status),
        ("other", Quantity::Other),
    ];

    /// The word in a profile.
    pub fn word(self) -> &'static str {
        word_of(self, Quantity::WORDS)
    }
}

impl Condition {
    pub(super) const WORDS: &'static Words<Self> = &[
        ("battery_low", Condition::BatteryLow),
        ("clock_battery_low", Condition::ClockBatteryLow),
        ("clock_fault", Condition::ClockFault),
        ("memory_fault", Condition::MemoryFault),
        ("supply_fault", Condition::SupplyFault),
        ("security_fault", Condition::SecurityFault),
        ("sensor_fault", Condition::SensorFault),
        ("cover_open", Condition::CoverOpen),
        ("magnet", Condition::Magnet),
        ("leak", Condition::Leak),
        ("reverse_flow", Condition::ReverseFlow),
        ("overdrawn", Condition::Overdrawn),
        ("credit_low", Condition::CreditLow),
        ("supply_off", Condition::SupplyOff),
        ("programming_allowed", Condition::ProgrammingAllowed),
    ];

    /// The word in a profile.
    pub fn word(self) -> &'static str {
        word_of(self, Condition::WORDS)
    }
}
