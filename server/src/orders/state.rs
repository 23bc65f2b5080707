//! What an order can be, and what makes it something else. Pure.

/// Where an order stands. It is durable before the wire hears of it, and unknown is a state of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It waits for its meter, its concentrator or the lease. Nothing of it is on its way.
    Queued,
    /// A server has it in hand; the meter may have heard it.
    Sent,
    /// The meter may have carried it out, and its books have to be read.
    Unknown,
    /// The meter shows it.
    Applied,
    /// The meter shows that it was not carried out, or it was never sent. It never will be.
    Refused,
}

/// What happens to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Happening {
    /// A server takes it in hand.
    Begun,
    /// Its time was over before anybody took it in hand.
    Expired,
    /// It certainly went to no meter.
    NotSent,
    /// Nobody can say whether the meter has carried it out.
    Silent,
    /// The server that had it, or the connection, is gone.
    Orphaned,
    /// The meter's books show that it was not carried out, and nothing stands against trying again.
    Untouched,
    /// The meter shows that it was carried out.
    Shown,
    /// The meter said no, and its books show no trace of it; or it has been tried often enough, and they show none.
    Denied,
}

impl State {
    /// All of them.
    pub const ALL: [State; 5] = [
        State::Queued,
        State::Sent,
        State::Unknown,
        State::Applied,
        State::Refused,
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Sent => "sent",
            State::Unknown => "unknown",
            State::Applied => "applied",
            State::Refused => "refused",
        }
    }

    /// The state of this name.
    pub fn parse(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing more happens to it.
    pub fn is_end(self) -> bool {
        matches!(self, State::Applied | State::Refused)
    }

    /// What it is after this; `None` where this cannot happen to it.
    pub fn after(self, happening: Happening) -> Option<State> {
        use Happening::{Begun, Denied, Expired, NotSent, Orphaned, Shown, Silent, Untouched};
        use State::{Applied, Queued, Refused, Sent, Unknown};
        match (self, happening) {
            (Queued, Begun) => Some(Sent),
            (Queued, Expired | Denied) => Some(Refused),
            (Queued, NotSent | Silent | Orphaned | Untouched | Shown) => None,

            (Sent, NotSent | Untouched) => Some(Queued),
            (Sent, Silent | Orphaned) => Some(Unknown),
            (Sent, Shown) => Some(Applied),
            (Sent, Denied) => Some(Refused),
            (Sent, Begun | Expired) => None,

            (Unknown, Untouched) => Some(Queued),
            (Unknown, Silent | Orphaned) => Some(Unknown),
            (Unknown, Shown) => Some(Applied),
            (Unknown, Denied) => Some(Refused),
            // Whether it was sent is what nobody knows of it, so it is neither taken back nor begun again.
            (Unknown, Begun | Expired | NotSent) => None,

            (Applied | Refused, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HAPPENINGS: [Happening; 8] = [
        Happening::Begun,
        Happening::Expired,
        Happening::NotSent,
        Happening::Silent,
        Happening::Orphaned,
        Happening::Untouched,
        Happening::Shown,
        Happening::Denied,
    ];

    /// The table as docs/head-end.md has it: a row a state, a column a happening.
    const TABLE: [(State, [&str; 8]); 5] = [
        (
            State::Queued,
            ["sent", "refused", "-", "-", "-", "-", "-", "refused"],
        ),
        (
            State::Sent,
            [
                "-", "-", "queued", "unknown", "unknown", "queued", "applied", "refused",
            ],
        ),
        (
            State::Unknown,
            [
                "-", "-", "-", "unknown", "unknown", "queued", "applied", "refused",
            ],
        ),
        (State::Applied, ["-"; 8]),
        (State::Refused, ["-"; 8]),
    ];

    #[test]
    fn the_table_is_the_one_that_is_documented() {
        for (state, row) in TABLE {
            for (happening, expected) in HAPPENINGS.into_iter().zip(row) {
                let next = state.after(happening).map_or("-", State::name);
                assert_eq!(next, expected, "{state:?} and {happening:?}");
            }
        }
    }

    #[test]
    fn what_is_unknown_is_never_sent_again_before_the_meter_shows_no_trace() {
        for happening in HAPPENINGS {
            let next = State::Unknown.after(happening);
            assert_ne!(next, Some(State::Sent));
            if next == Some(State::Queued) {
                assert_eq!(happening, Happening::Untouched);
            }
        }
    }

    #[test]
    fn every_state_has_its_name() {
        for state in State::ALL {
            assert_eq!(State::parse(state.name()), Some(state));
        }
    }
}
