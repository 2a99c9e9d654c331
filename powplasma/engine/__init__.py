"""Finding nonces: an engine whose worker processes lease disjoint nonce ranges."""

from powplasma.engine.default import generate
from powplasma.engine.engine import MAX_WORKERS, Engine, available_workers
from powplasma.engine.search import Progress

__all__ = ["MAX_WORKERS", "Engine", "Progress", "available_workers", "generate"]
