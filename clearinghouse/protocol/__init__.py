"""The family-first protocol: pure rules that take facts and dates and give verdicts; nothing here reads or writes."""
