"""The study's figures come out of its command, byte by byte."""

from __future__ import annotations

import json

import pytest

from benchmarks import should_pow_expire as study
from benchmarks.should_pow_expire_tables import TABLES

DATA = study.DATA.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*study.EXACT, "sampled"])
def test_a_part_is_made_again_to_the_same_bytes(name: str) -> None:
    rows = (study.EXACT | study.DRAWN)[name]()
    assert study.part_as_text(name, rows) in DATA


def test_users_beside_one_attack_are_made_again_to_the_same_bytes() -> None:
    """One of the rows with chance; all of them take half a minute (``--check``)."""
    rules, state = study.quiet("dynamic")
    users = study.load_honest("default")
    goal = study.parse_goal("burst")
    scene = study.Scene(study.custom(study.GH), study.YEAR, goal, users, study.HORIZON, study.SEED)
    classes = study.play(scene, rules, state, study.parse_policy("window:360"))["honest"]["classes"]
    row = {"rules": "dynamic", "goal": "burst", "policy": "window:360", **study._brief(classes)}
    assert json.dumps(row) in DATA.splitlines() or json.dumps(row) + "," in DATA.splitlines()


def test_the_tables_are_made_of_the_data() -> None:
    text = study.STUDY.read_text(encoding="utf-8")
    assert study.with_tables(text, json.loads(DATA)) == text
    assert text.count("<!-- end -->") == len(TABLES)


def test_the_data_file_has_every_part_and_no_other() -> None:
    assert list(json.loads(DATA)) == [*study.EXACT, *study.DRAWN]
