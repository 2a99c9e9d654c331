"""A store of works that were searched before they are needed."""

from powplasma.stock.database import StockFailed
from powplasma.stock.entry import StoredWork
from powplasma.stock.need import Need
from powplasma.stock.stock import Hit, Miss, Pruned, Shortage, Stock

__all__ = ["Hit", "Miss", "Need", "Pruned", "Shortage", "Stock", "StockFailed", "StoredWork"]
