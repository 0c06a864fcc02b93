"""Where bundle and image are built, and who hears of it."""
