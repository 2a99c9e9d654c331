"""The work server: one fast machine searches nonces for many programs."""

from powplasma.serve.http import ServeUnavailable
from powplasma.serve.server import DRAIN_SECONDS, PLACES, PORT, Server, Settings, serve, started

__all__ = ["DRAIN_SECONDS", "PLACES", "PORT", "ServeUnavailable", "Server", "Settings", "serve", "started"]
