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
    PublishDisplaced,
    PublishError,
    PublishLost,
    PublishUnknown,
    RpcError,
)
from powplasma.node.momentum import ContentHeader, Momentum, MomentumPage
from powplasma.node.plasma import Fusion, FusionPage, PlasmaInfo, RequiredPow
from powplasma.node.refusals import BlockRefusal
from powplasma.node.required import Budget, RequiredWork, kind_of_block, required_work, rules_for, state_after
from powplasma.node.sync import DEFAULT_MAX_NODE_AGE, SyncInfo, SyncState, check_fresh

__all__ = [
    "DEFAULT_MAX_NODE_AGE",
    "DEFAULT_NODE",
    "AccountInfo",
    "AnswerInvalid",
    "AnswerTooLarge",
    "Balance",
    "BlockPage",
    "BlockRefusal",
    "BlockRefused",
    "BlockingNode",
    "Budget",
    "CallRefused",
    "Confirmation",
    "ConnectionLost",
    "ContentHeader",
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
    "PublishDisplaced",
    "PublishError",
    "PublishLost",
    "PublishUnknown",
    "RequiredPow",
    "RequiredWork",
    "RpcError",
    "SyncInfo",
    "SyncState",
    "Token",
    "check_fresh",
    "kind_of_block",
    "required_work",
    "rules_for",
    "state_after",
]
