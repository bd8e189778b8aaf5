"""What changed between two versions of a text, word by word."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal

MOST_COMPARED = 400
"""The most differing words that are compared one by one; a longer part counts as rewritten."""
MOST_TOLD = 4_000
"""The most characters of one added or removed stretch that are shown; otherwise the history of long texts that were
rewritten would be a page of megabytes."""
MOST_KEPT = 8_000
"""The most characters of both texts together whose comparison is cached; hundreds of the longest would fill the
memory."""
NEAR = 12
"""How many unchanged words are shown around a change, so that it can be found; the others are left out."""

_WORD = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """A stretch of text that stayed, was added or was removed; `is_cut` if unchanged text after it is left out."""

    kind: Literal["stayed", "went", "came"]
    text: str
    is_cut: bool = False


def compare(was: str, now: str) -> tuple[Piece, ...]:
    """The pieces of both texts in reading order, what was removed before what replaced it."""
    return _kept(was, now) if len(was) + len(now) <= MOST_KEPT else _compared(was, now)


@lru_cache(maxsize=512)
def _kept(was: str, now: str) -> tuple[Piece, ...]:
    return _compared(was, now)


def _compared(was: str, now: str) -> tuple[Piece, ...]:
    old, new = _WORD.findall(was), _WORD.findall(now)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    middle = _compare(old[start : len(old) - end], new[start : len(new) - end])
    return tuple(_joined([("stayed", old[:start]), *middle, ("stayed", old[len(old) - end :])]))


_Run = tuple[Literal["stayed", "went", "came"], list[str]]


def _common(one: list[str], other: list[str]) -> int:
    """How many words both have in common at the start."""
    for count, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return count
    return min(len(one), len(other))


def _compare(old: list[str], new: list[str]) -> list[_Run]:
    if max(len(old), len(new)) > MOST_COMPARED:
        return [("went", old), ("came", new)]
    runs: list[_Run] = []
    for kind, i, j, k, l in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():  # noqa: E741
        if kind == "equal" and not (j - i == 1 and old[i].isspace() and runs):
            runs.append(("stayed", old[i:j]))
        else:  # a space alone between two changes belongs to both, so that they read as one
            runs += [("went", old[i:j]), ("came", new[k:l])]
    return runs


def _joined(runs: list[_Run]) -> list[Piece]:
    """Neighbours of one kind merged, adjacent changes merged, and long unchanged stretches cut short."""
    pieces: list[Piece] = []
    went: list[str] = []
    came: list[str] = []
    for position, (kind, words) in enumerate(runs):
        if kind == "stayed" and words:
            pieces += _change(went, came)
            went, came = [], []
            pieces += _stayed(words, is_first=position == 0, is_last=position == len(runs) - 1)
        elif kind == "went":
            went += words
        elif kind == "came":
            came += words
    return pieces + _change(went, came)


def _change(went: list[str], came: list[str]) -> list[Piece]:
    pieces = [Piece("went", _shortened(went))] if went else []
    return [*pieces, Piece("came", _shortened(came))] if came else pieces


def _shortened(words: list[str]) -> str:
    text = "".join(words)
    return text if len(text) <= MOST_TOLD else text[: MOST_TOLD - 1] + "…"


def _stayed(words: list[str], *, is_first: bool, is_last: bool) -> list[Piece]:
    before, after = (0 if is_first else NEAR), (0 if is_last else NEAR)
    if len(words) <= before + after + 2:
        return [Piece("stayed", "".join(words))]
    return [
        Piece("stayed", "".join(words[:before]), is_cut=True),
        *([Piece("stayed", "".join(words[len(words) - after :]))] if after else []),
    ]
