"""From Vega-Lite to pictures and pages, by vl-convert (extra ``charts``); no browser, no network."""

from __future__ import annotations

import struct
import zlib
from functools import cache
from types import ModuleType
from typing import BinaryIO

from powplasma.charts.chart import Chart
from powplasma.errors import ExtraMissing

PICTURE_WIDTH = 720
"""Pixels, before ``PICTURE_SCALE``."""

PICTURE_SCALE = 2.0
"""Pixels of a PNG per pixel of the layout, so that text is sharp."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_HEADER = len(_SIGNATURE) + 25
"""Bytes of a PNG before its second chunk: the signature, and the chunk IHDR."""


def _text_chunk(keyword: bytes, text: bytes) -> bytes:
    content = b"tEXt" + keyword + b"\0" + text
    return struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))


_MARK = _text_chunk(b"Software", b"powplasma")
"""The second chunk of every picture, so that it is known again."""

_LANGUAGE = "6.4"
"""Version of Vega-Lite that the charts are written in; it comes with vl-convert."""


class ChartsUnavailable(ExtraMissing):
    """The library that draws is not installed."""

    need = "charts need"
    extra = "charts"


def check_available() -> None:
    """Refuses where nothing can be drawn.

    Raises:
        ChartsUnavailable: vl-convert is not installed.
    """
    _library()


def png(chart: Chart) -> bytes:
    """A chart with its title as PNG.

    Raises:
        ChartsUnavailable: vl-convert is not installed.
    """
    picture: bytes = _library().vegalite_to_png(
        chart.spec(PICTURE_WIDTH, titled=True), vl_version=_LANGUAGE, scale=PICTURE_SCALE, allowed_base_urls=[]
    )
    return picture[:_HEADER] + _MARK + picture[_HEADER:]


def is_picture(file: BinaryIO) -> bool:
    """Whether an open file is a PNG that powplasma wrote."""
    content = file.read(_HEADER + len(_MARK))
    return content.startswith(_SIGNATURE) and content[_HEADER:] == _MARK


@cache
def javascript() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that defines ``vegaEmbed``; about a megabyte.

    It can stand in a script element as it is: it does not hold what would end one.

    Raises:
        ChartsUnavailable: vl-convert is not installed.
    """
    bundle: str = _library().javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=_LANGUAGE)
    assert "</script" not in bundle
    assert "<!--" not in bundle
    return bundle


def _library() -> ModuleType:
    try:
        import vl_convert  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ChartsUnavailable from error
    return vl_convert
