"""Where the money comes from, and where it went."""
