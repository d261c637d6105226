"""Documents on cases: receiving them sealed, telling what they are by their content, keeping, showing, removing."""
