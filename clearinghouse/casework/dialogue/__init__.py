"""The family's dialogue with an authority: the offer, conversations, the way forward, brokerage, and who is told."""
