"""One-way digests: random tokens known only to their holder, and hashes of stored bytes."""

import hashlib
import hmac
import secrets


def new_token() -> str:
    """A random token of 256 bits, safe in an address."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> bytes:
    """What is stored of a token: its SHA-256, so that a copy of the database signs nobody in."""
    return hashlib.sha256(token.encode()).digest()


def digest(stored: bytes) -> bytes:
    """The SHA-256 of stored bytes."""
    return hashlib.sha256(stored).digest()


def keyed_digest(key: bytes, text: str) -> bytes:
    """An HMAC-SHA-256: what a counter is kept under, so that the database shows neither person nor address."""
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
