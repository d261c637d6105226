"""What opens one case, for a time, to somebody who could not see it otherwise: a wall lifted by two, break-glass."""
