"""How long things are kept: reviews before destruction by two people, legal holds, and the destruction itself."""
