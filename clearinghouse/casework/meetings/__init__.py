"""Joint local meetings: recorded, corrected and read, and the minute that each party is given."""
