"""Signing in and staying so: passwords, codes, passkeys, a provider's word, sessions, and what limits guessing."""
