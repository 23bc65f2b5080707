"""A signed export: the log as plain files in the layout of C2SP tlog-tiles (docs/ledger.md, "Export")."""

import os
from dataclasses import dataclass, field

from . import entry as entries, note as notes, tree
from .books import Books
from .refused import Refused, need

TILE = 256
MOST_LEVELS = 8


@dataclass
class Audited:
    """What an export shows."""

    origin: str
    size: int
    root: bytes
    pruned: int
    keys: list  # of (first size, key)
    books: Books
    cosigned: int = 0
    witnesses: dict = field(default_factory=dict)  # name to time


def tile_name(number, width):
    """`x001/x234/067`, with `.p/<width>` behind a partial one."""
    name = f"{number % 1000:03}"
    while number >= 1000:
        number //= 1000
        name = f"x{number % 1000:03}/{name}"
    return name if width == TILE else f"{name}.p/{width}"


def tiles(nodes):
    """Number and width of each tile that this many nodes fill."""
    full, rest = divmod(nodes, TILE)
    yield from ((number, TILE) for number in range(full))
    if rest:
        yield full, rest


class Export:
    """The files of one directory."""

    def __init__(self, directory):
        self.directory = directory
        need(os.path.isdir(directory), f"{directory} is no directory")
        checkpoint = os.path.isfile(os.path.join(directory, "checkpoint"))
        need(checkpoint, "checkpoint is missing: the export was not finished")

    def read(self, name, most=None):
        """A file's bytes."""
        try:
            with open(os.path.join(self.directory, name), "rb") as file:
                data = file.read() if most is None else file.read(most + 1)
        except FileNotFoundError:
            raise Refused(f"{name} is missing") from None
        need(most is None or len(data) <= most, f"{name} is too long")
        return data

    def lines(self, name, most):
        """A file's lines."""
        text = self.read(name, most).decode("utf-8", "replace")
        need(text.endswith("\n"), f"{name} is cut short")
        return text[:-1].split("\n")

    def check_names(self, size, pruned):
        """Every file there is, and no other, but the tiles whose absence reading tells."""
        found = []
        for folder, _, names in os.walk(self.directory):
            paths = (os.path.relpath(os.path.join(folder, name), self.directory) for name in names)
            found += [path.replace(os.sep, "/") for path in paths]
        # Before anything is counted up to a size that nobody has signed yet.
        bundles = sum(path.startswith("tile/entries/") for path in found)
        need(size <= TILE * bundles, f"there are {bundles} bundles of entries, too few for {size} entries")
        expected = {"checkpoint", "keys", "minimum-index", "cosigned"}
        if pruned:
            expected.add("books")
        expected |= {f"tile/entries/{tile_name(*tile)}" for tile in tiles(size)}
        for level in range(MOST_LEVELS):
            expected |= {f"tile/{level}/{tile_name(*tile)}" for tile in tiles(size >> 8 * level)}
        for path in found:
            need(path in expected, f"{path} does not belong to an export of {size} entries")

    def hashes(self, level, number, width):
        """The nodes of a tile."""
        name = f"tile/{level}/{tile_name(number, width)}"
        data = self.read(name, 32 * TILE)
        need(len(data) == 32 * width, f"{name} is {len(data)} bytes long, not {32 * width}")
        return [data[at : at + 32] for at in range(0, len(data), 32)]

    def bundle(self, number, width):
        """The entries of a bundle; pruned ones are empty."""
        name = f"tile/entries/{tile_name(number, width)}"
        data = self.read(name, TILE * (2 + entries.LONGEST))
        found, at = [], 0
        while at < len(data):
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            need(at + 2 <= len(data) and end <= len(data), f"{name} is cut short")
            found.append(data[at + 2 : end])
            at = end
        need(len(found) == width, f"{name} holds {len(found)} entries, not {width}")
        return found


def audit(directory, trusted=None, witnesses=()):
    """Checks all of an export. `trusted` is a verifier key of the log known from elsewhere."""
    files = Export(directory)
    head = notes.parse_checkpoint(files.read("checkpoint", notes.MOST_BYTES), "the checkpoint")
    need(head.size > 0, "the checkpoint is of an empty log")
    keys = read_keys(files, head)
    pruned = read_pruned(files, head.size)
    files.check_names(head.size, pruned)
    first = keys[0][1]
    if pruned:
        books = read_books(files, head.origin, first, pruned)
        base = books.standing.entries
    else:
        books, base = Books(head.origin, first.public), 0
    bequeathed = len(books.standing.keys)
    cosigned = read_cosigned(files)
    roots = replay(files, head, books, base, pruned, {cosigned.size} if cosigned else set())
    need(
        roots[head.size] == head.root,
        f"the root over the {head.size} entries is {roots[head.size].hex()}, but the checkpoint is for {head.root.hex()}",
    )
    check_upper(files, head.size)
    listed = [[size, key.public] for size, key in keys[1:]]
    need(listed == books.standing.keys, "the file keys does not list the keys that the entries say")
    notes.check_log(head, key_at(keys, head.size), "the checkpoint")
    result = Audited(head.origin, head.size, head.root, pruned, keys, books)
    need(cosigned or not witnesses, "cosigned is missing, so no witness given has cosigned anything")
    if cosigned is not None:
        check_cosigned(result, cosigned, roots, witnesses)
    if trusted is not None:
        check_trusted(keys, trusted, bequeathed)
    return result


def read_keys(files, head):
    """The keys as they are listed: each with the first size it signs."""
    keys = []
    for line in files.lines("keys", 1 << 20):
        size, _, key = line.partition(" ")
        keys.append((notes.decimal(size, "a size in keys"), notes.Key.parse(key, notes.LOG)))
    named = all(key.name == head.origin for _, key in keys)
    need(named, f"the file keys has a key that is not of {head.origin}")
    need(keys[0][0] == 0, "the file keys does not begin with the log's first key")
    return keys


def read_pruned(files, size):
    """The first entry that is still there."""
    lines = files.lines("minimum-index", 32)
    need(len(lines) == 1, "minimum-index has more than a line")
    pruned = notes.decimal(lines[0], "minimum-index")
    need(pruned < size and pruned % 16 == 0, f"minimum-index {pruned} does not fit {size} entries")
    return pruned


def read_books(files, origin, first, pruned):
    """The books that a pruned log goes on from."""
    try:
        books = Books.read(files.read("books"), origin, first.public)
    except Refused as why:
        raise Refused(f"the file books: {why}") from None
    fits = books.standing.entries & ~15 == pruned
    need(fits, "the file books does not fit minimum-index")
    return books


def read_cosigned(files):
    """What a witness cosigned, if anything."""
    if not os.path.exists(os.path.join(files.directory, "cosigned")):
        return None
    data = files.read("cosigned", notes.MOST_BYTES)
    return notes.parse_checkpoint(data, "the cosigned checkpoint")


def replay(files, head, books, base, pruned, marks):
    """Hashes and plays every entry, and gives the roots at the sizes marked and at the end."""
    grown, roots = tree.Frontier(), {}
    for number, width in tiles(head.size):
        leaves = files.hashes(0, number, width)
        for place, data in enumerate(files.bundle(number, width)):
            index = number * TILE + place
            if index < pruned:
                need(not data, f"entry {index} is there, though it is below minimum-index")
            else:
                entry = check_entry(index, data, leaves[place], books if index >= base else None)
                states = not pruned or index != base or entry.event.name == "BooksStated"
                need(states, f"entry {base} does not state the books that the log goes on from")
            grown.push(leaves[place])
            if grown.size in marks or grown.size == head.size:
                roots[grown.size] = grown.root()
    return roots


def check_entry(index, data, leaf, books):
    """One entry against its leaf hash, the grammar, and the books before it."""
    try:
        need(data, "it is missing, though it is not below minimum-index")
        same = tree.leaf(data) == leaf
        need(same, "its bytes are not those that were hashed into the tree: it was changed, moved or replaced")
        entry = entries.decode(data)
        need(entry.index == index, f"it says that it is entry {entry.index}")
        if books is not None:
            books.play(entry)
        return entry
    except Refused as why:
        raise Refused(f"entry {index}: {why}") from None


def check_upper(files, size):
    """Every node above the leaves is the root over the 256 below it."""
    for level in range(MOST_LEVELS - 1):
        nodes = size >> 8 * (level + 1)
        for number, width in tiles(nodes):
            for place, hash_ in enumerate(files.hashes(level + 1, number, width)):
                below = files.hashes(level, number * TILE + place, TILE)
                name = f"tile/{level + 1}/{tile_name(number, width)}"
                need(tree.perfect_root(below) == hash_, f"{name} is not made from the tiles below it")


def key_at(keys, size):
    """The key that signs a log of this size."""
    return [key for first, key in keys if first <= size][-1]


def check_cosigned(result, cosigned, roots, witnesses):
    """The cosigned checkpoint is one of this log."""
    what = "the cosigned checkpoint"
    need(0 < cosigned.size <= result.size, f"a witness cosigned {cosigned.size} entries, but there are {result.size}")
    need(roots[cosigned.size] == cosigned.root, f"a witness cosigned another log of {cosigned.size} entries")
    key = key_at(result.keys, cosigned.size)
    notes.check_log(cosigned, key, what)
    result.cosigned = cosigned.size
    result.witnesses = notes.cosignatures(cosigned, witnesses, key, what)
    for witness in witnesses:
        need(witness.name in result.witnesses, f"{witness.name} did not cosign {what}")


def check_trusted(keys, trusted, bequeathed):
    """The key known from elsewhere leads to the one that signs now, by rotations that were all seen."""
    places = [place for place, (_, key) in enumerate(keys) if key == trusted]
    need(places, f"the key given, {trusted.line()}, is none of this log's: it was signed by somebody else")
    need(
        places[0] >= bequeathed,
        f"the rotation away from the key given was pruned: give the key that signs from size {keys[bequeathed][0]} on",
    )
