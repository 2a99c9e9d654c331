"""Makers of hashes: their names, which of them run here, and the choice among them."""
