"""The regulator's pack: prepared by one, approved by another, built by the clock, collected, verified by all."""
