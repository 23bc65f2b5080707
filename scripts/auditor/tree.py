"""The hash tree of RFC 6962 section 2.1."""

import hashlib

from .refused import need


def leaf(entry):
    """The hash of an entry's bytes."""
    return hashlib.sha256(b"\0" + entry).digest()


def node(left, right):
    """The hash of two nodes."""
    return hashlib.sha256(b"\1" + left + right).digest()


def perfect_root(hashes):
    """The root over a power of two of hashes."""
    while len(hashes) > 1:
        hashes = [node(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


class Frontier:
    """A tree that grows: the roots of its perfect subtrees, largest first."""

    def __init__(self):
        self.size = 0
        self.roots = []

    def push(self, hash_):
        """One leaf more."""
        number = self.size
        while number & 1:
            hash_ = node(self.roots.pop(), hash_)
            number >>= 1
        self.roots.append(hash_)
        self.size += 1

    def root(self):
        """The root over all leaves so far."""
        if not self.roots:
            return hashlib.sha256(b"").digest()
        result = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            result = node(left, result)
        return result


def path_length(index, size):
    """How many hashes an audit path has."""
    inner = (index ^ (size - 1)).bit_length()
    return inner + bin(index >> inner).count("1")


def root_of_path(hash_, index, size, path):
    """The root that a leaf and its audit path lead to (RFC 9162 section 2.1.3.2)."""
    need(index < size, f"there is no entry {index} in a log of {size} entries")
    need(
        len(path) == path_length(index, size),
        f"the path has {len(path)} hashes, not {path_length(index, size)}",
    )
    inner = (index ^ (size - 1)).bit_length()
    for place, sibling in enumerate(path):
        if place < inner and not index >> place & 1:
            hash_ = node(hash_, sibling)
        else:
            hash_ = node(sibling, hash_)
    return hash_
