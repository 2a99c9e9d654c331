"""Lanes of accounts under a rule set, momentum by momentum.

Time runs from 0; momentum m is produced at 10 m seconds and takes what is ready by then. Its prices
are known from the moment that its predecessor is produced.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from powplasma.plasma.alphanet import MAX_BLOCKS_IN_MOMENTUM, AlphanetRules
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.usage import Usage
from powplasma.simulation.individuals.draws import Draws, stream
from powplasma.simulation.individuals.included import Included
from powplasma.simulation.individuals.lanes import Lane
from powplasma.simulation.individuals.population import Population
from powplasma.simulation.individuals.selection import Spent, content_of, select
from powplasma.simulation.individuals.terms import Terms
from powplasma.simulation.momentum import next_state


class Produced(NamedTuple):
    """One momentum. What is counted or listed per lane is in the order of the lanes.

    Attributes:
        momentum: its number, from 1.
        state: the prices of its blocks.
        content: what its blocks sum up to.
        included: those in it.
        spent: what these commit.
        given_up: blocks that were given up when it was produced.
        wanted: blocks that somebody wanted to send, and that no earlier momentum contained.
        held: accounts whose block was ready for it, or that cannot pay its price at all.
        next_state: what its successor inherits.
    """

    momentum: int
    state: Any
    content: Usage
    included: Sequence[Included]
    spent: Sequence[Spent]
    given_up: Sequence[int]
    wanted: Sequence[int]
    held: Sequence[int]
    next_state: Any


class Network:
    """Lanes of accounts under a rule set.

    Attributes:
        rules: the rule set.
        lanes: their participants.
        state: the prices of the momentum that is produced next.
        momentum: the last one that was produced.
        populations: the accounts of each lane.
    """

    def __init__(self, rules: RuleSet[Any], state: Any, lanes: Sequence[Lane], seed: int) -> None:
        self.rules = rules
        self.lanes = lanes
        self.state = state
        self.momentum = 0
        self.populations: list[Population] = []
        account_bits = (sum(lane.participants for lane in lanes) - 1).bit_length()
        first = 0
        for lane in lanes:
            self.populations.append(Population(lane, rules, Draws(lane, seed, first, account_bits)))
            first += lane.participants
        self._order = stream(seed, "", "order")
        self._terms = Terms(rules, state, 1)

    def produce(self, momentums: int) -> Iterator[Produced]:
        """So many momentums, one at a time.

        Raises:
            SimulationStopped: the rule set refuses to go on, as when a price leaves 64 bits, or an
                array would have to hold what it cannot.
        """
        for _ in range(momentums):
            yield self._produce()

    def _produce(self) -> Produced:
        number, terms, populations = self.momentum + 1, self._terms, self.populations
        for population in populations:
            population.before(terms)
        wanted = [population.wanted for population in populations]
        held = [population.held for population in populations]
        chosen = select(terms, populations, self._order)
        included = [
            population.include(accounts, self.state, number)
            for population, accounts in zip(populations, chosen, strict=True)
        ]
        content, spent = content_of(terms, populations, included)
        check_content(self.rules, included, content)
        state = self.state
        following = next_state(self.rules, state, content, number)
        self.momentum, self.state = number, following
        moved = following != state
        self._terms = Terms(self.rules, following, number + 1) if moved else terms.of_next()
        given_up = [
            population.after(self._terms, blocks.accounts, moved=moved)
            for population, blocks in zip(populations, included, strict=True)
        ]
        return Produced(number, state, content, included, spent, given_up, wanted, held, following)


def check_content(rules: RuleSet[Any], included: Sequence[Included], content: Usage) -> None:
    """What must hold in every momentum: no more than the rules let in."""
    if isinstance(rules, AlphanetRules):
        assert sum(blocks.accounts.size for blocks in included) <= MAX_BLOCKS_IN_MOMENTUM
    else:
        assert content.base_plasma <= rules.capacity
