"""Entries: the grammar of docs/ledger.cddl, and the shapes that the books are kept in."""

from dataclasses import dataclass

from . import cbor
from .refused import need

LONGEST = 65535
ACCOUNTS = (
    "CashBox",
    "CashInDoubt",
    "Suspense",
    "InDelivery",
    "Credited",
    "Owed",
    "OwedInDoubt",
    "Collected",
    "CashDifference",
    "Wallets",
    "Provider",
)
CASH_BOX, CASH_IN_DOUBT, SUSPENSE, IN_DELIVERY, CREDITED, OWED, OWED_IN_DOUBT, COLLECTED, CASH_DIFFERENCE = range(9)
WALLETS, PROVIDER = 9, 10
# How many accounts the totals list, by the entry's version; the newest only where the others are too few.
LISTED = {1: 7, 2: 9, 3: 11}
QUALITIES = ("unset", "restored", "rtc", "ntp", "server")


def _whole(value, least, most, what):
    need(type(value) is int and least <= value <= most, f"{what} is no number from {least} to {most}")


def number(bits):
    """Checks for an unsigned number of so many bits."""
    return lambda value, what: _whole(value, 0, 2**bits - 1, what)


def code(count):
    """Checks for one of so many codes."""
    return lambda value, what: _whole(value, 0, count - 1, what)


def money(value, what):
    """Checks for an amount."""
    _whole(value, -(2**63), 2**63 - 1, what)


def small(value, what):
    """Checks for a signed number of 16 bits."""
    _whole(value, -(2**15), 2**15 - 1, what)


def text(value, what):
    """Checks for a text."""
    need(type(value) is str, f"{what} is no text")


def boolean(value, what):
    """Checks for true or false."""
    need(type(value) is bool, f"{what} is neither true nor false")


def octets(length):
    """Checks for so many bytes."""

    def check(value, what):
        need(type(value) is bytes and len(value) == length, f"{what} has not {length} bytes")

    return check


def maybe(check):
    """Allows null."""
    return lambda value, what: None if value is None else check(value, what)


def row(*checks):
    """Checks for an array with these items."""

    def check(value, what):
        need(type(value) is list and len(value) == len(checks), f"{what} is no array of {len(checks)}")
        for item, each in zip(value, checks):
            each(item, what)

    return check


def many(each):
    """Checks for an array of any length."""

    def check(value, what):
        need(type(value) is list, f"{what} is no array")
        for item in value:
            each(item, what)

    return check


def one_of(*shapes):
    """Checks for an array that begins with its shape's number."""

    def check(value, what):
        known = type(value) is list and value and type(value[0]) is int and 0 <= value[0] < len(shapes)
        need(known, f"{what} is of no known kind")
        row(*shapes[value[0]])(value, what)

    return check


UINT, UINT32 = number(64), number(32)
HASH, PUBLIC_KEY, SIGNATURE = octets(32), octets(32), octets(64)
METER = row(text, text, text)
PURSE = row(UINT32, money, maybe(money), maybe(money))
OUTCOME = one_of((UINT,), (UINT, text), (UINT, text))
COUNTS = many(row(money, UINT))
LIMITS = row(maybe(money), maybe(money), maybe(money), maybe(UINT32), maybe(UINT32), small)
STAMP = (octets(16), UINT, UINT, code(5))

# By number: the event's name, its fields, and how many of the last ones may be missing.
EVENTS = (
    ("LogCreated", (("software", text),), 0),
    ("Started", (("software", text),), 0),
    (
        "SaleOpened",
        (("sale", UINT), ("meter", METER), ("target", money), ("before", PURSE), ("card", text)),
        1,
    ),
    ("NoteOffered", (("sale", UINT), ("note", UINT), ("value", money)), 0),
    (
        "NoteStacked",
        (("sale", maybe(UINT)), ("note", maybe(UINT)), ("value", money), ("evidence", code(2))),
        0,
    ),
    ("NoteAcknowledged", (), 0),
    ("NoteReturned", (("note", UINT), ("reason", code(3))), 0),
    ("NoteInDoubt", (("note", UINT),), 0),
    (
        "DeliveryIntended",
        (("sale", UINT), ("number", UINT32), ("amount", money), ("before", PURSE)),
        0,
    ),
    ("DeliveryApplied", (("sale", UINT), ("number", UINT32), ("after", PURSE)), 0),
    ("DeliveryVoided", (("sale", UINT), ("number", UINT32), ("why", text)), 0),
    ("DeliveryUnknown", (("sale", UINT), ("number", UINT32), ("why", text)), 0),
    ("ClaimIssued", (("sale", UINT), ("amount", money), ("why", text)), 0),
    ("SlipIntended", (("sale", UINT), ("slip", code(3)), ("copy", UINT32), ("amount", money)), 1),
    ("SlipDone", (("sale", UINT), ("slip", code(3)), ("outcome", OUTCOME)), 0),
    ("SaleClosed", (("sale", UINT),), 0),
    ("DeviceChanged", (("device", text), ("state", text)), 0),
    ("CashBoxRemoved", (), 0),
    ("CashBoxReplaced", (), 0),
    ("DoubtEnded", (("note", UINT), ("evidence", code(2))), 0),
    ("BooksStated", (("digest", HASH),), 0),
    ("Contact", (("size", UINT), ("witness", HASH)), 0),
    (
        "BulletinApplied",
        (("kind", text), ("version", UINT), ("digest", HASH), ("limits", maybe(LIMITS))),
        0,
    ),
    (
        "KeyRotated",
        (("old", PUBLIC_KEY), ("new", PUBLIC_KEY), ("by_old", SIGNATURE), ("by_new", SIGNATURE)),
        0,
    ),
    ("Collected", (("period", UINT), ("by", text), ("notes", COUNTS)), 0),
    ("CollectionCounted", (("period", UINT), ("counted", money), ("by", text)), 0),
    ("ClockStepped", (("before", UINT), ("now", UINT)), 0),
    ("CommandEnded", (("version", UINT), ("outcome", code(4)), ("words", text)), 0),
    ("PaymentAsked", (("sale", UINT), ("account", maybe(text)), ("amount", money)), 0),
    ("PaymentTaken", (("sale", UINT), ("evidence", code(2))), 0),
    (
        "PaymentEnded",
        (
            ("sale", UINT),
            ("account", maybe(text)),
            ("meter", text),
            ("amount", money),
            ("outcome", code(3)),
            ("why", text),
        ),
        0,
    ),
    ("StaffActed", (("who", text), ("act", text), ("outcome", code(5)), ("words", text)), 0),
)


class Event:
    """An event: its name, and its fields as attributes. Those left out are None."""

    def __init__(self, value):
        need(type(value) is list and value and type(value[0]) is int, "the event is no array with a number")
        need(0 <= value[0] < len(EVENTS), f"event {value[0]} is not known")
        self.name, fields, optional = EVENTS[value[0]]
        given = value[1:]
        fits = len(fields) - optional <= len(given) <= len(fields)
        need(fits, f"{self.name} has {len(given)} fields, not {len(fields)}")
        self.fields = {name: None for name, _ in fields}
        for (name, check), item in zip(fields, given):
            check(item, f"{self.name}'s {name}")
            self.fields[name] = item

    def __getattr__(self, name):
        try:
            return self.__dict__["fields"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __str__(self):
        def shown(value):
            if isinstance(value, bytes):
                return value.hex()
            if isinstance(value, list):
                return "[" + ", ".join(shown(item) for item in value) + "]"
            return "none" if value is None else str(value)

        return " ".join([self.name] + [f"{name}={shown(value)}" for name, value in self.fields.items()])


@dataclass
class Entry:
    """One entry of the log."""

    index: int
    stamp: list  # boot, monotonic, wall, quality
    event: Event
    postings: list  # of [account, amount]
    totals: list


def decode(data):
    """Reads an entry, strictly."""
    need(0 < len(data) <= LONGEST, f"it is {len(data)} bytes long")
    item = cbor.decode(data)
    need(type(item) is list and len(item) == 9, "it is no array of 9")
    need(type(item[0]) is int and item[0] in LISTED, f"its version {item[0]} is not known")
    UINT(item[1], "its index")
    for value, check in zip(item[2:6], STAMP):
        check(value, "its stamp")
    many(row(code(len(ACCOUNTS)), money))(item[7], "its postings")
    listed = LISTED[item[0]]
    row(*[money] * listed)(item[8], "its totals")
    roomy = item[0] == 3 and not any(item[8][LISTED[2] :])
    need(not roomy, "its totals list accounts that are zero")
    totals = item[8] + [0] * (len(ACCOUNTS) - listed)
    return Entry(item[1], item[2:6], Event(item[6]), item[7], totals)


def shown_money(amount):
    """An amount with two places."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02}"
