use super::*;

const HOUR: LocalSeconds = 3600;
/// A midnight.
const DAY_ONE: LocalSeconds = 9_000 * DAY;

fn plan(cycle: Cycle, points: &[u16]) -> Schedule {
    let mut schedule = Schedule::new(cycle);
    schedule.set_meters(points.iter().copied(), |_| None);
    schedule
}

/// Reads everything that is due; `answers` says who answers.
fn run(schedule: &mut Schedule, now: LocalSeconds, answers: impl Fn(u16) -> bool) -> Vec<u16> {
    let mut read = Vec::new();
    while let Next::Read(point) = schedule.next(now) {
        schedule.done(point, answers(point));
        read.push(point);
    }
    read
}

#[test]
fn every_meter_is_read_once_in_a_cycle_in_order() {
    let mut schedule = plan(Cycle::Every(HOUR), &[3, 1, 2]);
    let now = DAY_ONE + 10 * HOUR + 5;
    assert_eq!(run(&mut schedule, now, |_| true), [1, 2, 3]);
    assert_eq!(schedule.next(now + 1), Next::Wait(DAY_ONE + 11 * HOUR));
    assert_eq!(run(&mut schedule, now + HOUR, |_| true), [1, 2, 3]);
}

#[test]
fn times_of_day_and_midnight_begin_cycles() {
    let cycle = Cycle::At(vec![6 * HOUR, 18 * HOUR]);
    assert_eq!(cycle.began(DAY_ONE + 5 * HOUR), DAY_ONE);
    assert_eq!(cycle.began(DAY_ONE + 6 * HOUR), DAY_ONE + 6 * HOUR);
    assert_eq!(cycle.next(DAY_ONE + 6 * HOUR), DAY_ONE + 18 * HOUR);
    assert_eq!(cycle.next(DAY_ONE + 18 * HOUR), DAY_ONE + DAY);
}

#[test]
fn an_interval_that_does_not_divide_the_day_begins_anew_at_midnight() {
    let cycle = Cycle::Every(7 * HOUR);
    assert_eq!(cycle.next(DAY_ONE + 21 * HOUR), DAY_ONE + DAY);
    assert_eq!(cycle.began(DAY_ONE + DAY), DAY_ONE + DAY);
}

#[test]
fn a_silent_meter_is_asked_less_often_and_never_forgotten() {
    let mut schedule = plan(Cycle::Every(HOUR), &[1, 2]);
    let mut asked = Vec::new();
    for hour in 0..100 {
        let now = DAY_ONE + hour * HOUR;
        let read = run(&mut schedule, now, |point| point == 1);
        assert!(read.contains(&1), "the other meter loses nothing");
        if read.contains(&2) {
            asked.push(hour);
        }
    }
    // Every midnight, and in between ever less often.
    assert_eq!(asked, [0, 1, 3, 6, 11, 20, 24, 40, 48, 64, 72, 88, 96]);
}

#[test]
fn lost_and_back_are_told_once() {
    let mut schedule = plan(Cycle::Every(HOUR), &[1]);
    let mut changes = Vec::new();
    for hour in 0..60 {
        while let Next::Read(point) = schedule.next(DAY_ONE + hour * HOUR) {
            changes.push(schedule.done(point, hour >= 30));
        }
    }
    let told: Vec<_> = changes
        .into_iter()
        .filter(|change| *change != Change::None)
        .collect();
    assert_eq!(told, [Change::Lost, Change::Back]);
}

#[test]
fn a_cycle_that_takes_too_long_is_finished_and_swallows_the_next() {
    let mut schedule = plan(Cycle::Every(60), &[1, 2]);
    assert_eq!(schedule.next(DAY_ONE + 60), Next::Read(1));
    schedule.done(1, true);
    assert_eq!(schedule.next(DAY_ONE + 250), Next::Read(2));
    schedule.done(2, true);
    assert_eq!(schedule.next(DAY_ONE + 270), Next::Read(1));
    assert_eq!(schedule.current(), Some(DAY_ONE + 240));
}

#[test]
fn a_clock_set_back_repeats_no_cycle_and_set_forward_skips_what_is_past() {
    let mut schedule = plan(Cycle::Every(HOUR), &[1]);
    let now = DAY_ONE + 10 * HOUR;
    assert_eq!(run(&mut schedule, now, |_| true), [1]);
    assert_eq!(run(&mut schedule, now - 2 * HOUR, |_| true), [] as [u16; 0]);
    assert_eq!(run(&mut schedule, now + 5 * HOUR, |_| true), [1]);
    // A clock that was years ahead must not silence the wire for years.
    assert_eq!(run(&mut schedule, now - 400 * DAY, |_| true), [1]);
}

#[test]
fn a_restart_in_the_middle_of_a_cycle_goes_on_where_it_was() {
    let mut schedule = plan(Cycle::Every(HOUR), &[1, 2, 3]);
    let now = DAY_ONE + HOUR;
    assert_eq!(schedule.next(now), Next::Read(1));
    schedule.done(1, true);
    assert_eq!(schedule.next(now), Next::Read(2));
    schedule.done(2, false);
    let kept: BTreeMap<u16, Answers> = schedule.meters().collect();
    let mut again = Schedule::new(Cycle::Every(HOUR));
    again.set_meters([1, 2, 3], |point| kept.get(&point).copied());
    assert_eq!(run(&mut again, now + 60, |_| true), [2, 3]);
}

#[test]
fn meters_that_go_are_not_asked_and_those_that_come_are_read_in_this_cycle_and_the_next() {
    let mut schedule = plan(Cycle::Every(HOUR), &[1, 2]);
    assert_eq!(schedule.next(DAY_ONE), Next::Read(1));
    schedule.done(1, true);
    schedule.set_meters([1, 3], |_| None);
    assert_eq!(schedule.next(DAY_ONE), Next::Read(3));
    schedule.done(3, true);
    assert_eq!(schedule.next(DAY_ONE), Next::Wait(DAY_ONE + HOUR));
    assert_eq!(run(&mut schedule, DAY_ONE + HOUR, |_| true), [1, 3]);
}

#[test]
fn a_meter_that_is_added_within_a_cycle_is_read_in_it_behind_the_others() {
    let mut schedule = Schedule::new(Cycle::Every(HOUR));
    schedule.set_meters([1, 2], |_| None);
    assert_eq!(schedule.next(DAY_ONE), Next::Read(1));
    schedule.done(1, true);
    schedule.set_meters([1, 2, 3], |_| None);
    assert_eq!(schedule.next(DAY_ONE + 1), Next::Read(2));
    schedule.done(2, true);
    assert_eq!(schedule.next(DAY_ONE + 2), Next::Read(3));
    schedule.done(3, true);
    assert_eq!(schedule.next(DAY_ONE + 3), Next::Wait(DAY_ONE + HOUR));
    // One more when all is read; one that is known to have answered in this cycle is not asked again.
    let known = |point| {
        (point == 5).then_some(Answers {
            asked: DAY_ONE,
            answered: Some(DAY_ONE),
            ..Answers::default()
        })
    };
    schedule.set_meters([1, 2, 3, 4, 5], known);
    assert_eq!(schedule.next(DAY_ONE + 4), Next::Read(4));
    schedule.done(4, true);
    assert_eq!(schedule.next(DAY_ONE + 5), Next::Wait(DAY_ONE + HOUR));
}
