"""Finding nonces: an engine whose worker processes lease disjoint nonce ranges."""

from powplasma.engine.choices import CPU
from powplasma.engine.default import generate
from powplasma.engine.engine import MAX_WORKERS, Engine
from powplasma.engine.pool import Dropped
from powplasma.engine.search import Progress

__all__ = ["CPU", "MAX_WORKERS", "Dropped", "Engine", "Progress", "generate"]
