"""What lies beyond the family: escalations and referrals, the ladder that leads there, and advocacy on the way."""
