"""The frame every page runs in; it knows nothing of grants."""
