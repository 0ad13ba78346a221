"""The reference data and the demo world."""
