"""The operator's door: the `clearinghouse` command."""
