"""powplasma."""
