"""The committed vectors, as the tests of the rules read them."""

import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parents[1] / "vectors"


def load(name: str) -> dict[str, Any]:
    document = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document
