"""One sale, as its entries leave it."""

from .entry import METER, OUTCOME, PURSE, UINT, UINT32, boolean, code, many, maybe, money, one_of, row, text

INTENDED, APPLIED, VOIDED, UNKNOWN = range(4)
RECEIPT, CLAIM, PENDING = range(3)
PRINTED = [0]

ASKED, TAKEN, ENDED = range(3)
REFUSED, RETURNED, DELIVERED = range(3)

PAYMENT = row(maybe(text), money, one_of((UINT,), (UINT, code(2)), (UINT, code(3))))
STATE = one_of((UINT,), (UINT, PURSE), (UINT, text), (UINT, text))
FIELDS = (
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
# By the version of the books.
SHAPES = {1: row(*FIELDS), 2: row(*FIELDS, maybe(PAYMENT))}


class Sale:
    """What `sale-state` in ledger.cddl shows."""

    def __init__(self, value):
        (self.id, self.meter, self.target, self.before, self.card, self.paid, self.notes) = value[:7]
        (self.suspense, self.in_delivery, self.credited, self.owed) = value[7:11]
        (self.open_note, self.in_doubt, self.deliveries, self.slips, self.closed) = value[11:16]
        self.payment = value[16] if len(value) > 16 else None

    @staticmethod
    def opened(event):
        """A new one."""
        meter, target, before, card = event.meter, event.target, event.before, event.card
        return Sale([event.sale, meter, target, before, card, 0, [], 0, 0, 0, 0, None, 0, [], [], False])

    def value(self, version):
        """As books of this version encode it."""
        fields = [
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
        return fields if version == 1 else fields + [self.payment]

    def asked(self):
        """Whether its payment without cash is asked for, and not decided."""
        return self.payment is not None and self.payment[2] == [ASKED]

    def taken(self):
        """Whether its payment without cash was taken, and has not ended."""
        return self.payment is not None and self.payment[2][0] == TAKEN

    def by_wallet(self):
        """Whether it is paid from a wallet."""
        return self.payment is not None and self.payment[0] is not None

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
        payment_open = self.asked() or (self.taken() and self.owed == 0)
        moving = payment_open or self.delivery_open()
        return self.closed and self.suspense == 0 and not moving and not claim_due
