"""Improvement plans: kept, reviewed, and shown."""
