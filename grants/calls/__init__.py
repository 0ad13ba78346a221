"""Programmes, topics, and the calls made out of them."""
