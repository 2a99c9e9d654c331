"""The honest users of a chain, all at once in arrays: who wishes, searches, waits, gets in or gives up.

Times are seconds since the start, momentum k is produced at 10 k. Difficulties are kept as floats: searches
are drawn by chance anyway. What the rules are told about a momentum is summed in whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from powplasma.plasma.alphanet import MOMENTUM_SECONDS
from powplasma.plasma.costs import ACCOUNT_BLOCK_BASE_PLASMA
from powplasma.plasma.interface import PLASMA_PER_FUSION_UNIT
from powplasma.plasma.usage import Usage
from powplasma.simulation.stockpile.goals import Field
from powplasma.simulation.stockpile.honest import Honest
from powplasma.simulation.stockpile.sampling import arrays, generator

if TYPE_CHECKING:
    import numpy as np

Event = Literal["wished", "included", "given_up", "underpaid", "expired"]
"""What can happen to a wish. ``underpaid`` and ``expired``: its work was found and was not enough, or too old;
while such a work waits for the price to fall, it counts once per momentum."""

EVENTS: tuple[Event, ...] = ("wished", "included", "given_up", "underpaid", "expired")

_IDLE, _WORKING, _READY = 0, 1, 2
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Taken:
    """Who a momentum took in.

    Attributes:
        attacker: blocks of the attacker.
        content: the whole momentum.
        full: whether blocks paid by work fill all the room that they have.
    """

    attacker: int
    content: Usage
    full: bool


class Population:
    """Users with one open block each, who think, search, publish and wait.

    Args:
        honest: the classes.
        field: rules and mitigations.
        random_order: whether a momentum takes blocks in any order, as today; else what pays more comes first.
        total_room: plain blocks that fit into a momentum.
        seed: from which chance is drawn.

    Raises:
        SimulatorUnavailable: numpy is not installed.
    """

    def __init__(self, honest: Honest, field: Field, random_order: bool, total_room: int, seed: int) -> None:
        self._np = np_ = arrays()
        self._random = generator(seed)
        self._field = field
        self._random_order = random_order
        self._total_room = total_room
        devices = honest.devices
        self.classes = np_.repeat(np_.arange(len(devices)), [device.users for device in devices])

        def each(value: Callable[[Any], float]) -> np.ndarray[Any, Any]:
            column: np.ndarray[Any, Any] = np_.array([value(device) for device in devices], dtype=float)
            per_user: np.ndarray[Any, Any] = column[self.classes]
            return per_user

        self._pause = _DAY / each(lambda device: device.sends_per_day)
        self._hashrate = each(lambda device: device.hashrate)
        self._fused = each(lambda device: device.fused_qsr * PLASMA_PER_FUSION_UNIT)
        self._patience = each(lambda device: device.patience or float("inf"))
        self._overhead = each(lambda device: device.overhead)
        self._headroom = each(lambda device: 1 + device.headroom_percent / 100)
        self._again = each(lambda device: device.on_rise == "again") > 0
        self._reanchor = each(lambda device: device.reanchor) > 0
        self._works = self._hashrate > 0
        users = honest.users
        self._status = np_.zeros(users, dtype=np_.int8)
        # When the state that a user is in ends: the next wish, or the end of the search.
        self._until = self._random.exponential(1.0, users) * self._pause
        self._wished = np_.zeros(users)
        self._difficulty = np_.zeros(users)
        self._achieved = np_.zeros(users)
        self._anchor = np_.zeros(users, dtype=np_.int64)
        self._bought_by = np_.ones(users)
        self._begun = np_.zeros(users)
        self._search = np_.zeros(users)
        self._hashes = np_.zeros(users)
        self._log: dict[Event, list[np.ndarray[Any, Any]]] = {event: [] for event in EVENTS}

    def momentum(self, number: int, state: Any, offered: int) -> Taken:
        """Produces a momentum.

        Args:
            number: from 1.
            state: the prices in force for it.
            offered: blocks that the attacker would like to have in it. They pay just the price, and come before
                others that do (one plasma more would see to that) unless the order is any.
        """
        np_, now = self._np, float(number * MOMENTUM_SECONDS)
        lane = self._field.lane_difficulty(state)
        wishing = np_.flatnonzero((self._status == _IDLE) & (self._until <= now))
        self._wished[wishing] = self._until[wishing]
        self._hashes[wishing] = 0
        self._note("wished", wishing, now)
        self._begin(wishing, self._until[wishing], lane, state)
        found = np_.flatnonzero((self._status == _WORKING) & (self._until <= now))
        self._hashes[found] += self._search[found] * self._hashrate[found]
        self._status[found] = _READY
        impatient = np_.flatnonzero((self._status != _IDLE) & (self._wished + self._patience < now))
        given_up = impatient[self._status[impatient] == _WORKING]
        searched = np_.clip(now - self._begun[given_up], 0.0, self._search[given_up])
        self._hashes[given_up] += searched * self._hashrate[given_up]
        self._note("given_up", impatient, now)
        self._rest(impatient, now)
        ready = np_.flatnonzero(self._status == _READY)
        return self._include(self._judge(ready, number, state, lane), number, state, offered)

    def events(self, event: Event, position: int, begin: float, end: float) -> tuple[Any, Any]:
        """What happened to wishes of a time.

        Args:
            event: which sort.
            position: of the class.
            begin: seconds; wishes from then on.
            end: seconds; wishes before then.

        Returns:
            For each event the seconds since the wish, and the hashes done for it, as arrays of float64.
        """
        log = self._log[event]
        if not log:
            return self._np.zeros(0), self._np.zeros(0)
        if len(log) > 1:
            log[:] = [self._np.concatenate(log, axis=1)]
        classes, wished, since, hashes = log[0]
        those = (classes == position) & (wished >= begin) & (wished < end)
        return since[those], hashes[those]

    def _note(self, event: Event, who: np.ndarray[Any, Any], now: float) -> None:
        if len(who):
            wished = self._wished[who]
            self._log[event].append(self._np.stack([self.classes[who], wished, now - wished, self._hashes[who]]))

    def _begin(self, who: np.ndarray[Any, Any], at: np.ndarray[Any, Any], lane: int, state: Any) -> None:
        """A search each, at the price of now; those who pay with fused plasma are ready after the overhead."""
        np_ = self._np
        works = self._works[who]
        difficulty = np_.where(works, np_.ceil(lane * self._headroom[who]), 0.0)
        search = self._random.exponential(1.0, len(who)) * difficulty / np_.where(works, self._hashrate[who], 1.0)
        # A nonce is good for more than it was looked for: for d / U, U uniform.
        luck = 1.0 - self._random.random(len(who))
        self._difficulty[who] = difficulty
        self._achieved[who] = difficulty / luck
        self._until[who] = at + search + self._overhead[who]
        found = np_.where(self._reanchor[who], at + search, at)
        self._anchor[who] = np_.floor(found / MOMENTUM_SECONDS)
        judged = self._field.quiet if self._field.policy.judged == "none" else state
        self._bought_by[who] = self._field.rules.difficulty_per_plasma_at(judged)
        self._begun[who], self._search[who] = at, search
        self._status[who] = _WORKING

    def _rest(self, who: np.ndarray[Any, Any], now: float) -> None:
        self._status[who] = _IDLE
        self._until[who] = now + self._random.exponential(1.0, len(who)) * self._pause[who]

    def _judge(self, ready: np.ndarray[Any, Any], number: int, state: Any, lane: int) -> np.ndarray[Any, Any]:
        """Those of the ready whose block may be included now; too old and too cheap work begins again or waits."""
        np_, policy = self._np, self._field.policy
        now = float(number * MOMENTUM_SECONDS)
        works = self._works[ready]
        age = number - self._anchor[ready]
        expired = works & (age > policy.window) if policy.window is not None else np_.zeros(len(ready), dtype=bool)
        price = self._field.price(state)
        needed = self._needed(price.plasma, age)
        bought = (
            self._bought_by[ready]
            if policy.judged != "inclusion"
            else np_.full(len(ready), float(price.difficulty_per_plasma))
        )
        pays = np_.where(
            works,
            np_.floor(self._achieved[ready] / bought) >= needed,
            self._fused[ready] >= self._field.fused_price(state),
        )
        cheap = works & ~pays & ~expired
        self._note("expired", ready[expired], now)
        self._note("underpaid", ready[cheap], now)
        # Decay never makes a work better by waiting for it, so it is made again whatever the user prefers.
        redo = ready[expired | (cheap & (self._again[ready] | (policy.half_life is not None)))]
        self._begin(redo, np_.full(len(redo), now), lane, state)
        chosen: np.ndarray[Any, Any] = ready[pays & ~expired]
        return chosen

    def _needed(self, plasma: int, age: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | int:
        """Plasma that a work of each age has to have bought."""
        policy = self._field.policy
        if policy.half_life is None:
            return plasma
        ages, where = self._np.unique(age, return_inverse=True)
        least = (policy.least_plasma(plasma, int(each)) for each in ages)
        table = self._np.array([float("inf") if each is None else float(each) for each in least])
        needed: np.ndarray[Any, Any] = table[where]
        return needed

    def _include(self, who: np.ndarray[Any, Any], number: int, state: Any, offered: int) -> Taken:
        """Fills the momentum: what pays more first, or in any order, work up to its share."""
        np_, field = self._np, self._field
        price = field.price(state)
        count = len(who)
        works = np_.concatenate([self._works[who], np_.ones(offered, dtype=bool)])
        paid = np_.ones(count + offered)
        if not self._random_order:
            lane = max(1.0, float(field.lane_difficulty(state)))
            paid[:count] = np_.where(self._works[who], np_.maximum(self._difficulty[who] / lane, 1.0), 1.0)
            paid[count:] = np_.nextafter(1.0, 2.0)
        order = np_.lexsort((self._random.random(count + offered), -paid))
        works_first = works[order]
        allowed = ~works_first | (np_.cumsum(works_first) <= field.room)
        taken = order[allowed & (np_.cumsum(allowed) <= self._total_room)]
        attacker = int((taken >= count).sum())
        included = who[taken[taken < count]]
        fused = int((~self._works[included]).sum())
        worked = len(included) - fused
        self._close(included, number)
        declared = self._difficulty[included[self._works[included]]].tolist()
        # At least what is needed now: whoever is in has a nonce that is good for it.
        bought = [max(int(each), price.difficulty) for each in declared]
        plasma = sum(each // price.difficulty_per_plasma for each in bought)
        content = Usage(
            fused * ACCOUNT_BLOCK_BASE_PLASMA,
            (worked + attacker) * ACCOUNT_BLOCK_BASE_PLASMA,
            fused * field.fused_price(state) + plasma + attacker * price.plasma,
            sum(bought) + attacker * price.difficulty,
        )
        return Taken(attacker, content, worked + attacker >= min(field.room, self._total_room - fused))

    def _close(self, included: np.ndarray[Any, Any], number: int) -> None:
        now = float(number * MOMENTUM_SECONDS)
        self._note("included", included, now)
        self._rest(included, now)
