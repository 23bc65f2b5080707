//! The recovery table, one test a row.

use meterpost_ledger::{
    AccountRef, Delivery, DeliveryState, Means, MeterPurse, MeterRef, Money, NoteId, Payment,
    PaymentEvidence, PaymentState, Sale, SaleId, Slip, SlipOutcome, SlipRecord,
};

use crate::flow::{Circumstances, Due, due};

const PURSE: MeterPurse = MeterPurse {
    purchase_number: 7,
    balance: Money(1_250),
    last_amount: None,
    cumulative: None,
};

fn sale() -> Sale {
    Sale {
        id: SaleId(1),
        meter: MeterRef {
            number: "1".into(),
            utility: "water".into(),
            profile: "p".into(),
        },
        target: Money(5_000),
        before: PURSE,
        card: None,
        paid: Money::ZERO,
        notes: Vec::new(),
        suspense: Money::ZERO,
        in_delivery: Money::ZERO,
        credited: Money::ZERO,
        owed: Money::ZERO,
        open_note: None,
        in_doubt: Money::ZERO,
        deliveries: Vec::new(),
        slips: Vec::new(),
        closed: false,
        payment: None,
    }
}

fn delivered(state: DeliveryState) -> Sale {
    let mut sale = Sale {
        paid: Money(5_000),
        ..sale()
    };
    match state {
        DeliveryState::Intended | DeliveryState::Unknown(_) => sale.in_delivery = Money(5_000),
        DeliveryState::Applied(_) => sale.credited = Money(5_000),
        DeliveryState::Voided(_) => sale.suspense = Money(5_000),
    }
    sale.deliveries.push(Delivery {
        number: 8,
        amount: Money(5_000),
        before: PURSE,
        state,
    });
    sale
}

fn with_slip(mut sale: Sale, slip: Slip, copy: u32, outcome: Option<SlipOutcome>) -> Sale {
    sale.slips.push(SlipRecord {
        slip,
        copy,
        outcome,
    });
    sale
}

const NOW: Circumstances = Circumstances {
    paying: false,
    note_may_resolve: true,
    retry: false,
    reprint: false,
    printer_ready: true,
    attended: true,
};
const UNATTENDED: Circumstances = Circumstances {
    attended: false,
    ..NOW
};

fn unknown() -> DeliveryState {
    DeliveryState::Unknown("no answer".into())
}

#[test]
fn while_the_resident_pays_nothing_is_due() {
    let paid = Sale {
        paid: Money(5_000),
        suspense: Money(5_000),
        ..sale()
    };
    assert_eq!(
        due(
            &paid,
            Circumstances {
                paying: true,
                ..NOW
            }
        ),
        Due::Nothing
    );
}

#[test]
fn an_open_note_is_awaited_while_the_validator_may_speak() {
    let open = Sale {
        open_note: Some((NoteId(1), Money(1_000))),
        ..sale()
    };
    assert_eq!(due(&open, NOW), Due::AwaitNote);
}

#[test]
fn an_open_note_is_in_doubt_when_the_validator_stays_silent() {
    let open = Sale {
        open_note: Some((NoteId(1), Money(1_000))),
        ..sale()
    };
    assert_eq!(
        due(
            &open,
            Circumstances {
                note_may_resolve: false,
                ..NOW
            }
        ),
        Due::DoubtNote
    );
}

#[test]
fn paid_money_is_delivered() {
    let paid = Sale {
        paid: Money(5_000),
        suspense: Money(5_000),
        ..sale()
    };
    assert_eq!(due(&paid, NOW), Due::Deliver);
}

#[test]
fn an_intended_delivery_without_outcome_is_judged_before_anything_is_sent() {
    assert_eq!(due(&delivered(DeliveryState::Intended), NOW), Due::Judge);
}

#[test]
fn a_voided_delivery_is_followed_by_a_new_one() {
    assert_eq!(
        due(&delivered(DeliveryState::Voided("taken".into())), NOW),
        Due::Deliver
    );
}

#[test]
fn an_unknown_delivery_is_put_on_paper() {
    assert_eq!(
        due(&delivered(unknown()), NOW),
        Due::Print(Slip::Pending, 0)
    );
}

#[test]
fn an_unknown_delivery_is_judged_again_when_it_is_time() {
    let closed = Sale {
        closed: true,
        ..delivered(unknown())
    };
    assert_eq!(
        due(
            &closed,
            Circumstances {
                retry: true,
                ..UNATTENDED
            }
        ),
        Due::Judge
    );
}

#[test]
fn an_unknown_delivery_on_paper_lets_the_sale_close() {
    let printed = with_slip(
        delivered(unknown()),
        Slip::Pending,
        0,
        Some(SlipOutcome::Printed),
    );
    assert_eq!(due(&printed, NOW), Due::Close);
}

#[test]
fn a_credit_is_put_on_paper() {
    assert_eq!(
        due(&delivered(DeliveryState::Applied(PURSE)), NOW),
        Due::Print(Slip::Receipt, 0)
    );
}

#[test]
fn a_debt_is_put_on_paper() {
    let owed = Sale {
        paid: Money(5_000),
        owed: Money(5_000),
        ..sale()
    };
    assert_eq!(due(&owed, NOW), Due::Print(Slip::Claim, 0));
}

#[test]
fn a_note_in_doubt_is_put_on_paper() {
    assert_eq!(
        due(
            &Sale {
                in_doubt: Money(1_000),
                ..sale()
            },
            NOW
        ),
        Due::Print(Slip::Claim, 0)
    );
}

#[test]
fn a_slip_that_a_power_cut_left_open_is_unknown() {
    let open = with_slip(
        delivered(DeliveryState::Applied(PURSE)),
        Slip::Receipt,
        0,
        None,
    );
    assert_eq!(due(&open, NOW), Due::ForgetSlip(Slip::Receipt));
}

#[test]
fn an_unknown_slip_is_printed_once_more_as_a_copy() {
    let lost = Some(SlipOutcome::Unknown("cut".into()));
    let once = with_slip(
        delivered(DeliveryState::Applied(PURSE)),
        Slip::Receipt,
        0,
        lost.clone(),
    );
    assert_eq!(due(&once, NOW), Due::Print(Slip::Receipt, 1));
    let twice = with_slip(once, Slip::Receipt, 1, lost);
    assert_eq!(due(&twice, NOW), Due::Close);
}

#[test]
fn an_unknown_claim_is_printed_until_the_printer_confirms_one() {
    let lost = Some(SlipOutcome::Unknown("cut".into()));
    let owed = Sale {
        paid: Money(5_000),
        owed: Money(5_000),
        ..sale()
    };
    let twice = with_slip(
        with_slip(owed, Slip::Claim, 0, lost.clone()),
        Slip::Claim,
        1,
        lost,
    );
    assert_eq!(due(&twice, NOW), Due::Print(Slip::Claim, 2));
    let closed = Sale {
        closed: true,
        ..twice
    };
    assert_eq!(due(&closed, UNATTENDED), Due::Nothing);
    assert_eq!(
        due(
            &closed,
            Circumstances {
                reprint: true,
                ..UNATTENDED
            }
        ),
        Due::Print(Slip::Claim, 2)
    );
}

#[test]
fn an_unprinted_slip_is_printed_when_paper_is_back_in_front_of_the_resident() {
    let failed = Some(SlipOutcome::NotPrinted("paper out".into()));
    let sale = with_slip(
        delivered(DeliveryState::Applied(PURSE)),
        Slip::Receipt,
        0,
        failed,
    );
    assert_eq!(due(&sale, NOW), Due::Print(Slip::Receipt, 0));
    assert_eq!(
        due(
            &sale,
            Circumstances {
                printer_ready: false,
                ..NOW
            }
        ),
        Due::Close
    );
}

#[test]
fn a_slip_that_keeps_failing_is_given_up() {
    let failed = || Some(SlipOutcome::NotPrinted("cover open".into()));
    let mut sale = delivered(DeliveryState::Applied(PURSE));
    for _ in 0..3 {
        sale = with_slip(sale, Slip::Receipt, 0, failed());
    }
    assert_eq!(due(&sale, NOW), Due::Close);
}

#[test]
fn an_unprinted_claim_is_printed_after_the_sale_is_closed_a_receipt_is_not() {
    let failed = || Some(SlipOutcome::NotPrinted("paper out".into()));
    let owed = Sale {
        paid: Money(5_000),
        owed: Money(5_000),
        closed: true,
        ..sale()
    };
    let claim = with_slip(owed, Slip::Claim, 0, failed());
    let later = Circumstances {
        reprint: true,
        ..UNATTENDED
    };
    assert_eq!(due(&claim, later), Due::Print(Slip::Claim, 0));
    assert_eq!(due(&claim, UNATTENDED), Due::Nothing);
    let receipt = with_slip(
        delivered(DeliveryState::Applied(PURSE)),
        Slip::Receipt,
        0,
        failed(),
    );
    assert_eq!(
        due(
            &Sale {
                closed: true,
                ..receipt
            },
            later
        ),
        Due::Nothing
    );
}

#[test]
fn a_claim_that_follows_a_printed_pending_slip_needs_no_second_paper() {
    let owed = Sale {
        paid: Money(5_000),
        owed: Money(5_000),
        closed: true,
        ..sale()
    };
    let pending = with_slip(owed, Slip::Pending, 0, Some(SlipOutcome::Printed));
    assert_eq!(
        due(
            &pending,
            Circumstances {
                reprint: true,
                ..UNATTENDED
            }
        ),
        Due::Nothing
    );
}

#[test]
fn a_sale_with_nothing_left_is_closed_once() {
    assert_eq!(due(&sale(), NOW), Due::Close);
    assert_eq!(
        due(
            &Sale {
                closed: true,
                ..sale()
            },
            NOW
        ),
        Due::Nothing
    );
}

#[test]
fn row_what_came_beside_an_unknown_delivery_is_owed() {
    let mut sale = delivered(DeliveryState::Unknown("no answer".into()));
    sale.paid = Money(5_500);
    sale.suspense = Money(500);
    assert_eq!(due(&sale, UNATTENDED), Due::OweRest);
    let retry = Circumstances {
        retry: true,
        ..UNATTENDED
    };
    assert_eq!(due(&sale, retry), Due::Judge, "the delivery may end first");
}

#[test]
fn row_a_payment_merely_asked_for_is_ended_before_anything_else() {
    let asked = |means| Sale {
        payment: Some(Payment {
            means,
            amount: Money(5_000),
            state: PaymentState::Asked,
        }),
        ..sale()
    };
    for means in [Means::Code, Means::Wallet(AccountRef("A1".into()))] {
        let sale = asked(means);
        let waiting = Circumstances {
            paying: true,
            ..NOW
        };
        assert_eq!(
            due(&sale, waiting),
            Due::Nothing,
            "the resident waits for it"
        );
        assert_eq!(due(&sale, NOW), Due::EndPayment);
        assert_eq!(due(&sale, UNATTENDED), Due::EndPayment);
    }
}

#[test]
fn row_a_payment_taken_is_delivered_as_cash_is() {
    let taken = Sale {
        paid: Money(5_000),
        suspense: Money(5_000),
        payment: Some(Payment {
            means: Means::Code,
            amount: Money(5_000),
            state: PaymentState::Taken(PaymentEvidence::Server),
        }),
        ..sale()
    };
    assert_eq!(due(&taken, UNATTENDED), Due::Deliver);
}
