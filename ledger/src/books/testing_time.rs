//! Books with a clock, as the store moves it: for tests of what counts time.

use super::testing::*;
use super::{Books, BooksError};
use crate::entry::{BootId, ClockQuality, Stamp};
use crate::event::{CardRef, Event, SaleId};
use crate::limits::{LimitHit, Limits};
use crate::money::Money;

pub(crate) const HOUR: u64 = 3_600_000;
/// Noon UTC of some day.
pub(crate) const NOON: u64 = 20_000 * 24 * HOUR + 12 * HOUR;

pub(crate) fn no_limits() -> Limits {
    Limits::default()
}

pub(crate) fn contact(size: u64) -> Event {
    Event::Contact {
        size,
        witness: [7; 32],
    }
}

pub(crate) fn limited(version: u64, limits: Limits) -> Event {
    Event::BulletinApplied {
        kind: "limits".into(),
        version,
        digest: [8; 32],
        limits: Some(limits),
    }
}

pub(crate) fn opened_with(sale: u64, target: i64, card: Option<&str>) -> Event {
    Event::SaleOpened {
        sale: SaleId(sale),
        meter: meter("111"),
        target: Money(target),
        before: purse(4),
        card: card.map(|card| CardRef(card.into())),
    }
}

/// A terminal's books, and what its clocks say.
#[derive(Clone, Debug)]
pub(crate) struct Clocked {
    pub(crate) books: Books,
    pub(crate) stamp: Stamp,
}

impl Clocked {
    /// Just created, at noon.
    pub(crate) fn new() -> Clocked {
        let mut terminal = Clocked {
            books: Books::new(),
            stamp: Stamp {
                boot: BootId([1; 16]),
                monotonic_ms: 0,
                wall: NOON,
                quality: ClockQuality::Rtc,
            },
        };
        terminal.put(created());
        terminal
    }

    /// The same with limits in force.
    pub(crate) fn with(limits: Limits) -> Clocked {
        let mut terminal = Clocked::new();
        terminal.put(limited(1, limits));
        terminal
    }

    /// Time goes by, running.
    pub(crate) fn wait(&mut self, ms: u64) {
        self.stamp.monotonic_ms += ms;
        self.stamp.wall += ms;
    }

    /// Off and on again after so long.
    pub(crate) fn reboot(&mut self, off_ms: u64) {
        self.stamp.boot.0[0] += 1;
        self.stamp.monotonic_ms = 0;
        self.stamp.wall += off_ms;
    }

    /// The clock is set, and the log says so.
    pub(crate) fn step(&mut self, now: u64) {
        let before = self.stamp.wall;
        self.stamp.wall = now;
        self.stamp.quality = ClockQuality::Ntp;
        self.put(Event::ClockStepped { before, now });
    }

    /// An event that must be taken.
    pub(crate) fn put(&mut self, event: Event) {
        self.pass(&event);
        if let Err(error) = self.books.apply(&event) {
            panic!("{event:?}: {error}");
        }
    }

    /// An event that must be refused, without a trace.
    pub(crate) fn refused(&mut self, event: Event) -> BooksError {
        self.pass(&event);
        let (before, digest) = (self.books.clone(), self.books.digest());
        let error = self.books.apply(&event).unwrap_err();
        assert_eq!(self.books, before, "a refused event left a trace");
        assert_eq!(self.books.digest(), digest);
        error
    }

    /// An event that a limit must refuse.
    pub(crate) fn hits(&mut self, event: Event) -> LimitHit {
        match self.refused(event) {
            BooksError::Limit(hit) => hit,
            other => panic!("{other}"),
        }
    }

    fn pass(&mut self, event: &Event) {
        let last = self.books.last_wall();
        let stepped = matches!(event, Event::ClockStepped { .. });
        self.books.pass(&Stamp {
            wall: if stepped {
                self.stamp.wall
            } else {
                self.stamp.wall.max(last)
            },
            ..self.stamp
        });
    }

    /// A new sale's opening.
    pub(crate) fn opening(&self, target: i64, card: Option<&str>) -> Event {
        opened_with(self.books.next_sale().0, target, card)
    }

    /// A note's offer for the open sale.
    pub(crate) fn offer(&self, value: i64) -> Event {
        let sale = self.books.open_sale().unwrap().id;
        offered(sale.0, self.books.next_note().0, value)
    }

    /// A note goes into the box for the open sale.
    pub(crate) fn pay(&mut self, value: i64) {
        let offer = self.offer(value);
        let Event::NoteOffered { sale, note, .. } = offer else {
            unreachable!()
        };
        self.put(offer);
        self.put(stacked(sale.0, note.0, value));
    }

    /// The open sale's money is owed, and the sale is closed.
    pub(crate) fn close(&mut self) {
        let sale = self.books.open_sale().unwrap();
        let (id, held) = (sale.id.0, sale.suspense.0);
        if held > 0 {
            self.put(claim(id, held));
        }
        self.put(closed(id));
    }

    /// A whole sale with one note.
    pub(crate) fn sell(&mut self, value: i64, card: Option<&str>) {
        self.put(self.opening(value, card));
        self.pay(value);
        self.close();
    }

    /// The witness cosigns all there is.
    pub(crate) fn touch(&mut self) {
        self.put(contact(self.books.size()));
    }
}
