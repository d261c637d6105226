"""Signals about the authorities of a region, the picture that they make, and the round tables that act on it."""
