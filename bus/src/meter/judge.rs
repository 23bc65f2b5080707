//! What became of a purchase: a table over the order, the answer to the write, and the meter's books read afterwards.

use super::{CreditOrder, Outcome, Reading, Refusal};
use crate::amount::Amount;

/// The answer to a write, as far as one came. Only a hint: the books decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The meter said yes.
    Accepted,
    /// The meter said no.
    Refused(Refusal),
    /// No answer, or none that makes sense, or nothing was written at all.
    Nothing,
}

/// How a meter counts purchases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbering {
    /// In a number that does not wrap in a meter's life.
    Full,
    /// In one byte: 255 is followed by 0.
    Byte,
    /// In two packed digits: 99 is followed by 0.
    TwoDigits,
    /// Not at all. An order's number is then whatever its owner never used before at this meter, and is only written.
    Uncounted,
}

impl Numbering {
    /// Whether two purchase numbers are the same to the meter.
    pub fn same(self, a: u32, b: u32) -> bool {
        match self {
            Numbering::Full => a == b,
            Numbering::Byte => a % 256 == b % 256,
            Numbering::TwoDigits => a % 100 == b % 100,
            Numbering::Uncounted => true,
        }
    }

    /// Whether `order` has the number that follows its reading.
    pub fn follows(self, order: &CreditOrder) -> bool {
        if self == Numbering::Uncounted {
            return order.number > 0;
        }
        self.same(order.number, order.before.purchase_number.wrapping_add(1))
    }
}

/// Whether the books stand where they stood before the order.
pub(super) fn untouched(order: &CreditOrder, now: &Reading, numbering: Numbering) -> bool {
    let before = &order.before;
    match numbering {
        Numbering::Uncounted if before.cumulative.is_some() => before.cumulative == now.cumulative,
        Numbering::Uncounted => before.balance == now.balance,
        _ => numbering.same(now.purchase_number, before.purchase_number),
    }
}

/// What the meter's books say of the amount.
enum Amounts {
    Agree,
    Differ,
    NotTold,
}

/// The outcome of a purchase.
///
/// | number in the books | amounts in the books | outcome |
/// |---|---|---|
/// | could not be read | | unknown |
/// | the order's | last amount and, where told, cumulative agree | applied |
/// | the order's | one of them differs | not applied: somebody else took the number |
/// | the order's | neither is told | unknown |
/// | the one before | unchanged or not told | not applied: the meter's reason, or lost |
/// | the one before | changed | unknown: half applied |
/// | any other | | unknown: whoever bought later may have bought after ours |
/// | the order does not follow its reading | | unknown: the books cannot prove anything |
///
/// A meter that counts no purchases ([`Numbering::Uncounted`]) has fewer books:
///
/// | sum of purchases in the books | last amount, balance | outcome |
/// |---|---|---|
/// | grew by the order's amount | last amount the order's, or not told | applied |
/// | as before | last amount as before, or not told | not applied: the meter's reason, or lost |
/// | told, and anything else | | unknown |
/// | not told | balance grew by exactly the amount; last amount the order's, or not told | applied |
/// | not told | balance and last amount as before, and the meter did not say yes | not applied: the meter's reason, or lost |
/// | not told | anything else | unknown: what was used meanwhile hides it |
///
/// Two owners whose orders have the same number and the same amount cannot be told apart by any books: both see the
/// purchase they meant. With different amounts the one whose purchase was not taken is told so.
pub fn judge(
    order: &CreditOrder,
    reply: &Reply,
    read_back: Result<Reading, String>,
    numbering: Numbering,
) -> Outcome {
    let now = match read_back {
        Ok(now) => now,
        Err(why) => return Outcome::Unknown(format!("the meter could not be read back: {why}")),
    };
    if !numbering.follows(order) {
        return Outcome::Unknown(
            "the order's number does not follow the reading it was made from".to_owned(),
        );
    }
    if numbering == Numbering::Uncounted {
        return judge_uncounted(order, reply, now);
    }
    let taken = numbering.same(now.purchase_number, order.number);
    let untouched = numbering.same(now.purchase_number, order.before.purchase_number);
    match (taken, untouched) {
        (true, _) => match amounts(order, &now) {
            Amounts::Agree => Outcome::Applied(now),
            Amounts::Differ => not_applied(Refusal::WrongNumber, now),
            Amounts::NotTold => Outcome::Unknown(
                "the meter counts the purchase and does not tell its amount".to_owned(),
            ),
        },
        (false, true) if moved(&order.before, &now) => Outcome::Unknown(
            "the meter's amounts changed and its purchase number did not".to_owned(),
        ),
        (false, true) => not_applied(reason(reply), now),
        (false, false) => Outcome::Unknown(format!(
            "the meter is at purchase {}; ours was to be {}",
            now.purchase_number, order.number
        )),
    }
}

/// The second table of [`judge`].
fn judge_uncounted(order: &CreditOrder, reply: &Reply, now: Reading) -> Outcome {
    let before = &order.before;
    let grown = |from: Amount, to: Amount| from.0.checked_add(order.amount.0) == Some(to.0);
    let fits = now.last_amount.is_none_or(|last| last == order.amount);
    let same = now
        .last_amount
        .is_none_or(|last| before.last_amount == Some(last));
    match before.cumulative.zip(now.cumulative) {
        Some((from, to)) if fits && grown(from, to) => Outcome::Applied(now),
        Some((from, to)) if same && from == to => not_applied(reason(reply), now),
        Some(_) => Outcome::Unknown(
            "the sum of the meter's purchases fits neither with the order nor without it"
                .to_owned(),
        ),
        None if fits && grown(before.balance, now.balance) => Outcome::Applied(now),
        None if same && before.balance == now.balance && *reply != Reply::Accepted => {
            not_applied(reason(reply), now)
        }
        None => Outcome::Unknown(
            "the meter counts no purchases, and its balance does not tell whether ours is in it"
                .to_owned(),
        ),
    }
}

/// Why a purchase is not in the books, as far as the meter said.
fn reason(reply: &Reply) -> Refusal {
    match reply {
        Reply::Refused(refusal) => refusal.clone(),
        Reply::Accepted | Reply::Nothing => Refusal::Lost,
    }
}

fn not_applied(refusal: Refusal, now: Reading) -> Outcome {
    Outcome::NotApplied { refusal, now }
}

fn amounts(order: &CreditOrder, now: &Reading) -> Amounts {
    let last = now.last_amount.map(|last| last == order.amount);
    let cumulative = order
        .before
        .cumulative
        .zip(now.cumulative)
        .map(|(before, now)| before.0.checked_add(order.amount.0) == Some(now.0));
    match (last, cumulative) {
        (Some(false), _) | (_, Some(false)) => Amounts::Differ,
        (Some(true), _) | (_, Some(true)) => Amounts::Agree,
        (None, None) => Amounts::NotTold,
    }
}

/// Whether the books moved although the number did not.
fn moved(before: &Reading, now: &Reading) -> bool {
    let differ = |a: Option<_>, b: Option<_>| a.zip(b).is_some_and(|(a, b)| a != b);
    differ(before.cumulative, now.cumulative) || differ(before.last_amount, now.last_amount)
}

#[cfg(test)]
mod tests;
