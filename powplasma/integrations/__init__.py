"""Drop-ins for other programs and libraries that need a proof of work."""
