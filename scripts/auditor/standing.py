"""What lasts longer than a sale: clock, contact, limits, cards, bulletins, keys and the till."""

import re

from .entry import COUNTS, LIMITS, PUBLIC_KEY, STAMP, UINT, UINT32, many, maybe, money, row, text
from .refused import need

TRUSTED = 3  # ntp and server
HOUR = 3_600_000
DAY = 86_400_000
SHAPE = row(
    UINT,
    maybe(row(*STAMP)),
    UINT,
    maybe(row(UINT, UINT, UINT)),
    row(money, UINT32, UINT),
    UINT,
    many(row(text, money)),
    maybe(LIMITS),
    many(row(text, UINT)),
    many(row(UINT, PUBLIC_KEY)),
    row(UINT, COUNTS, COUNTS, many(row(UINT, money))),
)


class Standing:
    """What `standing` in ledger.cddl shows."""

    def __init__(self):
        self.entries = 0
        self.last = None
        self.uptime = 0
        self.contact = None
        self.since = [0, 0, 0]
        self.day = 0
        self.cards = {}
        self.limits = None
        self.bulletins = {}
        self.keys = []
        self.period = 1
        self.ever = {}
        self.box = {}
        self.uncounted = {}

    @staticmethod
    def read(value):
        """From the books' encoding."""
        new = Standing()
        (new.entries, new.last, new.uptime, new.contact, new.since, new.day, cards) = value[:7]
        (new.limits, bulletins, new.keys, till) = value[7:]
        new.cards, new.bulletins = dict(cards), dict(bulletins)
        new.period = till[0]
        new.ever, new.box, new.uncounted = dict(till[1]), dict(till[2]), dict(till[3])
        return new

    def value(self):
        """As the books encode it. Texts are sorted by their bytes."""

        def pairs(mapping):
            key = lambda pair: pair[0].encode() if isinstance(pair[0], str) else pair[0]
            return [list(pair) for pair in sorted(mapping.items(), key=key)]

        till = [self.period, pairs(self.ever), pairs(self.box), pairs(self.uncounted)]
        return [
            self.entries,
            self.last,
            self.uptime,
            self.contact,
            self.since,
            self.day,
            pairs(self.cards),
            self.limits,
            pairs(self.bulletins),
            self.keys,
            till,
        ]

    def wall(self):
        """The log's own time."""
        return self.last[2] if self.last else 0

    def check_wall(self, stamp, event):
        """The wall clock never goes back unseen."""
        back = stamp[2] < self.wall()
        if event.name == "ClockStepped":
            need(event.now == stamp[2], "the clock did not step to the entry's own time")
            back = back and stamp[3] < TRUSTED
        need(not back, "its wall clock is below the entry before")

    def move(self, stamp):
        """Moves the clock to the entry's."""
        same_boot = self.last is not None and self.last[0] == stamp[0]
        passed = max(stamp[1] - self.last[1], 0) if same_boot else stamp[1]
        self.uptime = min(self.uptime + passed, 2**64 - 1)
        self.last = stamp

    def check_limits(self, held, more, card, opening):
        """Whether the limits in force let a sale that holds so much take so much more."""
        if self.limits is None:
            return
        per_sale, per_card_day, since_money, since_count, since_hours, _ = self.limits
        if opening:
            by_wall = max(self.wall() - self.contact[1], 0) if self.contact else 0
            by_uptime = self.uptime - (self.contact[2] if self.contact else 0)
            elapsed = max(by_wall, by_uptime)
            need(since_hours is None or elapsed < since_hours * HOUR, "it was too long without contact to sell")
            need(since_count is None or self.since[1] < since_count, "there were too many sales without contact")
        need(per_sale is None or held + more <= per_sale, "it is above the limit of a sale")
        if card is not None and per_card_day is not None:
            today = self.cards.get(card, 0) if self.local_day() == self.day else 0
            need(today + more <= per_card_day, "it is above the card's limit of the day")
        need(since_money is None or self.since[0] + more <= since_money, "it is above the limit without contact")

    def check_offline(self, amount, card):
        """Whether a wallet may be trusted with this amount without the server."""
        bounded = card is not None and self.limits is not None
        bounded = bounded and self.limits[1] is not None and self.limits[2] is not None
        need(bounded, "a wallet is trusted offline without a card, or without bounds")
        self.check_limits(0, amount, card, False)

    def local_day(self):
        """The number of the local day, where limits are in force."""
        return max(self.wall() + self.limits[5] * 60_000, 0) // DAY

    def sale_opened(self):
        """Counts a sale."""
        self.since = [self.since[0], min(self.since[1] + 1, 2**32 - 1), self.entries]

    def note_taken(self, value, card):
        """Counts a note in the cash box."""
        for notes in (self.ever, self.box):
            notes[value] = notes.get(value, 0) + 1
        self.counted(value, card)

    def counted(self, value, card):
        """Counts what limits count."""
        self.since = [self.since[0] + value, self.since[1], self.entries]
        money(self.since[0], "what was taken without contact")
        if card is not None and self.limits is not None:
            day = self.local_day()
            if self.day != day:
                self.day, self.cards = day, {}
            self.cards[card] = self.cards.get(card, 0) + value
            money(self.cards[card], "what the card was used for")

    def touched(self, size):
        """A witness cosigned."""
        last = self.contact[0] if self.contact else 0
        need(last <= size <= self.entries, f"the contact at size {size} does not fit: the last was at {last}")
        if size > self.since[2]:
            self.since = [0, 0, self.since[2]]
        if size > last:
            self.contact = [size, self.wall(), self.uptime]

    def stepped(self):
        """The wall clock jumped; what was noted in a time that never was counts from now on."""
        if self.limits is not None:
            self.day = min(self.day, self.local_day())
        if self.contact is not None:
            self.contact = [self.contact[0], min(self.contact[1], self.wall()), self.contact[2]]

    def bulletin(self, kind, version, limits):
        """A bulletin came into force."""
        plain = re.fullmatch("[a-z-]{1,32}", kind) is not None
        need(plain and (limits is not None) == (kind == "limits"), "the bulletin's kind and content do not fit")
        need(version > self.bulletins.get(kind, 0), "the bulletin is not newer than the one in force")
        need(kind != "command" or self.open_command() is None, "the command before has not ended")
        self.bulletins[kind] = version
        if limits is not None:
            today = self.limits is not None and self.local_day() == self.day
            self.limits = limits
            self.day = self.local_day() if today else self.day

    def open_command(self):
        """The command that was given and has not ended."""
        given = self.bulletins.get("command", 0)
        return given if given > self.bulletins.get("command ended", 0) else None

    def command_ended(self, version):
        """What became of a command."""
        need(self.open_command() == version, f"command {version} is not under way")
        self.bulletins["command ended"] = version

    def worth(self):
        """What the notes in the box are worth."""
        return sum(value * count for value, count in self.box.items())

    def collected(self, period, notes):
        """The box was emptied."""
        counted = [list(pair) for pair in sorted(self.box.items())]
        need(period == self.period and notes == counted, "the collection is not what the till counted")
        self.uncounted[period] = self.worth()
        self.box = {}
        self.period += 1
