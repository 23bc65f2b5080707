//! What was measured, and how it is told.

use std::fmt;
use std::time::Duration;

use super::family::Memory;

/// A program's figures.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// From its start to its first screen on the glass.
    pub start: Spread,
    /// What it and all that it started hold while nobody is there.
    pub memory: Memory,
    /// Percent of one core that it takes meanwhile.
    pub idle_percent: f64,
}

/// Both sides.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// The terminal.
    pub terminal: Side,
    /// The browser.
    pub browser: Side,
    /// From a touch to changed pixels of what was touched.
    pub echo: Spread,
    /// From a touch to what it leads to: the digit in the field, by way of the program.
    pub answer: Spread,
}

/// How times lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// Half of them are shorter.
    pub median: Duration,
    /// 99 of 100 are no longer.
    pub p99: Duration,
    /// The longest.
    pub longest: Duration,
    /// How many.
    pub count: usize,
}

impl Spread {
    /// Of these times; zeros where there are none.
    pub fn of(mut times: Vec<Duration>) -> Spread {
        times.sort();
        // The nearest rank: the smallest that so many of them do not exceed.
        let rank = |percent: usize| (times.len() * percent).div_ceil(100).saturating_sub(1);
        let at = |percent| times.get(rank(percent)).copied().unwrap_or_default();
        Spread {
            median: at(50),
            p99: at(99),
            longest: at(100),
            count: times.len(),
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        write!(
            f,
            "median {:.1} ms, p99 {:.1} ms, longest {:.1} ms of {}",
            ms(self.median),
            ms(self.p99),
            ms(self.longest),
            self.count
        )
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MIB: f64 = 1024.0;
        let (own, other) = (&self.terminal, &self.browser);
        let ratio = own.start.median.as_secs_f64() / other.start.median.as_secs_f64();
        writeln!(f, "start to first screen: terminal {}", own.start)?;
        writeln!(
            f,
            "                       browser  {}; terminal ÷ browser {ratio:.2}",
            other.start
        )?;
        for (name, held) in [
            ("resident", resident as fn(&Memory) -> u64),
            ("proportional", proportional),
        ] {
            let (a, b) = (held(&own.memory) as f64, held(&other.memory) as f64);
            writeln!(
                f,
                "memory, {name}: terminal {:.1} MiB, browser {:.1} MiB; {:.2}",
                a / MIB,
                b / MIB,
                a / b
            )?;
        }
        writeln!(
            f,
            "processor on the first screen: terminal {:.2} % of a core, browser {:.2} %",
            own.idle_percent, other.idle_percent
        )?;
        writeln!(f, "touch to changed pixels: {}", self.echo)?;
        write!(f, "touch to the digit in its field: {}", self.answer)
    }
}

fn resident(memory: &Memory) -> u64 {
    memory.resident
}

fn proportional(memory: &Memory) -> u64 {
    memory.proportional
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let times = (1..=200).rev().map(Duration::from_millis).collect();
        let spread = Spread::of(times);
        assert_eq!(spread.median, Duration::from_millis(100));
        assert_eq!(spread.p99, Duration::from_millis(198));
        assert_eq!(spread.longest, Duration::from_millis(200));
        let one = Spread::of(vec![Duration::from_millis(7)]);
        assert_eq!((one.median, one.p99), (one.longest, one.longest));
        assert_eq!(Spread::of(Vec::new()).count, 0);
    }
}
