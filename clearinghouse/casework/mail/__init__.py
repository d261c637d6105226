"""Letters by mail: to whom, written with what they tell of, and sent once."""
