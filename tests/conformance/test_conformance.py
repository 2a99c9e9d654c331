"""The vectors are judged whole: every case passes, and nothing that is altered or unknown gets by."""

import contextlib
import copy
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from powplasma.conformance import FORMATS, UnknownVectors, judge_file, load_cases

VECTORS = Path(__file__).parents[1] / "vectors"
FILES = sorted(VECTORS.glob("*.json"))
DOCUMENTS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}


def judge(document: dict[str, Any], tmp_path: Path):
    path = tmp_path / "vectors.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return judge_file(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_case_passes(path) -> None:
    report = judge_file(path)
    assert report.conforms, report.sections
    document = DOCUMENTS[path.stem]
    judged = {section.section.partition(".")[2] for section in report.sections}
    assert judged == document.keys() - FORMATS[document["format"]].notes
    skipped = {section.section: section.skipped for section in report.sections if section.skipped}
    assert skipped == ({"seed_tables.scenarios": {"the text has no numbers": 1}} if path.stem == "seed_tables" else {})


@pytest.mark.parametrize(
    ("section", "cases"),
    [
        ("pow.cases", 170),
        ("anchored_work.credits", 345),
        ("plasma_costs.methods", 76),
        ("dynamic_v1.states", 336),
        ("dynamic_v1.trajectories", 8 * 200),
        ("dynamic_v2.nextPrice", 431),
        ("dynamic_v2.trajectories", 5 * 200),
        ("seed_tables.tables", 40),
        ("seed_tables.claims", 9),
        ("account_block.mainnet", 58),
        ("account_block.generated", 40),
        ("account_block.negative", 9),
        ("address_keys.mnemonics", 11),
        ("keystore.cases", 12),
        ("keystore.negative", 13),
        ("rpc_samples.exchanges", 32),
        ("rpc_account_view.exchanges", 105),
        ("contract_calls.methods", 76 + 2 * (229 + 427) + 427),
        ("contract_calls.decode", 50 + 22),
        ("contract_outcomes.exchanges", 24),
        ("contract_outcomes.refused", 18),
    ],
)
def test_sections_are_complete(section, cases) -> None:
    _, found = load_cases(VECTORS / f"{section.partition('.')[0]}.json")
    assert len(found[section]) == cases


def test_the_file_of_anchored_work_is_what_its_maker_writes() -> None:
    made = subprocess.run([sys.executable, VECTORS / "make_anchored_work.py"], capture_output=True, check=True)
    assert made.stdout == (VECTORS / "anchored_work.json").read_bytes()


def altered(value: Any) -> Any:
    """The same kind of value, but another one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if value is None:
        return "0"
    if isinstance(value, str):
        return str(int(value) + 1) if value.isdecimal() and len(value) < 30 else value + "0"
    if isinstance(value, list):
        return [*value, altered(value[-1])] if value else [1]
    key = max(value)
    return {**value, key: altered(value[key])}


EXPECTATIONS = [
    ("pow", ("cases", 20, "valid")),
    ("pow", ("cases", 20, "digest")),
    ("pow", ("cases", 20, "prefix")),
    ("pow", ("cases", 20, "plasma")),
    ("pow", ("cases", 20, "nodeAccepts")),
    ("pow", ("cases", 12, "dataHash")),
    ("pow", ("thresholds", 7, "threshold")),
    ("pow", ("thresholds", 7, "thresholdBytesLE")),
    ("pow", ("comparisons", 0, "meets")),
    ("anchored_work", ("dataHashes", 3, "dataHash")),
    ("anchored_work", ("works", 6, "dataHash")),
    ("anchored_work", ("works", 6, "prefix")),
    ("anchored_work", ("works", 6, "valid")),
    ("anchored_work", ("credits", 300, "credited")),
    ("anchored_work", ("anchors", 0, "refused")),
    ("anchored_work", ("anchors", 6, "refused")),
    ("plasma_costs", ("constants", "MaxDataLength")),
    ("plasma_costs", ("userReceive", "basePlasma")),
    ("plasma_costs", ("userSend", 3, "basePlasma")),
    ("plasma_costs", ("contractBlocks", "basePlasma")),
    ("plasma_costs", ("methods", 5, "plasma")),
    ("plasma_costs", ("methods", 5, "selector")),
    ("plasma_costs", ("methods", 5, "signature")),
    ("plasma_costs", ("methods", 0, "byStage", "htlc")),
    ("plasma_costs", ("difficultyToPlasma", 9, "plasma")),
    ("plasma_costs", ("difficultyForPlasma", 9, "difficulty")),
    ("plasma_costs", ("fusedAmountToPlasma", 9, "plasma")),
    ("plasma_costs", ("requiredPoW", 0, "result", "requiredDifficulty")),
    ("plasma_costs", ("requiredPoW", 1, "error")),
    ("dynamic_v1", ("constants", "MinBasePrice")),
    ("dynamic_v1", ("states", 3, "expected", "nextBasePrice")),
    ("dynamic_v1", ("states", 9, "expected", "nextDifficultyPerPlasma")),
    ("dynamic_v1", ("states", 29, "expected", "initialCommit", "rechargeTarget")),
    ("dynamic_v1", ("targetOffsetMultiplier", 3, "expected")),
    ("dynamic_v1", ("rechargeRate", 3, "expected")),
    ("dynamic_v1", ("trajectories", 2, "steps", 199, "nextDifficultyPerPlasma")),
    ("dynamic_v1", ("rechargeTargetScan", "near_integer_points", 5, "go_head")),
    ("dynamic_v2", ("constants", "defaults", "priceChangeDenominator")),
    ("dynamic_v2", ("constants", "codeLimits", "maxPriceChangePercent")),
    ("dynamic_v2", ("nextPrice", 8, "expected")),
    ("dynamic_v2", ("nextPriceAboveUint64", 8, "goResult")),
    ("dynamic_v2", ("basePlasma", 8, "expected", "pow")),
    ("dynamic_v2", ("validPrice", 8, "expected")),
    ("dynamic_v2", ("higherPrice", 8, "expected")),
    ("dynamic_v2", ("difficultyToPlasma", 8, "expected")),
    ("dynamic_v2", ("difficultyForPlasma", 8, "expected")),
    ("dynamic_v2", ("fusedAmountToPlasma", 8, "expected")),
    ("dynamic_v2", ("requiredPoW", 0, "expectedRequiredDifficulty")),
    ("dynamic_v2", ("requiredPoW", 0, "expectedRequiredFusedPlasma")),
    ("dynamic_v2", ("requiredPoW", 0, "blockWithAvailableFusedAndThatDifficultyIsPriceValid")),
    ("dynamic_v2", ("contentSelection", 0, "expected", "selected")),
    ("dynamic_v2", ("contentSelection", 0, "expected", "totalFusion")),
    ("dynamic_v2", ("momentum", 0, "expected", "result")),
    ("dynamic_v2", ("momentum", 0, "expected", "pow")),
    ("dynamic_v2", ("trajectories", 4, "steps", 199, 5)),
    ("seed_tables", ("tables", 0, "rows", 7, 2)),
    ("seed_tables", ("tables", 1, "rows", 4, 4)),
    ("seed_tables", ("tables", 3, "rows", 13, 2)),
    ("seed_tables", ("tables", 4, "rows", 0, 3)),
    ("seed_tables", ("tables", 4, "recomputedPlasma", 6)),
    ("seed_tables", ("scenarios", 0, "text", "repeatMinutes")),
    ("seed_tables", ("scenarios", 0, "recomputed", "trace", 100, "basePrice")),
    ("seed_tables", ("scenarios", 1, "recomputed", "result", "averageRechargeRate")),
    ("seed_tables", ("headVariantOfScenario1", "cooldownMinutes")),
    ("seed_tables", ("claims", 6, "value")),
    ("account_block", ("sdkFixtures", 0, "expected", "preimage")),
    ("account_block", ("nodeMock", 2, "expected", "hash")),
    ("account_block", ("mainnet", 3, "expected", "powDataHash")),
    ("account_block", ("mainnet", 0, "expected", "signatureValid")),
    ("account_block", ("generated", 7, "expected", "signatureHex")),
    ("account_block", ("generated", 8, "expected", "publicKeyHex")),
    ("account_block", ("nodeJson", 1, "nodeOutput", "amount")),
    ("account_block", ("negative", 0, "expected", "recomputedHash")),
    ("account_block", ("negative", 7, "expected", "nodeError")),
    ("account_block", ("negative", 8, "expected", "hashMatches")),
    ("account_block", ("negative", 8, "expected", "signatureValidForRecomputedHash")),
    ("address_keys", ("mnemonics", 0, "accounts", 3, "address")),
    ("address_keys", ("mnemonics", 1, "entropy")),
    ("address_keys", ("mnemonics", 2, "seed")),
    ("address_keys", ("goZenonMockWallets", 4, "privateKey")),
    ("address_keys", ("signatures", 1, "signature")),
    ("address_keys", ("slip10", 5, "chain_code")),
    ("address_keys", ("embeddedAddresses", 0, "bytes")),
    ("address_keys", ("tokenStandards", 1, "bytes")),
    ("address_keys", ("addressParsing", 0, "ok")),
    ("address_keys", ("addressParsing", 11, "embedded")),
    ("address_keys", ("randomKeys", 3, "addressBytes")),
    ("keystore", ("cases", 0, "expected", "argon2Key")),
    ("keystore", ("cases", 2, "expected", "mnemonic")),
    ("keystore", ("cases", 8, "nodeDecrypts")),
    ("keystore", ("negative", 8, "nodeEntropy")),
    ("rpc_samples", ("exchanges", 2, "response", "result", "timestamp")),
    ("rpc_samples", ("exchanges", 5, "response", "result", "requiredDifficulty")),
    ("rpc_samples", ("exchanges", 18, "response", 0, "id")),
    ("rpc_samples", ("exchanges", 27, "response", "result", "amount")),
    ("rpc_account_view", ("exchanges", 0, "response", "result", "list", 0, "hash")),
    ("rpc_account_view", ("exchanges", 0, "response", "result", "list", 1, "hash")),
    ("contract_calls", ("methods", 0, "basePlasma")),
    ("contract_calls", ("methods", 1, "signature")),
    ("contract_calls", ("methods", 5, "inputs", 2, "name")),
    ("contract_calls", ("methods", 21, "selector")),
    ("contract_calls", ("methods", 1, "requires", "examples", 0, "verdict")),
    ("contract_calls", ("decode", 7, "canonical")),
    ("contract_outcomes", ("constants", "resultFail")),
    ("contract_outcomes", ("exchanges", 0, "response", "result", "pairedAccountBlock", "hash")),
    ("contract_outcomes", ("refused", 0, "data")),
    ("contract_calls", ("decode", 7, "isCanonical")),
    ("contract_calls", ("decode", 33, "isCanonical")),
]


@pytest.mark.parametrize(
    ("name", "path"), EXPECTATIONS, ids=lambda part: part if isinstance(part, str) else str(part[0])
)
def test_one_altered_expectation_fails(name, path, tmp_path) -> None:
    document = {"format": DOCUMENTS[name]["format"], path[0]: copy.deepcopy(DOCUMENTS[name][path[0]])}
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = altered(holder[path[-1]])
    report = judge(document, tmp_path)
    assert not report.conforms
    assert sum(len(section.failures) for section in report.sections) == 1
    failure = next(failure for section in report.sections for failure in section.failures)
    assert failure.name.startswith(f"{name}.{path[0]}")
    assert "expected" in str(failure)


def test_every_section_of_every_format_has_an_altered_case() -> None:
    tried = {(name, path[0]) for name, path in EXPECTATIONS}
    known = {(known.name, section) for known in FORMATS.values() for section in known.sections}
    assert known - tried == {("plasma_costs", "abiMethodsWithoutImplementation")}


def test_a_method_said_to_be_refused_that_is_not_fails(tmp_path) -> None:
    document = copy.deepcopy(DOCUMENTS["plasma_costs"])
    document["abiMethodsWithoutImplementation"][0]["selector"] = "61d224bc"
    assert not judge(document, tmp_path).conforms


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_an_unknown_section_is_an_error(name, tmp_path) -> None:
    with pytest.raises(UnknownVectors, match=f"{name}.extras: is an unknown section"):
        judge({**DOCUMENTS[name], "extras": []}, tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "powplasma-vectors/quantum"}, "unknown format 'powplasma-vectors/quantum'"),
        ({"format": None}, "unknown format None"),
        ({"thresholds": []}, "pow.thresholds: has no cases"),
        ({"comparisons": {"a": 1}}, "pow.comparisons: is no list"),
        ({"thresholds": 5}, "pow.thresholds: is not made as it should be"),
        ({"cases": [{}]}, "lacks fields"),
        ({"cases": [{**DOCUMENTS["pow"]["cases"][0], "difficulty": "many"}]}, "is not made as it should be"),
        ({"comparisons": DOCUMENTS["pow"]["comparisons"][1:]}, "pow.comparisons: has 87 cases; the file counts 88"),
        ({"comparisons": [{"prefixBytes": "00"}]}, "lacks fields"),
        ({"thresholds": [{**DOCUMENTS["pow"]["thresholds"][0], "extra": 1}]}, "has unknown fields: extra"),
        ({"thresholds": [7]}, "is no object"),
    ],
)
def test_what_cannot_be_judged_is_an_error(change, message, tmp_path) -> None:
    with pytest.raises(UnknownVectors, match=message):
        judge({**DOCUMENTS["pow"], **change}, tmp_path)


def test_a_section_that_the_file_counts_but_does_not_have_is_an_error(tmp_path) -> None:
    document = {key: value for key, value in DOCUMENTS["pow"].items() if key != "comparisons"}
    with pytest.raises(UnknownVectors, match="is missing; the file counts 88 cases"):
        judge(document, tmp_path)


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_junk_anywhere_is_a_failure_or_an_error_and_never_a_traceback(name, tmp_path) -> None:
    source = random.Random(name)
    for section in sorted(FORMATS[DOCUMENTS[name]["format"]].sections):
        document = {"format": DOCUMENTS[name]["format"], section: copy.deepcopy(DOCUMENTS[name][section])}
        holder, key = document, section
        while isinstance(holder[key], dict | list) and holder[key] and source.random() < 0.9:
            holder = holder[key]
            key = source.choice(sorted(holder)) if isinstance(holder, dict) else source.randrange(len(holder))
        holder[key] = source.choice([None, "junk", -1, 2**70, [], {}, 1.5, [[]]])
        with contextlib.suppress(UnknownVectors):
            judge(document, tmp_path)


def test_a_section_that_is_counted_as_empty_may_be_empty_or_missing(tmp_path) -> None:
    document = copy.deepcopy(DOCUMENTS["dynamic_v2"])
    document["counts"]["nextPriceAboveUint64"] = 0
    document["nextPriceAboveUint64"] = []
    report = judge(document, tmp_path)
    assert report.conforms
    empty = next(section for section in report.sections if section.section == "dynamic_v2.nextPriceAboveUint64")
    assert (empty.passed, empty.failures, empty.skipped) == (0, [], {})
    del document["nextPriceAboveUint64"]
    assert judge(document, tmp_path).conforms


def test_a_request_in_unknown_words_is_skipped_with_the_reason(tmp_path) -> None:
    document = copy.deepcopy(DOCUMENTS["plasma_costs"])
    document["requiredPoW"][0]["case"] = "user7 sings"
    report = judge(document, tmp_path)
    assert report.conforms
    assert report.sections[-1].skipped == {"the words of the request are not known": 1}


def test_an_unknown_constant_fails(tmp_path) -> None:
    document = copy.deepcopy(DOCUMENTS["plasma_costs"])
    document["constants"]["NewConstant"] = 5
    assert not judge(document, tmp_path).conforms


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_no_vectors_is_an_error(content, tmp_path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(content)
    with pytest.raises(UnknownVectors):
        judge_file(path)
    with pytest.raises(UnknownVectors, match="cannot be read"):
        judge_file(tmp_path / "missing.json")


@pytest.mark.parametrize("place", [("cases", 0), ("requires", "examples", 1)])
@pytest.mark.parametrize("key", ["args", "data"])
def test_a_call_altered_on_one_side_fails_in_both_directions(place, key, tmp_path) -> None:
    document = copy.deepcopy(DOCUMENTS["contract_calls"])
    holder = document["methods"][1]
    for step in place:
        holder = holder[step]
    holder[key] = {"args": ["z1qxemdeddedxplasmaxxxxxxxxxxxxxxxxsctrp"], "data": holder["data"][:-2] + "00"}[key]
    names = [failure.name for section in judge(document, tmp_path).sections for failure in section.failures]
    assert [name.rpartition(" ")[2] for name in names][:2] == ["encoded", "decoded"]
