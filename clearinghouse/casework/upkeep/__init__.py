"""The operator's care for an installation: whether it works, what is wrong with it, its keys."""
