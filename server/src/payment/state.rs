//! The states of a payment, and what each event leads to: one table, no clock and no I/O.
//!
//! Events that come late, twice or out of order are the rule: the provider tells the same by answer, poll and callback, and an
//! answer may be older than what is known. So most pairs stay where they are, and money is posted by the change of state, which
//! happens once.

use std::fmt;

use crate::wallet::{Book, Kind};

/// How a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Written down; whether the provider knows it is not known.
    Created,
    /// The code can be shown; nobody has paid.
    Waiting,
    /// It is to be closed; the provider has not said that it is.
    Cancelling,
    /// It is to be closed, and its terminal has said that it takes nothing: what comes all the same goes back.
    Abandoned,
    /// The money is at the provider; for a wallet it is in it.
    Paid,
    /// The terminal has taken the money over into its sale.
    Taken,
    /// Closed, without money.
    Cancelled,
    /// Closed by the provider for its age, without money.
    Expired,
    /// The provider did not take it on.
    Refused,
    /// Money that came late, in another amount, or that no sale took: it goes back by itself.
    PaidLate,
    /// Two people decided that the money goes back.
    Refunding,
    /// The money is back, by the provider's word.
    Refunded,
}

impl State {
    /// All of them.
    pub const ALL: [State; 12] = [
        State::Created,
        State::Waiting,
        State::Cancelling,
        State::Abandoned,
        State::Paid,
        State::Taken,
        State::Cancelled,
        State::Expired,
        State::Refused,
        State::PaidLate,
        State::Refunding,
        State::Refunded,
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            State::Created => "created",
            State::Waiting => "waiting",
            State::Cancelling => "cancelling",
            State::Abandoned => "abandoned",
            State::Paid => "paid",
            State::Taken => "taken",
            State::Cancelled => "cancelled",
            State::Expired => "expired",
            State::Refused => "refused",
            State::PaidLate => "paid_late",
            State::Refunding => "refunding",
            State::Refunded => "refunded",
        }
    }

    /// The state of this name.
    pub fn parse(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the money is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A sale at a terminal, which has to take it over.
    Sale,
    /// An account's wallet.
    Wallet,
}

/// What happens to a payment. The first eight are the provider's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// It knows the order and waits for money.
    Open,
    /// It has exactly the money asked for.
    Paid,
    /// It has another amount.
    PaidOther,
    /// It has closed the order.
    Closed,
    /// It has closed the order for its age.
    Expired,
    /// It has never heard of the order, and would not take it any more.
    NeverMade,
    /// It does not take the order on.
    Refused,
    /// It has given the money back.
    Refunded,
    /// The terminal, or the passing of time, closes it.
    Cancel,
    /// The terminal takes the money over.
    Take,
    /// The passing of time says that no sale will take the money.
    GiveBack,
    /// Two people decided that the money goes back.
    Refund,
    /// The terminal's signed log says that its sale took no money, and by its rules never will.
    Disowned,
}

impl Event {
    /// All of them.
    pub const ALL: [Event; 13] = [
        Event::Open,
        Event::Paid,
        Event::PaidOther,
        Event::Closed,
        Event::Expired,
        Event::NeverMade,
        Event::Refused,
        Event::Refunded,
        Event::Cancel,
        Event::Take,
        Event::GiveBack,
        Event::Refund,
        Event::Disowned,
    ];
}

/// What an event leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing new.
    Stay,
    /// Another state.
    Go(State),
    /// It must not be: a caller is refused, a provider contradicts itself.
    Wrong,
}

/// The table.
pub fn step(state: State, event: Event, target: Target) -> Step {
    use Event as E;
    use State as S;
    use Step::{Go, Stay, Wrong};
    match (state, event) {
        // Before any money.
        (S::Created, E::Open) => Go(S::Waiting),
        (S::Waiting | S::Cancelling, E::Open) => Stay,
        (S::Created | S::Waiting | S::Cancelling, E::Paid) => Go(S::Paid),
        (S::Created | S::Waiting | S::Cancelling, E::PaidOther) => Go(S::PaidLate),
        (S::Created | S::Waiting | S::Cancelling, E::Closed) => Go(S::Cancelled),
        (S::Created | S::Waiting, E::Expired | E::NeverMade) => Go(S::Expired),
        (S::Cancelling, E::Expired | E::NeverMade) => Go(S::Cancelled),
        (S::Created, E::Refused) => Go(S::Refused),
        // An answer to the first of two requests; asking again tells.
        (S::Waiting | S::Cancelling, E::Refused) => Stay,
        (S::Created | S::Waiting | S::Cancelling, E::Refunded) => Wrong,
        (S::Created | S::Waiting, E::Cancel) => Go(S::Cancelling),
        (S::Cancelling, E::Cancel) => Stay,
        (S::Created | S::Waiting | S::Cancelling, E::Disowned) => Go(S::Abandoned),

        // Nobody takes its money any more.
        (S::Abandoned, E::Paid | E::PaidOther) => Go(S::PaidLate),
        (S::Abandoned, E::Closed | E::Expired | E::NeverMade) => Go(S::Cancelled),
        (S::Abandoned, E::Open | E::Refused | E::Cancel | E::Disowned) => Stay,
        (S::Abandoned, E::Refunded) => Wrong,

        // Closed; money may still come.
        (S::Cancelled | S::Expired | S::Refused, E::Paid | E::PaidOther) => Go(S::PaidLate),
        // Came and went without us.
        (S::Cancelled | S::Expired | S::Refused, E::Refunded) => Stay,
        (S::Cancelled | S::Expired | S::Refused, E::Open | E::Closed | E::Expired) => Stay,
        (S::Cancelled | S::Expired | S::Refused, E::NeverMade | E::Refused | E::Cancel) => Stay,
        (S::Cancelled | S::Expired | S::Refused, E::Disowned) => Stay,

        // The money is here.
        (S::Paid, E::Take) if target == Target::Sale => Go(S::Taken),
        (S::Paid, E::GiveBack) if target == Target::Sale => Go(S::PaidLate),
        (S::Taken, E::Take) => Stay,
        // Taken here, and the answer was lost: the fence is the terminal's own word.
        (S::Paid | S::Taken, E::Disowned) if target == Target::Sale => Go(S::PaidLate),
        (S::Paid | S::Taken, E::Refund) => Go(S::Refunding),
        // Who cancels is told that it is paid.
        (S::Paid | S::Taken, E::Cancel | E::Paid) => Stay,
        // A second amount, or money that went back without us: people have to look.
        (S::Paid | S::Taken, E::PaidOther | E::Refunded) => Wrong,

        // On its way back.
        (S::PaidLate | S::Refunding, E::Refunded) => Go(S::Refunded),
        (S::PaidLate | S::Refunding | S::Refunded, E::Paid | E::PaidOther | E::Cancel) => Stay,
        (S::PaidLate | S::Refunded, E::GiveBack) => Stay,
        (S::PaidLate | S::Refunding | S::Refunded, E::Disowned) => Stay,
        (S::Refunded, E::Refunded) => Stay,

        // Older answers, overtaken.
        (
            S::Paid | S::Taken | S::PaidLate | S::Refunding | S::Refunded,
            E::Open | E::Closed | E::Expired | E::NeverMade | E::Refused,
        ) => Stay,

        (_, E::Take | E::GiveBack | E::Refund | E::Disowned) => Wrong,
    }
}

/// The transfer that goes with a change of state: its kind, the book debited and the book credited.
pub fn posting(from: State, to: State, target: Target) -> Option<(Kind, Book, Book)> {
    use State as S;
    let place = match target {
        Target::Sale => Book::Untaken,
        Target::Wallet => Book::Wallet,
    };
    match (from, to) {
        (S::Paid, S::PaidLate) => Some((Kind::PaymentReturning, place, Book::Returning)),
        (S::Paid, S::Taken) => Some((Kind::PaymentTaken, Book::Untaken, Book::Terminals)),
        (S::Paid, S::Refunding) => Some((Kind::PaymentReturning, place, Book::Returning)),
        (S::Taken, S::Refunding | S::PaidLate) => {
            Some((Kind::PaymentReturning, Book::Terminals, Book::Returning))
        }
        (_, S::Paid) => Some((Kind::PaymentReceived, Book::Provider, place)),
        (_, S::PaidLate) => Some((Kind::PaymentReceived, Book::Provider, Book::Returning)),
        (_, S::Refunded) => Some((Kind::PaymentRefunded, Book::Returning, Book::Provider)),
        _ => None,
    }
}

#[cfg(test)]
#[path = "tests_state.rs"]
mod tests;
