"""The books: what the entries add up to, and the rules they keep (docs/ledger.md, "Events" and "The books")."""

import hashlib
import re

from . import cbor, note as notes
from .ed25519 import key_fault
from .entry import (
    CASH_BOX,
    CASH_DIFFERENCE,
    CASH_IN_DOUBT,
    COLLECTED,
    CREDITED,
    IN_DELIVERY,
    OWED,
    OWED_IN_DOUBT,
    PROVIDER,
    SUSPENSE,
    UINT,
    WALLETS,
    ACCOUNTS,
    LISTED,
    boolean,
    code,
    many,
    maybe,
    money,
    row,
)
from .refused import need
from .sale import (
    APPLIED,
    ASKED,
    DELIVERED,
    ENDED,
    INTENDED,
    REFUSED,
    RETURNED,
    SHAPES as SALE_SHAPES,
    TAKEN,
    UNKNOWN,
    VOIDED,
    Sale,
)
from .standing import SHAPE as STANDING_SHAPE, Standing

SALES_KEPT = 256
OFFLINE = 1


def shape(version):
    """The shape of books of this version."""
    return row(
        UINT,
        boolean,
        row(*[money] * accounts(version)),
        many(SALE_SHAPES[version]),
        maybe(UINT),
        UINT,
        UINT,
        maybe(row(maybe(UINT), maybe(UINT), money, code(2), boolean)),
        maybe(row(UINT, UINT, money)),
        STANDING_SHAPE,
    )


def accounts(version):
    """How many accounts books of this version list."""
    return LISTED[2] if version == 1 else len(ACCOUNTS)


def move(amount, plus, minus):
    """The postings that move an amount."""
    return [[plus, amount], [minus, -amount]]


class Books:
    """What `books` in ledger.cddl shows, beside the log's name and first key."""

    def __init__(self, origin, first_key):
        self.origin, self.first_key = origin, first_key
        self.created = False
        self.balances = [0] * len(ACCOUNTS)
        self.sales = {}
        self.open_sale = None
        self.next_sale = self.next_note = 1
        self.last_note = self.doubted = None
        self.standing = Standing()

    @staticmethod
    def read(data, origin, first_key):
        """From their encoding, strictly."""
        value = cbor.decode(data)
        known = type(value) is list and value and type(value[0]) is int and value[0] in SALE_SHAPES
        need(known, "the books are of a version not known")
        shape(value[0])(value, "the books")
        new = Books(origin, first_key)
        new.created, balances = value[1:3]
        new.balances = balances + [0] * (len(ACCOUNTS) - len(balances))
        new.sales = {sale[0]: Sale(sale) for sale in sorted(value[3], key=lambda sale: sale[0])}
        (new.open_sale, new.next_sale, new.next_note, new.last_note, new.doubted) = value[4:9]
        new.standing = Standing.read(value[9])
        sound = all(key_fault(key) is None for _, key in new.standing.keys)
        need(sound, "the books name a public key that is none")
        need(new.encode() == data, "the books are not in canonical form")
        return new

    def encode(self):
        """The one encoding."""
        cash_only = not any(self.balances[accounts(1) :])
        cash_only = cash_only and all(sale.payment is None for sale in self.sales.values())
        version = 1 if cash_only else 2
        sales = [sale.value(version) for sale in self.sales.values()]
        balances = self.balances[: accounts(version)]
        head = [version, self.created, balances, sales, self.open_sale]
        last = [self.next_sale, self.next_note, self.last_note, self.doubted, self.standing.value()]
        return cbor.encode(head + last)

    def play(self, entry):
        """Takes an entry in, with every check that it allows."""
        self.standing.check_wall(entry.stamp, entry.event)
        self.standing.move(entry.stamp)
        postings = self.apply(entry.event)
        self.standing.entries += 1
        need(entry.postings == postings, "its postings are not those that its event makes")
        for account, amount in postings:
            self.balances[account] += amount
            money(self.balances[account], ACCOUNTS[account])
        need(entry.totals == self.balances, "its totals are not what the entries so far add up to")
        need(sum(self.balances) == 0, "its totals do not sum to zero")

    def apply(self, event):
        """The event's postings, after the books took it in."""
        need(self.created != (event.name == "LogCreated"), "a log is created once, by its first entry")
        method = getattr(self, "on_" + event.name, None)
        return method(event) or [] if method else []

    def on_LogCreated(self, _event):
        self.created = True

    def on_SaleOpened(self, event):
        need(self.open_sale is None, f"sale {self.open_sale} is still open")
        need(event.sale == self.next_sale, f"the next sale is {self.next_sale}, not {event.sale}")
        need(event.target > 0, "its target is not above zero")
        fits = event.card is None or re.fullmatch("[A-Za-z0-9-]{1,32}", event.card)
        need(fits, "the card's number is malformed")
        self.standing.check_limits(0, event.target, event.card, True)
        self.standing.sale_opened()
        self.next_sale += 1
        self.keep(Sale.opened(event))

    def on_NoteOffered(self, event):
        sale = self.sale(event.sale, True)
        need(sale.payment is None, "the sale is paid without cash")
        need(sale.open_note is None, "another note is still open")
        need(event.note == self.next_note, f"the next note is {self.next_note}, not {event.note}")
        need(event.value > 0, "its value is not above zero")
        self.standing.check_limits(sale.paid, event.value, sale.card, False)
        sale.open_note = [event.note, event.value]
        self.next_note += 1
        self.doubted = None
        self.keep(sale)

    def on_NoteStacked(self, event):
        need(event.value > 0, "its value is not above zero")
        sale, note, value = event.sale, event.note, event.value
        self.last_note = [note, sale, value, event.evidence, False]
        if sale is None:
            need(note is None, "a note that was offered pays for its sale")
            self.standing.note_taken(value, None)
            return move(value, CASH_BOX, OWED_IN_DOUBT)
        paid_for = self.sale(sale, True)
        need(paid_for.payment is None, "the sale is paid without cash")
        if note is not None:
            need(self.end_note(note)[0] is paid_for, f"note {note} was offered for another sale")
        paid_for.paid += value
        paid_for.notes.append(value)
        paid_for.suspense += value
        self.standing.note_taken(value, paid_for.card)
        self.keep(paid_for)
        return move(value, CASH_BOX, SUSPENSE)

    def on_NoteAcknowledged(self, _event):
        need(self.last_note and not self.last_note[4], "there is no credit to acknowledge")
        self.last_note = self.last_note[:4] + [True]

    def on_NoteReturned(self, event):
        self.keep(self.end_note(event.note)[0])

    def on_NoteInDoubt(self, event):
        sale, value = self.end_note(event.note)
        sale.in_doubt += value
        self.doubted = [event.note, sale.id, value]
        self.keep(sale)
        return move(value, CASH_IN_DOUBT, OWED_IN_DOUBT)

    def on_DoubtEnded(self, event):
        need(self.doubted and self.doubted[0] == event.note, f"note {event.note} is not the one in doubt")
        note, id_, value = self.doubted
        sale = self.sale(id_)
        sale.in_doubt -= value
        sale.owed += value
        self.last_note = [note, id_, value, event.evidence, False]
        self.doubted = None
        self.standing.note_taken(value, None)
        self.keep(sale)
        return move(value, CASH_BOX, CASH_IN_DOUBT) + move(value, OWED_IN_DOUBT, OWED)

    def on_PaymentAsked(self, event):
        sale = self.sale(event.sale, True)
        untouched = sale.paid == sale.in_doubt == sale.owed == 0 and sale.open_note is None
        need(untouched and sale.payment is None, "the sale is paid otherwise")
        need(event.amount > 0, "its amount is not above zero")
        need(event.amount == sale.target, "the payment is not for the sale's target")
        plain = event.account is None or re.fullmatch("[A-Za-z0-9._:-]{1,64}", event.account)
        need(plain, "the account's number is malformed")
        sale.payment = [event.account, event.amount, [ASKED]]
        self.keep(sale)

    def on_PaymentTaken(self, event):
        sale = self.sale(event.sale, True)
        need(sale.asked(), "no payment waits to be taken")
        account, amount, _ = sale.payment
        if event.evidence == OFFLINE:
            need(account is not None, "a code is never trusted offline")
            self.standing.check_offline(amount, sale.card)
        sale.payment = [account, amount, [TAKEN, event.evidence]]
        sale.paid += amount
        sale.suspense += amount
        self.standing.counted(amount, sale.card)
        self.keep(sale)
        return move(amount, PROVIDER if account is None else WALLETS, SUSPENSE)

    def on_PaymentEnded(self, event):
        sale = self.sale(event.sale)
        need(sale.payment is not None, "no payment was asked for")
        account, amount, _ = sale.payment
        same = [event.account, event.amount, event.meter] == [account, amount, sale.meter[0]]
        need(same, "it is not what was asked for")
        fits = {
            REFUSED: sale.asked(),
            RETURNED: sale.taken() and account is not None and sale.suspense == amount,
            DELIVERED: sale.taken() and sale.suspense == sale.in_delivery == 0 and sale.credited == amount,
        }
        need(fits[event.outcome], "the payment does not end so")
        sale.payment = [account, amount, [ENDED, event.outcome]]
        returned = event.outcome == RETURNED
        if returned:
            sale.paid -= amount
            sale.suspense -= amount
        self.keep(sale)
        return move(amount, SUSPENSE, WALLETS) if returned else []

    def on_DeliveryIntended(self, event):
        sale = self.sale(event.sale, True)
        number = sale.meter[0]
        busy = any(s.meter[0] == number and s.delivery_open() for s in self.sales.values())
        need(not busy, "a delivery to the same meter is still open")
        need(event.number == event.before[0] + 1, "the purchase number does not follow the meter's last")
        self.take(sale, event.amount)
        need(not sale.by_wallet() or event.amount == sale.payment[1], "a wallet's money is delivered as a whole")
        sale.in_delivery += event.amount
        sale.deliveries.append([event.number, event.amount, event.before, [INTENDED]])
        self.keep(sale)
        return move(event.amount, SUSPENSE, IN_DELIVERY)

    def on_DeliveryApplied(self, event):
        sale, amount = self.end_delivery(event, [APPLIED, event.after])
        sale.in_delivery -= amount
        sale.credited += amount
        self.keep(sale)
        return move(amount, IN_DELIVERY, CREDITED)

    def on_DeliveryVoided(self, event):
        sale, amount = self.end_delivery(event, [VOIDED, event.why])
        sale.in_delivery -= amount
        sale.suspense += amount
        self.keep(sale)
        return move(amount, IN_DELIVERY, SUSPENSE)

    def on_DeliveryUnknown(self, event):
        self.keep(self.end_delivery(event, [UNKNOWN, event.why])[0])

    def on_ClaimIssued(self, event):
        sale = self.sale(event.sale)
        need(not sale.by_wallet(), "a wallet's money is never owed on paper")
        self.take(sale, event.amount)
        sale.owed += event.amount
        self.keep(sale)
        return move(event.amount, SUSPENSE, OWED)

    def on_SlipIntended(self, event):
        sale = self.sale(event.sale)
        need(not sale.slips or sale.slips[-1][2] is not None, "another slip of the sale is still open")
        says = sale.says(event.slip)
        need(event.amount in (None, says), f"the slip says {event.amount}, the books {says}")
        sale.slips.append([event.slip, event.copy, None])
        self.keep(sale)

    def on_SlipDone(self, event):
        sale = self.sale(event.sale)
        last = sale.slips[-1] if sale.slips else [None, 0, []]
        need(last[0] == event.slip and last[2] is None, "no such slip is being printed")
        last[2] = event.outcome
        self.keep(sale)

    def on_SaleClosed(self, event):
        sale = self.sale(event.sale, True)
        need(sale.open_note is None, "its note is still open")
        need(not sale.asked(), "its payment is still open")
        need(sale.suspense == 0, f"it still holds {sale.suspense}")
        intended = sale.deliveries and sale.deliveries[-1][3] == [INTENDED]
        need(not intended, "its delivery has no outcome yet")
        sale.closed = True
        self.keep(sale)

    def on_BooksStated(self, event):
        digest = hashlib.sha256(self.encode()).digest()
        need(event.digest == digest, "the books stated are not those that the entries before add up to")

    def on_Contact(self, event):
        self.standing.touched(event.size)

    def on_BulletinApplied(self, event):
        self.standing.bulletin(event.kind, event.version, event.limits)

    def on_CommandEnded(self, event):
        self.standing.command_ended(event.version)

    def on_ClockStepped(self, _event):
        self.standing.stepped()

    def on_KeyRotated(self, event):
        used = [self.first_key] + [key for _, key in self.standing.keys]
        need(event.old == used[-1], "the old key it names is not the one in use")
        need(event.new not in used, "the new key was in use before: a key never comes back")
        body = event.old + event.new
        for label, key, signature, who in (
            ("meterpost-rotation/v1", event.old, event.by_old, "old"),
            ("meterpost-rotation-possession/v1", event.new, event.by_new, "new"),
        ):
            why = f"the {who} key did not sign the rotation"
            notes.check_statement(label, key, self.origin, body, signature, why)
        self.standing.keys.append([self.standing.entries + 1, event.new])

    def on_Collected(self, event):
        worth = self.standing.worth()
        self.standing.collected(event.period, event.notes)
        return move(worth, COLLECTED, CASH_BOX) if worth else []

    def on_CollectionCounted(self, event):
        expected = self.standing.uncounted.pop(event.period, None)
        need(expected is not None, f"collection {event.period} is counted already, or never was")
        need(event.counted >= 0, f"a count cannot come to {event.counted}")
        missing = expected - event.counted
        return move(missing, CASH_DIFFERENCE, COLLECTED) if missing else []

    def sale(self, id_, still_open=False):
        """The sale of this number."""
        need(id_ in self.sales, f"sale {id_} is not known")
        sale = self.sales[id_]
        need(not (still_open and sale.closed), f"sale {id_} is closed")
        return sale

    def end_note(self, note):
        """The open sale without its open note, which is this one, and the note's value."""
        sale = self.sales.get(self.open_sale)
        need(sale and sale.open_note and sale.open_note[0] == note, f"note {note} is not open")
        value = sale.open_note[1]
        sale.open_note = None
        return sale, value

    def end_delivery(self, event, state):
        """The sale whose open delivery this is, and the amount sent."""
        sale = self.sale(event.sale)
        is_open = sale.delivery_open() and sale.deliveries[-1][0] == event.number
        need(is_open, f"purchase {event.number} of sale {event.sale} is not open")
        sale.deliveries[-1][3] = state
        return sale, sale.deliveries[-1][1]

    @staticmethod
    def take(sale, amount):
        """Takes money out of what the sale holds."""
        need(0 < amount <= sale.suspense, f"{amount} is not what sale {sale.id} can give: it holds {sale.suspense}")
        sale.suspense -= amount

    def keep(self, sale):
        """After an event of the sale."""
        if not sale.closed:
            self.open_sale = sale.id
        elif self.open_sale == sale.id:
            self.open_sale = None
        self.sales[sale.id] = sale
        if len(self.sales) > SALES_KEPT:
            doubted = self.doubted and self.doubted[1]
            goes = (id_ for id_, each in self.sales.items() if each.settled() and id_ != doubted)
            settled = next(goes, None)
            self.sales.pop(settled, None)
