"""No nonce leaves the engine on a kernel's word alone."""

import hashlib

import pytest

import powplasma as pp
from powplasma.engine import search
from powplasma.engine.search import Request
from powplasma.kernels import SearchResult

DATA_HASH = bytes(range(32))


class Liar:
    """Says of the first nonce it is given that it is good."""

    name = "portable"
    lanes = 1

    def search(self, data_hash: bytes, start: int, count: int, threshold: int, watch: object = None) -> SearchResult:
        return SearchResult(start, 1)


def test_a_kernels_wrong_nonce_is_not_returned() -> None:
    with pp.Engine(workers=1) as engine:
        engine._kernel = Liar()  # type: ignore[assignment]
        assert engine.search(DATA_HASH, 1).kernel == "portable", "for difficulty 1 any nonce is good"
        with pytest.raises(pp.KernelUnavailable, match="portable"):
            engine.search(DATA_HASH, 1_000, start_nonce=bytes(8))


@pytest.mark.parametrize("kernel", ["avx512", "avx2", "neon", "portable", "python"])
@pytest.mark.parametrize("good", [True, False])
def test_confirmation_agrees_with_the_rule(kernel: str, good: bool) -> None:
    request = Request.checked(DATA_HASH, 50, None, None, None)
    counter = next(i for i in range(10_000) if pp.check(DATA_HASH, i.to_bytes(8, "little"), 50) is good)
    if good:
        work = request.confirm(counter, 7, request.submitted, kernel, 2)
        assert (work.nonce, work.hashes, work.workers) == (counter.to_bytes(8, "little"), 7, 2)
        assert work.achieved_difficulty == pp.achieved_difficulty(DATA_HASH, work.nonce)
    else:
        with pytest.raises(pp.KernelUnavailable, match=counter.to_bytes(8, "little").hex()):
            request.confirm(counter, 7, request.submitted, kernel, 2)


def test_the_python_kernel_is_not_confirmed_by_hashlib(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken hashlib would find wrong nonces and then approve of them."""
    monkeypatch.setattr(search, "prefix", lambda data_hash, nonce: 2**64 - 1)
    monkeypatch.setattr(hashlib, "sha3_256", None)
    request = Request.checked(DATA_HASH, 2**40, None, None, None)
    with pytest.raises(pp.KernelUnavailable, match="python"):
        request.confirm(0, 1, request.submitted, "python", 0)
