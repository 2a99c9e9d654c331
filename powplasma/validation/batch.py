"""Judging many blocks at once, with their nonces judged by a kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from powplasma.errors import InvalidInput, check_integer
from powplasma.kernels import check_many
from powplasma.plasma.checks import U64_MAX
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.methods import Stage
from powplasma.validation.block import AccountBlockFields, with_plain_integers
from powplasma.validation.expiry import Expiry
from powplasma.validation.validator import Context, data_hash_of, judge, refuse_form
from powplasma.validation.verdict import Verdict

State = TypeVar("State")

NonceCheck = Callable[[Sequence[bytes], Sequence[bytes], Sequence[int]], Iterable[Any]]
"""(data hashes, nonces, difficulties) -> the truth about each nonce; as ``powplasma.kernels.check_many``."""


def validate_many(
    blocks: Iterable[AccountBlockFields],
    *,
    rules: RuleSet[State],
    state: State | None = None,
    available_plasma: Sequence[int] | None = None,
    stage: Stage = Stage.HTLC,
    check_nonces: NonceCheck = check_many,
    expiry: Expiry | None = None,
) -> list[Verdict]:
    """Judges many blocks by one state; the verdicts are those of ``validate``.

    Args:
        blocks: the blocks.
        rules: the rule set.
        state: as in ``validate``.
        available_plasma: of each block's account, none if left out.
        stage: as in ``validate``.
        check_nonces: judges the nonces; by default the best kernel does.
        expiry: as in ``validate``.

    Raises:
        InvalidInput: ``momentum_hash`` of ``expiry``, ``state``, or ``available_plasma`` of the wrong length or value.
        KernelUnavailable: no kernel runs here.
        ValueError: ``check_nonces`` does not answer once for each nonce.
    """
    blocks = [with_plain_integers(block) for block in blocks]
    context = Context.of(rules, state, stage, expiry)
    available_plasma = _available(available_plasma, len(blocks))
    verdicts = [refuse_form(block, context) for block in blocks]
    worked = [block for block, refused in zip(blocks, verdicts, strict=True) if refused is None and block.difficulty]
    answers: Iterator[bool] = iter(())
    if worked:
        checked = check_nonces(
            [data_hash_of(block, context) for block in worked],
            [block.nonce for block in worked],
            [block.difficulty for block in worked],
        )
        answers = iter([bool(good) for _, good in zip(worked, checked, strict=True)])
    return [
        refused or judge(block, not block.difficulty or next(answers), context, available)
        for block, refused, available in zip(blocks, verdicts, available_plasma, strict=True)
    ]


def _available(values: Sequence[int] | None, blocks: int) -> Sequence[int]:
    """One amount of plasma per block, as plain integers."""
    if values is None:
        return (0,) * blocks
    accepted = f"{blocks}, one per block"
    try:
        each = list(values)
    except TypeError:
        raise InvalidInput("available_plasma", values, "is not a sequence of amounts", accepted) from None
    if len(each) != blocks:
        raise InvalidInput("available_plasma", len(each), "values are given", accepted)
    return [
        check_integer(f"available_plasma[{index}]", value, 0, U64_MAX, "plasma") for index, value in enumerate(each)
    ]
