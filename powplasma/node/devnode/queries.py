"""What can be asked of a devnode: the node's reading methods, their limits and their errors.

Source: go-zenon ``rpc/api/ledger.go``, ``rpc/api/stats.go``, ``rpc/api/embedded/``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha3_512
from typing import Any

from powplasma.errors import InvalidInput
from powplasma.node.accounts import BlockPage
from powplasma.node.devnode import wire
from powplasma.node.devnode.contract_queries import contract_queries
from powplasma.node.devnode.faults import REFUSED, RpcFault
from powplasma.node.devnode.ledger import Entry, Ledger
from powplasma.node.momentum import Momentum, MomentumPage
from powplasma.node.plasma import PlasmaInfo, RequiredPow, variables_to_json
from powplasma.node.refusals import BlockRefusal
from powplasma.node.required import kind_of_block
from powplasma.node.sync import SyncInfo, SyncState
from powplasma.plasma import DynamicRules
from powplasma.plasma.costs import ACCOUNT_BLOCK_BASE_PLASMA
from powplasma.validation import BlockType
from powplasma.validation.block import CONTRACT_ADDRESS_KIND

MAX_PAGE_SIZE = 1024
"""go-zenon ``RpcMaxPageSize``, and ``RpcMaxCountSize``."""

UNRECEIVED_PAGE_SIZE = 50
UNRECEIVED_PAGES = 10
"""Limits for unreceived blocks. go-zenon ``rpc/api/ledger.go``."""

_RECEIVES = (BlockType.GENESIS_RECEIVE, BlockType.USER_RECEIVE, BlockType.CONTRACT_RECEIVE)

_NODE_ID = sha3_512(b"powplasma devnode").hexdigest()
"""Of a node without a network; anybody can compute it."""


@dataclass(frozen=True, slots=True)
class Method:
    """One method.

    Attributes:
        run: answers to the parameters.
        kinds: one for each parameter.
        optional: whether all parameters may be missing.
    """

    run: Callable[..., object]
    kinds: tuple[wire.Kind, ...] = ()
    optional: bool = False


class Queries:
    """Answers to questions about one ledger.

    Args:
        ledger: the ledger.

    Attributes:
        methods: by name.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        of_account = (wire.ADDRESS,)
        page = (wire.UINT32, wire.UINT32)
        heights = (wire.UINT64, wire.UINT64)
        plasma = "embedded.plasma."
        self.methods = {
            "ledger.getFrontierMomentum": Method(self._frontier_momentum),
            "ledger.getMomentumBeforeTime": Method(self._momentum_before, (wire.INT64,)),
            "ledger.getMomentumByHash": Method(self._momentum_by_hash, (wire.HASH,)),
            "ledger.getMomentumsByHeight": Method(self._momentums_by_height, heights),
            "ledger.getMomentumsByPage": Method(self._momentums_by_page, page),
            "ledger.getDetailedMomentumsByHeight": Method(self._detailed_momentums, heights),
            "ledger.getFrontierAccountBlock": Method(self._frontier_block, of_account),
            "ledger.getAccountBlockByHash": Method(self._block_by_hash, (wire.HASH,)),
            "ledger.getAccountBlocksByHeight": Method(self._blocks_by_height, of_account + heights),
            "ledger.getAccountBlocksByPage": Method(self._blocks_by_page, of_account + page),
            "ledger.getUnconfirmedBlocksByAddress": Method(self._unconfirmed, of_account + page),
            "ledger.getUnreceivedBlocksByAddress": Method(self._unreceived, of_account + page),
            "ledger.getAccountInfoByAddress": Method(self._account_info, of_account),
            "stats.syncInfo": Method(self._sync_info),
            "stats.networkInfo": Method(self._network_info),
            "embedded.token.getByZts": Method(self._token, (wire.TOKEN_STANDARD,)),
            f"{plasma}get": Method(self._plasma, of_account),
            f"{plasma}getRequiredPoWForAccountBlock": Method(self._required_pow, (_ASKED,)),
        }
        for name, (run, paged) in contract_queries(ledger, _check_size).items():
            self.methods[name] = Method(run, of_account + page if paged else of_account)
        if isinstance(ledger.rules, DynamicRules):
            self.methods[f"{plasma}getVariables"] = Method(self._variables)

    def _frontier_momentum(self) -> object:
        return self._ledger.frontier.to_json()

    def _momentum_before(self, timestamp: int) -> object:
        earlier = [momentum for momentum in self._ledger.momentums if momentum.timestamp < timestamp]
        return earlier[-1].to_json() if earlier else None

    def _momentum_by_hash(self, momentum_hash: bytes) -> object:
        found = [momentum for momentum in self._ledger.momentums if momentum.hash == momentum_hash]
        return found[0].to_json() if found else None

    def _momentums_by_height(self, height: int, count: int) -> object:
        return MomentumPage(self._some_momentums(height, count), len(self._ledger.momentums)).to_json()

    def _momentums_by_page(self, page: int, size: int) -> object:
        momentums = self._ledger.momentums
        return MomentumPage(tuple(_newest_first(momentums, page, size)), len(momentums)).to_json()

    def _detailed_momentums(self, height: int, count: int) -> object:
        listed = []
        for momentum in self._some_momentums(height, count):
            confirmed = [self._ledger.confirmed(header.hash) for header in momentum.content]
            blocks = [self._ledger.described(entry).to_json() for entry in confirmed if entry is not None]
            listed.append({"blocks": blocks, "momentum": momentum.to_json()})
        return {"list": listed, "count": len(self._ledger.momentums)}

    def _some_momentums(self, height: int, count: int) -> tuple[Momentum, ...]:
        _check_heights(height, count)
        return tuple(self._ledger.momentums[height - 1 : height - 1 + count])

    def _frontier_block(self, address: bytes) -> object:
        chain = self._ledger.chain(address)
        entry = chain.at(chain.height)
        return None if entry is None else self._ledger.described(entry).to_json()

    def _block_by_hash(self, block_hash: bytes) -> object:
        entry = self._ledger.confirmed(block_hash)
        return None if entry is None else self._ledger.described(entry).to_json()

    def _blocks_by_height(self, address: bytes, height: int, count: int) -> object:
        _check_heights(height, count)
        entries = self._ledger.chain(address).entries
        return self._described(entries[height - 1 : height - 1 + count], len(entries))

    def _blocks_by_page(self, address: bytes, page: int, size: int) -> object:
        entries = self._ledger.chain(address).entries
        return self._described(_newest_first(entries, page, size), len(entries))

    def _unconfirmed(self, address: bytes, page: int, size: int) -> object:
        _check_size(size)
        waiting = self._ledger.chain(address).waiting
        return self._described(waiting[page * size : (page + 1) * size], len(waiting))

    def _unreceived(self, address: bytes, page: int, size: int) -> object:
        _check_size(size, UNRECEIVED_PAGE_SIZE)
        if page >= UNRECEIVED_PAGES:
            raise RpcFault(REFUSED, "page-index parameter is too big")
        most = UNRECEIVED_PAGE_SIZE * UNRECEIVED_PAGES
        # A receive that waits hides its send only after the first so many have been taken.
        first = self._ledger.sends_to(address)[:most]
        waiting = [entry for entry in first if self._ledger.receive_of(entry.block.hash) is None]
        return self._described(waiting[page * size : (page + 1) * size], len(waiting), more=len(first) == most)

    def _described(self, entries: Sequence[Entry], count: int, *, more: bool = False) -> object:
        return BlockPage(tuple(map(self._ledger.described, entries)), count, more).to_json()

    def _account_info(self, address: bytes) -> object:
        return self._ledger.account_info(address).to_json()

    def _sync_info(self) -> object:
        height = self._ledger.frontier.height
        return SyncInfo(SyncState.DONE, height, height).to_json()

    def _network_info(self) -> object:
        return {"numPeers": 0, "peers": [], "self": {"publicKey": _NODE_ID, "ip": "127.0.0.1", "name": "*self*"}}

    def _token(self, token_standard: bytes) -> object:
        token = self._ledger.tokens.get(token_standard)
        return None if token is None else token.to_json()

    def _plasma(self, address: bytes) -> object:
        amount = self._ledger.fused_amount(address)
        return PlasmaInfo(self._available(address), self._ledger.rules.plasma_of_fused(amount), amount).to_json()

    def _variables(self) -> object:
        assert isinstance(self._ledger.rules, DynamicRules)
        return variables_to_json(self._ledger.rules)

    def _required_pow(self, asked: dict[str, Any]) -> object:
        rules, available = self._ledger.rules, self._available(asked["address"])
        base_plasma = _base_plasma(asked)
        try:
            if isinstance(rules, DynamicRules):
                difficulty = rules.suggestion(base_plasma, available, self._ledger.state).difficulty
            else:
                difficulty = rules.difficulty_of_plasma(max(0, base_plasma - available), self._ledger.state)
        except InvalidInput as beyond:
            raise RpcFault(REFUSED, BlockRefusal.CALL_PARAMETER.value) from beyond
        return RequiredPow(available, base_plasma, difficulty).to_json()

    def _available(self, address: bytes) -> int:
        ledger = self._ledger
        return ledger.available_plasma(address, ledger.frontier.height, ledger.chain(address).height)


def _newest_first(items: Sequence[Any], page: int, size: int) -> Sequence[Any]:
    """A page counted from the end, whose last item comes first."""
    _check_size(size)
    end = len(items) - page * size
    return items[max(0, end - size) : max(0, end)][::-1]


def _check_heights(height: int, count: int) -> None:
    if not height:
        raise RpcFault(REFUSED, "height parameter must be strictly greater than zero")
    if count > MAX_PAGE_SIZE:
        raise RpcFault(REFUSED, "count parameter is too big")


def _check_size(size: int, most: int = MAX_PAGE_SIZE) -> None:
    if size > most:
        raise RpcFault(REFUSED, "page-size parameter is too big")


def _base_plasma(asked: dict[str, Any]) -> int:
    """Of a block of any type: all that is no receive is judged as a send, as in the node."""
    if asked["toAddress"] is None and asked["blockType"] == BlockType.USER_SEND:
        raise RpcFault(REFUSED, "toAddress is nil")
    if asked["address"][0] == CONTRACT_ADDRESS_KIND:
        return 0
    if asked["blockType"] in _RECEIVES:
        return ACCOUNT_BLOCK_BASE_PLASMA
    try:
        return kind_of_block(BlockType.USER_SEND.value, asked["toAddress"] or bytes(20), asked["data"]).base_plasma
    except InvalidInput as unknown:
        raise RpcFault(REFUSED, _COST_FAULTS.get(unknown.field, str(unknown))) from unknown


_COST_FAULTS = {
    "data_bytes": BlockRefusal.DATA_TOO_BIG.value,
    "data": BlockRefusal.METHOD_NOT_FOUND.value,
    "method": BlockRefusal.METHOD_NOT_FOUND.value,
    "to_address": BlockRefusal.METHOD_NOT_FOUND.value,
}
"""Why a base plasma cannot be computed, in the node's words, by the field at fault."""


def _read_asked(given: object) -> dict[str, Any]:
    kinds = {
        "address": wire.ADDRESS,
        "blockType": wire.UINT64,
        "toAddress": wire.Kind("types.Address", str, None, wire.ADDRESS.read),
        "data": wire.DATA,
    }
    return wire.fields(given, "embedded.GetRequiredParam", kinds)


_ASKED = wire.Kind("embedded.GetRequiredParam", dict, _read_asked({}), _read_asked)
"""The parameter of getRequiredPoWForAccountBlock."""
