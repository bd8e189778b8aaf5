"""The values a step can be given, described once for two ways of choosing them.

Hypothesis shrinks what it finds; dice mix everything with everything.
"""

import random
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st


@dataclass(frozen=True)
class One:
    """One of these values."""

    of: tuple[Any, ...]

    def strategy(self) -> st.SearchStrategy[Any]:
        return st.sampled_from(self.of)

    def roll(self, dice: random.Random) -> Any:
        return dice.choice(self.of)


@dataclass(frozen=True)
class Number:
    """A whole number, both ends included."""

    least: int
    most: int

    def strategy(self) -> st.SearchStrategy[int]:
        return st.integers(self.least, self.most)

    def roll(self, dice: random.Random) -> int:
        return dice.randint(self.least, self.most)


@dataclass(frozen=True)
class Several:
    """A list of tuples with one value of each kind, or of single values if there is one kind."""

    of: tuple["Chance", ...]
    least: int
    most: int

    def strategy(self) -> st.SearchStrategy[list[Any]]:
        each = [chance.strategy() for chance in self.of]
        return st.lists(each[0] if len(each) == 1 else st.tuples(*each), min_size=self.least, max_size=self.most)

    def roll(self, dice: random.Random) -> list[Any]:
        rows = [tuple(c.roll(dice) for c in self.of) for _ in range(dice.randint(self.least, self.most))]
        return [row[0] for row in rows] if len(self.of) == 1 else rows


Chance = One | Number | Several
