"""Clearinghouse: confidential case management for sector-led improvement in English local government."""
