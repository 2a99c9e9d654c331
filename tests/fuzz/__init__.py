"""A seeded fuzz harness; see README.md of this folder."""
