"""Unambiguous bytes: pre-authentication encoding of several parts, and padding that hides a text's length."""

from clearinghouse.vault.errors import SealBroken

LENGTH_BYTES = 4
_SMALLEST = 64
_LARGEST_DOUBLING = 4096
_LENGTHS = tuple(length.to_bytes(8, "little") for length in range(256))


def pae(*parts: bytes) -> bytes:
    """Join parts so that no two lists of parts give the same bytes (PASETO's pre-authentication encoding)."""
    packed = [_LENGTHS[len(parts)]]
    for part in parts:
        size = len(part)
        packed += (_LENGTHS[size] if size < 256 else size.to_bytes(8, "little"), part)
    return b"".join(packed)


def pae_begun(more: int, *parts: bytes) -> bytes:
    """The encoding of the first of several lists' parts, after which `more` others come by pae_ended."""
    return _LENGTHS[len(parts) + more] + pae(*parts)[8:]


def pae_ended(begun: bytes, *parts: bytes) -> bytes:
    """What pae gives for all parts together; these are short."""
    return begun + b"".join([each for part in parts for each in (_LENGTHS[len(part)], part)])


def pad(plain: bytes, at_least: int = 0) -> bytes:
    """The text with its length in front and zeros behind, as long as its bucket: a power of two, then whole pages.

    The bucket is that of a text that fills `at_least` bytes, where this one is shorter.
    """
    needed = max(LENGTH_BYTES + len(plain), at_least)
    bucket = _SMALLEST
    while bucket < needed and bucket < _LARGEST_DOUBLING:
        bucket *= 2
    if bucket < needed:
        bucket = -(-needed // _LARGEST_DOUBLING) * _LARGEST_DOUBLING
    return (len(plain).to_bytes(LENGTH_BYTES, "big") + plain).ljust(bucket, b"\0")


def unpad(padded: bytes) -> bytes:
    """The text out of its bucket. Raises SealBroken where the length does not fit."""
    length = int.from_bytes(padded[:LENGTH_BYTES], "big")
    if len(padded) < LENGTH_BYTES or length > len(padded) - LENGTH_BYTES:
        raise SealBroken("the padding does not fit")
    return padded[LENGTH_BYTES : LENGTH_BYTES + length]
