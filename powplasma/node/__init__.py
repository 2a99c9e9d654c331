"""A Network of Momentum node: a client by HTTP and WebSocket (extra ``node``)."""

from powplasma.node.accounts import AccountInfo, Balance, BlockPage, Confirmation, NodeBlock, Token
from powplasma.node.blocking import BlockingNode
from powplasma.node.client import Node
from powplasma.node.endpoint import DEFAULT_NODE
from powplasma.node.errors import (
    AnswerInvalid,
    AnswerTooLarge,
    BlockRefused,
    CallRefused,
    ConnectionLost,
    DifficultyRefused,
    HttpRefusal,
    MethodUnknown,
    NodeDisagrees,
    NodeError,
    NodeStale,
    NodeTimeout,
    NodeUnavailable,
    NodeUnreachable,
    ParametersInvalid,
    PlasmaMissing,
    PublishDisplaced,
    PublishError,
    PublishLost,
    PublishUnknown,
    RpcError,
    Unanswered,
)
from powplasma.node.holdings import Delegation, Reward, Stake, StakePage
from powplasma.node.momentum import ContentHeader, Momentum, MomentumPage
from powplasma.node.outcome import CallOutcome, CallState, outcome_of
from powplasma.node.plasma import Fusion, FusionPage, PlasmaInfo, RequiredPow
from powplasma.node.refusals import BlockRefusal
from powplasma.node.required import Budget, RequiredWork, kind_of_block, required_work, rules_for, state_after
from powplasma.node.sync import DEFAULT_MAX_NODE_AGE, SyncInfo, SyncState, check_fresh
from powplasma.node.view import AccountView

__all__ = [
    "DEFAULT_MAX_NODE_AGE",
    "DEFAULT_NODE",
    "AccountInfo",
    "AccountView",
    "AnswerInvalid",
    "AnswerTooLarge",
    "Balance",
    "BlockPage",
    "BlockRefusal",
    "BlockRefused",
    "BlockingNode",
    "Budget",
    "CallOutcome",
    "CallRefused",
    "CallState",
    "Confirmation",
    "ConnectionLost",
    "ContentHeader",
    "Delegation",
    "DifficultyRefused",
    "Fusion",
    "FusionPage",
    "HttpRefusal",
    "MethodUnknown",
    "Momentum",
    "MomentumPage",
    "Node",
    "NodeBlock",
    "NodeDisagrees",
    "NodeError",
    "NodeStale",
    "NodeTimeout",
    "NodeUnavailable",
    "NodeUnreachable",
    "ParametersInvalid",
    "PlasmaInfo",
    "PlasmaMissing",
    "PublishDisplaced",
    "PublishError",
    "PublishLost",
    "PublishUnknown",
    "RequiredPow",
    "RequiredWork",
    "Reward",
    "RpcError",
    "Stake",
    "StakePage",
    "SyncInfo",
    "SyncState",
    "Token",
    "Unanswered",
    "check_fresh",
    "kind_of_block",
    "outcome_of",
    "required_work",
    "rules_for",
    "state_after",
]
