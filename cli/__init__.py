"""The command line of powplasma, installed as ``powplasma_cli``; the only place that prints."""
