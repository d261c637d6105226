"""What tests need to be there first, one module per subject."""
