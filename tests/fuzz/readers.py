"""Everything that reads text, bytes, JSON or Python values from elsewhere, each with something good to begin with."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import click
import numpy as np
from powplasma_cli import (
    grants,
    parameters,
    stockpile_values,
    sweep,
    tokens,
)
from powplasma_cli import secret as secret_words
from powplasma_cli.pricing import priced_rules

import powplasma as pp
from powplasma.account import AccountBlock, KeyFile, Wallet
from powplasma.address import parse_address, parse_token_standard
from powplasma.cluster import check_address
from powplasma.engine.search import Request
from powplasma.errors import PowPlasmaError
from powplasma.measure import history
from powplasma.node import (
    AccountInfo,
    BlockPage,
    BlockRefusal,
    FusionPage,
    Momentum,
    MomentumPage,
    NodeBlock,
    PlasmaInfo,
    RequiredPow,
)
from powplasma.node.devnode import rpc
from powplasma.node.endpoint import parse_endpoint
from powplasma.node.message import result_of
from powplasma.node.plasma import variables_from_json
from powplasma.plasma import parse_block_kind
from powplasma.plasma.freshness import parse_freshness
from powplasma.simulation import load_scenario
from powplasma.simulation.stockpile.goals import parse_goal
from powplasma.simulation.stockpile.policy import parse_policy
from powplasma.stock import Need
from powplasma.work import parse_hash, parse_nonce

from . import values
from .file_readers import files
from .reader import Anything, Reader
from .scratch import ADDRESS, HASH, PASSWORD, VECTORS, WALLET, Scratch

ODD: list[Callable[[Random], object]] = [
    lambda _: None,
    lambda r: r.choice([True, False, np.True_]),
    lambda r: r.choice([0, 1, -1, 5, 2**53, 2**63, 2**64 - 1, 2**64, 10**40, 10**5000, -(10**5000)]),
    lambda r: r.choice([0.0, -0.0, 1.5, 5.0, float("nan"), float("inf"), -float("inf"), 1e308]),
    lambda r: r.choice([np.int8(5), np.uint64(2**64 - 1), np.int64(-1), np.float64(5), np.float32("nan")]),
    lambda r: r.choice([np.array(5), np.array([1, 2]), np.ma.array(5, mask=True), np.ma.masked, np.array([], int)]),
    values.text,
    values.number,
    lambda r: r.randbytes(r.choice([0, 1, 7, 8, 9, 20, 32, 33, 64])),
    lambda r: r.choice(
        [bytearray(32), memoryview(bytes(32)), memoryview(bytes(64))[::2], Path("x"), 1j, object(), int]
    ),
    lambda r: r.choice([[], {}, (), set(), [1], {"a": 1}, [[[]]], range(3), iter(()), lambda: 5]),
]


def texts(name: str, read: Callable[[str], object], *samples: str, **more: Any) -> Reader:
    """A reader of short text."""
    return Reader(name, list(samples), read, **more)


def readers(scratch: Scratch) -> list[Reader]:
    """All of them; files are put into the folder."""
    return [*_texts(), *_values(), *_json(), *files(scratch), *_secrets(scratch)]


def _callback(function: Callable[..., object]) -> Callable[[str], object]:
    option = click.Option(["--value"])
    context = click.Context(click.Command("x", params=[option]))
    return lambda text: function(context, option, text)


def _texts() -> list[Reader]:
    return [
        texts("address", parse_address, ADDRESS, "z1qxemdeddedxplasmaxxxxxxxxxxxxxxxxsctrp"),
        texts("token standard", parse_token_standard, "zts1znnxxxxxxxxxxxxx9z4ulx"),
        texts("hash", parse_hash, HASH, "0" * 64),
        texts("nonce", parse_nonce, "00000000000000ff"),
        texts("amount", pp.coins, "1.5", "21000000", "0.00000001"),
        texts("kind of block", parse_block_kind, "send", "receive", "Plasma.Fuse", "Token.IssueToken"),
        texts("freshness", parse_freshness, "window:360", "decay:9", "never"),
        texts("policy", parse_policy, "inclusion+decay:360+cap:25", "none", "window:5", "creation"),
        texts("goal", parse_goal, "burst", "hold:10", "ladder:12.5"),
        texts("address of a cluster", check_address, "tcp://127.0.0.1:8786", "tls://host:1"),
        texts(
            "URL of a node", parse_endpoint, "http://127.0.0.1:35997", "wss://me:secret@node.example/x", "ws://[::1]:1"
        ),
        texts("refusal of a node", BlockRefusal.of, "not enough plasma on account"),
        texts("name of rules", pp.ruleset, "alphanet", "forum", "dynamic"),
        texts("scenario by name", load_scenario, "forum-price", "pow-only", weight=0.3),
        texts("typed value", parameters.typed, "1e6", "1_000", "true", "x", "1.5"),
        texts("whole number", lambda text: parameters.whole_number("count", text, "a number"), "5", "-1"),
        texts("seconds", _callback(parameters.seconds), "5", "0.5"),
        texts("hashrate", _callback(stockpile_values.hashrate), "1GH", "52.1 MH/s", "5e8"),
        texts("time span", _callback(stockpile_values.timespan), "10min", "1.5h", "1y"),
        texts("grant", lambda text: grants.grants("fund", [text]), f"{ADDRESS}=5", f"{ADDRESS}=0.5QSR"),
        texts("fused", lambda text: grants.fused("fuse", [text]), f"{ADDRESS}=50"),
        texts("token of an option", lambda text: tokens.token_and_amount(text, "1.5", None), "ZNN", "QSR"),
        texts("amount of an option", lambda text: tokens.token_and_amount("ZNN", text, 8), "1.5"),
        texts("data of an option", lambda text: tokens.data_of(None, text), "00ff", ""),
        texts(
            "axes of a sweep", lambda text: sweep.parse_axes([text, "b=1"]), "momentums=2,3", "lanes.slow.rate=0.5,1e6"
        ),
        texts("setting of rules", lambda text: priced_rules(["dynamic"], {}, [text]), "pow_plasma_target=5"),
        texts(
            "setting of a scenario", _scenario_setting, "momentums=3", "lanes.slow.rate=0.5", "rules.name=x", weight=0.3
        ),
    ]


def _scenario_setting(text: str) -> object:
    path, _, value = text.partition("=")
    return load_scenario("pow-only", settings={path: parameters.typed(value)})


def _values() -> list[Reader]:
    data_hash = bytes(32)
    return [
        Reader("data hash of anything", [Anything(data_hash)], lambda value: pp.data_hash(ADDRESS, value)),
        Reader("address of anything", [Anything(bytes(20))], lambda value: pp.data_hash(value, data_hash)),
        Reader("check of any nonce", [Anything(bytes(8))], lambda value: pp.check(data_hash, value, 5)),
        Reader("check of any difficulty", [Anything(5)], lambda value: pp.check(data_hash, bytes(8), value)),
        Reader("threshold of anything", [Anything(5)], pp.threshold),
        Reader("batch of any nonces", [Anything([bytes(8)])], lambda value: pp.check_many([data_hash], value, [5])),
        Reader(
            "batch of any difficulties", [Anything([5])], lambda value: pp.check_many([data_hash], [bytes(8)], value)
        ),
        Reader("amount of anything", [Anything("1.5")], pp.coins),
        Reader(
            "search for any difficulty",
            [Anything(5)],
            lambda value: Request.checked(data_hash, value, None, None, None),
        ),
        Reader("search of any time", [Anything(5.0)], lambda value: Request.checked(data_hash, 5, value, None, None)),
        Reader("search of any hashes", [Anything(5)], lambda value: Request.checked(data_hash, 5, None, value, None)),
        Reader(
            "search from any nonce",
            [Anything(bytes(8))],
            lambda value: Request.checked(data_hash, 5, None, None, value),
        ),
        Reader("engine of any workers", [Anything(1)], lambda value: pp.Engine(workers=value).close()),
        Reader("engine of any kernel", [Anything("python")], lambda value: pp.Engine(workers=1, kernel=value).close()),
        Reader("engine of any devices", [Anything(["cpu"])], lambda value: pp.Engine(devices=value).close()),
        Reader("engine of any cluster", [Anything("tcp://[::1]")], lambda value: pp.Engine(cluster=value).close()),
        Reader("engine of any nice", [Anything(1)], lambda value: pp.Engine(workers=1, nice=value).close()),
        Reader("rules of any parameter", [Anything(5)], lambda value: pp.ruleset("dynamic", pow_plasma_target=value)),
        Reader("price of any fused plasma", [Anything(5)], _price),
        Reader("block of any amount", [Anything(5)], lambda value: AccountBlock.send(bytes(20), bytes(20), value)),
        Reader(
            "block of any height", [Anything(5)], lambda value: AccountBlock.send(bytes(20), bytes(20), 5, height=value)
        ),
        Reader(
            "block of any data", [Anything(b"x")], lambda value: AccountBlock.send(bytes(20), bytes(20), 5, data=value)
        ),
        Reader("need of any difficulty", [Anything(5)], Need.of_difficulty),
        Reader("account of any index", [Anything(1)], WALLET.key_pair),
    ]


def _price(value: Any) -> object:
    rules = pp.ruleset("alphanet")
    return rules.required_difficulty(parse_block_kind("send"), None, fused=value)


def _json() -> list[Reader]:
    blocks_file = json.loads((VECTORS / "account_block.json").read_text())
    exchanges = json.loads((VECTORS / "rpc_samples.json").read_text())["exchanges"]
    results = {number: exchanges[number]["response"]["result"] for number in (2, 5, 11, 13, 16, 21, 23, 29, 30)}
    mainnet = [case.get("block") or case.get("json") or case["input"] for case in blocks_file["mainnet"][:5]]
    kinds: dict[int, Any] = {
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
    answer = {"jsonrpc": "2.0", "id": 7, "result": results[5]}
    refusal = {"jsonrpc": "2.0", "id": 7, "error": {"code": -32000, "message": "not enough plasma on account"}}
    keystore = [case["file"] for case in json.loads((VECTORS / "keystore.json").read_text())["cases"]]
    request = {"jsonrpc": "2.0", "id": 1, "method": "ledger.getFrontierMomentum", "params": []}
    variables = {
        "MaxBasePlasmaInMomentum": 2_100_000,
        "FusedPlasmaTarget": 1,
        "PowPlasmaTarget": 1,
        "MaxPriceChangePercent": 10,
        "PriceChangeDenominator": 8,
    }
    bench = json.loads((VECTORS.parents[1] / "docs" / "data" / "bench-two-core-vm.json").read_text())
    found = [Reader(f"{kind.__name__} of a node", [results[number]], kind.from_json) for number, kind in kinds.items()]
    return [
        *found,
        Reader("block", [*mainnet, results[11]], AccountBlock.from_json, weight=3),
        Reader("key file", keystore, KeyFile.from_json, weight=2),
        Reader("variables of a node", [variables], variables_from_json),
        Reader("answer of a node", [answer, refusal], lambda value: result_of("node", "method", 7, value), weight=2),
        Reader("request to a devnode", [request], rpc.read_request, (PowPlasmaError, rpc.RpcFault)),
        Reader("run of a benchmark", [bench], _run_of_record),
    ]


def _run_of_record(value: object) -> object:
    return history.run_of_record(value) if isinstance(value, dict) else None  # its callers have looked at that


def _secrets(scratch: Scratch) -> list[Reader]:
    key_file = (scratch.own / "keys" / "alice").read_bytes()
    opened = KeyFile.from_json(json.loads(key_file))

    def key_file_of(content: bytes) -> object:
        path = scratch.home / "key"
        path.write_bytes(content)
        return KeyFile.read(path).decrypt(PASSWORD).export_words()

    def words_of_descriptor(content: bytes) -> object:
        reader, writer = os.pipe()
        with os.fdopen(writer, "wb") as file:
            file.write(content)
        try:
            return Wallet.from_words(secret_words.read_descriptor(reader, "words_fd"))
        finally:
            os.close(reader)

    return [
        texts("words", Wallet.from_words, WALLET.export_words(), hides=True, weight=2),
        texts("password", opened.decrypt, PASSWORD, hides=True, weight=2),
        texts("password of a new file", _encrypted, PASSWORD, hides=True, weight=0.3),
        Reader("words of a descriptor", [WALLET.export_words().encode()], words_of_descriptor, hides=True),
        Reader("entropy", [Anything(bytes(32))], Wallet, hides=True, weight=0.5),
        Reader("private key", [Anything(bytes(32))], pp.account.KeyPair, hides=True, weight=0.5),
        Reader("file of a key", [key_file], key_file_of, weight=2),
    ]


def _encrypted(password: str) -> object:
    return KeyFile.encrypt(WALLET, password)
