"""The methods of a devnode: parameters read as the node reads them, errors in its words.

Source: go-zenon ``rpc/api/ledger.go``, ``rpc/api/embedded/plasma.go``, ``rpc/server``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from powplasma.account import AccountBlock
from powplasma.account.wire import Record
from powplasma.address import parse_address
from powplasma.errors import InvalidInput, check_integer
from powplasma.node.accounts import BlockPage
from powplasma.node.devnode import pool
from powplasma.node.devnode.contract_queries import contract_queries
from powplasma.node.devnode.ledger import Entry, Ledger
from powplasma.node.devnode.verification import Refused, verify
from powplasma.node.momentum import MomentumPage
from powplasma.node.plasma import PlasmaInfo, RequiredPow, variables_to_json
from powplasma.node.refusals import BlockRefusal
from powplasma.node.required import kind_of_block
from powplasma.node.sync import SyncInfo, SyncState
from powplasma.plasma import AlphanetRules, DynamicRules
from powplasma.validation import BlockType
from powplasma.work import parse_hash

T = TypeVar("T")

MAX_PAGE_SIZE = 1024
"""go-zenon ``RpcMaxPageSize``, and ``RpcMaxCountSize``."""

UNRECEIVED_PAGE_SIZE = 50
UNRECEIVED_PAGES = 10
"""Limits for unreceived blocks. go-zenon ``rpc/api/ledger.go``."""

UNREADABLE, NO_REQUEST, UNKNOWN_METHOD, BAD_PARAMETERS, REFUSED = -32700, -32600, -32601, -32602, -32000


class RpcFault(Exception):
    """An answer that is an error.

    Attributes:
        code: JSON-RPC's code.
        message: the node's words.
    """

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Method:
    """One method.

    Attributes:
        run: answers to the parameters.
        readers: one for each parameter.
        optional: whether all parameters may be missing, and are then None.
    """

    run: Callable[..., object]
    readers: tuple[Callable[[Any], object], ...] = ()
    optional: bool = False


class Rpc:
    """Answers to requests about one ledger.

    Args:
        ledger: the ledger.
        published: called after a block was taken.
    """

    def __init__(self, ledger: Ledger, published: Callable[[], None]) -> None:
        self._ledger = ledger
        self._published = published
        plasma = "embedded.plasma."
        self._methods = {
            "ledger.getFrontierMomentum": Method(self._frontier_momentum),
            "ledger.getMomentumsByHeight": Method(self._momentums_by_height, (_u64, _u64)),
            "ledger.getFrontierAccountBlock": Method(self._frontier_block, (_address,)),
            "ledger.getAccountBlockByHash": Method(self._block_by_hash, (parse_hash,)),
            "ledger.getAccountBlocksByHeight": Method(self._blocks_by_height, (_address, _u64, _u64)),
            "ledger.getUnconfirmedBlocksByAddress": Method(self._unconfirmed, (_address, _u32, _u32)),
            "ledger.getUnreceivedBlocksByAddress": Method(self._unreceived, (_address, _u32, _u32)),
            "ledger.getAccountInfoByAddress": Method(self._account_info, (_address,)),
            "ledger.publishRawTransaction": Method(self._publish, (_block,), optional=True),
            "stats.syncInfo": Method(self._sync_info),
            f"{plasma}get": Method(self._plasma, (_address,)),
            f"{plasma}getRequiredPoWForAccountBlock": Method(self._required_pow, (_Asked,)),
        }
        for name, (run, paged) in contract_queries(ledger, _check_size).items():
            self._methods[name] = Method(run, (_address, _u32, _u32) if paged else (_address,))
        if isinstance(ledger.rules, DynamicRules):
            self._methods[f"{plasma}getVariables"] = Method(self._variables)

    def answer(self, message: object) -> dict[str, Any]:
        """The answer to one request.

        Args:
            message: the request, a JSON value.
        """
        request_id = message.get("id") if isinstance(message, dict) else None
        try:
            method, params = read_request(message)
            result = self._call(method, params)
        except RpcFault as fault:
            return error_message(request_id, fault)
        return {"jsonrpc": "2.0", "id": request_id, "result": result}

    def _call(self, name: str, params: Sequence[object]) -> object:
        method = self._methods.get(name)
        if method is None:
            raise RpcFault(UNKNOWN_METHOD, f"the method {name} does not exist/is not available")
        if len(params) > len(method.readers):
            raise RpcFault(BAD_PARAMETERS, f"too many arguments, want at most {len(method.readers)}")
        if method.optional:
            params = [*params, *[None] * (len(method.readers) - len(params))]
        values = []
        for position, reader in enumerate(method.readers):
            if position >= len(params):
                raise RpcFault(BAD_PARAMETERS, f"missing value for required argument {position}")
            try:
                values.append(reader(params[position]))
            except InvalidInput as wrong:
                raise RpcFault(BAD_PARAMETERS, f"invalid argument {position}: {_words(wrong)}") from wrong
        return method.run(*values)

    def _frontier_momentum(self) -> object:
        return self._ledger.frontier.to_json()

    def _momentums_by_height(self, height: int, count: int) -> object:
        if not height:
            raise RpcFault(REFUSED, "height parameter must be strictly greater than zero")
        if count > MAX_PAGE_SIZE:
            raise RpcFault(REFUSED, "count parameter is too big")
        momentums = self._ledger.momentums
        return MomentumPage(tuple(momentums[height - 1 : height - 1 + count]), len(momentums)).to_json()

    def _frontier_block(self, address: bytes) -> object:
        chain = self._ledger.chain(address)
        entry = chain.at(chain.height)
        return None if entry is None else self._ledger.described(entry).to_json()

    def _block_by_hash(self, block_hash: bytes) -> object:
        entry = self._ledger.confirmed(block_hash)
        return None if entry is None else self._ledger.described(entry).to_json()

    def _blocks_by_height(self, address: bytes, height: int, count: int) -> object:
        if not height:
            raise RpcFault(REFUSED, "height parameter must be strictly greater than zero")
        if count > MAX_PAGE_SIZE:
            raise RpcFault(REFUSED, "count parameter is too big")
        entries = self._ledger.chain(address).entries
        blocks = tuple(self._ledger.described(entry) for entry in entries[height - 1 : height - 1 + count])
        return BlockPage(blocks, len(entries)).to_json()

    def _sync_info(self) -> object:
        height = self._ledger.frontier.height
        return SyncInfo(SyncState.DONE, height, height).to_json()

    def _unconfirmed(self, address: bytes, page: int, size: int) -> object:
        if size > MAX_PAGE_SIZE:
            raise RpcFault(REFUSED, "page-size parameter is too big")
        return self._page(self._ledger.chain(address).waiting, page, size)

    def _unreceived(self, address: bytes, page: int, size: int) -> object:
        if size > UNRECEIVED_PAGE_SIZE:
            raise RpcFault(REFUSED, "page-size parameter is too big")
        if page >= UNRECEIVED_PAGES:
            raise RpcFault(REFUSED, "page-index parameter is too big")
        most = UNRECEIVED_PAGE_SIZE * UNRECEIVED_PAGES
        waiting = self._ledger.unreceived(address)
        return self._page(waiting[:most], page, size, more=len(waiting) >= most)

    def _page(self, entries: Sequence[Entry], page: int, size: int, *, more: bool = False) -> object:
        blocks = tuple(self._ledger.described(entry) for entry in entries[page * size : (page + 1) * size])
        return BlockPage(blocks, len(entries), more).to_json()

    def _account_info(self, address: bytes) -> object:
        return self._ledger.account_info(address).to_json()

    def _plasma(self, address: bytes) -> object:
        amount = self._ledger.fused_amount(address)
        return PlasmaInfo(self._available(address), self._ledger.rules.plasma_of_fused(amount), amount).to_json()

    def _variables(self) -> object:
        assert isinstance(self._ledger.rules, DynamicRules)
        return variables_to_json(self._ledger.rules)

    def _required_pow(self, asked: _Asked) -> object:
        if asked.to_address is None and asked.block_type == BlockType.USER_SEND:
            raise RpcFault(REFUSED, "toAddress is nil")
        rules, available = self._ledger.rules, self._available(asked.address)
        try:
            base_plasma = kind_of_block(asked.block_type, asked.to_address or bytes(20), asked.data).base_plasma
        except InvalidInput as unknown:
            raise RpcFault(REFUSED, _COST_FAULTS.get(unknown.field, str(unknown))) from unknown
        try:
            if isinstance(rules, DynamicRules):
                difficulty = rules.suggestion(base_plasma, available, self._ledger.state).difficulty
            else:
                difficulty = rules.difficulty_of_plasma(max(0, base_plasma - available), self._ledger.state)
        except InvalidInput as beyond:
            raise RpcFault(REFUSED, "forbidden parameter") from beyond
        return RequiredPow(available, base_plasma, difficulty).to_json()

    def _publish(self, block: AccountBlock | None) -> None:
        if block is None:
            raise RpcFault(REFUSED, BlockRefusal.BLOCK_MISSING.value)
        try:
            verified = verify(block, self._ledger)
        except Refused as refused:
            raise RpcFault(REFUSED, refused.message) from refused
        try:
            pool.insert(verified, self._ledger)
        except Refused as refused:
            # Before Dynamic Plasma a node tells its log alone that the pool did not take a block.
            if not isinstance(self._ledger.rules, AlphanetRules):
                raise RpcFault(REFUSED, refused.message) from refused
            return
        self._published()

    def _available(self, address: bytes) -> int:
        ledger = self._ledger
        return ledger.available_plasma(address, ledger.frontier.height, ledger.chain(address).height)


_COST_FAULTS = {
    "data_bytes": BlockRefusal.DATA_TOO_BIG.value,
    "data": BlockRefusal.METHOD_NOT_FOUND.value,
    "method": BlockRefusal.METHOD_NOT_FOUND.value,
    "to_address": BlockRefusal.METHOD_NOT_FOUND.value,
    "block_type": BlockRefusal.TYPE_UNSUPPORTED.value,
}
"""Why a base plasma cannot be computed, in the node's words, by the field at fault."""


class _Asked:
    """The parameter of getRequiredPoWForAccountBlock."""

    def __init__(self, value: object) -> None:
        fields = Record(value, "param")
        self.address = fields.address("address")
        self.block_type = fields.integer("blockType", 0)
        self.to_address = None if fields.get("toAddress") is None else fields.address("toAddress")
        self.data = fields.base64("data", b"")


def _check_size(size: int) -> None:
    if size > MAX_PAGE_SIZE:
        raise RpcFault(REFUSED, "page-size parameter is too big")


def read_request(message: object) -> tuple[str, list[object]]:
    """Method and parameters of a request.

    Raises:
        RpcFault: it is none.
    """
    if not isinstance(message, dict) or not isinstance(message.get("method"), str):
        raise RpcFault(NO_REQUEST, "invalid request")
    params = message.get("params")
    if params is not None and not isinstance(params, list):
        raise RpcFault(BAD_PARAMETERS, "non-array args")
    return message["method"], params or []


def read_text(text: str | bytes) -> object:
    """The JSON value of what was sent.

    Raises:
        RpcFault: it is no JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as unreadable:
        raise RpcFault(UNREADABLE, "parse error") from unreadable


def error_message(request_id: object, fault: RpcFault) -> dict[str, Any]:
    """An answer that is an error."""
    return {"jsonrpc": "2.0", "id": request_id, "error": {"code": fault.code, "message": fault.message}}


def _words(wrong: InvalidInput) -> str:
    """Why a parameter cannot be read; for an address of a strange length in the words of the node's bech32."""
    if isinstance(wrong.value, str) and "characters" in wrong.problem and not 8 <= len(wrong.value) <= 90:
        return f"invalid bech32 string length {len(wrong.value)}"
    return str(wrong)


def _address(value: object) -> bytes:
    if not isinstance(value, str):
        raise InvalidInput("address", value, "is not text", "z1…")
    return parse_address(value)


def _block(value: object) -> AccountBlock | None:
    return None if value is None else AccountBlock.from_json(value)


def _u64(value: object) -> int:
    return _unsigned(value, 64)


def _u32(value: object) -> int:
    return _unsigned(value, 32)


def _unsigned(value: object, bits: int) -> int:
    check_integer("number", value, 0, (1 << bits) - 1)
    assert isinstance(value, int)
    return value
