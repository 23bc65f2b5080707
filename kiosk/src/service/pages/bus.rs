//! The meter bus: concentrators, wires, meters with how well they answer, and the newest frames.

use meterpost_bus::meter::{Reading, Supply};
use meterpost_ledger::{Money, Sale};
use meterpost_ui::view::{MenuAct, MenuList, MenuRow, MenuTone, Phrase, Word};

use super::{Look, fact, given, open_deliveries, row};
use crate::service::acts::Act;
use crate::service::bus::{FrameWay, Heard, wires};
use crate::service::doing::Step;
use crate::service::said;

/// All of it.
pub(super) fn page(look: &Look<'_, '_>) -> MenuList {
    let mut rows: Vec<MenuRow> = Vec::new();
    for endpoint in &look.inside.facts.bus.endpoints {
        let (value, tone): (Phrase, MenuTone) = match &endpoint.problem {
            None => (Word::Reached.into(), MenuTone::Good),
            Some(why) => (given(why.clone()), MenuTone::Bad),
        };
        rows.push(MenuRow {
            name: said(Word::Concentrator, &[&endpoint.endpoint]),
            value,
            tone,
            act: None,
        });
    }
    if rows.is_empty() {
        rows.push(super::devices::bus(look));
    }
    for (segment, meters) in wires(look.sight) {
        let silent = meters.iter().filter(|number| is_silent(look, number));
        let (value, tone) = match silent.count() {
            0 => (
                said(Word::MetersOnWire, &[&meters.len().to_string()]),
                MenuTone::Neutral,
            ),
            silent => {
                let values = [silent.to_string(), meters.len().to_string()];
                (
                    Phrase::Said(Word::SomeSilent, values.to_vec()),
                    MenuTone::Warn,
                )
            }
        };
        let row = MenuRow {
            name: said(Word::Wire, &[&segment.to_string()]),
            value,
            tone,
            act: None,
        };
        rows.push(look.leading(row, &format!("segment-{segment}"), Word::MetersKnown));
    }
    let typed = row(Word::ReadOneMeter, given(""), MenuTone::Neutral);
    rows.push(look.leading(typed, "meter-number", Word::ReadOneMeter));
    let frames = look.inside.facts.bus.frames.len();
    let trace = fact(Word::Trace, frames.to_string());
    rows.push(look.leading(trace, "trace", Word::Trace));
    look.plain(Word::Bus, rows, Vec::new())
}

fn heard<'l>(look: &'l Look<'_, '_>, number: &str) -> Option<&'l Heard> {
    look.inside.facts.bus.heard.get(number)
}

/// Whether its last request got no answer.
fn is_silent(look: &Look<'_, '_>, number: &str) -> bool {
    heard(look, number).is_some_and(|heard| heard.silent.is_some())
}

/// How well it answers, with its sign.
fn quality(look: &Look<'_, '_>, number: &str) -> (Phrase, MenuTone) {
    let Some(heard) = heard(look, number) else {
        return (Word::NotAskedYet.into(), MenuTone::Neutral);
    };
    let values = [heard.answers.to_string(), heard.tries.to_string()];
    let tone = match (&heard.silent, heard.answers < heard.tries) {
        (Some(_), _) => MenuTone::Bad,
        (None, true) => MenuTone::Warn,
        (None, false) => MenuTone::Good,
    };
    (Phrase::Said(Word::Answers, values.to_vec()), tone)
}

/// The meters of a wire.
pub(super) fn segment(look: &Look<'_, '_>) -> MenuList {
    let mut wires = wires(look.sight);
    let meters = wires.remove(&look.inside.bus.segment).unwrap_or_default();
    let rows = meters.iter().map(|number| {
        let (value, tone) = quality(look, number);
        let row = MenuRow {
            name: given(number.clone()),
            value,
            tone,
            act: None,
        };
        look.leading(row, &format!("meter-{number}"), Word::Meter)
    });
    let rows = rows.collect();
    look.plain(
        Word::MetersKnown,
        rows,
        vec![asking(look, Act::AskEveryMeter)],
    )
}

/// What can be done, or stopped while it is being done.
fn asking(look: &Look<'_, '_>, act: Act) -> MenuAct {
    let calls = |step: &Step| matches!(step, Step::Calling(_));
    if look
        .inside
        .doing
        .as_ref()
        .is_some_and(|doing| calls(&doing.step))
    {
        return MenuAct {
            name: "stop".to_owned(),
            word: Word::Stop,
            grave: false,
            refused: None,
        };
    }
    look.button(act)
}

/// One meter: how it is reached, how well it answers, what it said, and what is on its way to it.
pub(super) fn meter(look: &Look<'_, '_>) -> MenuList {
    let number = &look.inside.bus.meter;
    let mut rows = vec![fact(Word::Meter, number.clone())];
    if let Some(meter) = look.sight.rules.meter(number) {
        rows.push(fact(Word::Profile, meter.profile.clone()));
        rows.push(fact(Word::WireAddress, meter.driver.address().to_string()));
        let wire = format!("{} ({})", meter.segment, meter.serial);
        rows.push(fact(Word::OnWire, wire));
    }
    let (value, tone) = quality(look, number);
    rows.push(row(Word::Quality, value, tone));
    if let Some(heard) = heard(look, number) {
        let last = heard.last_answer.clone();
        rows.extend(last.map(|at| fact(Word::LastAnswer, at)));
        let silent = heard.silent.clone();
        rows.extend(silent.map(|why| row(Word::LastFailure, given(why), MenuTone::Bad)));
    }
    if let Some((read, Ok(reading))) = &look.inside.bus.read
        && read == number
    {
        rows.extend(said_by_meter(look, reading));
    }
    let open = open_deliveries(look.sight).filter(|sale| sale.meter.number == *number);
    rows.extend(open.map(|sale| on_its_way(look, sale)));
    look.plain(Word::Meter, rows, vec![asking(look, Act::ReadMeter)])
}

fn said_by_meter(look: &Look<'_, '_>, reading: &Reading) -> Vec<MenuRow> {
    let (supply, tone) = match reading.supply {
        Supply::On => (Word::SupplyOn, MenuTone::Good),
        Supply::Off => (Word::SupplyOff, MenuTone::Warn),
        Supply::Fault => (Word::SupplyFault, MenuTone::Bad),
        Supply::NotReported => (Word::NotKnown, MenuTone::Neutral),
    };
    let mut rows = vec![
        fact(Word::Balance, look.money(Money(reading.balance.0))),
        fact(Word::PurchaseNumber, reading.purchase_number.to_string()),
    ];
    let last = reading
        .last_amount
        .map(|amount| look.money(Money(amount.0)));
    rows.extend(last.map(|amount| fact(Word::LastPurchase, amount)));
    let all = reading.cumulative.map(|amount| look.money(Money(amount.0)));
    rows.extend(all.map(|amount| fact(Word::AllPurchases, amount)));
    rows.push(row(Word::Supply, supply, tone));
    rows
}

/// To look at only: what can be done about it is on its own page.
fn on_its_way(look: &Look<'_, '_>, sale: &Sale) -> MenuRow {
    let value = look.money(sale.in_delivery);
    let row = MenuRow {
        name: said(
            Word::SaleOf,
            &[&look.sight.reference(sale.id), &sale.meter.number],
        ),
        value: given(value),
        tone: MenuTone::Warn,
        act: None,
    };
    look.leading(row, &format!("sale-{}", sale.id.0), Word::Delivery)
}

/// The newest frames.
pub(super) fn trace(look: &Look<'_, '_>) -> MenuList {
    let frames = look.inside.facts.bus.frames.iter();
    let rows = frames.map(|frame| {
        let segment = frame.segment.to_string();
        let (word, bytes, tone) = match &frame.way {
            FrameWay::Out(bytes) => (Word::FrameSent, bytes, MenuTone::Neutral),
            FrameWay::In(bytes) => (Word::FrameCame, bytes, MenuTone::Good),
            FrameWay::Silence(why) => (Word::NoFrameCame, why, MenuTone::Bad),
        };
        let at = format!("{}, {segment}, {}", frame.at, frame.meter);
        MenuRow {
            name: said(word, &[&at]),
            value: given(bytes.clone()),
            tone,
            act: None,
        }
    });
    look.plain(Word::Trace, rows.collect(), Vec::new())
}
