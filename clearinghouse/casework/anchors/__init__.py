"""What holds the log from outside: time stamps, witnesses, and checkpoints that are mailed or printed."""
