"""Answering people who ask what is held about them: found, marked, read by two, and handed over (UK GDPR art. 15)."""
