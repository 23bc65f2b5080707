//! What the meter's page says beyond the balance, and that nobody ever waits for it.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use meterpost_ledger::bulletin::tariffs::{Step, Tariff, TariffPeriod, Tariffs};
use meterpost_ui::view::{Intent, MeterView, Screen};

use super::story::{find, pass, ready};
use super::world::{Faults, METER, World};
use crate::flow::{Effect, Input, Session};
use crate::told::Told;

fn tell(world: &mut World, steps: &[(u32, u32)], period: Option<TariffPeriod>) {
    let step = |&(from, price): &(u32, u32)| Step { from, price };
    world.flow.tell(Arc::new(Told {
        tariffs: Tariffs {
            tariffs: vec![Tariff {
                utility: "electricity".into(),
                name: "居民".into(),
                period,
                steps: steps.iter().map(step).collect(),
            }],
        },
        ..Told::default()
    }));
}

fn page(world: &World) -> MeterView {
    match world.flow.view("").screen {
        Screen::Meter(view) => view,
        other => panic!("{other:?}"),
    }
}

fn at_the_meter(steps: &[(u32, u32)], period: Option<TariffPeriod>) -> World {
    let mut world = ready(Faults::NONE);
    tell(&mut world, steps, period);
    find(&mut world);
    world
}

#[test]
fn the_page_says_what_an_amount_buys_and_how_long_the_balance_lasts() {
    // 26.00 kWh this month, 30.00 the last one: a kWh a day.
    let world = at_the_meter(&[(0, 5_200)], None);
    let page = page(&world);
    let buys: Vec<_> = page.amounts.iter().map(|a| a.buys.as_deref()).collect();
    assert_eq!(buys[..2], [Some("≈ 19.2 kWh"), Some("≈ 38 kWh")]);
    // 12.50 buy 24 kWh.
    assert_eq!(page.lasts_until.as_deref(), Some("20 Dec"));
    let usage = page.usage.expect("two months");
    let months: Vec<(u8, &str)> = usage.months.iter().map(|m| (m.month, &*m.shown)).collect();
    assert_eq!(
        (&*usage.unit, months),
        ("kWh", vec![(10, "30"), (11, "26")])
    );
}

#[test]
fn with_steps_it_is_said_by_the_use_of_the_period_or_not_at_all() {
    let steps = [(0, 5_000), (50, 8_000)];
    let mut world = at_the_meter(&steps, Some(TariffPeriod::Month));
    world.touch(Intent::OtherAmount);
    for digit in [2, 0] {
        world.touch(Intent::Digit(digit));
    }
    let Screen::OtherAmount(view) = world.flow.view("").screen else {
        panic!("{:?}", world.flow.session());
    };
    // 24 kWh are left at 0.50, the other 8.00 buy 10 at 0.80.
    let buys = view.buys.expect("a tariff");
    assert_eq!(buys.total, "34 kWh");
    let tiers: Vec<(&str, &str)> = buys
        .tiers
        .iter()
        .map(|t| (&*t.quantity, &*t.price))
        .collect();
    assert_eq!(
        tiers,
        [("24 kWh", "¥ 0.50 / kWh"), ("10.0 kWh", "¥ 0.80 / kWh")]
    );
    for unknown in [None, Some(TariffPeriod::Year)] {
        let page = page(&at_the_meter(&steps, unknown));
        assert!(page.amounts.iter().all(|amount| amount.buys.is_none()));
        assert_eq!(page.lasts_until, None);
        assert!(page.usage.is_some());
    }
}

#[test]
fn without_tariff_or_history_the_page_is_as_it_was() {
    let mut world = ready(Faults::NONE);
    world.counted.clear();
    find(&mut world);
    let first = page(&world);
    assert_eq!((first.lasts_until, first.usage), (None, None));
    assert!(first.amounts.iter().all(|amount| amount.buys.is_none()));
    // A meter that does not tell is not asked again and again.
    let watched = Rc::new(Cell::new(0));
    let seen = watched.clone();
    world.watch = Some(Box::new(move |_, input, _| {
        if matches!(input, Input::UseRead(..)) {
            seen.set(seen.get() + 1);
        }
    }));
    pass(&mut world, 20);
    assert_eq!(watched.get(), 0);
}

/// On the meter's page in the very moment in which the balance is there.
fn just_arrived() -> World {
    let mut world = ready(Faults::NONE);
    tell(&mut world, &[(0, 5_200)], None);
    world.touch(Intent::Start);
    for digit in METER.bytes() {
        world.touch(Intent::Digit(digit - b'0'));
    }
    world.touch(Intent::Find);
    while !matches!(world.flow.session(), Session::Meter { .. }) {
        world.pass(Duration::from_millis(10));
    }
    world
}

#[test]
fn the_use_is_asked_for_once_the_balance_is_there_and_called_off_by_whoever_pays() {
    let mut world = just_arrived();
    let first = page(&world);
    assert_eq!((&*first.balance, first.usage), ("¥ 12.50", None));
    let begun = Input::Person(Intent::Amount(1_000));
    let effects = world.flow.step(world.time, begun);
    assert!(effects.contains(&Effect::CallOffUse), "{effects:?}");
    assert!(matches!(world.flow.session(), Session::Cash { .. }));
}

#[test]
fn whoever_comes_back_to_the_page_sees_the_use_after_all() {
    let mut world = just_arrived();
    world.touch(Intent::Amount(1_000));
    pass(&mut world, 2);
    world.touch(Intent::Cancel);
    world.touch(Intent::Find);
    pass(&mut world, 4);
    assert!(page(&world).usage.is_some());
}

#[test]
fn a_purchase_begun_while_the_use_is_read_is_credited_as_any() {
    for delay in 0..20 {
        let mut world = just_arrived();
        for _ in 0..delay {
            world.pass(Duration::from_millis(50));
        }
        world.touch(Intent::Amount(1_000));
        world.insert(1_000);
        pass(&mut world, 6);
        assert_eq!(world.meter.applied, [(8, 1_000)]);
        assert!(matches!(world.flow.session(), Session::Done { .. }));
    }
}

#[test]
fn what_was_overdrawn_is_paid_before_anything_is_bought() {
    let mut world = ready(Faults::NONE);
    tell(&mut world, &[(0, 5_000)], None);
    world.meter.balance = -500;
    find(&mut world);
    let page = page(&world);
    assert_eq!(page.amounts[0].buys.as_deref(), Some("≈ 10.0 kWh"));
    assert_eq!(page.lasts_until, None);
}
