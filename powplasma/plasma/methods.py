"""The 76 methods of the embedded contracts that a user can call, and what each costs.

One row per method: name, parameters, selector (the first 4 bytes of SHA3-256 over ``Name(types)``),
base plasma, and the sporks that must be active for it to exist. Source: go-zenon ``vm/embedded/embedded.go``,
the ``GetPlasma`` of every method, and for the parameters the ABI of every contract in
``vm/embedded/definition/``; docs/specification.md, sections 2 and 11.

``SetRedeemDelay(uint64)`` of the Bridge stands in its ABI without an implementation: a call is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

EMBEDDED_SIMPLE_PLASMA = 52_500
"""Plasma of a contract call that answers with nothing: 2.5 times a plain block. ``vm/constants/plasma.go``."""

EMBEDDED_WITH_RESPONSE_PLASMA = 73_500
"""Plasma of a contract call that answers with one block: 3.5 times an account block."""

EMBEDDED_WITH_DOUBLE_RESPONSE_PLASMA = 94_500
"""Plasma of a contract call that answers with two blocks: 4.5 times an account block."""

PILLAR_REGISTRATION_PLASMA = 105_000
"""Plasma of registering a pillar: 5 times an account block, the most expensive block there is."""

COLLECT_REWARD_AT_ORIGIN_PLASMA = 126_000
"""Plasma of collecting a reward of Pillar, Sentinel or Stake before the Accelerator spork."""


class Stage(IntEnum):
    """Which sporks are active at the momentum that a block acknowledges; each stage includes the earlier ones."""

    ORIGIN = 0
    ACCELERATOR = 1
    BRIDGE_AND_LIQUIDITY = 2
    HTLC = 3


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a method.

    Attributes:
        type: its type in the contract's ABI (``tokenStandard``, ``uint256``, ``address[]``).
        name: its name in the contract's ABI (``rewardAddress``).
    """

    type: str
    name: str


@dataclass(frozen=True, slots=True)
class EmbeddedMethod:
    """One method of an embedded contract.

    Attributes:
        contract: name of the contract (``Pillar``).
        address: the contract's address as text.
        name: name of the method (``Delegate``).
        parameters: what a call has to give, in this order.
        selector: the 4 bytes that a call's data begins with.
        plasma: base plasma of a call, all sporks active.
        since: the first stage that has the method.
        plasma_at_origin: base plasma before the Accelerator spork, where it differed.
    """

    contract: str
    address: str
    name: str
    parameters: tuple[Parameter, ...]
    selector: bytes
    plasma: int
    since: Stage
    plasma_at_origin: int | None = None

    @property
    def signature(self) -> str:
        """Name and types, as they are hashed for the selector: ``Delegate(string)``."""
        return f"{self.name}({','.join(parameter.type for parameter in self.parameters)})"

    @property
    def declaration(self) -> str:
        """Contract, name, types and names of the parameters: ``Pillar.Delegate(string name)``."""
        declared = ", ".join(f"{parameter.type} {parameter.name}" for parameter in self.parameters)
        return f"{self.contract}.{self.name}({declared})"

    def plasma_at(self, stage: Stage) -> int:
        """Base plasma of a call while ``stage`` is active; the method must exist then."""
        if stage is Stage.ORIGIN and self.plasma_at_origin is not None:
            return self.plasma_at_origin
        return self.plasma


def _contract(
    name: str, address: str, *rows: tuple[str, str, str, int] | tuple[str, str, str, int, Stage]
) -> tuple[EmbeddedMethod, ...]:
    return tuple(
        EmbeddedMethod(
            name,
            address,
            row[0],
            _parameters(row[1]),
            bytes.fromhex(row[2]),
            row[3],
            row[4] if len(row) == 5 else Stage.ORIGIN,
            COLLECT_REWARD_AT_ORIGIN_PLASMA if (name, row[0]) in _CHEAPER_SINCE_ACCELERATOR else None,
        )
        for row in rows
    )


def _parameters(declared: str) -> tuple[Parameter, ...]:
    listed = declared.strip("()")
    return tuple(Parameter(*each.split(" ")) for each in listed.split(", ")) if listed else ()


_CHEAPER_SINCE_ACCELERATOR = {("Pillar", "CollectReward"), ("Sentinel", "CollectReward"), ("Stake", "CollectReward")}

_SIMPLE = EMBEDDED_SIMPLE_PLASMA
_RESPONSE = EMBEDDED_WITH_RESPONSE_PLASMA
_DOUBLE = EMBEDDED_WITH_DOUBLE_RESPONSE_PLASMA
_REGISTRATION = PILLAR_REGISTRATION_PLASMA
_ACCELERATOR = Stage.ACCELERATOR
_BRIDGE = Stage.BRIDGE_AND_LIQUIDITY
_HTLC = Stage.HTLC

METHODS: tuple[EmbeddedMethod, ...] = (
    *_contract(
        "Plasma",
        "z1qxemdeddedxplasmaxxxxxxxxxxxxxxxxsctrp",
        ("CancelFuse", "(hash id)", "f9ca9dc3", _RESPONSE),
        ("Fuse", "(address address)", "5ac942e8", _SIMPLE),
    ),
    *_contract(
        "Pillar",
        "z1qxemdeddedxpyllarxxxxxxxxxxxxxxxsy3fmg",
        ("CollectReward", "()", "af43d3f0", _SIMPLE),
        ("Delegate", "(string name)", "7c2d5d6e", _SIMPLE),
        ("DepositQsr", "()", "d49577f4", _SIMPLE),
        (
            "Register",
            (
                "(string name, address producerAddress, address rewardAddress, uint8 giveBlockRewardPercentage, "
                "uint8 giveDelegateRewardPercentage)"
            ),
            "644de927",
            _REGISTRATION,
        ),
        (
            "RegisterLegacy",
            (
                "(string name, address producerAddress, address rewardAddress, uint8 giveBlockRewardPercentage, "
                "uint8 giveDelegateRewardPercentage, string publicKey, string signature)"
            ),
            "e4588207",
            _REGISTRATION,
        ),
        ("Revoke", "(string name)", "95631306", _RESPONSE),
        ("Undelegate", "()", "7e8952c8", _SIMPLE),
        ("Update", "()", "20093ea6", _SIMPLE),
        (
            "UpdatePillar",
            (
                "(string name, address producerAddress, address rewardAddress, uint8 giveBlockRewardPercentage, "
                "uint8 giveDelegateRewardPercentage)"
            ),
            "de0ae34b",
            _SIMPLE,
        ),
        ("WithdrawQsr", "()", "b3d658fd", _RESPONSE),
    ),
    *_contract(
        "Sentinel",
        "z1qxemdeddedxsentynelxxxxxxxxxxxxxwy0r2r",
        ("CollectReward", "()", "af43d3f0", _SIMPLE),
        ("DepositQsr", "()", "d49577f4", _SIMPLE),
        ("Register", "()", "4dd23517", _SIMPLE),
        ("Revoke", "()", "58363e24", _DOUBLE),
        ("Update", "()", "20093ea6", _SIMPLE),
        ("WithdrawQsr", "()", "b3d658fd", _RESPONSE),
    ),
    *_contract(
        "Stake",
        "z1qxemdeddedxstakexxxxxxxxxxxxxxxxjv8v62",
        ("Cancel", "(hash id)", "5a92fe32", _RESPONSE),
        ("CollectReward", "()", "af43d3f0", _SIMPLE),
        ("Stake", "(int64 durationInSec)", "d802845a", _SIMPLE),
        ("Update", "()", "20093ea6", _SIMPLE),
    ),
    *_contract(
        "Token",
        "z1qxemdeddedxt0kenxxxxxxxxxxxxxxxxh9amk0",
        ("Burn", "()", "3395ab94", _SIMPLE),
        (
            "IssueToken",
            (
                "(string tokenName, string tokenSymbol, string tokenDomain, uint256 totalSupply, "
                "uint256 maxSupply, uint8 decimals, bool isMintable, bool isBurnable, bool isUtility)"
            ),
            "bc410b91",
            _RESPONSE,
        ),
        ("Mint", "(tokenStandard tokenStandard, uint256 amount, address receiveAddress)", "cd70f9bc", _RESPONSE),
        (
            "UpdateToken",
            "(tokenStandard tokenStandard, address owner, bool isMintable, bool isBurnable)",
            "2a3cf32c",
            _SIMPLE,
        ),
    ),
    *_contract(
        "Swap",
        "z1qxemdeddedxswapxxxxxxxxxxxxxxxxxxl4yww",
        ("RetrieveAssets", "(string publicKey, string signature)", "47f12c81", _DOUBLE),
    ),
    *_contract(
        "Spork",
        "z1qxemdeddedxsp0rkxxxxxxxxxxxxxxxx956u48",
        ("ActivateSpork", "(hash id)", "25c54e96", _SIMPLE),
        ("CreateSpork", "(string name, string description)", "b602e311", _SIMPLE),
    ),
    *_contract(
        "Accelerator",
        "z1qxemdeddedxaccelerat0rxxxxxxxxxxp4tk22",
        (
            "AddPhase",
            "(hash id, string name, string description, string url, uint256 znnFundsNeeded, uint256 qsrFundsNeeded)",
            "c7e13ddc",
            _SIMPLE,
            _ACCELERATOR,
        ),
        (
            "CreateProject",
            "(string name, string description, string url, uint256 znnFundsNeeded, uint256 qsrFundsNeeded)",
            "77c044b6",
            _SIMPLE,
            _ACCELERATOR,
        ),
        ("Donate", "()", "cb7f8b2a", _SIMPLE),
        ("Update", "()", "20093ea6", _RESPONSE, _ACCELERATOR),
        (
            "UpdatePhase",
            "(hash id, string name, string description, string url, uint256 znnFundsNeeded, uint256 qsrFundsNeeded)",
            "c1d7d323",
            _SIMPLE,
            _ACCELERATOR,
        ),
        ("VoteByName", "(hash id, string name, uint8 vote)", "5c6c1064", _SIMPLE, _ACCELERATOR),
        ("VoteByProdAddress", "(hash id, uint8 vote)", "90ed001c", _SIMPLE, _ACCELERATOR),
    ),
    *_contract(
        "Liquidity",
        "z1qxemdeddedxlyquydytyxxxxxxxxxxxxflaaae",
        ("BurnZnn", "(uint256 burnAmount)", "096b75a4", _SIMPLE, _ACCELERATOR),
        ("CancelLiquidityStake", "(hash id)", "b8efc37c", _RESPONSE, _BRIDGE),
        ("ChangeAdministrator", "(address administrator)", "4f6bef7c", _SIMPLE, _BRIDGE),
        ("CollectReward", "()", "af43d3f0", _DOUBLE, _BRIDGE),
        ("Donate", "()", "cb7f8b2a", _SIMPLE),
        ("Emergency", "()", "fa4ba15f", _SIMPLE, _BRIDGE),
        ("Fund", "(uint256 znnReward, uint256 qsrReward)", "912f3c3f", _SIMPLE, _ACCELERATOR),
        ("LiquidityStake", "(int64 durationInSec)", "071fa116", _SIMPLE, _BRIDGE),
        ("NominateGuardians", "(address[] guardians)", "688ac608", _SIMPLE, _BRIDGE),
        ("ProposeAdministrator", "(address address)", "1ca313bd", _SIMPLE, _BRIDGE),
        ("SetAdditionalReward", "(uint256 znnReward, uint256 qsrReward)", "a8fbfe56", _SIMPLE, _BRIDGE),
        ("SetIsHalted", "(bool isHalted)", "4649fe91", _SIMPLE, _BRIDGE),
        (
            "SetTokenTuple",
            "(string[] tokenStandards, uint32[] znnPercentages, uint32[] qsrPercentages, uint256[] minAmounts)",
            "f0ad68db",
            _SIMPLE,
            _BRIDGE,
        ),
        ("UnlockLiquidityStakeEntries", "()", "616643ca", _SIMPLE, _BRIDGE),
        ("Update", "()", "20093ea6", _SIMPLE),
    ),
    *_contract(
        "Bridge",
        "z1qxemdeddedxdrydgexxxxxxxxxxxxxxxmqgr0d",
        ("ChangeAdministrator", "(address administrator)", "4f6bef7c", _SIMPLE, _BRIDGE),
        (
            "ChangeTssECDSAPubKey",
            "(string pubKey, string oldPubKeySignature, string newPubKeySignature)",
            "15a0c641",
            _SIMPLE,
            _BRIDGE,
        ),
        ("Emergency", "()", "fa4ba15f", _SIMPLE, _BRIDGE),
        ("Halt", "(string signature)", "72334d21", _SIMPLE, _BRIDGE),
        ("NominateGuardians", "(address[] guardians)", "688ac608", _SIMPLE, _BRIDGE),
        ("ProposeAdministrator", "(address address)", "1ca313bd", _SIMPLE, _BRIDGE),
        ("Redeem", "(hash transactionHash, uint32 logIndex)", "d4e06c79", _RESPONSE, _BRIDGE),
        ("RemoveNetwork", "(uint32 networkClass, uint32 chainId)", "3d36aac1", _SIMPLE, _BRIDGE),
        (
            "RemoveTokenPair",
            "(uint32 networkClass, uint32 chainId, tokenStandard tokenStandard, string tokenAddress)",
            "b497bf39",
            _SIMPLE,
            _BRIDGE,
        ),
        ("RevokeUnwrapRequest", "(hash transactionHash, uint32 logIndex)", "fa7c7f3d", _SIMPLE, _BRIDGE),
        ("SetAllowKeyGen", "(bool allowKeyGen)", "4b9b3ecb", _SIMPLE, _BRIDGE),
        ("SetBridgeMetadata", "(string metadata)", "96be29e3", _SIMPLE, _BRIDGE),
        (
            "SetNetwork",
            "(uint32 networkClass, uint32 chainId, string name, string contractAddress, string metadata)",
            "e4f0c639",
            _SIMPLE,
            _BRIDGE,
        ),
        ("SetNetworkMetadata", "(uint32 networkClass, uint32 chainId, string metadata)", "ebea4402", _SIMPLE, _BRIDGE),
        (
            "SetOrchestratorInfo",
            "(uint64 windowSize, uint32 keyGenThreshold, uint32 confirmationsToFinality, uint32 estimatedMomentumTime)",
            "eed69856",
            _SIMPLE,
            _BRIDGE,
        ),
        (
            "SetTokenPair",
            (
                "(uint32 networkClass, uint32 chainId, tokenStandard tokenStandard, string tokenAddress, "
                "bool bridgeable, bool redeemable, bool owned, uint256 minAmount, uint32 feePercentage, "
                "uint32 redeemDelay, string metadata)"
            ),
            "d5292476",
            _SIMPLE,
            _BRIDGE,
        ),
        ("Unhalt", "()", "3a16f20e", _SIMPLE, _BRIDGE),
        (
            "UnwrapToken",
            (
                "(uint32 networkClass, uint32 chainId, hash transactionHash, uint32 logIndex, "
                "address toAddress, string tokenAddress, uint256 amount, string signature)"
            ),
            "b6069401",
            _SIMPLE,
            _BRIDGE,
        ),
        ("UpdateWrapRequest", "(hash id, string signature)", "d4bb11c0", _SIMPLE, _BRIDGE),
        ("WrapToken", "(uint32 networkClass, uint32 chainId, string toAddress)", "61d224bc", _SIMPLE, _BRIDGE),
    ),
    *_contract(
        "Htlc",
        "z1qxemdeddedxhtlcxxxxxxxxxxxxxxxxxygecvw",
        ("AllowProxyUnlock", "()", "57758f10", _SIMPLE, _HTLC),
        (
            "Create",
            "(address hashLocked, int64 expirationTime, uint8 hashType, uint8 keyMaxSize, bytes hashLock)",
            "5c7e7110",
            _SIMPLE,
            _HTLC,
        ),
        ("DenyProxyUnlock", "()", "e17c39ed", _SIMPLE, _HTLC),
        ("Reclaim", "(hash id)", "7e003c8d", _RESPONSE, _HTLC),
        ("Unlock", "(hash id, bytes preimage)", "d33791d3", _RESPONSE, _HTLC),
    ),
)
"""Every callable method, by contract in the order of the specification, then by name."""
