"""Law and policy as data with a validity period."""
