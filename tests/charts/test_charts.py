"""Charts: they show the figures they were given, they can be drawn, and a page needs nothing from outside."""

import json
import re
import struct
import sys
from typing import Any

import pytest
import vl_convert

from powplasma.charts import (
    Chart,
    ChartsUnavailable,
    Page,
    Table,
    check_available,
    kernel_chart,
    machine_chart,
    png,
    price_chart,
    scaling_chart,
    search_chart,
)
from powplasma.measure import yields
from powplasma.measure.history import run_of_record
from powplasma.measure.records import result_record
from powplasma.plasma import RULE_SETS, ruleset
from tests.measure.samples import HASHRATE, measurement

MEASUREMENT = measurement()
YIELDS = yields(MEASUREMENT.best.hashrate, [ruleset(name) for name in RULE_SETS], 60)
RUN = run_of_record(result_record(MEASUREMENT, YIELDS, 60, None, None))


def charts() -> list[Chart]:
    assert MEASUREMENT.searches is not None
    return [
        price_chart(YIELDS, 60),
        search_chart(MEASUREMENT.searches, MEASUREMENT.best),
        scaling_chart(MEASUREMENT.scaling),
        kernel_chart(MEASUREMENT),
        machine_chart([RUN, RUN]),
    ]


BY_NAME = {chart.name: chart for chart in charts()}


def texts(chart: Chart) -> list[str]:
    """All words of a chart as it is drawn."""
    svg = vl_convert.vegalite_to_svg(chart.spec(600, titled=True), vl_version="6.4")
    return re.findall(r">([^<>]+)</text>", svg)


@pytest.mark.parametrize("name", BY_NAME)
def test_a_picture_is_a_legible_png(name: str) -> None:
    picture = png(BY_NAME[name])
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture[16:24])
    assert 1400 <= width <= 1800
    assert 200 <= height <= 1100
    words = texts(BY_NAME[name])
    assert BY_NAME[name].title in words


def test_the_price_chart_has_every_price_and_the_line_of_patience() -> None:
    rows = BY_NAME["prices"].view["data"]["values"]
    for each in YIELDS:
        sends = [block for price in each.prices for block in price.blocks if block.kind.name == "send"][::2]
        found = [row["seconds"] for row in rows if row["rules"] == each.name and row["ready"] == "P95"]
        assert found == [send.seconds[2] for send in sends if send.seconds]
    words = texts(BY_NAME["prices"])
    assert {"patience: 1 min", "alphanet", "forum", "dynamic", "P50", "P95", "1 s", "10 min"} <= set(words)


def test_the_search_chart_counts_every_search_once() -> None:
    measured = BY_NAME["searches"].view["layer"][2]["data"]["values"]
    assert MEASUREMENT.searches is not None
    assert [row["t"] for row in measured] == sorted(MEASUREMENT.searches.seconds)
    assert measured[-1]["share"] == 1
    theory = BY_NAME["searches"].view["layer"][1]["data"]["values"]
    mean = MEASUREMENT.searches.difficulty / MEASUREMENT.best.hashrate
    half = min(theory, key=lambda row: abs(row["share"] - 0.5))
    assert half["t"] == pytest.approx(mean * 0.693, rel=0.05)


def test_the_scaling_chart_knows_what_would_be_ideal() -> None:
    rows = BY_NAME["scaling"].view["data"]["values"]
    assert [row["workers"] for row in rows] == [1, 2]
    assert rows[1]["ideal"] == 2 * rows[0]["hashrate"]
    assert rows[1]["hashrate"] == pytest.approx(2 * HASHRATE, rel=0.01)


def test_bars_are_sorted_and_runs_of_one_label_stay_apart() -> None:
    kernels = [row["label"] for row in BY_NAME["kernels"].view["data"]["values"]]
    assert kernels == ["avx512", "python", "hashlib (loop)", "pycryptodome (loop)"]
    machines = [row["label"] for row in BY_NAME["machines"].view["data"]["values"]]
    assert machines == [f"1. {RUN.label}", f"2. {RUN.label}"]
    assert any(word.startswith("1. desk") and word.endswith("104 MH/s") for word in texts(BY_NAME["machines"]))


EVIL = "</script><script>alert('<&>')</script>"


@pytest.fixture(scope="module")
def page() -> str:
    chart = machine_chart([RUN])
    evil = Chart("evil", EVIL, EVIL, {**chart.view, "data": {"values": [{"label": EVIL, "hashrate": 1, "high": 1}]}})
    return Page(
        "Title & more", [EVIL], [EVIL], [*charts(), evil], [Table("T", [["a", "b"], [EVIL, "2"]])], "end"
    ).html()


def test_a_page_embeds_every_chart_completely(page: str) -> None:
    specs: dict[str, Any] = {}
    for name, text in re.findall(r"^vegaEmbed\('#(\w+)', (.*), options\);$", page, re.MULTILINE):
        assert f'id="{name}"' in page
        specs[name] = json.loads(text)
    assert list(specs) == [*BY_NAME, "evil"]
    for name, chart in BY_NAME.items():
        assert specs[name] == json.loads(json.dumps(chart.spec("container", titled=False)))


def test_a_page_asks_for_nothing_from_outside(page: str) -> None:
    markup = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert "default-src 'none'" in markup
    assert not re.findall(r"""(?:src|href|action)\s*=\s*["'](?!data:)""", markup)
    assert "@import" not in markup
    assert "url(" not in markup
    assert 'name="viewport"' in markup


def test_no_text_can_leave_its_place(page: str) -> None:
    assert EVIL not in page
    assert page.count("<script>") == page.count("</script>") == 2
    assert "Title &amp; more" in page


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(ChartsUnavailable, match=r"powplasma\[charts\]"):
        check_available()
    with pytest.raises(ChartsUnavailable):
        png(BY_NAME["prices"])
