"""Reads a PNG as QEMU writes it (8 bits, RGB or RGBA, not interlaced), to say what is on a screen."""

import struct
import zlib


def read(path):
    """Width, height and rows of (r, g, b)."""
    with open(path, "rb") as file:
        data = file.read()
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            if depth != 8 or colour not in (2, 6):
                raise ValueError(f"{path}: depth {depth}, colour type {colour}")
            step = 3 if colour == 2 else 4
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    flat, rows, above = zlib.decompress(packed), [], bytearray(width * step)
    for y in range(height):
        start = y * (width * step + 1)
        row = bytearray(flat[start + 1:start + 1 + width * step])
        _unfilter(flat[start], row, above, step)
        rows.append(row)
        above = row
    return width, height, step, rows


def _unfilter(kind, row, above, step):
    for i in range(len(row)):
        left = row[i - step] if i >= step else 0
        up = above[i]
        corner = above[i - step] if i >= step else 0
        if kind == 1:
            row[i] = (row[i] + left) & 255
        elif kind == 2:
            row[i] = (row[i] + up) & 255
        elif kind == 3:
            row[i] = (row[i] + (left + up) // 2) & 255
        elif kind == 4:
            estimate = left + up - corner
            nearest = min((abs(estimate - left), 0, left), (abs(estimate - up), 1, up), (abs(estimate - corner), 2, corner))[2]
            row[i] = (row[i] + nearest) & 255


def colours(path):
    """How many different colours there are; a console or a blank screen has a handful, a drawn screen hundreds."""
    width, _, step, rows = read(path)
    return len({bytes(row[i * step:i * step + 3]) for row in rows for i in range(width)})


def difference(one, other):
    """The share of pixels that differ between two pictures of a size."""
    width, height, step, first = read(one)
    _, _, _, second = read(other)
    changed = sum(a[i * step:i * step + 3] != b[i * step:i * step + 3] for a, b in zip(first, second) for i in range(width))
    return changed / (width * height)
