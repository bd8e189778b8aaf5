"""Words that are a single slip apart, and the search that found nothing corrected: words that begin no word of a title
are replaced by such ones."""

import re
from collections import Counter
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Item, Member, User
from kanban.models.search_index import fold
from kanban.reads.search.inquiry import Inquiry

_MOST_TITLES, _MOST_WORDS, _SHORTEST = 20_000, 5, 4


def correct(session: orm.Session, user: User, inquiry: Inquiry) -> Inquiry | None:
    """The same inquiry, each mistyped word replaced by the most frequent fitting one in titles the person may see.

    None if nothing fits. One query, which reads all those titles, so use it only if nothing was found.
    """
    words = [word for word in inquiry.words[:_MOST_WORDS] if len(word) >= _SHORTEST and not word.isdecimal()]
    times = _known(session, user) if words else Counter[str]()
    known = {"".join(fold(word)): word for word in times}
    instead = {word: found for word in words if (found := _nearest(word, known, times))}
    if not instead:
        return None
    return Inquiry.read(_WORD.sub(lambda part: instead.get("".join(fold(part[0])), part[0]), inquiry.asked))


_WORD = re.compile(r"\w+")


def _known(session: orm.Session, user: User) -> Counter[str]:
    """The words of the newest titles in lower case, with how often each occurs."""
    mine = sa.select(Member.product_id).where(Member.user_id == user.id)
    query = sa.select(Item.title).where(Item.product_id.in_(mine), Item.discarded_at.is_(None))
    titles = session.scalars(query.order_by(Item.id.desc()).limit(_MOST_TITLES))
    return Counter(_WORD.findall("\n".join(titles).lower()))


def _nearest(asked: str, known: Mapping[str, str], times: Mapping[str, int]) -> str | None:
    """The most frequent known word that begins as asked but for one slip; None if one begins exactly as asked."""
    listed = "\n".join(known)
    if listed.startswith(asked) or f"\n{asked}" in listed:
        return None
    found = [known[plain] for plain in _slipped(asked).findall(listed)]
    return max(found, key=lambda word: (times[word], word), default=None)


def is_near(one: str, other: str) -> bool:
    """Whether two words are the same but for one slip: a letter replaced, left out, added, or swapped with the next.

    Short words and those with digits must be the same.
    """
    if len(one) < _SHORTEST or len(other) < _SHORTEST or not (one + other).isalpha():
        return one == other
    pairs = enumerate(zip(one, other, strict=False))
    at = next((at for at, (letter, instead) in pairs if letter != instead), min(len(one), len(other)))
    rest, others = one[at:], other[at:]
    is_swapped = rest[:2] == others[:2][::-1] and rest[2:] == others[2:]
    return rest[1:] == others[1:] or rest[1:] == others or rest == others[1:] or is_swapped


def _slipped(asked: str) -> re.Pattern[str]:
    """Words that begin as asked, with one letter replaced, left out, added, or swapped with the next."""
    halves = [(asked[:at], asked[at:]) for at in range(len(asked))]
    ways = [way for before, after in halves for way in (f"{before}.?{after[1:]}", f"{before}.{after}")]
    ways += [f"{before}{after[1]}{after[0]}{after[2:]}" for before, after in halves[:-1]]
    return re.compile(f"^(?:{'|'.join(ways)}).*$", re.MULTILINE)
