"""Receipts: a tlog-proof file, or the text of a receipt's QR code (docs/exchange.md, "Receipts")."""

from dataclasses import dataclass

from . import entry as entries, note as notes, tree
from .refused import Refused, need

HEADER = "c2sp.org/tlog-proof@v1"
PREFIX = "MP1:"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
MOST_BYTES = 200_000
COSIGNATURE = 76


@dataclass
class Shown:
    """What a receipt shows: this entry is in that log."""

    entry: entries.Entry
    origin: str
    size: int
    root: bytes
    witnesses: dict  # name to time


def check_file(data, log, witnesses):
    """Checks a proof file."""
    need(len(data) <= MOST_BYTES, "the proof file is too long")
    head, blank, note = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Refused("the proof file has a character that is not ASCII before its checkpoint") from None
    need(lines[0] == HEADER, f"the file does not begin with {HEADER}")
    carries = blank and len(lines) > 2 and lines[1].startswith("extra ") and lines[2].startswith("index ")
    need(carries, "the proof file has not the lines extra and index, hashes, a blank line and a checkpoint")
    entry = notes.base64_bytes(lines[1][6:], "the entry")
    index = notes.decimal(lines[2][6:], "the index")
    path = [notes.base64_bytes(line, "a hash") for line in lines[3:]]
    need(all(len(hash_) == 32 for hash_ in path), "a hash has not 32 bytes")
    checkpoint = notes.parse_checkpoint(note, "the checkpoint")
    notes.check_log(checkpoint, log, "the checkpoint")
    root = tree.root_of_path(tree.leaf(entry), index, checkpoint.size, path)
    need(root == checkpoint.root, "the path does not lead from the entry to the signed root")
    return shown(entry, index, checkpoint, log, witnesses)


def check_code(text, log, witnesses):
    """Checks the text of a QR code."""
    need(text.startswith(PREFIX), f"the text does not begin with {PREFIX}")
    data = base45(text[len(PREFIX) :])
    need(len(data) >= 79, "the code is cut short")
    need(data[0] == 1, f"the code has version {data[0]}, which is not known")
    need(
        data[1:5] == log.id(),
        f"the code is by a key with id {data[1:5].hex()}, the key given has {log.id().hex()}",
    )
    signature, size = data[5:69], int.from_bytes(data[69:77], "big")
    length = int.from_bytes(data[77:79], "big")
    entry, rest = data[79 : 79 + length], data[79 + length :]
    need(len(entry) == length, "the code is cut short")
    index = decoded(entry).index
    need(index < size < 2**63, f"there is no entry {index} in a log of {size} entries")
    hashes = tree.path_length(index, size) * 32
    need(len(rest) >= hashes and (len(rest) - hashes) % COSIGNATURE == 0, "the code is cut short or too long")
    path = [rest[at : at + 32] for at in range(0, hashes, 32)]
    root = tree.root_of_path(tree.leaf(entry), index, size, path)
    checkpoint = completed(log, size, root, signature)
    for at in range(hashes, len(rest), COSIGNATURE):
        line = rest[at : at + COSIGNATURE]
        names = [key.name for key in witnesses if key.id() == line[:4]]
        checkpoint.lines += [(name, line[:4], line[4:]) for name in names]
    return shown(entry, index, checkpoint, log, witnesses)


def completed(log, size, root, signature):
    """The checkpoint that a code is about."""
    text = f"{log.name}\n{size}\n{notes.base64.b64encode(root).decode()}\n"
    checkpoint = notes.Checkpoint(log.name, size, root, text, [(log.name, log.id(), signature)])
    notes.check_log(checkpoint, log, "the checkpoint that entry and path lead to")
    return checkpoint


def shown(data, index, checkpoint, log, witnesses):
    """What the receipt shows, when path and log's signature fit."""
    entry = decoded(data)
    need(entry.index == index, f"the entry says it is number {entry.index}, but it is number {index}")
    found = notes.cosignatures(checkpoint, witnesses, log, "the checkpoint")
    for witness in witnesses:
        need(witness.name in found, f"{witness.name} did not cosign the checkpoint")
    return Shown(entry, checkpoint.origin, checkpoint.size, checkpoint.root, found)


def decoded(data):
    """The entry carried."""
    try:
        return entries.decode(data)
    except Refused as why:
        raise Refused(f"the entry: {why}") from None


def base45(text):
    """The bytes that a text in Base45 stands for (RFC 9285)."""
    data = bytearray()
    for at in range(0, len(text), 3):
        group = text[at : at + 3]
        need(all(character in ALPHABET for character in group), "the code has a character that is none of Base45")
        need(len(group) > 1, "the code's text is cut short")
        number = sum(ALPHABET.index(character) * 45**place for place, character in enumerate(group))
        need(number < 256 ** (len(group) - 1), "a group of the code's text stands for no bytes")
        data += number.to_bytes(len(group) - 1, "big")
    return bytes(data)
