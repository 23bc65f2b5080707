//! Durations, sorted and said.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Many measurements of one thing.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// The time that so many of a hundred measurements keep within.
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        sorted.get(place).copied().unwrap_or_default()
    }

    pub fn median(&self) -> Duration {
        self.percentile(50)
    }
}

/// What something took: by the clock on the wall, and of the processor, which other programs on the machine do not add to.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    pub wall: Duration,
    pub processor: Duration,
}

/// Runs something and says what it took; the processor's time is this thread's.
pub fn taken<T>(what: impl FnOnce() -> T) -> (T, Taken) {
    measured(ClockId::ThreadCPUTime, what)
}

/// The same with the time of all of the program's threads.
pub fn taken_by_all<T>(what: impl FnOnce() -> T) -> (T, Taken) {
    measured(ClockId::ProcessCPUTime, what)
}

fn measured<T>(clock: ClockId, what: impl FnOnce() -> T) -> (T, Taken) {
    let (before, started) = (processor(clock), Instant::now());
    let outcome = what();
    let wall = started.elapsed();
    let processor = processor(clock).saturating_sub(before);
    (outcome, Taken { wall, processor })
}

fn processor(clock: ClockId) -> Duration {
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

/// Both kinds of time, each sorted for itself.
#[derive(Clone, Debug, Default)]
pub struct Both {
    pub wall: Times,
    pub processor: Times,
}

impl Both {
    pub fn push(&mut self, taken: Taken) {
        self.wall.push(taken.wall);
        self.processor.push(taken.processor);
    }
}

/// How many times as long one is as the other.
pub fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

/// In the unit that fits.
pub fn said(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        ..1000.0 => format!("{micros:.1} µs"),
        ..1_000_000.0 => format!("{:.2} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_taken_from_the_sorted_times() {
        let mut times = Times::default();
        for n in (1..=100).rev() {
            times.push(Duration::from_micros(n));
        }
        assert_eq!(times.median(), Duration::from_micros(51));
        assert_eq!(times.percentile(99), Duration::from_micros(100));
        assert_eq!(times.percentile(100), Duration::from_micros(100));
        assert_eq!(Times::default().median(), Duration::ZERO);
    }
}
