"""One sale, as its entries leave it."""

from .entry import METER, OUTCOME, PURSE, UINT, UINT32, boolean, code, many, maybe, money, one_of, row, text

INTENDED, APPLIED, VOIDED, UNKNOWN = range(4)
RECEIPT, CLAIM, PENDING = range(3)
PRINTED = [0]

STATE = one_of((UINT,), (UINT, PURSE), (UINT, text), (UINT, text))
SHAPE = row(
    UINT,
    METER,
    money,
    PURSE,
    maybe(text),
    money,
    many(money),
    money,
    money,
    money,
    money,
    maybe(row(UINT, money)),
    money,
    many(row(UINT32, money, PURSE, STATE)),
    many(row(code(3), UINT32, maybe(OUTCOME))),
    boolean,
)


class Sale:
    """What `sale-state` in ledger.cddl shows."""

    def __init__(self, value):
        (self.id, self.meter, self.target, self.before, self.card, self.paid, self.notes) = value[:7]
        (self.suspense, self.in_delivery, self.credited, self.owed) = value[7:11]
        (self.open_note, self.in_doubt, self.deliveries, self.slips, self.closed) = value[11:]

    @staticmethod
    def opened(event):
        """A new one."""
        meter, target, before, card = event.meter, event.target, event.before, event.card
        return Sale([event.sale, meter, target, before, card, 0, [], 0, 0, 0, 0, None, 0, [], [], False])

    def value(self):
        """As the books encode it."""
        return [
            self.id,
            self.meter,
            self.target,
            self.before,
            self.card,
            self.paid,
            self.notes,
            self.suspense,
            self.in_delivery,
            self.credited,
            self.owed,
            self.open_note,
            self.in_doubt,
            self.deliveries,
            self.slips,
            self.closed,
        ]

    def delivery_open(self):
        """Whether its last delivery has no outcome."""
        return bool(self.deliveries) and self.deliveries[-1][3][0] in (INTENDED, UNKNOWN)

    def says(self, slip):
        """What a slip of this kind has to say."""
        return {
            RECEIPT: self.credited,
            CLAIM: self.owed + self.in_doubt,
            PENDING: self.in_delivery,
        }[slip]

    def printed(self, kind):
        """Whether a slip of this kind was printed for certain."""
        return any(slip == kind and outcome == PRINTED for slip, _, outcome in self.slips)

    def settled(self):
        """Whether all its money has found its place."""
        owes = self.in_doubt > 0 or (self.owed > 0 and not self.printed(PENDING))
        claim_due = owes and not self.printed(CLAIM)
        return self.closed and self.suspense == 0 and not self.delivery_open() and not claim_due
