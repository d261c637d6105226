"""Pages: one module per subject; parse the form, call one casework verb, render or redirect."""
