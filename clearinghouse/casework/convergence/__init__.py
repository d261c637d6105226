"""Concerns that may belong together: found, shown to those whom they concern, and joined."""
