"""What can go wrong with a node: who refused what, and whether a block may have been published."""

from __future__ import annotations

from typing import Self

from powplasma.account import AccountBlock
from powplasma.errors import ExtraMissing, PowPlasmaError, printable
from powplasma.node.refusals import BlockRefusal


class NodeUnavailable(ExtraMissing):
    """The library that speaks to nodes is not installed."""

    need = "nodes need"
    extra = "node"


class NodeError(PowPlasmaError):
    """A call of a node did not come to an answer that can be used.

    Attributes:
        node: the node's URL.
        method: the method that was called; empty if none was.
        why: the reason, in words.
    """

    what = "failed"

    def __init__(self, node: str, method: str, why: str) -> None:
        # Much of it may be the node's own text, which must not forge or rewrite a line.
        self.node = node
        self.method = method
        self.why = printable(why)
        super().__init__(printable(f"node {node}: {method or 'connection'} {self.what}: {why}"))


class Unanswered(NodeError):
    """There is no answer; its children say whether the request may have been carried out.

    Attributes:
        seconds: how long was waited, if that is the reason.
        attempts: how often the call was tried.
    """

    def __init__(self, node: str, method: str, why: str, seconds: float | None = None, attempts: int = 1) -> None:
        self.seconds = seconds
        self.attempts = attempts
        self._reason = why
        if seconds is not None:
            why += f" {_span(seconds)}" + (f" over {attempts} attempts" if attempts > 1 else "")
        super().__init__(node, method, why)

    def repeated(self, attempts: int, seconds: float) -> Self:
        """The same for the last of several attempts, which took so many seconds together."""
        total = None if self.seconds is None else seconds
        return type(self)(self.node, self.method, self._reason, total, attempts)


class NodeUnreachable(Unanswered):
    """No connection could be made: nothing was sent."""

    what = "was not sent"


class ConnectionLost(Unanswered):
    """The connection ended after the request may have been sent, and before the answer was there."""

    what = "got no answer"


class NodeTimeout(Unanswered):
    """The answer did not come in time; the request may have been carried out."""

    what = "got no answer in time"


class HttpRefusal(NodeError):
    """The node, or a proxy before it, answered with another HTTP status than 200.

    Attributes:
        status: the status.
        text: the beginning of what it said.
        hint: what may be wrong, in words; may be empty.
    """

    what = "was refused"

    def __init__(self, node: str, method: str, status: int, text: str, hint: str = "") -> None:
        self.status = status
        self.text = text
        self.hint = hint
        super().__init__(node, method, f"HTTP {status} {text!r}" + (f"; {hint}" if hint else ""))


class AnswerInvalid(NodeError):
    """The answer is not what the protocol has: no JSON, a wrong id, a missing field, a value out of range."""

    what = "was answered with something else"


class AnswerTooLarge(AnswerInvalid):
    """The answer is longer than the client takes.

    Attributes:
        limit: most bytes of an answer.
    """

    def __init__(self, node: str, method: str, limit: int) -> None:
        self.limit = limit
        super().__init__(node, method, f"more than {limit} bytes")


class RpcError(NodeError):
    """The node answered with an error.

    Attributes:
        code: JSON-RPC's code: -32700 unreadable, -32600 no request, -32601 unknown method, -32602 bad
            parameters, -32000 the method itself refuses.
        message: the node's words.
    """

    what = "was refused"

    def __init__(self, node: str, method: str, code: int, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(node, method, f"{message} ({code})")


class MethodUnknown(RpcError):
    """The node does not have the method: code -32601."""


class ParametersInvalid(RpcError):
    """The node cannot read the parameters: code -32602."""


class CallRefused(RpcError):
    """The method itself refused: code -32000."""


class BlockRefused(CallRefused):
    """The node refused a block that was to be published.

    Attributes:
        reason: which of the known refusals the node's words are; None for other words, after which the block may
            still be published.
    """

    def __init__(self, node: str, method: str, code: int, message: str) -> None:
        self.reason = BlockRefusal.of(message)
        super().__init__(node, method, code, message)


class PublishError(NodeError):
    """A block that was given to a node is not known to be in its chain.

    Attributes:
        block: the block as it was sent.
    """

    def __init__(self, node: str, why: str, block: AccountBlock) -> None:
        self.block = block
        super().__init__(node, f"publishing block {block.hash.hex()}", why)


class PublishUnknown(PublishError):
    """A block was sent, and nobody knows whether the node has it.

    No usable answer came, or one that a node does not give before it takes a block. Look for it with ``find_block``
    before anything else. To publish the very same block again does no harm; to publish another one in its place may
    pay twice.
    """

    what = "may have worked or not"


class PublishLost(PublishError):
    """The node took a block without an error, but does not have it: a success answer does not prove insertion."""

    what = "was answered with success, but the node does not have the block"


class PublishDisplaced(PublishError):
    """Another block stands at the height of the one that was published."""

    what = "did not prevail"


class NodeStale(PowPlasmaError):
    """A node may not know the newest state of the network, so nothing is paid on its word.

    Attributes:
        node: the node's URL.
        why: the reason, in words.
    """

    def __init__(self, node: str, why: str) -> None:
        self.node = node
        self.why = why
        super().__init__(f"node {node} may be out of date: {why}")


class DifficultyRefused(PowPlasmaError):
    """The work that a node asks for is more than the rules or the user's budget allow.

    Attributes:
        difficulty: what would have to be searched for.
        limit: the most that is allowed.
        why: which limit this is, in words.
    """

    def __init__(self, difficulty: int, limit: int, why: str) -> None:
        self.difficulty = difficulty
        self.limit = limit
        self.why = why
        super().__init__(f"difficulty {difficulty} is refused: {why} allows at most {limit}")


class FusedPlasmaMissing(PowPlasmaError):
    """Fused plasma alone was to pay for a block, and its account has too little of it.

    Attributes:
        kind: name of the block's kind.
        needed: fused plasma that pays alone.
        available: fused plasma that the account can commit now.
        later: what it can commit once its blocks are confirmed; None if that is not known.
        qsr: units of 1 QSR that have to be fused for the account in addition; None if no amount is enough, or
            waiting is.
    """

    def __init__(self, kind: str, needed: int, available: int, later: int | None, qsr: int | None) -> None:
        self.kind = kind
        self.needed = needed
        self.available = available
        self.later = later
        self.qsr = qsr
        cures = ["allow work"]
        if later is not None and later >= needed:
            cures.insert(0, f"wait until its blocks are confirmed, when it has {later}")
        elif qsr is not None:
            cures.insert(0, f"fuse {qsr} QSR more for it")
        super().__init__(
            f"{kind} needs {needed} fused plasma to be paid without work, and the account has {available} available; "
            f"{', or '.join(cures)}"
        )


class PlasmaMissing(PowPlasmaError):
    """A block costs more than proof of work can pay, and its account has too little fused plasma for the rest.

    Attributes:
        kind: name of the block's kind.
        needed: least fused plasma that pays beside the most work.
        available: fused plasma that the account can commit now.
        qsr: units of 1 QSR that have to be fused for the account in addition; None if no amount is enough.
    """

    def __init__(self, kind: str, needed: int, available: int, qsr: int | None) -> None:
        self.kind = kind
        self.needed = needed
        self.available = available
        self.qsr = qsr
        cure = (
            "no block can pay this price"
            if qsr is None
            else f"fuse {qsr} QSR more for it, or wait until its earlier blocks are confirmed"
        )
        super().__init__(
            f"{kind} costs more than proof of work can pay: it needs at least {needed} fused plasma, "
            f"and the account has {available} available; {cure}"
        )


class NodeDisagrees(PowPlasmaError):
    """A node states a figure that contradicts the rules, or what the user expects.

    Attributes:
        field: name of the figure.
        stated: the node's value.
        recomputed: the value by the rules, or the one that the user expects.
    """

    def __init__(self, field: str, stated: int, recomputed: int) -> None:
        self.field = field
        self.stated = stated
        self.recomputed = recomputed
        super().__init__(f"the node says {field} {stated}: expected {recomputed}")


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds >= 10 else f"{float(f'{seconds:.2g}'):g} s"
