"""tests/vectors/README.md documents every section, and its example is the conversation as it is."""

import json
import re
from pathlib import Path

from powplasma.conformance import FORMATS, load_cases

VECTORS = Path(__file__).parents[1] / "vectors"
PAGE = (VECTORS / "README.md").read_text(encoding="utf-8")


def test_every_section_of_every_format_is_documented() -> None:
    for name, known in FORMATS.items():
        assert f"`{name}`" in PAGE
        text = PAGE.split(f"\n### {known.name}\n")[1].split("\n## ")[0].split("\n### ")[0]
        cells = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
        documented = {section for cell in cells for section in re.findall(r"`(\w+)`", cell)}
        assert documented == set(known.sections)


def test_every_input_and_expectation_is_named() -> None:
    for path in sorted(VECTORS.glob("*.json")):
        known, sections = load_cases(path)
        cases = [case for found in sections.values() for case in found]
        text = PAGE.split(f"\n### {known.name}\n")[1].split("\n## ")[0].split("\n### ")[0]
        fields = {
            "dynamic_v1": {"basePrice", "basePlasma", "usedPlasma", "difficulty", "difficultyPerPlasma"},
            "seed_tables": {key for case in cases for key in (*case.input, *case.expected)},
        }.get(known.name, set())
        for case in cases:
            for key in {*case.input, *case.expected} - fields - {"fusionRechargeRate"}:
                if key.startswith(("initialCommit.", "blockWith")):
                    continue
                assert f"`{key}`" in text, key


def test_the_example_is_a_real_case_with_its_answer() -> None:
    asked, answered = (json.loads(line) for line in re.findall(r'^\{"id": "pow.thresholds/2".*$', PAGE, re.MULTILINE))
    _, sections = load_cases(VECTORS / "pow.json")
    case = next(case for case in sections["pow.thresholds"] if case.name == asked["id"])
    assert asked == {"id": case.name, "section": case.section, "input": case.input}
    assert answered["answer"] == case.expected
