"""The work server: one fast machine searches nonces for many programs."""

from powplasma.serve.server import DRAIN_SECONDS, PLACES, PORT, Server, Settings, serve, started
from powplasma.serve.watching import JsonLines, ServeUnavailable

__all__ = ["DRAIN_SECONDS", "PLACES", "PORT", "JsonLines", "ServeUnavailable", "Server", "Settings", "serve", "started"]
