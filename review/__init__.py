"""Who judges, and what they said."""
