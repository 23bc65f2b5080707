//! What the meter's page says beyond the balance: what an amount buys, how long the money lasts, and the use of the last months.
//!
//! The use is asked for once the balance is on the screen, so nobody waits for it, and it is called off as soon as anything that matters more
//! wants the bus: the next resident's meter, or money on its way.

use jiff::civil::{Date, DateTime};
use meterpost_bus::meter::{Capability, Reading, Settlements};
use meterpost_ledger::Money;
use meterpost_ledger::bulletin::tariffs::Tariff;
use meterpost_ui::locale::Day;
use meterpost_ui::view::{Buys, MonthUse, Tier, Usage};

use super::session::Session;
use super::tariff::{Part, bought, total, unit};
use super::usage::MeterUse;
use super::{BusJob, Effect, Flow, utility_word};

/// Less than this is shown with one decimal place, in thousandths of a unit.
const FEW: u64 = 20_000;
/// More prices than this have no room.
const MOST_TIERS: usize = 3;

/// What was read of a meter's use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UseRead {
    /// What it counted.
    pub settlements: Settlements,
    /// The terminal's local time; `None` while its clock was never set.
    pub at: Option<DateTime>,
}

/// The use of the meter that somebody looks at.
#[derive(Clone, Debug)]
pub(super) struct Outlook {
    number: String,
    /// `None` while it is being asked for, and where it was not told.
    known: Option<MeterUse>,
}

/// By what the amounts for one meter are priced.
pub(super) struct Pricing<'f> {
    flow: &'f Flow,
    tariff: &'f Tariff,
    unit: &'static str,
    used: Option<u64>,
}

impl Flow {
    /// Asks for the use of the meter on the screen, or calls the question off.
    pub(super) fn read_use(&mut self) {
        if let Some(BusJob::Use { called_off: false }) = self.bus_job {
            let looking = matches!(
                self.session,
                Session::Meter { .. } | Session::OtherAmount { .. } | Session::Pay { .. }
            );
            if !looking || self.settling.is_some() || self.asked.is_some() {
                self.bus_job = Some(BusJob::Use { called_off: true });
                self.out.push(Effect::CallOffUse);
            }
            return;
        }
        let Session::Meter {
            number, earlier, ..
        } = &self.session
        else {
            return;
        };
        let known = self.outlook.as_ref().is_some_and(|o| o.number == *number);
        let blocked = earlier.is_some_and(|e| !e.arrived);
        let busy = self.bus_job.is_some() || self.settling.is_some() || self.asked.is_some();
        if known || blocked || busy || !self.devices.bus {
            return;
        }
        let meter = self.rules.meter(number);
        self.outlook = Some(Outlook {
            number: number.clone(),
            known: None,
        });
        if meter.is_some_and(|m| m.driver.profile().can(Capability::Settlements)) {
            self.bus_job = Some(BusJob::Use { called_off: false });
            self.out.push(Effect::ReadUse(number.clone()));
        }
    }

    pub(super) fn on_use_read(&mut self, number: &str, result: Result<UseRead, String>) {
        let Some(BusJob::Use { called_off }) = self.bus_job else {
            tracing::warn!("a use nobody asked for was dropped");
            return;
        };
        self.bus_job = None;
        match result {
            Ok(read) => {
                let known = read.at.and_then(|at| MeterUse::new(&read.settlements, at));
                if let Some(outlook) = &mut self.outlook
                    && outlook.number == number
                {
                    outlook.known = known;
                }
            }
            // Whoever comes back to the page gets it after all.
            Err(_) if called_off => self.outlook = None,
            Err(why) => tracing::info!(number, why, "the use of a meter was not told"),
        }
    }

    fn use_of(&self, number: &str) -> Option<&MeterUse> {
        let outlook = self.outlook.as_ref()?;
        let known = outlook.known.as_ref();
        known.filter(|_| outlook.number == number)
    }

    /// By what amounts for this meter are priced; `None` where no tariff says it.
    pub(super) fn pricing(&self, number: &str) -> Option<Pricing<'_>> {
        let utility = self.rules.meter(number)?.utility;
        let tariff = self.rules.told.tariffs.of(utility_word(utility))?;
        let used = tariff.period.and_then(|p| self.use_of(number)?.used_in(p));
        Some(Pricing {
            flow: self,
            tariff,
            unit: unit(utility)?,
            used,
        })
    }

    /// Until when the meter's money lasts, as shown.
    pub(super) fn lasts_until(&self, number: &str, reading: &Reading) -> Option<String> {
        let pricing = self.pricing(number)?;
        let parts = pricing.parts(Money(reading.balance.0))?;
        let within = match pricing.tariff.steps.len() {
            1 => None,
            _ => Some(pricing.tariff.period?),
        };
        let until = self.use_of(number)?.lasts_until(total(&parts), within)?;
        Some(self.language.locale().day(day(until)))
    }

    /// The use of the last months, as shown.
    pub(super) fn usage(&self, number: &str) -> Option<Usage> {
        let months = self.use_of(number)?.months();
        let locale = self.language.locale();
        let month = |(month, used): (u8, u64)| MonthUse {
            month,
            shown: locale.number(i64::try_from((used + 50) / 100).unwrap_or(i64::MAX), 0),
            amount: used,
        };
        (!months.is_empty()).then(|| Usage {
            unit: "kWh".to_owned(),
            months: months.into_iter().map(month).collect(),
        })
    }
}

impl Pricing<'_> {
    fn parts(&self, amount: Money) -> Option<Vec<Part>> {
        bought(amount, &self.tariff.steps, self.used)
    }

    /// What an amount buys for a meter that says this; what was overdrawn is paid first.
    fn added(&self, amount: Money, reading: &Reading) -> Option<Vec<Part>> {
        let overdrawn = Money(reading.balance.0.min(0));
        self.parts(amount.checked_add(overdrawn)?)
    }

    /// In all, as shown on the amount: `≈ 96 kWh`.
    pub(super) fn about(&self, amount: Money, reading: &Reading) -> Option<String> {
        let parts = self.added(amount, reading)?;
        Some(format!("≈ {}", self.quantity(total(&parts))))
    }

    /// In all and at each price, as shown.
    pub(super) fn buys(&self, amount: Money, reading: &Reading) -> Option<Buys> {
        let parts = self.added(amount, reading)?;
        let tier = |part: &Part| Tier {
            quantity: self.quantity(part.thousandths),
            price: self.price(part.price),
        };
        Some(Buys {
            total: self.quantity(total(&parts)),
            tiers: match parts.len() {
                ..=MOST_TIERS => parts.iter().map(tier).collect(),
                _ => Vec::new(),
            },
        })
    }

    /// Whole units, or tenths where there are few. Rounded down: it says "about", and never more.
    fn quantity(&self, thousandths: u64) -> String {
        let locale = self.flow.language.locale();
        let (value, places) = match thousandths {
            FEW.. => (thousandths / 1000, 0),
            _ => (thousandths / 100, 1),
        };
        locale.quantity(i64::try_from(value).unwrap_or(i64::MAX), places, self.unit)
    }

    /// `¥ 0.52 / kWh`; as many places as it has, two at least.
    fn price(&self, price: u32) -> String {
        let locale = self.flow.language.locale();
        let (value, places) = match (price % 100, price % 10) {
            (0, _) => (price / 100, 2),
            (_, 0) => (price / 10, 3),
            _ => (price, 4),
        };
        let money = locale.money(&self.flow.rules.currency, value.into(), places);
        format!("{money} / {}", self.unit)
    }
}

/// A day as the screens write it.
pub(super) fn day(date: Date) -> Day {
    Day {
        year: date.year().into(),
        month: u8::try_from(date.month()).unwrap_or(0),
        day: u8::try_from(date.day()).unwrap_or(0),
    }
}
