"""Ed25519 signatures (RFC 8032), verified strictly: no weak or non-canonical keys, no cofactor in the equation."""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def add(p, q):
    """The sum of two points in extended coordinates (RFC 8032 section 5.1.4)."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, point):
    """The point added to itself so many times."""
    result = NEUTRAL
    while scalar > 0:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def same(p, q):
    """Whether two points are one."""
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def decode(data):
    """The point that 32 bytes stand for (RFC 8032 section 5.1.3); nothing where they are no point or not canonical."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if len(data) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else (0, y, 1, 0)
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P:
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def encode(point):
    """The 32 bytes of a point."""
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _base():
    y = 4 * pow(5, P - 2, P) % P
    return decode(y.to_bytes(32, "little"))


BASE = _base()


def key_fault(key):
    """Why these bytes are no public key to be believed; nothing where they are one."""
    point = decode(key)
    if point is None:
        return "is not a point of the curve in canonical form"
    if same(multiply(8, point), NEUTRAL):
        return "is weak (small order)"
    if not same(multiply(L, point), NEUTRAL):
        return "is not in the group of prime order"
    return None


def verify(key, message, signature):
    """Whether the key made this signature over the message (RFC 8032 section 5.1.7)."""
    if len(signature) != 64 or key_fault(key) is not None:
        return False
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    point = decode(r)
    if s >= L or point is None or same(multiply(8, point), NEUTRAL):
        return False
    digest = hashlib.sha512(r + key + message).digest()
    k = int.from_bytes(digest, "little") % L
    x, y, z, t = decode(key)
    minus_key = (P - x, y, z, P - t)
    return encode(add(multiply(s, BASE), multiply(k, minus_key))) == r
