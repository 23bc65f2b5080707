"""Signed notes, checkpoints, cosignatures and statements (docs/keys.md)."""

import base64
import hashlib
from dataclasses import dataclass

from . import ed25519
from .refused import Refused, need

LOG, WITNESS = 1, 4
MOST_BYTES = 64 * 1024
MOST_LINES = 64


def base64_bytes(text, what):
    """Strict base64 (RFC 4648 section 4): padded, one spelling."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, UnicodeEncodeError):
        raise Refused(f"{what} is not base64") from None
    need(base64.b64encode(data).decode() == text, f"{what} is not base64 in its one spelling")
    return data


def decimal(text, what):
    """A number without sign and leading zeros, below 2^63."""
    plain = text.isascii() and text.isdigit() and (text == "0" or text[0] != "0")
    need(plain and len(text) < 20 and int(text) < 2**63, f"{what} is not a plain decimal number")
    return int(text)


@dataclass(frozen=True)
class Key:
    """A verifier key: a name, and the public key of a log or a witness."""

    name: str
    kind: int
    public: bytes

    @staticmethod
    def parse(line, kind):
        """Reads `name+id+base64`."""
        parts = line.split("+", 2)
        need(len(parts) == 3, "a verifier key is name+8 hex digits+base64")
        check_name(parts[0])
        blob = base64_bytes(parts[2], "the verifier key")
        need(len(blob) == 33, "a verifier key has 32 bytes behind its type")
        need(blob[0] == kind, f"the key has type {blob[0]:02x}, not {kind:02x}")
        fault = ed25519.key_fault(blob[1:])
        need(fault is None, f"the public key {fault}")
        key = Key(parts[0], kind, blob[1:])
        need(key.id().hex() == parts[1], "the key's id does not belong to its name and key")
        return key

    def id(self):
        """The four bytes on signature lines."""
        text = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(text).digest()[:4]

    def full_id(self):
        """The 32 bytes in statements and entries."""
        return hashlib.sha256(b"\1" + self.public).digest()

    def line(self):
        """As it is written."""
        blob = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.id().hex()}+{blob}"


def check_name(name):
    """A name on a note."""
    fits = 0 < len(name.encode()) <= 255
    plain = not any(c.isspace() or c == "+" or ord(c) < 32 or 127 <= ord(c) < 160 for c in name)
    need(fits and plain, "a name is 1 to 255 bytes without white space, plus and control characters")


@dataclass
class Checkpoint:
    """A signed checkpoint; its signatures are checked by the functions below."""

    origin: str
    size: int
    root: bytes
    text: str
    lines: list  # of (name, id, signature)


def parse_checkpoint(data, what):
    """Takes a note with a checkpoint apart. Nothing is believed yet."""
    need(len(data) <= MOST_BYTES, f"{what} is too long")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(f"{what} is not UTF-8") from None
    need(not any(ord(c) < 32 and c != "\n" for c in whole), f"{what} has a control character")
    text, blank, rest = whole.rpartition("\n\n")
    need(blank and rest.endswith("\n"), f"{what} is not text, blank line, signatures")
    text += "\n"
    lines = [signature_line(line, what) for line in rest[:-1].split("\n")]
    need(len(lines) <= MOST_LINES, f"{what} has too many signatures")
    parts = text[:-1].split("\n")
    need(len(parts) == 3, f"{what} is not the three lines origin, size, root")
    check_name(parts[0])
    root = base64_bytes(parts[2], f"the root of {what}")
    need(len(root) == 32, f"the root of {what} has not 32 bytes")
    return Checkpoint(parts[0], decimal(parts[1], f"the size of {what}"), root, text, lines)


def signature_line(line, what):
    """Name, key id and signature of a line."""
    parts = line.split(" ")
    need(len(parts) == 3 and parts[0] == "\u2014", f"{what} has a malformed signature line")
    check_name(parts[1])
    blob = base64_bytes(parts[2], f"a signature of {what}")
    need(len(blob) > 4, f"{what} has a malformed signature line")
    return parts[1], blob[:4], blob[4:]


def check_log(checkpoint, key, what):
    """Whether the log signed."""
    need(checkpoint.origin == key.name, f"{what} is of {checkpoint.origin}, not of {key.name}")
    ours = [s for name, id_, s in checkpoint.lines if (name, id_) == (key.name, key.id())]
    need(ours, f"{what} is not signed by the key {key.line()}")
    for signature in ours:
        fits = ed25519.verify(key.public, checkpoint.text.encode(), signature)
        need(fits, f"the signature of {what} does not fit the key {key.line()}")


def cosignatures(checkpoint, witnesses, log, what):
    """The witnesses out of these that cosigned, each with its time. One that fails refuses all."""
    found = {}
    for key in witnesses:
        need(key.public != log.public, f"{key.name} has the log's own key: no log is its own witness")
        for name, id_, blob in checkpoint.lines:
            if (name, id_) == (key.name, key.id()):
                time = check_cosignature(checkpoint, key, blob, what)
                found[name] = max(time, found.get(name, 0))
    return found


def check_cosignature(checkpoint, key, blob, what):
    """The time at which the witness cosigned."""
    time = int.from_bytes(blob[:8], "big")
    message = f"cosignature/v1\ntime {time}\n{checkpoint.text}".encode()
    fits = len(blob) == 72 and time < 2**63 and ed25519.verify(key.public, message, blob[8:])
    need(fits, f"the cosignature by {key.name} does not fit {what}")
    return time


def check_statement(label, key, origin, body, signature, what):
    """Whether the key signed the statement for this log."""
    name = origin.encode()
    id_ = hashlib.sha256(b"\1" + key).digest()
    message = label.encode() + b"\0" + id_ + len(name).to_bytes(2, "big") + name + body
    need(ed25519.verify(key, message, signature), what)
