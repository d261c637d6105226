"""Search over everything that the caller may read, which leaks nothing to anybody else (design 5)."""
