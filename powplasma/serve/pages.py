"""The page for the eye: what the server is doing."""

from __future__ import annotations

import html
from collections.abc import Mapping

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>powplasma serve</title>
<style>body {{ font: 1em/1.5 sans-serif; margin: 2em }} th {{ text-align: left; padding-right: 2em }}</style>
<h1>powplasma serve</h1><table>{rows}</table>
</html>
"""


def status_page(status: Mapping[str, object]) -> str:
    """The answer of ``status`` as a table that refreshes itself."""
    rows = "".join(f"<tr><th>{name.replace('_', ' ')}<td>{_shown(value)}" for name, value in status.items())
    return _PAGE.format(rows=rows)


def _shown(value: object) -> str:
    return html.escape(f"{value:,.0f}" if isinstance(value, float) else str(value))
