"""Words leaving the building: mail, calendar entries, letters."""
