"""What is read from a node is read strictly; any other JSON ends in an error of the node and in no other."""

import asyncio
import copy
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import powplasma as pp
from powplasma.errors import InvalidInput
from powplasma.node import (
    AccountInfo,
    AnswerInvalid,
    BlockPage,
    BlockRefusal,
    FusionPage,
    Momentum,
    MomentumPage,
    Node,
    NodeBlock,
    NodeError,
    NodeUnavailable,
    PlasmaInfo,
    RequiredPow,
    RpcError,
    kind_of_block,
    required_work,
    rules_for,
    state_after,
    transport,
)
from powplasma.node.endpoint import parse_endpoint
from powplasma.node.message import read_message, result_of
from powplasma.node.transport import Limits
from powplasma.plasma import BlockKind, DynamicState

EXCHANGES = json.loads((Path(__file__).parents[1] / "vectors" / "rpc_samples.json").read_text())["exchanges"]
READERS = {
    2: Momentum,
    5: RequiredPow,
    11: NodeBlock,
    13: PlasmaInfo,
    16: AccountInfo,
    21: MomentumPage,
    23: FusionPage,
    29: NodeBlock,
    30: BlockPage,
}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def places(value, path=()):
    """Every place in a JSON value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


@settings(max_examples=60)
@given(st.data(), st.sampled_from(sorted(READERS)))
def test_an_altered_answer_is_read_as_it_is_or_refused(data, position) -> None:
    document = {"": copy.deepcopy(EXCHANGES[position]["response"]["result"])}
    path = data.draw(st.sampled_from([*places(document)][1:]))
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = data.draw(ANY_JSON)
    try:
        read = READERS[position].from_json(document[""])
    except InvalidInput:
        return
    assert READERS[position].from_json(json.loads(json.dumps(read.to_json()))) == read


@given(ANY_JSON | st.fixed_dictionaries({"jsonrpc": st.just("2.0"), "id": st.just(7)}, optional={"error": ANY_JSON}))
def test_any_message_is_a_result_or_an_error_of_the_node(message) -> None:
    try:
        result = result_of("n", "m", 7, message)
    except NodeError:
        return
    assert message["id"] == 7
    assert result == message["result"]


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_any_bytes_are_json_or_an_error_of_the_node(content) -> None:
    try:
        value = read_message("n", "m", content)
    except AnswerInvalid:
        return
    assert value == json.loads(content)


@pytest.mark.parametrize("content", ["NaN", "[Infinity]", "[" * 200_000, "9" * 5_000, "", "{} {}"])
def test_what_is_no_json(content) -> None:
    with pytest.raises(AnswerInvalid):
        read_message("n", "m", content)


@given(st.integers(0, 2**64 - 1))
def test_integers_stay_exact(number) -> None:
    record = {"availablePlasma": number, "basePlasma": 1, "requiredDifficulty": number}
    message = read_message("n", "m", json.dumps({"jsonrpc": "2.0", "id": 1, "result": record}))
    read = RequiredPow.from_json(result_of("n", "m", 1, message))
    assert (read.available_plasma, read.required_difficulty) == (number, number)


def test_ids_are_compared_by_value_and_type() -> None:
    for strange in (True, "1", 2, None):
        with pytest.raises(AnswerInvalid, match="instead of 1"):
            result_of("n", "m", 1, {"jsonrpc": "2.0", "id": strange, "result": 5})
    with pytest.raises(RpcError, match="parse error"):
        result_of("n", "m", 1, {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "parse error"}})


@pytest.mark.parametrize("url", ["http://127.0.0.1:35997", "ws://[::1]:35998", "https://node.example/path", "wss://a"])
def test_urls_of_nodes(url) -> None:
    assert parse_endpoint(url).websocket == url.startswith("ws")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://localhost:35997", "127.0.0.1 instead"),
        ("ws://LOCALHOST:35998", "127.0.0.1 instead"),
        ("http://127.0.0.1", "usual port is 35997"),
        ("ws://127.0.0.1", "usual port is 35998"),
        ("127.0.0.1:35997", "no URL of a node"),
        ("ftp://127.0.0.1:5", "no URL of a node"),
        ("http://:5", "no URL of a node"),
        ("http://127.0.0.1:x", "no URL"),
        ("http://[::1:5", "no URL"),
        ("http://127.0.0.1:5/?a=b", "query"),
        (b"http://127.0.0.1:5", "not text"),
        ("http://127.0.0.1:5\n", "has a character that no URL has"),
        ("http://127.0.0.1 :5", "has a character that no URL has"),
        ("http://a\u202eb:5", "has a character that no URL has"),
    ],
)
def test_urls_that_are_refused(url, words) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        parse_endpoint(url)
    assert refused.value.field == "node"


def test_a_password_in_a_url_is_not_shown() -> None:
    for url in (
        "https://me:secret@node.example",
        "https://me:secret@[::1",
        "https://me:sec\nret@x",
        "me:secret@x",
        "ws://x:1/me:secret@",
    ):
        with pytest.raises(InvalidInput, match="holds a user name or password") as refused:
            parse_endpoint(url)
        assert "sec" not in str(refused.value)
        assert "sec" not in repr(refused.value.value)


@pytest.mark.parametrize(
    "arguments",
    [{"timeout": 0}, {"timeout": True}, {"connect_timeout": float("nan")}, {"max_answer_bytes": 0}, {"retries": -1}],
)
def test_limits_are_checked(arguments) -> None:
    async def main() -> None:
        with pytest.raises(InvalidInput) as refused:
            Node("http://127.0.0.1:1", **arguments)
        assert refused.value.field in arguments

    asyncio.run(main())
    assert Limits().timeout == 10


def test_without_the_library_the_extra_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(NodeUnavailable, match=r"pip install 'powplasma\[node\]'"):
        transport.load_aiohttp()


def test_refusals_have_different_words() -> None:
    for refusal in BlockRefusal:
        assert BlockRefusal.of(refusal.value) is refusal
        assert BlockRefusal.of(f"{refusal.value} (5)") is refusal
    assert BlockRefusal.of("something else") is None


def momentum(version, fusion_price=0, work_price=0):
    record = EXCHANGES[2]["response"]["result"] | {"version": version}
    return Momentum.from_json(record | {"nextFusionPrice": fusion_price, "nextWorkPrice": work_price})


@given(
    st.integers(1_000, 50_000),
    st.integers(1_000, 50_000),
    st.integers(0, 400_000),
    st.integers(0, 16_384),
    st.integers(0, 3),
)
def test_required_work_pays_and_no_less_would(fusion_price, work_price, available, length, headroom) -> None:
    """Against the inequality of the price, written down once more."""
    kind, rules = kind_of_block(2, bytes(20), bytes(length)), pp.ruleset("dynamic")
    newest = momentum(2, fusion_price, work_price)
    base = 21_000 + 68 * length
    answer = RequiredPow(available, base, rules.suggestion(base, available, state_after(newest, rules)).difficulty)
    work = required_work(kind, newest, answer, rules=rules_for(newest), headroom=headroom)
    for _ in range(headroom):
        fusion_price, work_price = fusion_price * 110 // 100, work_price * 110 // 100

    def pays(fused, difficulty):
        return 1000 * (fused * work_price + difficulty // 1500 * fusion_price) >= base * fusion_price * work_price

    assert work.fused_plasma <= available
    assert pays(work.fused_plasma, work.difficulty)
    if work.difficulty:
        assert work.fused_plasma == available
        assert not pays(work.fused_plasma, work.difficulty - 1)
    else:
        assert not pays(work.fused_plasma - 1, 0)


def test_rules_and_prices_of_a_momentum() -> None:
    assert rules_for(momentum(1)) == pp.ruleset("alphanet")
    assert rules_for(momentum(2, 1_000, 1_000)) == pp.ruleset("dynamic")
    rules = pp.ruleset("dynamic", pow_plasma_target=7)
    assert rules_for(momentum(2, 1_000, 1_000), rules) is rules
    assert state_after(momentum(1), rules) == DynamicState(1_000, 1_000)
    assert state_after(momentum(2, 1_001, 1_002), rules) == DynamicState(1_001, 1_002)
    with pytest.raises(InvalidInput, match="fusion_price"):
        state_after(momentum(2, 5, 1_000), rules)
    with pytest.raises(InvalidInput, match="those of no node"):
        state_after(momentum(1), pp.ruleset("forum"))


def test_kinds_of_blocks() -> None:
    assert kind_of_block(3, bytes(20), b"") == BlockKind("receive", 21_000)
    assert kind_of_block(2, bytes(20), b"12") == BlockKind("send", 21_136, 2)
    with pytest.raises(InvalidInput, match="block_type"):
        kind_of_block(4, bytes(20), b"")
