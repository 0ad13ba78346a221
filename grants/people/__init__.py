"""People, organisations and their succession, roles, profiles, and who owes what since when."""
