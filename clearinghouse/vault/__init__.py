"""Keys, sealed values, password hashes and one-time codes: the only room that imports cryptography."""
