"""Peer teams: what is asked of them, who is chosen and why, and what becomes of them at work."""
