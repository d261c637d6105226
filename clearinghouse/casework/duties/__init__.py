"""What somebody must do next on a case: set, done, moved, coming again, and seen on an agenda or in a calendar."""
