"""The tables of docs/specification.md have the numbers of the code."""

import re
from pathlib import Path

import pytest

from powplasma.account.block import PREIMAGE_BYTES
from powplasma.plasma import METHODS, AlphanetRules, DynamicRules, ForumRules

PAGE = (Path(__file__).parents[2] / "docs" / "specification.md").read_text(encoding="utf-8")


def section(number: int) -> str:
    return re.split(r"^## \d+\. ", PAGE, flags=re.MULTILINE)[number]


def rows(number: int) -> list[list[str]]:
    found = [line.strip("|").split("|") for line in section(number).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in found]


def whole(text: str) -> int:
    return int(re.match(r"[\d,]+", text).group().replace(",", ""))


def test_every_method_stands_in_the_table_with_its_cost() -> None:
    table = {
        (contract, name): whole(cost)
        for contract, cost, names in (row for row in rows(2) if row[1][0].isdigit())
        for name in names.split(", ")
    }
    assert table == {(method.contract, method.name): method.plasma for method in METHODS}


def test_every_method_with_parameters_stands_in_the_table_with_them() -> None:
    cells = [row for row in rows(11) if row[0].startswith("`") and "." in row[0]]
    table = {row[0]: row[1] for row in cells if row[1].startswith("`")}  # the others say what amounts are taken
    assert table == {
        f"`{method.contract}.{method.name}`": ", ".join(f"`{each.type} {each.name}`" for each in method.parameters)
        for method in METHODS
        if method.parameters
    }


def test_every_type_of_a_parameter_stands_in_the_table_of_types() -> None:
    cells = [row[0] for row in rows(11) if row[0].startswith("`") and "." not in row[0]]
    documented = {name for cell in cells for name in re.findall(r"`(.+?)`", cell)}
    used = {each.type for method in METHODS for each in method.parameters}
    assert documented == {"T[]"} | {name.removesuffix("[]") for name in used}


def test_the_parameters_of_the_forum_rules() -> None:
    table = {row[0].strip("`"): whole(row[1]) for row in rows(4) if row[0].startswith("`")}
    assert table == {name: getattr(ForumRules(), name) for name in table}
    assert len(table) == 11


def test_the_variables_of_the_dynamic_rules() -> None:
    table = [row for row in rows(5) if (row[0].startswith("`") and "…" in row[2]) or "together" in row[-1]]
    assert len(table) == 4
    for names, default, limits in table:
        for name in re.findall(r"`(\w+)`", names):
            assert getattr(DynamicRules(), name) == whole(default)
            least, most = DynamicRules.__dataclass_fields__[name].metadata["limits"]
            assert whole(limits) == least
            if "…" in limits:
                assert whole(limits.split("… ")[1]) == most


@pytest.mark.parametrize(
    ("number", "row", "value"),
    [
        (3, "difficulty per plasma", AlphanetRules().difficulty_per_plasma),
        (3, "most plasma from work per block", AlphanetRules().max_pow_plasma),
        (3, "largest difficulty that buys anything", AlphanetRules().max_difficulty),
        (3, "most fusion units per account", AlphanetRules().max_fusion_units),
        (3, "most plasma, fused and worked, per block", AlphanetRules().max_block_plasma),
        (5, "difficulty per plasma", DynamicRules().difficulty_per_plasma),
        (5, "most plasma from work per block", DynamicRules().max_pow_plasma),
        (5, "most plasma, fused and worked, per block", DynamicRules().max_block_plasma),
        (5, "most fusion units per account", DynamicRules().max_fusion_units),
        (5, "most unconfirmed blocks per user account", DynamicRules().max_pending_blocks),
    ],
)
def test_constants(number, row, value) -> None:
    assert [whole(found[1]) for found in rows(number) if found[0] == row] == [value]


def test_rules_are_numbered_without_gaps() -> None:
    for number in range(1, 12):
        found = [int(rule) for rule in re.findall(rf"^\*\*{number}\.(\d+)", section(number), re.MULTILINE)]
        assert found == list(range(1, len(found) + 1))
        assert found


def test_the_fields_of_a_block_fill_its_preimage() -> None:
    table = section(10).split("**10.4")[1].split("**10.5")[0]
    sizes = [
        sum(map(int, row[0].split(" + "))) for row in re.findall(r"^\| [\w -]+ \| (([\d +]+)) \|", table, re.MULTILINE)
    ]
    assert len(sizes) == 16
    assert sum(sizes) == PREIMAGE_BYTES
