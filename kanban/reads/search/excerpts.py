"""Short excerpts of texts around the words searched for, split into what matches and what doesn't."""

import re

from kanban import plain
from kanban.models.search_index import fold, is_word_character

Piece = tuple[str, bool]
"""Some text, and whether it matches."""

_READ, _BEFORE, _LENGTH = 20_000, 60, 220
_TOKEN = re.compile("[a-z0-9]+")


def marked(text: str, words: list[str]) -> list[Piece]:
    """The whole text in pieces; where a word of the text begins with one of `words`, that beginning is marked."""
    spans = _spans(text, words)
    pieces, end = list[Piece](), 0
    for start, stop in spans:
        pieces += [(text[end:start], False)] if start > end else []
        pieces.append((text[start:stop], True))
        end = stop
    return [*pieces, (text[end:], False)] if end < len(text) else pieces


def excerpt(source: str, words: list[str]) -> list[Piece]:
    """About two lines of a Markdown text around the first of these words; empty if the text contains none of them."""
    if not _may_hold(source[:_READ], words):
        return []
    text = " ".join(plain.to_text(source[:_READ]).split())
    spans = _spans(text, words)
    if not spans:
        return []
    start = spans[0][0]
    begin = text.rfind(" ", 0, max(start - _BEFORE, 0) + 1) + 1 if start > _BEFORE else 0
    end = len(text) if len(text) <= begin + _LENGTH else max(text.rfind(" ", begin, begin + _LENGTH), spans[0][1])
    before, after = "… " if begin else "", " …" if end < len(text) else ""
    shown = marked(text[begin:end], words)
    return [*([(before, False)] if before else []), *shown, *([(after, False)] if after else [])]


def _may_hold(source: str, words: list[str]) -> bool:
    """Whether a word may be in the Markdown: cheaper than parsing it, as mostly only the title matches."""
    folded = "".join(fold(source))
    return any(word in folded for word in words)


def _spans(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Where words of the text begin with one of `words`, from left to right, as spans of characters."""
    if not words:
        return []
    if text.isascii():
        return _plain_spans(text.lower(), words)
    folded = fold(text)
    spans, place, length = list[tuple[int, int]](), 0, len(folded)
    while place < length:
        if not folded[place].isalnum():
            place += 1
            continue
        stop = place
        while stop < length and (folded[stop] == "" or all(map(is_word_character, folded[stop]))):
            stop += 1
        token = "".join(folded[place:stop])
        longest = _longest(token, words)
        if longest:
            spans.append((place, _reaching(folded, place, longest)))
        place = stop
    return spans


def _plain_spans(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Like `_spans`, for ASCII text in lower case, in which each character folds to exactly one."""
    found = ((token.start(), _longest(token[0], words)) for token in _TOKEN.finditer(text))
    return [(start, start + length) for start, length in found if length]


def _longest(token: str, words: list[str]) -> int:
    """The length of the longest of the words that the token begins with, or 0."""
    return max((len(word) for word in words if token.startswith(word)), default=0)


def _reaching(folded: list[str], place: int, length: int) -> int:
    """The position after this many folded characters, including any combining marks that follow the last one."""
    while length > 0:
        length -= len(folded[place])
        place += 1
    while place < len(folded) and folded[place] == "":
        place += 1
    return place
