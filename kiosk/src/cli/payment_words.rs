//! What an entry says of a payment without cash, in a sentence.

use meterpost_ledger::{Event, Means, PaymentEvidence, PaymentOutcome};

use super::words::number;

/// One sentence, without a full stop.
pub(super) fn of_payment(event: &Event) -> String {
    match event {
        Event::PaymentAsked {
            sale,
            means,
            amount,
        } => format!(
            "{}: {amount} is about to be paid {}",
            number(*sale),
            means_of(means)
        ),
        Event::PaymentTaken { sale, evidence } => {
            let how = match evidence {
                PaymentEvidence::Server => "the server says so",
                PaymentEvidence::Offline => "the card is trusted without the server",
            };
            format!("{}: it is paid ({how})", number(*sale))
        }
        Event::PaymentEnded {
            sale,
            means,
            amount,
            outcome,
            reason,
            ..
        } => {
            let outcome = match outcome {
                PaymentOutcome::Refused => "was not taken",
                PaymentOutcome::Returned => "goes back",
                PaymentOutcome::Delivered => "is spent",
            };
            let means = means_of(means);
            format!("{}: {amount} {means} {outcome}: {reason}", number(*sale))
        }
        newer => format!("{newer:?}"),
    }
}

fn means_of(means: &Means) -> String {
    match means {
        Means::Wallet(account) => format!("from the wallet of account {}", account.0),
        Means::Code => "by QR code".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use meterpost_ledger::{AccountRef, Money, SaleId};

    use super::*;

    #[test]
    fn a_payment_is_told_with_its_means_and_end() {
        let sale = SaleId(3);
        let amount = Money(5000);
        let means = Means::Wallet(AccountRef("A-7".into()));
        let asked = Event::PaymentAsked {
            sale,
            means: means.clone(),
            amount,
        };
        assert_eq!(
            of_payment(&asked),
            "sale 3: 50.00 is about to be paid from the wallet of account A-7"
        );
        let ended = Event::PaymentEnded {
            sale,
            means,
            meter: "1".into(),
            amount,
            outcome: PaymentOutcome::Returned,
            reason: "the meter refused".into(),
        };
        assert_eq!(
            of_payment(&ended),
            "sale 3: 50.00 from the wallet of account A-7 goes back: the meter refused"
        );
    }
}
