"""Judging dynamic_v2.json: Dynamic Plasma as the node has merged it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from powplasma.address import parse_address
from powplasma.conformance.model import Case, Format, Section, Values, check_keys, read_constants, read_rows
from powplasma.errors import InvalidInput
from powplasma.plasma import costs, methods, pricing
from powplasma.plasma.alphanet import AlphanetRules
from powplasma.plasma.checks import U64_MAX
from powplasma.plasma.content import (
    MomentumReason,
    PoolBlock,
    judge_content,
    momentum_totals,
    order_blocks,
    select_content,
)
from powplasma.plasma.pricing import DynamicRules, DynamicState, Payment
from powplasma.plasma.usage import Usage

_RULES = DynamicRules(compatibility=True)
_CONTRACT_SEND = 4
_CONTRACT_KIND = 1

_CONFIG = {
    "maxBasePlasmaInMomentum": "max_base_plasma_in_momentum",
    "fusedPlasmaTarget": "fused_plasma_target",
    "powPlasmaTarget": "pow_plasma_target",
    "maxPriceChangePercent": "max_price_change_percent",
    "priceChangeDenominator": "price_change_denominator",
}
_LIMITS = {field: DynamicRules.__dataclass_fields__[name].metadata["limits"] for field, name in _CONFIG.items()}
_CONSTANTS: Values = {
    "MinResourcePrice": pricing.MIN_PRICE,
    "PriceScaleFactor": pricing.PRICE_SCALE,
    "AccountBlockBasePlasma": costs.ACCOUNT_BLOCK_BASE_PLASMA,
    "EmbeddedSimplePlasma": methods.EMBEDDED_SIMPLE_PLASMA,
    "PoWDifficultyPerPlasma": _RULES.difficulty_per_plasma,
    "MaxDifficultyForAccountBlock": _RULES.max_difficulty,
    "MaxFusedAmountForAccount": _RULES.fused_of_plasma(_RULES.max_fused_plasma),
    "MaxFusionPlasmaForAccount": _RULES.max_fused_plasma,
    "MaxPoWPlasmaForAccountBlock": _RULES.max_pow_plasma,
    "MaxPlasmaForAccountBlock (fused+PoW total, spork active)": _RULES.max_block_plasma,
    "MaxPlasmaForAccountBlock (before the spork)": AlphanetRules().max_block_plasma,
    "MaxContractBlocksInMomentum_default": _RULES.max_contract_blocks,
    **{f"defaults.{field}": getattr(_RULES, name) for field, name in _CONFIG.items()},
    **{
        f"codeLimits.{field}": list(_LIMITS[field])
        for field in ("maxBasePlasmaInMomentum", "maxPriceChangePercent", "priceChangeDenominator")
    },
    **{f"codeLimits.{field}_min": _LIMITS[field][0] for field in ("fusedPlasmaTarget", "powPlasmaTarget")},
}


def _constant(given: Values) -> Values:
    return {"value": _CONSTANTS[given["name"]]} if given["name"] in _CONSTANTS else {}


_PRICE_INPUTS = ("currentPrice", "usedBasePlasma", "target", "maxPriceChangePercent", "priceChangeDenominator")


def _price(given: Values) -> Values:
    try:
        price = pricing.next_price(*(int(given[key]) for key in _PRICE_INPUTS))
    except InvalidInput:
        return {"expected": None}
    return {"expected": price}


def _read_wraps(section: str, rows: Any) -> Iterator[Case]:
    """Prices about 2^64: the node keeps the low 64 bits, which is a defect, no rule."""
    for case in read_rows(_PRICE_INPUTS, ("goResult",))(section, rows):
        yield Case(
            case.section,
            case.name,
            case.input,
            case.expected | {"refusedIfBeyond64Bits": True},
            foreign_skip="a defect of the reference near 2^64, not a rule",
        )


def _wrap(given: Values) -> Values:
    """The documented wrap, and whether powplasma refuses the price instead of following it."""
    price, used, target, percent, denominator = (int(given[key]) for key in _PRICE_INPUTS)
    exact = pricing.next_price(price, used, target, percent, denominator)
    rules = DynamicRules(
        fused_plasma_target=target, max_price_change_percent=percent, price_change_denominator=denominator
    )
    try:
        rules.next_state(DynamicState(price, pricing.MIN_PRICE), Usage(used))
    except InvalidInput:
        refused = True
    else:
        refused = False
    return {"goResult": exact & U64_MAX, "refusedIfBeyond64Bits": refused == (exact > U64_MAX)}


def _state(given: Values) -> DynamicState:
    return DynamicState(int(given["fusionPrice"]), int(given["workPrice"]))


def _payment(block: Values) -> Payment:
    return Payment(int(block["basePlasma"]), int(block["fusedPlasma"]), int(block["difficulty"]))


def _nominal(given: Values) -> Values:
    fused, worked = _RULES.nominal_base_plasma(_payment(given["block"]), _state(given))
    return {"expected": {"fusion": fused, "pow": worked}}


def _compare(given: Values) -> Values:
    order = _RULES.compare(_payment(given["a"]), _payment(given["b"]), _state(given))
    return {"expected": {1: "higher", 0: "same", -1: "worse"}[order]}


def _plasma_to_difficulty(given: Values) -> Values:
    try:
        return {"expected": _RULES.difficulty_of_plasma(int(given["plasma"]))}
    except InvalidInput:
        return {"expected": None, "error": "forbidden parameter"}


def _required(given: Values) -> Values:
    state = DynamicState(int(given["nextFusionPrice"]), int(given["nextWorkPrice"]))
    base_plasma, available = int(given["basePlasma"]), int(given["availablePlasma"])
    fused_alone = _RULES.least_fused(base_plasma, 0, state)
    answer: Values = {"expectedRequiredFusedPlasma": fused_alone}
    try:
        suggestion = _RULES.suggestion(base_plasma, available, state)
    except InvalidInput:
        return answer | {"expectedRequiredDifficulty": None, "error": "forbidden parameter"}
    suggested = Payment(base_plasma, available, suggestion.difficulty)
    return answer | {
        "expectedRequiredDifficulty": suggestion.difficulty,
        "blockWithAvailableFusedAndThatDifficultyIsPriceValid": _RULES.price_valid(suggested, state),
        "blockWithRequiredFusedIsPriceValid": _RULES.price_met(base_plasma, fused_alone, 0, state),
        "blockWithFusedEqualToBasePlasmaIsPriceValid": _RULES.price_met(base_plasma, base_plasma, 0, state),
    }


def _rules(given: Values) -> DynamicRules:
    config = {name: int(given["config"][field]) for field, name in _CONFIG.items()}
    return DynamicRules(compatibility=True, **config)


def _block(block: Values) -> PoolBlock:
    return PoolBlock(
        address=block["address"],
        height=block["height"],
        # the momentum section names blocks by their number alone
        hash=bytes.fromhex(block["hash"]) if "hash" in block else block["id"].to_bytes(32, "big"),
        payment=_payment(block),
        contract=parse_address(block["address"])[0] == _CONTRACT_KIND,
        contract_send=block["blockType"] == _CONTRACT_SEND,
    )


def _content(given: Values) -> Values:
    rules, state = _rules(given), _state(given)
    blocks = [_block(block) for block in given["blocks"]]
    number = {id(block): given["blocks"][position]["id"] for position, block in enumerate(blocks)}
    selected = select_content(blocks, rules, state)
    fused, worked = momentum_totals(selected, rules, state)
    following = rules.next_state(state, Usage(fused, worked))
    return {
        "comparatorIsConsistent": True,
        "priorityAddresses": [],
        "expected": {
            "sorted": [number[id(block)] for block in order_blocks(blocks, rules, state)],
            "selected": [number[id(block)] for block in selected],
            "totalFusion": fused,
            "totalPow": worked,
            "nextFusionPrice": following.fusion_price,
            "nextWorkPrice": following.work_price,
        },
    }


_RESULTS = {
    MomentumReason.ACCEPTED: "ok",
    MomentumReason.TOO_MANY_CONTRACT_BLOCKS: "exceeded maximum allowed contract account blocks in momentum",
    MomentumReason.TOO_MUCH_BASE_PLASMA: "momentum content is too big",
    MomentumReason.PRICE_TOO_LOW: "block price is too small",
}


def _momentum(given: Values) -> Values:
    rules = _rules(given)
    state = pricing.prices_in_force(
        given["previousMomentumVersion"], int(given["fusionPrice"]), int(given["workPrice"])
    )
    verdict = judge_content([_block(block) for block in given["blocks"]], rules, state)
    result: Values = {"result": _RESULTS.get(verdict.reason, verdict.reason.value)}
    if verdict.next_state is not None:
        result |= {
            "fusion": verdict.fused_base_plasma,
            "pow": verdict.pow_base_plasma,
            "nextFusionPrice": verdict.next_state.fusion_price,
            "nextWorkPrice": verdict.next_state.work_price,
        }
    return {"expected": result}


def _read_trajectories(section: str, rows: Any) -> Iterator[Case]:
    inputs = ["fusionPrice", "workPrice", "fusedBasePlasma", "powBasePlasma"]
    for position, row in enumerate(rows):
        check_keys(f"{section}[{position}]", row, {"name", "columns", "steps"}, {"name", "columns", "steps"})
        columns = {"nextFusionPrice", "nextWorkPrice", *inputs}
        for step, values in enumerate(row["steps"]):
            named = dict(zip(row["columns"], values, strict=True))
            check_keys(f"{section}/{row['name']}[{step}]", named, columns, columns)
            given = {key: named.pop(key) for key in inputs}
            yield Case(section, f"{section}/{row['name']}/{step}", given, named)


def _step(given: Values) -> Values:
    following = _RULES.next_state(
        DynamicState(int(given["fusionPrice"]), int(given["workPrice"])),
        Usage(int(given["fusedBasePlasma"]), int(given["powBasePlasma"])),
    )
    return {"nextFusionPrice": following.fusion_price, "nextWorkPrice": following.work_price}


_REQUIRED_FLAGS = (
    "blockWithAvailableFusedAndThatDifficultyIsPriceValid",
    "blockWithRequiredFusedIsPriceValid",
    "blockWithFusedEqualToBasePlasmaIsPriceValid",
    "error",
)

DYNAMIC_V2 = Format(
    "dynamic_v2",
    {
        "constants": Section(read_constants, _constant),
        "nextPrice": Section(read_rows(_PRICE_INPUTS, ("expected",)), _price),
        "nextPriceAboveUint64": Section(_read_wraps, _wrap),
        "basePlasma": Section(read_rows(("fusionPrice", "workPrice", "block"), ("expected",)), _nominal),
        "validPrice": Section(
            read_rows(("fusionPrice", "workPrice", "block"), ("expected",)),
            lambda given: {"expected": _RULES.price_valid(_payment(given["block"]), _state(given))},
        ),
        "higherPrice": Section(read_rows(("fusionPrice", "workPrice", "a", "b"), ("expected",)), _compare),
        "difficultyToPlasma": Section(
            read_rows(("difficulty",), ("expected",)),
            lambda given: {"expected": _RULES.plasma_of_difficulty(int(given["difficulty"]))},
        ),
        "difficultyForPlasma": Section(
            read_rows(("plasma",), ("expected", "error"), optional=("error",)), _plasma_to_difficulty
        ),
        "fusedAmountToPlasma": Section(
            read_rows(("amount",), ("expected",)),
            lambda given: {"expected": _RULES.plasma_of_fused(int(given["amount"]))},
        ),
        "requiredPoW": Section(
            read_rows(
                ("nextFusionPrice", "nextWorkPrice", "basePlasma", "availablePlasma"),
                ("expectedRequiredFusedPlasma", "expectedRequiredDifficulty", *_REQUIRED_FLAGS),
                optional=_REQUIRED_FLAGS,
            ),
            _required,
        ),
        "contentSelection": Section(
            read_rows(
                ("fusionPrice", "workPrice", "config", "blocks"),
                ("priorityAddresses", "comparatorIsConsistent", "expected"),
            ),
            _content,
        ),
        "momentum": Section(
            read_rows(("previousMomentumVersion", "fusionPrice", "workPrice", "config", "blocks"), ("expected",)),
            _momentum,
        ),
        "trajectories": Section(_read_trajectories, _step),
    },
    notes=frozenset({"format", "set", "source", "counts", "variant"}),
)
"""Files of the kind ``powplasma-vectors/dynamic_v2``."""
