"""Deterministic CBOR (RFC 8949 section 4.2.1), as far as the ledger uses it."""

from .refused import Refused, need

MOST_DEPTH = 16


def decode(data):
    """The one item that these bytes are. Any other spelling than the deterministic one is refused."""
    value, end = _item(data, 0, 0)
    need(end == len(data), f"there are {len(data) - end} bytes behind the item")
    return value


def _item(data, at, depth):
    need(depth < MOST_DEPTH, "it is nested too deeply")
    need(at < len(data), "it is cut short")
    major, low = data[at] >> 5, data[at] & 31
    if major == 7:
        need(low in (20, 21, 22), "it has a value that is not used here")
        return {20: False, 21: True, 22: None}[low], at + 1
    number, at = _number(data, at, low)
    if major == 0:
        return number, at
    if major == 1:
        return -1 - number, at
    if major in (2, 3):
        need(number <= len(data) - at, "it is cut short")
        part = bytes(data[at : at + number])
        return (part if major == 2 else _text(part)), at + number
    need(major == 4, "it has a map or a tag, which are not used here")
    items = []
    for _ in range(number):
        item, at = _item(data, at, depth + 1)
        items.append(item)
    return items, at


def _number(data, at, low):
    if low < 24:
        return low, at + 1
    need(low < 28, "a length is indefinite or reserved")
    width = 1 << (low - 24)
    need(at + 1 + width <= len(data), "it is cut short")
    number = int.from_bytes(data[at + 1 : at + 1 + width], "big")
    least = 24 if width == 1 else 1 << (4 * width)
    need(number >= least, "a number is not in its shortest form")
    return number, at + 1 + width


def _text(part):
    try:
        return part.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("a text is not UTF-8") from None


def encode(value):
    """The deterministic bytes of a value."""
    if value is None:
        return b"\xf6"
    if value is False:
        return b"\xf4"
    if value is True:
        return b"\xf5"
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        text = value.encode("utf-8")
        return _head(3, len(text)) + text
    return _head(4, len(value)) + b"".join(encode(item) for item in value)


def _head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    for low, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << (8 * width):
            return bytes([major << 5 | low]) + number.to_bytes(width, "big")
    raise Refused("a number does not fit 64 bits")
