"""Changes to the register of authorities: the published file, councils that are replaced, and who runs them."""
