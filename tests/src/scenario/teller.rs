//! Tells a person at a terminal, in plain words, what is going on and how long it takes.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Speaks to standard output.
#[derive(Clone, Copy, Debug)]
pub struct Teller {
    /// A line can be written over.
    terminal: bool,
}

impl Default for Teller {
    fn default() -> Teller {
        Teller {
            terminal: std::io::stdout().is_terminal(),
        }
    }
}

impl Teller {
    /// A headline.
    pub fn head(&self, words: &str) {
        println!("\n{words}");
    }

    /// A line below the headline.
    pub fn say(&self, words: &str) {
        println!("   {words}");
    }

    /// Does something, and from the first second on says how long it has taken.
    pub fn during<T>(&self, what: &str, work: impl FnOnce() -> T) -> T {
        let (done, waiting) = channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || self.watch(what, &waiting));
            let result = work();
            drop(done);
            result
        })
    }

    fn watch(&self, what: &str, waiting: &Receiver<()>) {
        let start = Instant::now();
        let mut shown = false;
        while waiting.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
            let seconds = start.elapsed().as_secs();
            if self.terminal {
                print!("\r   … {what}: {seconds} s ");
                let _ = std::io::stdout().flush();
            } else if !shown || seconds.is_multiple_of(5) {
                // Without a terminal, such as in a log, every line stays.
                println!("   … {what}: {seconds} s");
            }
            shown = true;
        }
        if shown && self.terminal {
            println!("\r   … {what}: {:.1} s", start.elapsed().as_secs_f32());
        }
    }
}
